"""How often a vendor may be asked: counted before the call, kept, and shared by all processes."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledgerdesk.delivery import budgets
from ledgerdesk.delivery.budgets import ROOM, AccountBudget, day_begins, day_ends, sparing
from ledgerdesk.errors import AdministrationLimitReached, LimitReached, RateLimited, Scope
from ledgerdesk.model import Limit, Unlimited
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, open_books
from ledgerdesk.store import budgets as kept
from tests.unit.delivery.world import TurnableClock, World

ROOT = Path(__file__).parents[3]
MINUTE = Limit(60, 60)
THERE = Limit(3, 60, per_scope=True)
ERRORS = Limit(10, 3600, per_scope=True, errors=True)
BRUSSELS = Limit(3, 86400, per_scope=True, zone="Europe/Brussels")


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def books(data_dir: Path) -> Iterator[Books]:
    with open_books(DataFolder(data_dir)) as opened:
        yield opened


def budget(
    books: Books, clock: TurnableClock, *limits: Limit, account: str = "x:a"
) -> AccountBudget:
    return AccountBudget(books, clock, account, "Exact Online", limits)


def used(one: AccountBudget, scope: str = "", most: int = 1000) -> int:
    """How many calls are allowed right now."""
    for number in range(most):
        try:
            one.spend(scope)
        except LimitReached:
            return number
    return most


def refusal(one: AccountBudget, scope: str = "") -> LimitReached:
    with pytest.raises(LimitReached) as caught:
        one.spend(scope)
    return caught.value


def test_a_limit_allows_so_many_and_says_when_it_goes_on(
    books: Books, clock: TurnableClock
) -> None:
    one = budget(books, clock, MINUTE)
    assert used(one) == 60
    clock.forward(seconds=20)
    error = refusal(one)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 40 + ROOM.total_seconds()
    assert "60 requests a minute" in error.text()
    clock.forward(seconds=error.retry_after)
    one.spend()


def test_no_stretch_of_its_length_holds_more_than_the_limit(
    books: Books, clock: TurnableClock, seed: int
) -> None:
    chance = random.Random(seed)
    one = budget(books, clock, Limit(10, 60))
    made: list[datetime] = []
    for _ in range(400):
        clock.forward(seconds=chance.choice([0, 0.2, 3, 20]))
        try:
            one.spend()
        except LimitReached:
            continue
        made.append(clock.now())
    stretches = zip(made, made[10:], strict=False)
    assert all(last - first > timedelta(seconds=60) for first, last in stretches)
    assert len(made) > 100


def test_the_tightest_limit_decides(books: Books, clock: TurnableClock) -> None:
    one = budget(books, clock, MINUTE, Limit(70, 86400))
    assert used(one) == 60
    clock.forward(minutes=2)
    assert used(one) == 10
    assert refusal(one).retry_after == pytest.approx(86400 - 120 + ROOM.total_seconds())


def test_each_administration_has_its_own(books: Books, clock: TurnableClock) -> None:
    one = budget(books, clock, THERE)
    assert used(one, "100") == 3
    assert used(one, "200") == 3
    error = refusal(one, "100")
    assert isinstance(error, AdministrationLimitReached)
    assert (error.scope, error.params["administration"]) == (Scope.LINK, "100")


def test_a_limit_of_the_account_counts_all_administrations(
    books: Books, clock: TurnableClock
) -> None:
    one = budget(books, clock, Limit(5, 60))
    assert used(one, "100", most=3) == 3
    assert used(one, "200") == 2
    assert not isinstance(refusal(one, "300"), AdministrationLimitReached)


def test_refused_answers_have_a_limit_of_their_own(books: Books, clock: TurnableClock) -> None:
    one = budget(books, clock, MINUTE, ERRORS)
    for _ in range(10):
        one.spend("100")
        one.refused("100")
    error = refusal(one, "100")
    assert "10 refused requests in 60 minutes" in error.text()
    one.spend("200")
    clock.forward(seconds=3601 + ROOM.total_seconds())
    one.spend("100")


@pytest.mark.parametrize(
    ("paused", "asked", "stopped"),
    [("100", "100", True), ("100", "200", False), ("", "200", True), ("", "", True)],
)
def test_a_pause_the_vendor_asked_for_holds_where_it_asked(
    books: Books, clock: TurnableClock, paused: str, asked: str, stopped: bool
) -> None:
    one = budget(books, clock, MINUTE)
    one.closed(paused, 90)
    clock.forward(seconds=30)
    if not stopped:
        one.spend(asked)
        return
    error = refusal(one, asked)
    assert error.retry_after == 60
    assert isinstance(error, AdministrationLimitReached) == bool(paused)
    clock.forward(seconds=61)
    one.spend(asked)


def test_a_refused_call_is_not_counted(books: Books, clock: TurnableClock) -> None:
    one = budget(books, clock, Limit(1, 60))
    one.spend()
    for _ in range(5):
        clock.forward(seconds=10)
        refusal(one)
    clock.forward(seconds=10 + ROOM.total_seconds())
    one.spend()


# --- kept ---------------------------------------------------------------------------------------


def test_a_restart_forgets_nothing(data_dir: Path, clock: TurnableClock) -> None:
    folder = DataFolder(data_dir)
    with open_books(folder) as books:
        one = budget(books, clock, MINUTE, ERRORS)
        assert used(one) == 60
        one.closed("100", 600)
    with open_books(folder) as books:
        again = budget(books, clock, MINUTE, ERRORS)
        refusal(again)
        clock.forward(seconds=61 + ROOM.total_seconds())
        again.spend()
        refusal(again, "100")


def test_two_processes_share_one_limit(books: Books, data_dir: Path) -> None:
    code = f"""
