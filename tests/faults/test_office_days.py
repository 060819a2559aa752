"""Days of work at a strict vendor: no limit broken, never shut out, nothing lost, nothing double.

``make faults`` works 30 days for 200 clients.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledgerdesk import connectors
from ledgerdesk.delivery import confirmation
from ledgerdesk.errors import AdministrationLimitReached
from ledgerdesk.model import Clock, Connection, DeliveryClass, DeliveryState, Limit
from ledgerdesk.practice.vendors.server import FaultKind
from tests.faults.office_days import Office, SimulatedClock, StrictVendor

Made = Callable[[int], Office]


@pytest.fixture
def office(
    data_dir: Path, seed: int, monkeypatch: pytest.MonkeyPatch, allow_log: Callable[..., None]
) -> Iterator[Made]:
    """An office of so many clients."""
    # What waits for days is announced, and a person's retries wait for as long as they like.
    allow_log("ledgerdesk.delivery")
    opened: list[Office] = []
    chance, clock = random.Random(seed), SimulatedClock()
    vendors: list[StrictVendor] = []

    def make(size: int) -> Office:
        vendors.append(StrictVendor(clock, chance, size))
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_EXACT_ONLINE", vendors[0].url)
        opened.append(Office(data_dir, vendors[0], clock, chance, size))
        return opened[0]

    yield make
    for one in opened:
        one.close()
    for vendor in vendors:
        vendor.close()


def work(one: Office, days: int, a_day: int, burst: int, seed: int) -> None:
    one.vendor.faults = 0.05
    for _ in range(days):
        one.day(a_day, burst)
    one.drain()
    print(f"LEDGERDESK_SEED={seed}: {one.told()}")


def judge(one: Office) -> None:
    """By the vendor's own books and counts."""
    meter = one.vendor.meter
    assert (meter.broken, meter.blocks) == (0, 0), one.told()
    assert one.waiting == 0, one.told()
    states = one.states
    assert states[DeliveryState.UNKNOWN] == 0, one.told()
    assert {content: number for content, number in one.arrived().items() if number > 1} == {}
    assert set(one.arrived()) == one.sent()
    # Only the refused dossier stands still, only refused documents were rejected.
    assert one.clients_in(DeliveryState.BLOCKED) == {one.clients[0].id}
    assert one.clients_in(DeliveryState.REJECTED) == {one.clients[1].id}


def test_three_days_at_a_strict_vendor(
    office: Made, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "MOST_QUESTIONS", 5)
    one = office(40)
    work(one, days=3, a_day=8, burst=14, seed=seed)
    assert sum(one.vendor.met.values()) > 0
    judge(one)


@pytest.mark.long
def test_thirty_days_for_two_hundred_clients(
    office: Made, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "MOST_QUESTIONS", 20)
    one = office(200)
    work(one, days=30, a_day=60, burst=30, seed=seed)
    assert sum(one.vendor.met.values()) > 100
    judge(one)


@pytest.mark.parametrize(
    ("proves", "state"),
    [(DeliveryClass.B, DeliveryState.DELIVERED), (DeliveryClass.C, DeliveryState.UNKNOWN)],
)
def test_an_answer_lost_after_the_vendor_kept_the_document(
    office: Made,
    monkeypatch: pytest.MonkeyPatch,
    proves: DeliveryClass,
    state: DeliveryState,
) -> None:
    """Found by looking where one can look, else possibly sent; twice never."""
    monkeypatch.setattr(type(connectors.get("exact_online")), "delivery_class", proves)
    one = office(4)
    one.vendor.break_next(FaultKind.DROP_AFTER, "documents/DocumentAttachments")
    # The look before sending meets it as well: only the request that makes something counts.
    one.vendor.break_next(FaultKind.DROP_AFTER, "documents/DocumentAttachments")
    one.arrive([one.clients[2]])
    for _ in range(3):
        one.world.run()
        one.clock.forward(hours=1)
    assert one.world.states() == [state]
    assert list(one.arrived().values()) == [1]


class Forgetful:
    """The naive budget: right while it lives, and new at every start."""

    def __init__(self, clock: Clock, limits: tuple[Limit, ...]) -> None:
        self._clock = clock
        self._limits = limits
        self._made: list[tuple[str, bool, float]] = []

    def spend(self, scope: str = "") -> None:
        now = self._clock.now().timestamp()
        for limit in self._limits:
            within = [
                one
                for one in self._made
                if one[:2] == (scope, limit.errors) and one[2] > now - limit.seconds
            ]
            if len(within) >= limit.count:
                raise AdministrationLimitReached(
                    host="h", administration=scope, limit="…", retry_after=limit.seconds
                )
        self._made.append((scope, False, now))

    def refused(self, scope: str = "") -> None:
        self._made.append((scope, True, self._clock.now().timestamp()))

    def closed(self, scope: str, seconds: float) -> None:
        return None


def test_a_budget_that_forgets_at_a_restart_breaks_the_limits(
    office: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the vendor must notice what the real one prevents."""
    from ledgerdesk.connectors.base import Connector
    from ledgerdesk.setup import contexts
    from ledgerdesk.store import Books

    def forgetful(
        books: Books, clock: Clock, connector: Connector, connection: Connection
    ) -> Forgetful:
        return Forgetful(clock, connector.limited(connection.values))

    monkeypatch.setattr(contexts, "budget_of", forgetful)
    one = office(6)
    one.day(a_day=0, burst=20)
    assert one.vendor.meter.broken > 0, one.told()
    assert one.vendor.meter.blocks > 0, one.told()


def test_the_same_day_with_the_kept_budget_breaks_none(office: Made) -> None:
    one = office(6)
    one.day(a_day=0, burst=20)
    assert (one.vendor.meter.broken, one.vendor.meter.blocks) == (0, 0), one.told()
