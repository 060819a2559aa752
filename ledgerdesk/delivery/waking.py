"""Noticing that the computer slept, or that its clock was changed, by comparing two clocks.

The wall clock may jump, the monotonic one never does; on some systems it stands still while the
computer sleeps, on others it goes on (restic found timers wrong after a standby for the same
reason). Either way more time went by than was waited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ledgerdesk.model import Clock

A_JUMP = 60.0
"""Seconds; less is a busy computer, or a clock that was put right."""


@dataclass(frozen=True, slots=True)
class Jump:
    """``seconds`` went by unseen; fewer than none: the clock was set back."""

    seconds: float

    @property
    def is_back(self) -> bool:
        return self.seconds < 0


class Pulse:
    """Asked once after every wait."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._wall: datetime = clock.now()
        self._steady = monotonic()

    def beat(self, waited: float) -> Jump | None:
        """What happened since the last beat, of which ``waited`` seconds were meant to be spent
        waiting; None: nothing out of the ordinary."""
        wall, steady = self._clock.now(), self._monotonic()
        by_wall = (wall - self._wall).total_seconds()
        by_steady = steady - self._steady
        self._wall, self._steady = wall, steady
        if by_wall < by_steady - A_JUMP:
            return Jump(by_wall - by_steady)
        unseen = max(by_wall, by_steady) - waited
        return Jump(unseen) if unseen > A_JUMP else None
