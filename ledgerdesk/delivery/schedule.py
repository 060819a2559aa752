"""When LedgerDesk looks and sends by itself: pure functions from a rule and a clock to slots.

A slot is one planned moment. Times of day are slots of the local calendar, known by day and time:
two o'clock that comes twice in autumn, or a journey to another time zone, never makes a second run
of the same day, and half past two that is left out in spring runs at the first moment there is
(shared/facts/reliability.md §3). Intervals are slots of the absolute clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

WORKING_DAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
# A year of nothing but excluded days is a rule that never runs.
_LOOK_AHEAD = 370
_REMEMBERED = timedelta(days=14)
_WRONG_CLOCK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every ``every`` minutes between ``opens`` and ``closes`` (both empty: all day), or at
    ``times``; on ``weekdays`` (Monday is 0) and not on the public holidays of ``holidays`` (``BE``,
    ``NL``…; empty: also then). All in local time."""

    every: int = 0
    times: tuple[time, ...] = ()
    weekdays: frozenset[int] = WORKING_DAYS
    opens: time | None = None
    closes: time | None = None
    holidays: str = ""

    @property
    def is_on(self) -> bool:
        return bool(self.every or self.times) and bool(self.weekdays)


@dataclass(frozen=True, slots=True)
class Slot:
    """``key`` names it for ever, ``at`` is its moment in UTC."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A run to make now; ``missed`` slots before it were slept through and are made up by it."""

    slot: Slot
    missed: int = 0


def next_slot(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Slot | None:
    """The first slot later than ``after``; None for a rule that never runs."""
    if not schedule.is_on:
        return None
    first = after.astimezone(zone).date() - timedelta(days=1)
    for ahead in range(_LOOK_AHEAD):
        for slot in _slots_of(schedule, zone, first + timedelta(days=ahead)):
            if slot.at > after:
                return slot
    return None


def due(
    schedule: Schedule, zone: ZoneInfo, ran: Collection[str], since: datetime, now: datetime
) -> Due | None:
    """The latest slot up to ``now``, unless it ran already (its key is in ``ran``).

    ``since`` is when the rule was made or switched on: older slots never were promised. Whatever
    was slept through is one run, not many.
    """
    if not schedule.is_on or now < since:
        return None
    day = now.astimezone(zone).date() + timedelta(days=1)
    latest: Slot | None = None
    missed = 0
    for back in range(int(_REMEMBERED / timedelta(days=1))):
        for slot in reversed(list(_slots_of(schedule, zone, day - timedelta(days=back)))):
            if slot.at > now:
                continue
            if slot.at <= since or slot.key in ran:
                return Due(latest, missed) if latest else None
            missed += latest is not None
            latest = latest or slot
    return Due(latest, missed) if latest else None


def forgotten(slot_at: datetime, now: datetime) -> bool:
    """Whether the memory of a slot that ran can go: it is old, or the clock was wrong when it ran,
    so far ahead that keeping it would leave out a run that is still to come."""
    return slot_at < now - _REMEMBERED or slot_at > now + _WRONG_CLOCK


def _slots_of(schedule: Schedule, zone: ZoneInfo, day: date) -> Iterator[Slot]:
    """Those of one local day, in order."""
    if day.weekday() not in schedule.weekdays or day in _holidays(schedule.holidays, day.year):
        return
    if schedule.every:
        yield from _intervals(schedule, zone, day)
    for at in sorted(set(schedule.times)):
        yield Slot(f"{day.isoformat()}T{at:%H:%M}", _moment(day, at, zone))


def _intervals(schedule: Schedule, zone: ZoneInfo, day: date) -> Iterator[Slot]:
    """Multiples of the interval since the epoch, within the day's working hours."""
    opens = _moment(day, schedule.opens or time(), zone)
    tomorrow = _moment(day + timedelta(days=1), time(), zone)
    closes = _moment(day, schedule.closes, zone) if schedule.closes else tomorrow
    step = schedule.every * 60
    seconds = -(-int(opens.timestamp()) // step) * step
    while seconds < closes.timestamp() or (schedule.closes and seconds == closes.timestamp()):
        at = datetime.fromtimestamp(seconds, UTC)
        yield Slot(f"{at:%Y-%m-%dT%H:%M}Z", at)
        seconds += step


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """``at`` on ``day`` in UTC: the first of two, and where there is none the first one after."""
    local = datetime.combine(day, at, zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    return _after_gap(local, zone)


def _after_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment the clocks were put forward: ``local`` does not exist."""
    before = local.replace(fold=1).astimezone(UTC)
    after = local.replace(fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    # Within a gap, fold 1 means the offset behind it: its moment lies before the change.
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    """Raises NotImplementedError for a country the library does not know."""
    if not country:
        return frozenset()
    import holidays

    return frozenset(holidays.country_holidays(country, years=year))
