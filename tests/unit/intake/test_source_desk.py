"""Sources as a person sets them up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledgerdesk.errors import (
    AlreadyExists,
    BadTemplate,
    InvalidValue,
    LedgerDeskError,
    MissingValue,
    PlaceMissing,
    UnknownId,
)
from ledgerdesk.intake.desk import SourceForm
from ledgerdesk.model import SourceState
from tests.helpers.intake import Office, pdf


def test_a_new_source_is_listed_as_it_was_added(office: Office, tmp_path: Path):
    added = office.watch(tmp_path / "in", pattern="{client}/*", kind="invoice", after="move")
    assert [one.source for one in office.sources.listed()] == [added]
    assert (added.state, added.path) == (SourceState.OK, str(tmp_path / "in"))


def test_choices_are_compared_without_case(office: Office, tmp_path: Path):
    added = office.watch(tmp_path / "in", preset="CodaBox", after="LEAVE", starting_point="ALL")
    assert (added.preset, added.after, added.starting_point) == ("codabox", "leave", "all")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"type": "pigeon"}, UnknownId),
        ({"client_id": "nobody"}, UnknownId),
        ({"kind": "letter"}, InvalidValue),
        ({"direction": "up"}, InvalidValue),
        ({"preset": "attic"}, InvalidValue),
        ({"after": "delete"}, InvalidValue),
        ({"starting_point": "yesterday"}, InvalidValue),
        ({"pattern": "{nothing}"}, BadTemplate),
        ({"values": {"path": ""}}, MissingValue),
        ({"ca_pem": "-----BEGIN"}, InvalidValue),
        ({"secrets": {"password": "x"}}, InvalidValue),
        ({"values": {"path": "/nowhere/at/all"}}, PlaceMissing),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else value.__name__,
)
def test_a_source_that_cannot_work_is_not_kept(
    office: Office, tmp_path: Path, values: dict[str, Any], error: type[LedgerDeskError]
):
    with pytest.raises(error):
        office.sources.add(SourceForm(**{"values": {"path": str(tmp_path)}, **values}))
    assert office.sources.listed() == []


def test_one_place_is_one_source(office: Office, tmp_path: Path):
    office.watch(tmp_path / "in")
    with pytest.raises(AlreadyExists):
        office.watch(tmp_path / "in/.")


def test_a_test_tells_each_check_and_keeps_the_health(office: Office, tmp_path: Path):
    source = office.watch(tmp_path / "in", after="move")
    assert [one.ok for one in office.sources.test(source.id).checks] == [True, True]
    (tmp_path / "in").rmdir()
    tested = office.sources.test(source.id)
    assert [one.ok for one in tested.checks] == [False]
    assert tested.source.state is SourceState.UNREACHABLE


def test_a_removed_source_is_not_looked_into_and_its_documents_stay(office: Office, tmp_path: Path):
    source = office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf("a"))
    office.look()
    office.sources.remove(source.id)
    office.lay(tmp_path / "in/b.pdf", pdf("b"))
    assert office.look().taken_in == 0
    assert len(office.documents()) == 1
    assert office.sources.listed() == []


@pytest.mark.parametrize("action", ["test", "remove"])
def test_a_source_that_is_not_there(office: Office, action: str):
    with pytest.raises(UnknownId):
        getattr(office.sources, action)("nothing")


def test_a_place_can_be_added_again_after_it_was_removed(office: Office, tmp_path: Path):
    office.sources.remove(office.watch(tmp_path / "in").id)
    office.watch(tmp_path / "in")
    assert len(office.sources.listed()) == 1
