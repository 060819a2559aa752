"""Documents and sources in the books: many of them, and all of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledgerdesk.errors import UnknownId
from ledgerdesk.model import DocumentState, Source, SourceState
from ledgerdesk.store import documents, sources
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.sources import OLDER, TAKEN, WAITING, KnownItem
from tests.helpers.intake import START, Office, pdf


def test_every_state_is_counted(office: Office, tmp_path: Path):
    for content in (pdf(), pdf(), b"<broken"):
        office.take(tmp_path, content)
    with office.books.read() as c:
        counted = documents.counts(c)
    assert set(counted) == set(DocumentState)
    assert {state: number for state, number in counted.items() if number} == {
        "unassigned": 1,
        "duplicate": 1,
        "held": 1,
    }


def test_waiting_documents_may_be_changed_while_they_are_walked_through(
    office: Office, tmp_path: Path
):
    for number in range(5):
        office.take(tmp_path, pdf(str(number)))

    def walk(c) -> list[str]:
        seen = []
        for one in documents.waiting(c, [DocumentState.UNASSIGNED], portion=2):
            seen.append(one.id)
            documents.update(c, replace(one, state=DocumentState.SET_ASIDE))
        return seen

    assert office.books.write(walk) == [one.id for one in office.documents()]


def test_a_thousand_hashes_are_looked_up_at_once(office: Office, tmp_path: Path):
    [found] = office.take(tmp_path, pdf())
    hashes = {f"{number:064x}" for number in range(2000)} | {found.sha256}
    with office.books.read() as c:
        assert [one.id for one in documents.known(c, hashes, [""])] == [found.id]


@pytest.mark.parametrize("action", [documents.get, sources.get])
def test_what_is_not_there_is_named(office: Office, action):
    with office.books.read() as c, pytest.raises(UnknownId):
        action(c, "nothing")


def test_a_source_is_told_as_it_was_kept(office: Office):
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    kept = Source(
        id=new_id(),
        type="folder",
        path="/in",
        created_at=moment,
        values={"path": "/in"},
        kind="invoice",
        direction="sale",
        pattern="{client}/*",
        preset="scanner",
        starting_point="2026-01-01",
        after="move",
        cursor={"uid": 7},
        state=SourceState.UNREACHABLE,
        error={"code": "place_missing", "params": {"path": "/in"}},
        last_look_at=moment,
        last_document_at=moment,
    )
    office.books.write(lambda c: sources.insert(c, kept))
    assert office.source(kept) == kept


def test_an_item_is_remembered_as_it_was_last_seen(office: Office, tmp_path: Path):
    source = office.watch(tmp_path)
    first = KnownItem("a", "1", WAITING, START)
    later = [replace(first, since=START + timedelta(seconds=3)), KnownItem("b", "1", OLDER)]
    office.books.write(lambda c: sources.remember(c, source.id, [first]))
    office.books.write(lambda c: sources.remember(c, source.id, later))
    assert office.items(source) == {one.key: one for one in later}
    office.books.write(lambda c: sources.remember(c, source.id, [KnownItem("a", "2", TAKEN)]))
    assert office.items(source)["a"] == KnownItem("a", "2", TAKEN)


def test_one_source_does_not_know_the_items_of_another(office: Office, tmp_path: Path):
    one, other = office.watch(tmp_path / "one"), office.watch(tmp_path / "other")
    office.books.write(lambda c: sources.remember(c, one.id, [KnownItem("a", "1", WAITING)]))
    assert office.items(other) == {}
    with office.books.read() as c:
        assert sources.waiting(c) == {one.id: 1}