import pathlib
from ledgerdesk.delivery.budgets import AccountBudget
from ledgerdesk.errors import LimitReached
from ledgerdesk.model import Limit, SystemClock
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import open_books
with open_books(DataFolder(pathlib.Path({str(data_dir)!r}))) as books:
    one = AccountBudget(books, SystemClock(), "x:a", "X", [Limit(100, 3600)])
    made = 0
    try:
        while True:
            one.spend("")
            made += 1
    except LimitReached:
        print(made)
"""
    both = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    made = [int(one.communicate(timeout=60)[0]) for one in both]
    assert sum(made) == 100


def test_another_account_has_its_own(books: Books, clock: TurnableClock) -> None:
    assert used(budget(books, clock, MINUTE)) == 60
    assert used(budget(books, clock, MINUTE, account="x:b")) == 60


def test_the_same_account_connected_anew_goes_on_counting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unit.delivery.world import FakeConnector, FakeDestination

    monkeypatch.setattr(FakeConnector, "limits", (MINUTE,))
    connector = FakeConnector(FakeDestination())
    first, second = world.connection("fake", {}), world.connection("fake", {})
    budgets.budget_of(world.books, world.clock, connector, first).spend()
    with world.books.read() as c:
        account = f"fake:{first.account_key}"
        assert kept.recent(c, account, None, 1, world.clock.now() - timedelta(hours=1))
        assert not kept.recent(c, f"fake:{second.account_key}", None, 1, world.clock.now())


def test_who_counts_nothing_is_handed_no_counter(world: World) -> None:
    from tests.unit.delivery.world import FakeConnector, FakeDestination

    made = budgets.budget_of(
        world.books, world.clock, FakeConnector(FakeDestination()), world.connection("fake", {})
    )
    assert isinstance(made, Unlimited)


def test_old_calls_are_forgotten_and_younger_ones_kept(books: Books, clock: TurnableClock) -> None:
    one = budget(books, clock, Limit(5, 40 * 86400))
    used(one, most=3)
    books.write(lambda c: budgets.forget_old_calls(c, clock.now() + timedelta(hours=30)))
    assert used(one) == 2
    books.write(lambda c: budgets.forget_old_calls(c, clock.now() + timedelta(days=400)))
    assert used(one) == 5


# --- a wall clock that jumps ----------------------------------------------------------------------


def test_a_clock_set_back_neither_frees_nor_stops_for_long(
    books: Books, clock: TurnableClock
) -> None:
    one = budget(books, clock, MINUTE)
    assert used(one) == 60
    one.closed("100", 300)
    clock.forward(days=-400)
    assert refusal(one).retry_after == 60 + ROOM.total_seconds()
    clock.forward(seconds=61 + ROOM.total_seconds())
    one.spend()
    assert refusal(one, "100").retry_after == pytest.approx(300, abs=70)
    clock.forward(seconds=300)
    one.spend("100")


# --- a day somewhere ------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begins", "ends"),
    [
        ("2026-04-02T09:00", "2026-04-01T21:55", "2026-04-02T22:05"),
        ("2026-01-15T22:59", "2026-01-14T22:55", "2026-01-15T23:05"),
        ("2026-01-15T23:04", "2026-01-14T22:55", "2026-01-15T23:05"),
        ("2026-01-15T23:05", "2026-01-15T22:55", "2026-01-16T23:05"),
        # The days on which the clocks change have 23 and 25 hours.
        ("2026-03-29T12:00", "2026-03-28T22:55", "2026-03-29T22:05"),
        ("2026-10-25T12:00", "2026-10-24T21:55", "2026-10-25T23:05"),
    ],
)
def test_a_calendar_day_is_the_vendors(now: str, begins: str, ends: str) -> None:
    assert day_begins("Europe/Brussels", at(now)) == at(begins)
    assert day_ends("Europe/Brussels", at(now)) == at(ends)


def test_a_day_that_is_used_up_begins_again_after_midnight_there(
    books: Books, clock: TurnableClock
) -> None:
    one = budget(books, clock, BRUSSELS)
    clock.at = at("2026-10-24T22:10")
    assert used(one, "domain") == 3
    error = refusal(one, "domain")
    assert error.retry_after == timedelta(hours=24, minutes=55).total_seconds()
    assert "3 requests a day" in error.text()
    clock.forward(seconds=error.retry_after)
    assert used(one, "domain") == 3


# --- what can wait --------------------------------------------------------------------------------


def test_what_can_wait_leaves_half_of_a_limit_to_documents(
    books: Books, clock: TurnableClock
) -> None:
    one = budget(books, clock, MINUTE)
    with sparing(one):
        assert used(one) == 30
    assert used(one) == 30


def test_sparing_what_has_no_limit_is_possible() -> None:
    one = Unlimited()
    with sparing(one):
        one.spend()


def test_counting_goes_through_an_index(books: Books, clock: TurnableClock) -> None:
    """Among all calls of a busy day the newest must be found at once."""
    asked: list[str] = []
    one = budget(books, clock, MINUTE, THERE, ERRORS, BRUSSELS)

    def traced(c: object) -> list[str]:
        raw = c.connection.driver_connection  # type: ignore[attr-defined]
        raw.set_trace_callback(asked.append)
        one._spend(c, "100")  # type: ignore[arg-type]
        raw.set_trace_callback(None)
        changes = ("SELECT", "UPDATE")
        plans = [raw.execute(f"EXPLAIN QUERY PLAN {q}") for q in asked if q.startswith(changes)]
        return [str(row[3]) for plan in plans for row in plan]

    steps = books.write(traced)
    assert len(steps) > 4
    assert [s for s in steps if "budget_call" in s and "at>?)" not in s] == []
    assert [s for s in steps if "TEMP B-TREE" in s] == []
