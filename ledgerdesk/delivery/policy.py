"""When a failed attempt is repeated, when a lane pauses, when waiting is announced. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from ledgerdesk.model import Assurance

BASE = 30.0
CAP = 4_000.0
LONGEST_WAIT = timedelta(hours=24)
FAILURES_THAT_OPEN = 5
PATIENCE = timedelta(days=5)
"""How long a destination is asked what became of a document."""
FINAL = (Assurance.PICKED_UP, Assurance.BOOKED)
"""Nothing more is to be learnt then."""


def delay(failures: int, jitter: Random, retry_after: float | None = None) -> timedelta:
    """The wait after so many failures in a row (at least one): full jitter, any moment between
    now and a limit that doubles. ``retry_after`` (seconds), the server's own wish, wins; no wait
    is longer than 24 hours."""
    if retry_after is not None:
        return min(timedelta(seconds=max(0.0, retry_after)), LONGEST_WAIT)
    # Beyond 2^8 the cap decides anyway.
    return timedelta(seconds=jitter.uniform(0.0, min(CAP, BASE * 2 ** min(failures - 1, 8))))


def opens(failures: int) -> bool:
    """Whether so many transient failures in a row stop a lane for a while. The first delivery
    afterwards is the probe: its failure stops the lane again, its success forgets them all."""
    return failures >= FAILURES_THAT_OPEN


def raises(now: Assurance, before: str) -> bool:
    """Whether ``now`` tells more about an arrival than the assurance ``before``."""
    rising = list(Assurance)
    return not before or rising.index(now) > rising.index(Assurance(before))


def announces(created_at: datetime, previous: datetime | None, at: datetime) -> bool:
    """Whether an attempt that fails ``at`` is the first of its day to do so after five days of
    trying; ``previous`` is when the attempt before it began."""
    days = (at - created_at).days
    before = -1 if previous is None else (previous - created_at).days
    return at - created_at >= PATIENCE and before < days
