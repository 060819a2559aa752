"""Files a person gives: every file yields a row, zips are unpacked, what must wait is held."""

from __future__ import annotations

import hashlib
import io
import os
import unicodedata
import zipfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledgerdesk.documents import Unpacked
from ledgerdesk.errors import UnknownId, UsageError
from ledgerdesk.intake import files, taking_in
from ledgerdesk.intake.checking import check_files
from ledgerdesk.intake.keeping import keep
from ledgerdesk.intake.taking_in import PORTION
from ledgerdesk.model import Document, Hints
from ledgerdesk.store import tables as t
from tests.helpers.intake import Office, Papers, pdf, states

NOT_XML = b"<Invoice><unclosed>"
BOMB = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


# --- rows ---------------------------------------------------------------------------------------


def test_a_folder_yields_a_row_for_every_file_in_it(office: Office, papers: Papers, tmp_path: Path):
    inbox = tmp_path / "inbox"
    office.lay(inbox / "a.xml", papers.invoice(papers.who[0], papers.others[0]))
    office.lay(inbox / "deep" / "b.pdf", pdf())
    found = office.add(inbox)
    assert [one.path for one in found] == [str(inbox / "a.xml"), str(inbox / "deep" / "b.pdf")]
    assert [one.id for one in found] == [one.id for one in office.documents()]


def test_a_path_is_told_as_it_was_given(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "scan.pdf").write_bytes(pdf())
    monkeypatch.chdir(tmp_path)
    [found] = office.intake.add_files(["./scan.pdf"])
    assert (found.path, found.file_name) == ("./scan.pdf", "scan.pdf")


