"""LedgerDesk's own reader says about every sample document what the manifest says."""

from __future__ import annotations

import pytest

from ledgerdesk.documents import read
from ledgerdesk.documents.archive import unpack
from ledgerdesk.model import Direction, Facts, Reading, Severity
from ledgerdesk.practice.documents import make_plan
from ledgerdesk.practice.firm import make_firm
from ledgerdesk.practice.plan import Expected, Plan, PlannedDocument, Result


def reading(planned: PlannedDocument) -> Reading:
    return read(planned.content, planned.path.rpartition("/")[2])


@pytest.fixture(params=range(8))
def made(seed: int, request: pytest.FixtureRequest) -> Plan:
    return make_plan(make_firm(seed + request.param))


def readable(made: Plan) -> list[PlannedDocument]:
    """A zip is several documents, and a scan tells nothing about itself."""
    return [
        planned
        for planned in made.documents
        if not planned.path.endswith(".zip") and not planned.path.startswith("scans/")
    ]


def named(facts: Facts, expected: Expected) -> tuple[str, ...]:
    """Who the document says it is for: numbers of that side, or the accounts of a statement."""
    if expected.direction is None:
        return tuple(statement.account for statement in facts.statements)
    side = facts.supplier if expected.direction is Direction.SALE else facts.customer
    return side.identifiers


def test_what_is_held_is_held_for_the_announced_reason(made: Plan) -> None:
    for planned in readable(made):
        for expected in planned.expected:
            assert (reading(planned).held or "") == expected.reason, planned.path


def test_kinds_and_owners_are_read(made: Plan) -> None:
    for planned in readable(made):
        facts = reading(planned).facts
        for expected in planned.expected:
            if expected.client is None:
                continue
            business = expected.client.business
            wanted = business.iban if expected.direction is None else business.number
            assert facts.kind is expected.kind, planned.path
            assert wanted in named(facts, expected), planned.path


def test_a_second_copy_tells_the_same(made: Plan) -> None:
    keys: dict[str, list[str]] = {}
    for planned in readable(made):
        if planned.expected[0].result in (Result.DELIVERED, Result.DUPLICATE):
            facts = reading(planned).facts
            if facts.logical_key:
                keys.setdefault(facts.logical_key, []).append(facts.content_key)
    twice = [contents for contents in keys.values() if len(contents) > 1]
    assert [len(contents) for contents in twice] == [2, 2]
    assert all(len(set(contents)) == 1 for contents in twice)


def test_zips_open_or_are_refused_as_announced(made: Plan) -> None:
    for planned in made.documents:
        if planned.path.endswith(".zip"):
            opened = unpack(planned.content)
            inside = [(member.name, member.content) for member in opened.members]
            expected = [(e.member, e.content) for e in planned.expected if not e.reason]
            assert (opened.held or "") == planned.expected[0].reason
            assert inside == expected


def test_what_is_delivered_has_no_blemish(made: Plan) -> None:
    for planned in readable(made):
        if planned.expected[0].result is not Result.HELD:
            found = [one for one in reading(planned).findings if one.severity != Severity.INFO]
            assert found == [], planned.path


def test_statements_begin_and_end_where_the_manifest_cuts(made: Plan) -> None:
    (together,) = [d for d in made.documents if d.path.endswith("coda-of-three.cod")]
    found = reading(together).facts.statements
    pieces = [together.content[one.start : one.end] for one in found]
    assert pieces == [expected.content for expected in together.expected]
