"""Exact Online's limits as the stand-in keeps them: calls a minute and a day, and refused calls.

Calls count per app and administration, refused ones per app, user, administration and endpoint.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ledgerdesk.practice.vendors.server import Answer

COUNTED = (400, 401, 403, 404)
_ZONE = ZoneInfo("Europe/Brussels")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)

Key = tuple[str, ...]


class Meter:
    """``broken`` counts calls beyond a limit, ``blocks`` how often somebody was shut out: what a
    good client never causes."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.a_minute = 60
        self.a_day = 5_000
        self.errors_an_hour = 10
        self.broken = 0
        self.blocks = 0
        self._now = now
        self._minute: dict[Key, deque[datetime]] = defaultdict(deque)
        self._day: dict[Key, tuple[str, int]] = {}
        self._errors: dict[Key, deque[datetime]] = defaultdict(deque)
        self._shut: dict[Key, datetime] = {}
        self._shut_before: dict[Key, int] = defaultdict(int)

    def spend(self, key: Key) -> Answer | None:
        """Counts one call; the 429 when there is none left. It names only what ran out."""
        now = self._now()
        calls = self._recent(self._minute[key], now - _MINUTE)
        if len(calls) >= self.a_minute:
            self.broken += 1
            return Answer(429, headers=self._minutely(key))
        if self._today(key) >= self.a_day:
            self.broken += 1
            return Answer(429, headers=self._daily(key))
        calls.append(now)
        self._day[key] = (self._date(), self._today(key) + 1)
        return None

    def headers(self, key: Key) -> dict[str, str]:
        return {**self._daily(key), **self._minutely(key)}

    # --- refused calls ----------------------------------------------------------------------------

    def is_shut(self, key: Key) -> bool:
        return key in self._shut and self._now() < self._shut[key]

    def refused(self, key: Key) -> None:
        """The tenth within an hour shuts the endpoint: for an hour, and longer every time."""
        now = self._now()
        errors = self._recent(self._errors[key], now - _HOUR)
        errors.append(now)
        if len(errors) >= self.errors_an_hour:
            errors.clear()
            self._shut_before[key] += 1
            self._shut[key] = now + _HOUR * self._shut_before[key]
            self.blocks += 1

    # --- how --------------------------------------------------------------------------------------

    def _minutely(self, key: Key) -> dict[str, str]:
        calls = self._recent(self._minute[key], self._now() - _MINUTE)
        free = (calls[0] if calls else self._now()) + _MINUTE
        # Precise to the minute only: the next full one.
        reset = (free + _MINUTE - timedelta(microseconds=1)).replace(second=0, microsecond=0)
        return _family("X-RateLimit-Minutely", self.a_minute, self.a_minute - len(calls), reset)

    def _daily(self, key: Key) -> dict[str, str]:
        local = self._now().astimezone(_ZONE)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return _family("X-RateLimit", self.a_day, self.a_day - self._today(key), midnight)

    def _today(self, key: Key) -> int:
        date, count = self._day.get(key, ("", 0))
        return count if date == self._date() else 0

    def _date(self) -> str:
        return self._now().astimezone(_ZONE).date().isoformat()

    @staticmethod
    def _recent(times: deque[datetime], since: datetime) -> deque[datetime]:
        while times and times[0] <= since:
            times.popleft()
        return times


def _family(prefix: str, limit: int, remaining: int, reset: datetime) -> dict[str, str]:
    return {
        f"{prefix}-Limit": str(limit),
        f"{prefix}-Remaining": str(max(0, remaining)),
        f"{prefix}-Reset": str(int(reset.timestamp() * 1000)),
    }
