"""The numbers of an account's statements: one that is skipped was given to a statement.

CODA begins again at 1 every year; the electronic numbers of other formats may go on for ever. Both
are understood, also that the last statement of a year is dated in January. Where the numbers are no
counter (zeros, the day of the year, references of the bank) they prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ledgerdesk.model.radar import Arrival

_CODA = "coda"
_LONGEST = 99_999
_ENOUGH = 4
"""Steps from which on a habit can be told from an exception."""
# How far a statement may be dated into the year after (before) the one it is numbered in.
_JANUARY_DAYS = 10
_DECEMBER_DAY = 26


@dataclass(frozen=True, slots=True)
class Jump:
    """Between two statements that are there, ``first`` to ``last`` are not."""

    after: Arrival
    before: Arrival
    first: int
    last: int

    @property
    def days(self) -> tuple[date, date]:
        """Banks do not always date their numbers in order."""
        return min(self.after.day, self.before.day), max(self.after.day, self.before.day)


def jumps(arrivals: Iterable[Arrival]) -> list[Jump]:
    """What is skipped in each format's numbers; ``arrivals`` are in order of their day."""
    series: dict[str, list[Arrival]] = {}
    for one in arrivals:
        if 0 < one.number <= _LONGEST:
            series.setdefault(one.format, []).append(one)
    return [jump for each in series.values() for jump in _in_series(each)]


def _in_series(arrivals: Sequence[Arrival]) -> list[Jump]:
    if _tells_the_day(arrivals):
        return []
    slots: dict[tuple[int, int], Arrival] = {}
    for one, year in zip(arrivals, _years(arrivals), strict=True):
        # A corrected statement has the number of the one it corrects.
        slots.setdefault((year, one.number), one)
    ordered = sorted(slots)
    found: list[Jump] = []
    for (year, number), (next_year, next_number) in pairwise(ordered):
        first = _expected(number, next_number, year == next_year, arrivals[0].format)
        if first < next_number:
            found.append(
                Jump(slots[year, number], slots[next_year, next_number], first, next_number - 1)
            )
    steps = len(ordered) - 1
    return found if steps < _ENOUGH or 2 * len(found) <= steps else []


def _expected(number: int, found: int, same_year: bool, format: str) -> int:
    """The number that should have come after ``number``; ``found`` is the one that did."""
    goes_on = same_year or found == number + 1 or (found > number and format != _CODA)
    return number + 1 if goes_on else 1


def _tells_the_day(arrivals: Sequence[Arrival]) -> bool:
    """Some banks write the day of the year where the number stands."""
    days = {one.day: one for one in arrivals}.values()
    return len(days) > 1 and all(one.number == one.day.timetuple().tm_yday for one in days)


def _years(arrivals: Sequence[Arrival]) -> list[int]:
    """The year each is numbered in: its day's, but for the few around New Year."""
    highest: dict[int, int] = {}
    found = []
    for one in arrivals:
        year, day = one.day.year, one.day.timetuple().tm_yday
        # As high as the highest: the same statement once more, corrected.
        goes_on = one.number >= highest.get(year - 1, _LONGEST + 1)
        if day <= _JANUARY_DAYS and one.number > 2 * day + 5 and goes_on:
            year -= 1
        elif one.day.month == 12 and one.day.day >= _DECEMBER_DAY and one.number <= 3:
            year += highest.get(year, 0) > one.number + _ENOUGH
        highest[year] = max(highest.get(year, 0), one.number)
        found.append(year)
    return found
