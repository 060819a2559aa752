"""A thousand clients that fail together do not come back together."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable

from ledgerdesk.delivery import policy

CLIENTS = 1_000
HOURS = 12
MINUTE = 60.0
Wait = Callable[[int], float]


def retries_a_minute(wait: Wait) -> Counter[int]:
    """How many clients try in each minute of an outage that began for all of them at once."""
    coming = [(wait(1), client, 1) for client in range(CLIENTS)]
    heapq.heapify(coming)
    found: Counter[int] = Counter()
    while coming:
        at, client, failures = heapq.heappop(coming)
        if at < HOURS * 3600:
            found[int(at / MINUTE)] += 1
            heapq.heappush(coming, (at + wait(failures + 1), client, failures + 1))
    return found


def peak_to_mean(found: Counter[int]) -> float:
    """Once the waits are as long as they get: the first two hours are left out."""
    late = [found[minute] for minute in range(120, HOURS * 60)]
    return max(late) / (sum(late) / len(late))


def test_the_busiest_minute_is_no_more_than_twice_the_mean(seed: int) -> None:
    jitter = random.Random(seed)
    found = retries_a_minute(lambda failures: policy.delay(failures, jitter).total_seconds())
    assert peak_to_mean(found) <= 2


def test_without_jitter_they_would_all_come_in_the_same_minute() -> None:
    """The control."""
    found = retries_a_minute(lambda failures: min(policy.CAP, policy.BASE * 2 ** (failures - 1)))
    assert peak_to_mean(found) > 20
