"""How long what waits will take within the vendors' limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from ledgerdesk.delivery.forecast import CALLS, duration
from ledgerdesk.delivery.schedules import Schedules
from ledgerdesk.model import Limit
from ledgerdesk.store import budgets
from tests.unit.delivery.world import FakeDestination, World

AT = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
A_MINUTE = Limit(60, 60.0)
A_DAY = Limit(1000, 86_400, zone="Europe/Brussels")
EACH = Limit(60, 60.0, per_scope=True)
REFUSED = Limit(9, 3600.0, errors=True)


@pytest.mark.parametrize(
    ("calls", "limits", "used", "seconds"),
    [
        ({"": 60}, (A_MINUTE,), {}, 0),
        ({"": 61}, (A_MINUTE,), {}, 60),
        ({"": 61}, (A_MINUTE,), {A_MINUTE: {"": 60}}, 120),
        ({"": 600}, (A_MINUTE,), {}, 540),
        ({"a": 60, "b": 60}, (A_MINUTE,), {}, 60),
        ({"a": 60, "b": 60}, (EACH,), {}, 0),
        ({"a": 60, "b": 120}, (EACH,), {}, 60),
        ({"a": 60, "b": 60}, (EACH,), {EACH: {"b": 1}}, 60),
        ({"": 5000}, (REFUSED,), {}, 0),
        ({"": 5000}, (), {}, 0),
    ],
)
def test_the_limit_decides(
    calls: Mapping[str, float],
    limits: tuple[Limit, ...],
    used: Mapping[Limit, Mapping[str, int]],
    seconds: float,
) -> None:
    assert duration(calls, limits, used, AT)[0] == seconds


def test_beyond_a_day_it_goes_on_after_midnight_there() -> None:
    """Nine in the morning UTC in summer: thirteen hours until midnight in Brussels."""
    seconds, decides = duration({"": 1500}, (A_MINUTE, A_DAY), {}, AT)
    assert decides is A_DAY
    assert timedelta(hours=13) <= timedelta(seconds=seconds) <= timedelta(hours=13, minutes=10)
    more, _ = duration({"": 2500}, (A_MINUTE, A_DAY), {}, AT)
    assert more - seconds == 86_400


def waiting(world: World, number: int) -> None:
    client = world.client()
    world.link(client, world.configuration(world.connection("fake", {"host": "h"})))
    world.queued(client, number)


def test_what_waits_is_told_with_its_limit(
    world: World, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unit.delivery.world import FakeConnector

    monkeypatch.setattr(FakeConnector, "limits", (A_MINUTE,))
    waiting(world, 100)
    (told,) = Schedules(world.books, world.clock).forecasts()
    assert (told.documents, told.limit) == (100, "60 requests a minute")
    # What is beyond the first sixty calls, by the minute.
    assert told.seconds == 60 * -(-(100 * CALLS - 60) // 60)


def test_a_document_costs_what_the_last_ones_did(
    world: World, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unit.delivery.world import FakeConnector

    monkeypatch.setattr(FakeConnector, "limits", (A_MINUTE,))
    monkeypatch.setattr("ledgerdesk.store.health.lowest_at", lambda since: "")
    waiting(world, 3)
    world.run()
    (account,) = world.accounts()
    key = f"fake:{account.account_key}"
    for _ in range(6):
        world.books.write(lambda c: budgets.count(c, key, "", world.clock.now()))
    world.clock.forward(hours=1)
    waiting_client = world.deliveries()[0].client_id
    world.queued(world.get_client(waiting_client), 100)
    (told,) = Schedules(world.books, world.clock).forecasts()
    assert told.seconds == 60 * -(-(100 * 2 - 60) // 60)


def test_where_nobody_counts_there_is_no_limit_to_tell(world: World, fake: FakeDestination) -> None:
    waiting(world, 5)
    (told,) = Schedules(world.books, world.clock).forecasts()
    assert (told.seconds, told.limit) == (5, "")


def test_what_needs_a_person_is_not_forecast(world: World, fake: FakeDestination) -> None:
    assert Schedules(world.books, world.clock).forecasts() == []
