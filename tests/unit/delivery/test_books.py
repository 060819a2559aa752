"""The repository of deliveries: what SQLite is asked, and how."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from ledgerdesk.errors import UnknownId
from ledgerdesk.model import DeliveryState, Stage
from ledgerdesk.store import deliveries, lanes
from ledgerdesk.store.lanes import LaneState
from tests.unit.delivery.world import FakeDestination, World

S = DeliveryState


@pytest.fixture(autouse=True)
def _registered(fake: FakeDestination) -> None:
    pass


def many(world: World, number: int, host: str = "h") -> list[Any]:
    client = world.client(host)
    world.link(client, world.configuration(world.connection("fake", {"host": host})))
    return world.queued(client, number)


def test_a_delivery_comes_back_as_it_was_kept(world: World) -> None:
    (one,) = many(world, 1)
    full = replace(
        one,
        state=S.RETRYING,
        stage=Stage.PUBLISHING,
        attempts=3,
        next_attempt_at=world.clock.now(),
        assurance="blind",
        error={"code": "x", "params": {"é": "€"}},
        block_scope="link",
        warning="format_differs",
        remote="there",
        delivered_at=world.clock.now(),
    )
    world.books.write(lambda c: deliveries.update(c, full))
    assert world.delivery(one.id) == full


def test_a_document_has_one_first_delivery_per_link(world: World) -> None:
    (one,) = many(world, 1)
    with pytest.raises(sqlite3.IntegrityError):
        world.books.write(lambda c: deliveries.insert(c, replace(one, id="another")))


def test_a_resend_is_a_row_of_its_own(world: World) -> None:
    (one,) = many(world, 1)
    again = replace(one, id="another", reason="asked for")
    world.books.write(lambda c: deliveries.insert(c, again))
    assert world.delivery("another") == again


def test_claiming_numbers_the_attempts(world: World) -> None:
    many(world, 3)
    at = world.clock.now()
    claimed = world.books.write(lambda c: lanes.claim_due(c, "fake:h", at, 2))
    assert [(one.state, one.stage, one.attempts) for one in claimed] == [
        (S.SENDING, Stage.SENDING, 1),
        (S.SENDING, Stage.SENDING, 1),
    ]
    assert world.states() == [S.SENDING, S.SENDING, S.QUEUED]


def test_only_what_is_being_sent_reaches_a_stage(world: World) -> None:
    (one,) = many(world, 1)
    with pytest.raises(UnknownId):
        world.books.write(lambda c: deliveries.reached(c, one.id, Stage.PUBLISHING))


def test_a_lane_is_due_by_its_queue_and_its_pause(world: World) -> None:
    many(world, 1, "one"), many(world, 1, "two")
    at = world.clock.now()
    later = at.replace(hour=23)
    world.books.write(lambda c: lanes.set_lane_state(c, LaneState("fake:two", 5, later)))
    with world.books.read() as c:
        assert lanes.due_lanes(c, at) == ["fake:one"]
        assert lanes.due_lanes(c, later) == ["fake:one", "fake:two"]
        assert lanes.due_count(c, ["fake:one"], at) == 1


def test_every_state_is_counted(world: World) -> None:
    many(world, 2)
    with world.books.read() as c:
        counts = deliveries.counts(c)
    assert set(counts) == set(S)
    assert counts[S.QUEUED] == 2


@pytest.mark.parametrize("question", ["claim", "lanes"])
def test_the_queue_is_asked_through_an_index(world: World, question: str) -> None:
    """Among a hundred thousand finished deliveries the few open ones must be found at once."""
    asked: list[str] = []
    at = world.clock.now()

    def work(c: Any) -> str:
        raw = c.connection.driver_connection
        raw.set_trace_callback(asked.append)
        if question == "claim":
            lanes.claim_due(c, "fake:h", at)
        else:
            lanes.due_lanes(c, at)
        raw.set_trace_callback(None)
        selects = [one for one in asked if one.lstrip().startswith("SELECT")]
        plans = [c.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}").all() for one in selects]
        return " ".join(str(row[3]) for plan in plans for row in plan)

    plan = world.books.write(work)
    assert "USING INDEX ix_delivery_" in plan
    assert "SCAN delivery" not in plan