def test_the_bytes_are_kept_unchanged_under_their_sha256(office: Office, tmp_path: Path):
    content = pdf("é€")
    [found] = office.take(tmp_path, content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert office.blobs.read(found.sha256) == content


def test_a_path_that_is_not_there_takes_nothing_in(office: Office, tmp_path: Path):
    there = office.lay(tmp_path / "a.pdf", pdf())
    with pytest.raises(UsageError):
        office.intake.add_files([there, tmp_path / "gone.pdf"])
    assert office.documents() == []


def test_an_unknown_client_takes_nothing_in(office: Office, tmp_path: Path):
    with pytest.raises(UnknownId):
        office.take(tmp_path, pdf(), Hints("nobody"))
    assert office.documents() == []


def test_a_file_that_cannot_be_read_yields_a_row_and_the_others_go_on(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    locked, free = (
        office.lay(tmp_path / "a.pdf", pdf("a")),
        office.lay(tmp_path / "b.pdf", pdf("b")),
    )
    _deny(monkeypatch, locked)
    found = office.intake.add_files([locked, free])
    assert {(one.path, one.state.value, one.reason) for one in found} == {
        (str(free), "unassigned", ""),
        (str(locked), "held", "unreadable"),
    }
    assert [one.path for one in office.documents()] == [str(free)]


def _deny(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Also for root, whom no permission stops."""
    real = open

    def opened(name, *arguments, **more):
        if os.fspath(name) == str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(name, *arguments, **more)

    monkeypatch.setattr("builtins.open", opened)


def test_a_file_too_large_to_be_copied_is_told_of(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "_KEPT", 10)
    [found] = office.take(tmp_path, b"x" * 11)
    assert (found.state, found.reason, found.size) == ("held", "too_large", 11)
    assert found.sha256 == hashlib.sha256(b"x" * 11).hexdigest()
    assert not office.blobs.path(found.sha256).exists()


# --- held and set aside -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "unsafe"),
        (NOT_XML, "not_well_formed"),
        (b"", "not_well_formed"),
        (b"just some words", "unknown_kind"),
        (b"<other xmlns='urn:nobody'/>", "unknown_kind"),
    ],
)
def test_what_cannot_be_trusted_is_held(
    office: Office, tmp_path: Path, content: bytes, reason: str
):
    assert states(office.take(tmp_path, content)) == [("held", reason)]


def test_an_invoice_against_its_schema_is_held_with_its_client(
    office: Office, papers: Papers, tmp_path: Path
):
    client = office.client(papers.who[0])
    content = papers.invoice(papers.others[0], papers.who[0])
    broken = content.replace(b"<cbc:IssueDate>", b"<cbc:Strange>x</cbc:Strange><cbc:IssueDate>", 1)
    [found] = office.take(tmp_path, broken)
    assert (found.state, found.reason, found.client_id) == ("held", "schema_invalid", client.id)


def test_an_order_is_set_aside(office: Office, tmp_path: Path):
    order = b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>'
    [found] = office.take(tmp_path, order)
    assert found.state == "set_aside"
    assert found.reason


# --- zips ---------------------------------------------------------------------------------------


def test_a_zip_yields_a_row_for_every_member(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    content = papers.invoice(papers.others[0], papers.who[0])
    archive = zipped({"2026/a.xml": content, "b.pdf": pdf()})
    found = office.take(tmp_path, archive, name="all.zip")
    assert [(one.member, one.file_name) for one in found] == [
        ("2026/a.xml", "a.xml"),
        ("b.pdf", "b.pdf"),
    ]
    assert found[0].client_id == client.id
    assert {Path(one.path).name for one in found} == {"all.zip"}


@pytest.mark.parametrize(
    "members", [{"../../etc/cron.d/x": b"1"}, {"/abs.xml": b"1"}], ids=["climbs", "absolute"]
)
def test_a_hostile_zip_is_one_held_row(office: Office, tmp_path: Path, members: dict[str, bytes]):
    assert states(office.take(tmp_path, zipped(members), name="a.zip")) == [("held", "unsafe")]


def test_an_empty_zip_is_one_held_row(office: Office, tmp_path: Path):
    assert states(office.take(tmp_path, zipped({}), name="a.zip")) == [("held", "unknown_kind")]


def test_a_zip_that_came_out_empty_is_still_one_row(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ledgerdesk.documents.unpack", lambda content: Unpacked())
    found = office.take(tmp_path, zipped({"a": b""}), name="a.zip")
    assert states(found) == [("held", "unknown_kind")]


# --- names --------------------------------------------------------------------------------------


def test_composed_and_decomposed_names_are_two_files(office: Office, tmp_path: Path):
    inbox = tmp_path / "inbox"
    office.lay(inbox / unicodedata.normalize("NFC", "état.pdf"), pdf("one"))
    office.lay(inbox / unicodedata.normalize("NFD", "état.pdf"), pdf("two"))
    assert len(office.add(inbox)) == len(list(inbox.iterdir()))


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names are text")
def test_a_name_that_is_no_text_can_be_taken_in_and_told(office: Office, tmp_path: Path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    Path(os.fsdecode(os.fsencode(inbox) + b"/caf\xe9.pdf")).write_bytes(pdf())
    assert [one.path for one in office.add(inbox)] == [str(inbox / "caf\\xe9.pdf")]


# --- checking keeps nothing ---------------------------------------------------------------------


def test_checking_answers_ready_or_held_and_keeps_nothing(papers: Papers, tmp_path: Path):
    (tmp_path / "good.xml").write_bytes(papers.invoice(papers.who[0], papers.who[1]))
    (tmp_path / "poor.xml").write_bytes(NOT_XML)
    found = check_files([tmp_path / "good.xml", tmp_path / "poor.xml"])
    assert states(found) == [("ready", ""), ("held", "not_well_formed")]
    assert {one.id for one in found} == {""}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["good.xml", "poor.xml"]


def test_checking_holds_what_is_not_for_the_books(tmp_path: Path):
    order = b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>'
    (tmp_path / "order.xml").write_bytes(order)
    assert states(check_files([tmp_path / "order.xml"])) == [("held", "not_for_books")]


def test_a_bank_file_that_was_cut_off_is_held_whole(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    office.client(papers.who[1])
    content = papers.bank_file(papers.who[0], papers.who[1])
    cut = content[: content.rstrip().rfind(b"\n9")]
    found = office.take(tmp_path, cut, name="a.cod")
    assert states(found) == [("held", "not_well_formed")]
    assert office.blobs.read(found[0].sha256) == cut


# --- beside others --------------------------------------------------------------------------------


def test_a_delivery_s_change_gets_through_while_a_large_batch_is_kept(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    inbox = tmp_path / "inbox"
    for number in range(4 * PORTION):
        office.lay(inbox / f"{number:03}.pdf", pdf(str(number)))
    asked: list[Future[int]] = []

    def how_many(connection: sa.Connection) -> int:
        return connection.execute(sa.select(sa.func.count()).select_from(t.document)).scalar_one()

    with ThreadPoolExecutor(1) as pool:

        def keep_slowly(connection: sa.Connection, *given: Any) -> list[Document]:
            if not asked:
                asked.append(pool.submit(office.books.write, how_many))
                while office.books._writer._queue.empty():
                    pass
            return keep(connection, *given)

        monkeypatch.setattr(taking_in, "keep", keep_slowly)
        found = office.add(inbox)
        assert asked[0].result(20) == PORTION
    assert len(found) == len(office.documents()) == 4 * PORTION


def test_a_batch_nobody_waits_for_is_one_commit(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    inbox = tmp_path / "inbox"
    for number in range(4 * PORTION):
        office.lay(inbox / f"{number:03}.pdf", pdf(str(number)))
    commits: list[int] = []
    monkeypatch.setattr(taking_in, "failpoint", commits_at(commits))
    office.add(inbox)
    assert len(commits) == 1


def commits_at(commits: list[int]) -> Callable[[str], None]:
    def reached(place: str) -> None:
        if place == "intake.row_committed":
            commits.append(1)

    return reached
