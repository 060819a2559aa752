"""Looking into sources: what is taken in and when, what waits, and how a source is."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from ledgerdesk import settings
from ledgerdesk.errors import Cancelled, DiskFull
from ledgerdesk.model import (
    Direction,
    DocumentKind,
    DocumentState,
    SourceState,
)
from ledgerdesk.store import settings as kept_settings
from tests.helpers.intake import Office, Papers, pdf, states


def put(office: Office, setting, text: str) -> None:
    office.books.write(lambda c: kept_settings.put(c, setting, text))


# --- taking in --------------------------------------------------------------------------------


def test_what_rests_is_taken_in_at_the_first_look(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    source = office.watch(tmp_path / "in")
    path = office.lay(tmp_path / "in/a.xml", papers.invoice(papers.others[0], papers.who[0]))
    report = office.look()
    [found] = office.documents()
    assert (found.client_id, found.source_id, found.path) == (client.id, source.id, str(path))
    assert report.taken_in == 1
    assert report.states == {"no_destination": 1}


def test_the_next_look_takes_nothing_in_again(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf())
    office.look()
    assert office.look().taken_in == 0
    assert len(office.documents()) == 1


def test_a_file_that_was_replaced_is_taken_in_again(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf("one"))
    office.look()
    office.lay(tmp_path / "in/a.pdf", pdf("two"), age=1800)
    assert office.look().taken_in == 1


def test_a_thousand_files_are_taken_in_by_one_look(office: Office, tmp_path: Path):
    root = tmp_path / "in"
    office.watch(root)
    for number in range(1000):
        office.lay(root / f"{number % 7}" / f"{number}.pdf", pdf(str(number)))
    assert office.look().taken_in == 1000
    assert {one.state for one in office.documents()} == {"unassigned"}
    assert office.look().taken_in == 0


def test_the_members_of_a_zip_are_taken_in_once(office: Office, papers: Papers, tmp_path: Path):
    office.watch(tmp_path / "in")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.pdf", pdf("a"))
        archive.writestr("b.pdf", pdf("b"))
    office.lay(tmp_path / "in/all.zip", made.getvalue())
    office.look()
    office.look()
    assert [one.member for one in office.documents()] == ["a.pdf", "b.pdf"]


def test_a_hostile_zip_stops_nothing_else(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../escaped.xml", b"x")
    office.lay(tmp_path / "in/a.zip", made.getvalue())
    office.lay(tmp_path / "in/b.pdf", pdf())
    office.look()
    assert states(office.documents()) == [("held", "unsafe"), ("unassigned", "")]
    assert not list(tmp_path.rglob("escaped.xml"))


def test_fixed_hints_fill_what_documents_do_not_say(office: Office, tmp_path: Path):
    client = office.client()
    office.watch(tmp_path / "in", client_id=client.id, direction="purchase")
    office.lay(tmp_path / "in/scan.pdf", pdf())
    office.look()
    [found] = office.documents()
    assert (found.client_id, found.direction) == (client.id, Direction.PURCHASE)


def test_a_pattern_reads_the_folders(office: Office, tmp_path: Path):
    client = office.client(file_number="K7")
    office.watch(tmp_path / "in", pattern="{file_number}/Verkoop/*")
    office.lay(tmp_path / "in/K7/Verkoop/scan.pdf", pdf())
    office.look()
    [found] = office.documents()
    assert (found.client_id, found.direction) == (client.id, Direction.SALE)


def test_the_pdf_beside_a_bank_file_is_set_aside(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0], file_number="K7")
    office.watch(tmp_path / "in", preset="codabox")
    folder = tmp_path / "in/K7/2026" / papers.who[0].iban
    office.lay(folder / "2026-001.cod", papers.bank_file(papers.who[0]))
    office.lay(folder / "2026-001.pdf", pdf())
    office.look()
    assert states(office.documents()) == [("no_destination", "no_link"), ("set_aside", "replica")]
    assert {one.client_id for one in office.documents()} == {client.id}
    assert office.documents()[0].facts.kind is DocumentKind.STATEMENT


# --- what is still being written ----------------------------------------------------------------


def test_a_file_written_just_now_waits_ten_seconds(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf(), age=9)
    assert office.look().taken_in == 0
    assert [one.waiting for one in office.sources.listed()] == [1]
    office.clock.forward(seconds=1)
    assert office.look().taken_in == 1
    assert [one.waiting for one in office.sources.listed()] == [0]


def test_a_file_that_keeps_growing_keeps_waiting(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    for size in range(1, 5):
        office.lay(tmp_path / "in/a.pdf", pdf("x" * size), age=0)
        assert office.look().taken_in == 0
        office.clock.forward(seconds=9)
    office.clock.forward(seconds=1)
    assert office.look().taken_in == 1


def test_a_file_dated_in_the_future_is_watched_for_ten_seconds(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf(), age=-86400)
    taken = []
    for seconds in (0, 9, 1):
        office.clock.forward(seconds=seconds)
        taken.append(office.look().taken_in)
    assert taken == [0, 0, 1]


def test_a_clock_set_back_starts_the_wait_anew(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf(), age=-86400)
    office.look()
    office.clock.forward(hours=-3)
    assert office.look().taken_in == 0
    office.clock.forward(seconds=10)
    assert office.look().taken_in == 1


def test_how_long_is_a_setting(office: Office, tmp_path: Path):
    put(office, settings.STABLE_SECONDS, "60")
    office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf(), age=59)
    assert office.look().taken_in == 0


def test_a_file_that_vanished_while_waiting_waits_no_more(office: Office, tmp_path: Path):
    source = office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf(), age=0)
    office.look()
    (tmp_path / "in/a.pdf").unlink()
    office.look()
    assert office.items(source) == {}


def test_a_file_that_vanishes_between_look_and_fetch_is_no_trouble(office: Office, tmp_path: Path):
    source = office.watch(tmp_path / "in")
    first = office.lay(tmp_path / "in/a.pdf", pdf("a"))
    second = office.lay(tmp_path / "in/b.pdf", pdf("b"))

    class Vanishing:
        questions = 3  # two while listing, one before the first is fetched

        def raise_if_cancelled(self) -> None:
            self.questions -= 1
            if self.questions < 0:
                second.unlink()

    office.look(cancel=Vanishing())
    assert [one.path for one in office.documents()] == [str(first)]
    assert office.source(source).error == {}


# --- the starting point -------------------------------------------------------------------------


def test_from_now_on_leaves_what_is_there(office: Office, tmp_path: Path):
    office.lay(tmp_path / "in/old.pdf", pdf("old"), age=0)
    office.watch(tmp_path / "in", starting_point="now")
    office.clock.forward(minutes=1)
    assert office.look().taken_in == 0
    office.lay(tmp_path / "in/new.pdf", pdf("new"), age=30)
    assert office.look().taken_in == 1


def test_what_appears_later_is_new_whatever_its_date(office: Office, tmp_path: Path):
    """Programs that copy or synchronise keep the dates of their files."""
    office.watch(tmp_path / "in", starting_point="now")
    office.lay(tmp_path / "in/copied.pdf", pdf(), age=365 * 86400)
    assert office.look().taken_in == 1


def test_an_older_file_that_is_written_anew_is_taken_in(office: Office, tmp_path: Path):
    office.lay(tmp_path / "in/a.pdf", pdf("one"))
    office.watch(tmp_path / "in", starting_point="now")
    office.lay(tmp_path / "in/a.pdf", pdf("two"), age=60)
    assert office.look().taken_in == 1


def test_from_a_date_leaves_what_is_older(office: Office, tmp_path: Path):
    start = office.clock.now().date() - timedelta(days=10)
    office.lay(tmp_path / "in/old.pdf", pdf("old"), age=12 * 86400)
    office.lay(tmp_path / "in/new.pdf", pdf("new"), age=8 * 86400)
    office.watch(tmp_path / "in", starting_point=start.isoformat())
    office.look()
    assert [Path(one.path).name for one in office.documents()] == ["new.pdf"]


# --- afterwards ---------------------------------------------------------------------------------


def test_taken_in_files_are_moved_when_a_person_wants_it(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in", after="move")
    office.lay(tmp_path / "in/sub/a.pdf", pdf())
    office.look()
    assert (tmp_path / "in/LedgerDesk/done/sub/a.pdf").exists()
    assert not (tmp_path / "in/sub/a.pdf").exists()
    assert office.look().taken_in == 0


def test_a_file_that_could_not_be_moved_is_moved_by_the_next_look(office: Office, tmp_path: Path):
    source = office.watch(tmp_path / "in", after="move")
    office.lay(tmp_path / "in/a.pdf", pdf())
    obstacle = tmp_path / "in/LedgerDesk"
    obstacle.write_bytes(b"")
    os.utime(obstacle, (0, 0))
    office.look()
    assert office.source(source).error["code"] == "item_unreadable"
    obstacle.unlink()
    office.look()
    assert (tmp_path / "in/LedgerDesk/done/a.pdf").exists()
    assert [one.state for one in office.documents()].count(DocumentState.UNASSIGNED) == 1


def test_nothing_is_moved_before_it_is_kept(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office.watch(tmp_path / "in", after="move")
    path = office.lay(tmp_path / "in/a.pdf", pdf())

    def full(*arguments):
        raise DiskFull

    monkeypatch.setattr("ledgerdesk.store.documents.insert", full)
    with pytest.raises(DiskFull):
        office.look()
    assert path.exists()


def test_no_row_is_written_for_bytes_that_could_not_be_kept(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office.watch(tmp_path / "in", after="move")
    for number in range(150):
        office.lay(tmp_path / f"in/{number:03}.pdf", pdf(str(number)))
    real = office.blobs.keep
    kept: list[str] = []

    def keep(content: bytes, sha256: str = "") -> str:
        if len(kept) >= 120:
            raise DiskFull
        kept.append(sha256)
        return real(content, sha256)

    with monkeypatch.context() as patch:
        patch.setattr(office.blobs, "keep", keep)
        with pytest.raises(DiskFull):
            office.look()
    assert all(office.blobs.read(one.sha256) for one in office.documents())
    assert len(list((tmp_path / "in").glob("*.pdf"))) == 150 - len(office.documents())
    office.look()
    assert len(office.documents()) == 150


# --- health -------------------------------------------------------------------------------------


def test_a_source_out_of_reach_stops_no_other(office: Office, tmp_path: Path):
    gone, there = office.watch(tmp_path / "gone"), office.watch(tmp_path / "there")
    office.lay(tmp_path / "there/a.pdf", pdf())
    shutil.rmtree(tmp_path / "gone")
    assert office.look().taken_in == 1
    assert office.source(gone).state is SourceState.UNREACHABLE
    assert office.source(gone).error["code"] == "place_missing"
    assert office.source(there).state is SourceState.OK


def test_a_source_that_is_back_is_well_again(office: Office, tmp_path: Path):
    source = office.watch(tmp_path / "in")
    (tmp_path / "in").rmdir()
    office.look()
    (tmp_path / "in").mkdir()
    office.look()
    after = office.source(source)
    assert (after.state, after.error) == (SourceState.OK, {})


def test_a_source_remembers_its_last_look_and_document(office: Office, tmp_path: Path):
    source = office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf())
    office.look()
    with_document = office.clock.now()
    office.clock.forward(minutes=5)
    office.look()
    after = office.source(source)
    assert (after.last_document_at, after.last_look_at) == (with_document, office.clock.now())


def test_an_unreadable_file_is_reported_and_tried_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = office.watch(tmp_path / "in")
    locked = office.lay(tmp_path / "in/a.pdf", pdf("a"))
    office.lay(tmp_path / "in/b.pdf", pdf("b"))
    real = open

    def opened(name, *arguments, **more):
        if os.fspath(name) == str(locked):
            raise PermissionError(13, "Permission denied", str(locked))
        return real(name, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", opened)
        assert office.look().taken_in == 1
    assert office.source(source).error["code"] == "item_unreadable"
    assert [one.waiting for one in office.sources.listed()] == [1]
    assert office.look().taken_in == 1
    assert office.source(source).error == {}


def test_only_the_sources_that_are_named_are_looked_into(office: Office, tmp_path: Path):
    one = office.watch(tmp_path / "one")
    office.watch(tmp_path / "two")
    office.lay(tmp_path / "one/a.pdf", pdf("a"))
    office.lay(tmp_path / "two/b.pdf", pdf("b"))
    assert office.look(ids=[one.id]).taken_in == 1


# --- dry run, stopping --------------------------------------------------------------------------


def test_a_dry_run_counts_and_keeps_nothing(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    source = office.watch(tmp_path / "in", after="move")
    content = papers.invoice(papers.others[0], papers.who[0])
    office.lay(tmp_path / "in/a.xml", content)
    office.lay(tmp_path / "in/b.xml", content)
    office.lay(tmp_path / "in/new.xml", content, age=0)
    before = office.source(source)
    report = office.look(dry_run=True)
    assert report.states == {"no_destination": 1, "duplicate": 1}
    assert report.sources[0].waiting == 1
    assert office.documents() == []
    assert office.items(source) == {}
    assert office.source(source) == before
    assert not office.folder.blobs.exists() or not any(office.folder.blobs.iterdir())
    assert len(list((tmp_path / "in").iterdir())) == 3


def test_a_dry_run_says_what_a_run_then_does(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    office.watch(tmp_path / "in")
    for number in range(250):
        office.lay(tmp_path / f"in/{number}.pdf", pdf(str(number % 200)))
    foretold = office.look(dry_run=True).states
    assert office.look().states == foretold == {"unassigned": 200, "duplicate": 50}


def test_stopping_keeps_what_was_read_and_loses_nothing(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    for number in range(20):
        office.lay(tmp_path / f"in/{number}.pdf", pdf(str(number)))

    class Stop:
        questions = 30  # twenty while listing, ten while reading

        def raise_if_cancelled(self) -> None:
            self.questions -= 1
            if self.questions < 0:
                raise Cancelled

    with pytest.raises(Cancelled):
        office.look(cancel=Stop())
    assert len(office.documents()) == 10
    assert office.look().taken_in == 10
