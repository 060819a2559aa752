"""The folders packages want, and whether they take the files away."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk.connectors import get
from ledgerdesk.connectors._layouts import LAYOUTS
from ledgerdesk.connectors.base import TargetRequest
from ledgerdesk.errors import DirectionUnknown, PlaceMissing
from ledgerdesk.model import Assurance, Direction, DocumentKind, SystemClock
from tests.helpers.parcels import DELIVERY, PlainNaming, make_context, make_parcel

FOLDER, SFTP = get("folder"), get("sftp")
NAMING = PlainNaming({"accounting_file_id": "D017", "year": "2026", "iban": "BE68539007547034"})
PURCHASE, SALE = Direction.PURCHASE, Direction.SALE
INVOICE, STATEMENT = DocumentKind.INVOICE, DocumentKind.STATEMENT


def place(path: str, layout: str, kind: DocumentKind, direction: Direction | None) -> str:
    values = {"path": path, "upload_path": path, "layout": layout}
    request = TargetRequest(
        values, NAMING, kind, direction, "De Smet", DELIVERY, SystemClock().now()
    )
    return SFTP.target(request).place


@pytest.mark.parametrize(
    ("layout", "kind", "direction", "expected"),
    [
        ("own", INVOICE, PURCHASE, "/in"),
        ("winbooks", INVOICE, PURCHASE, "/in/Data/D017/inbound"),
        ("winbooks", INVOICE, SALE, "/in/Data/D017/outbound"),
        ("adsolut", INVOICE, SALE, "/in/D017/outbound"),
        ("adsolut", STATEMENT, None, "/in/D017/CODA"),
        ("codabox", INVOICE, PURCHASE, "/in/D017/2026/Invoices-IN-01"),
        ("codabox", STATEMENT, None, "/in/D017/2026/BE68539007547034"),
        ("bob", STATEMENT, None, "/in/D017/2026/BE68539007547034"),
        ("expertm", INVOICE, SALE, "/in/D017/AR"),
        ("venice", STATEMENT, None, "/in/D017/BANK"),
    ],
)
def test_a_package_finds_its_own_folders(
    layout: str, kind: DocumentKind, direction: Direction | None, expected: str
) -> None:
    assert place("/in", layout, kind, direction) == expected


def test_a_windows_path_stays_one() -> None:
    whole = place("C:\\Winbooks\\", "winbooks", INVOICE, PURCHASE)
    assert whole.replace("/", "\\") == "C:\\Winbooks\\Data\\D017\\inbound"


def test_an_invoice_of_unknown_direction_waits() -> None:
    with pytest.raises(DirectionUnknown):
        place("/in", "winbooks", INVOICE, None)


def test_every_arrangement_can_be_chosen() -> None:
    field = next(one for one in FOLDER.fields if one.name == "layout")
    assert [one.id for one in field.choices] == [one.id for one in LAYOUTS]


def test_a_file_that_was_taken_away_is_picked_up(tmp_path: Path) -> None:
    values = {"path": str(tmp_path), "watch_days": "3"}
    parcel = make_parcel(FOLDER, values)
    with FOLDER.open(make_context(values)) as session:
        evidence = session.send_one(parcel)
        assert session.confirm(parcel, evidence.remote) is None
        Path(evidence.remote).unlink()
        seen = session.confirm(parcel, evidence.remote)
    assert seen is not None and seen.assurance is Assurance.PICKED_UP


def test_a_drive_that_is_gone_proves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    values = {"path": str(folder), "watch_days": "3"}
    parcel = make_parcel(FOLDER, values)
    with FOLDER.open(make_context(values)) as session:
        evidence = session.send_one(parcel)
        Path(evidence.remote).unlink()
        folder.rmdir()
        with pytest.raises(PlaceMissing):
            session.confirm(parcel, evidence.remote)


@pytest.mark.parametrize(("given", "days"), [("", 0), ("3", 3), ("0", 0)])
def test_folders_are_watched_only_when_asked(given: str, days: int) -> None:
    assert FOLDER.watched_days({"watch_days": given}) == days
    assert FOLDER.answers_later({"watch_days": given}) is (days > 0)
