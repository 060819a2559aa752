"""When an attempt is repeated, when a lane pauses, when waiting is announced."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from ledgerdesk.delivery import policy

MADE = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def longest(failures: int) -> float:
    class Longest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    return policy.delay(failures, Longest()).total_seconds()


def test_the_limit_doubles_up_to_its_cap() -> None:
    assert [longest(n) for n in (1, 2, 3, 4)] == [30, 60, 120, 240]
    assert longest(9) == longest(50) == policy.CAP


def test_waits_are_spread_over_the_whole_span(seed: int) -> None:
    jitter = random.Random(seed)
    waits = [policy.delay(3, jitter).total_seconds() for _ in range(4000)]
    tenths = [sum(1 for one in waits if n * 12 <= one < (n + 1) * 12) for n in range(10)]
    # 400 are expected in each tenth; far outside means that somebody's clock ticks in step.
    assert min(tenths) > 250 and max(tenths) < 550


def test_the_wish_of_the_server_wins() -> None:
    assert policy.delay(1, random.Random(1), retry_after=900) == timedelta(seconds=900)


@pytest.mark.parametrize(("wish", "hours"), [(10**9, 24), (-5, 0)])
def test_no_wish_is_taken_beyond_reason(wish: float, hours: int) -> None:
    assert policy.delay(1, random.Random(1), retry_after=wish) == timedelta(hours=hours)


def test_five_failures_in_a_row_stop_the_lane() -> None:
    assert [policy.opens(n) for n in (1, 4, 5, 6)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("previous_days", "days", "announced"),
    [
        (4.9, 4.99, False),
        (4.99, 5.01, True),
        (5.01, 5.5, False),
        (5.5, 6.2, True),
        (None, 6.0, True),
        (3.0, 9.0, True),
    ],
)
def test_waiting_is_announced_once_a_day_after_five_days(
    previous_days: float | None, days: float, announced: bool
) -> None:
    previous = None if previous_days is None else MADE + timedelta(days=previous_days)
    assert policy.announces(MADE, previous, MADE + timedelta(days=days)) is announced
