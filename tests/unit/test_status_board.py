"""The status board: what colleagues see, escaped, without scripts, whole or not at all."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledgerdesk.app import own_desk
from ledgerdesk.errors import FileNotWritten, Owner
from ledgerdesk.model import ExportKind
from ledgerdesk.status_board import PAGE, TABLE, Board, Line, page, table, write
from tests.ui.sending_firm import SendingFirm

AT = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>&'


def line(client: str = "Bakkerij", **more: object) -> Line:
    return Line(client, ExportKind.INVOICES, **more)  # type: ignore[arg-type]


def rows(made: Board) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table(made)), delimiter=";"))


def test_names_from_outside_are_escaped() -> None:
    shown = page(Board(AT, (line(HOSTILE, software=(HOSTILE,)),)))
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 2


def test_the_page_lets_nothing_be_loaded_or_run() -> None:
    assert "default-src 'none'" in page(Board(AT))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t"])
def test_no_name_is_a_formula_in_a_spreadsheet(first: str) -> None:
    assert rows(Board(AT, (line(f"{first}1+1"),)))[1][0] == f"'{first}1+1"


def test_who_must_act_is_told() -> None:
    shown = rows(Board(AT, (line(stuck=2, owners=(Owner.YOU, Owner.IT)),)))
    assert shown[1][-1] == "You, Your IT"


def test_page_and_table_are_written_and_nothing_else(tmp_path: Path) -> None:
    write(Board(AT, (line(),)), tmp_path)
    write(Board(AT, (line("Garage"),)), tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([PAGE, TABLE])
    assert "Garage" in (tmp_path / TABLE).read_text("utf-8-sig")


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotWritten):
        write(Board(AT), tmp_path / "gone")


def test_a_run_writes_what_it_delivered_where_a_folder_is_chosen(
    practice_folder: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    with own_desk(practice_folder) as desk:
        firm = SendingFirm(desk, tmp_path)
        client = firm.client("Bakkerij Peeters", firm.package("Yuki", "out"))
        firm.delivery(client)
        desk.change_setting("status_board", str(shared))
        desk.run()
    (row,) = list(csv.reader((shared / TABLE).read_text("utf-8-sig").splitlines(), delimiter=";"))[
        1:
    ]
    assert row[0] == "Bakkerij Peeters"
    assert row[3]
    assert row[4:8] == ["0", "0", "0", ""]


def test_without_a_folder_nothing_is_written(practice_folder: Path, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    with own_desk(practice_folder) as desk:
        desk.run()
    assert set(tmp_path.iterdir()) == before


@pytest.fixture
def practice_folder(data_dir: Path) -> Path:
    from ledgerdesk.paths import DataFolder
    from ledgerdesk.store import open_books

    with open_books(DataFolder(data_dir), practice=True):
        return data_dir
