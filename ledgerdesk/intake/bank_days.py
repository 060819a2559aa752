"""The days banks work: a statement is written for them, and for them only.

A day is closed when the banks of the account's country are, or the euro's payment system is; both
calendars come from the ``holidays`` package. Too many closed days only make the radar more patient.
"""

from __future__ import annotations

import functools
from datetime import date, timedelta
from itertools import accumulate

_FIRST_YEAR = 1990
_SATURDAY = 5


def is_bank_day(day: date, country: str = "BE") -> bool:
    return day.weekday() < _SATURDAY and day not in _closed(_known(country), day.year)


def bank_days_between(first: date, last: date, country: str = "BE") -> int:
    """The bank working days after ``first`` up to ``last``; negative when it is earlier."""
    return _ordinal(last, _known(country)) - _ordinal(first, _known(country))


def _ordinal(day: date, country: str) -> int:
    """How many bank working days there were since the first year, up to and with ``day``."""
    within = _counted(country, day.year)[(day - date(day.year, 1, 1)).days]
    return _before(country, day.year) + within


@functools.lru_cache(maxsize=1024)
def _before(country: str, year: int) -> int:
    if year <= _FIRST_YEAR:
        return -sum(_counted(country, one)[-1] for one in range(year, _FIRST_YEAR))
    return sum(_counted(country, one)[-1] for one in range(_FIRST_YEAR, year))


@functools.lru_cache(maxsize=1024)
def _counted(country: str, year: int) -> tuple[int, ...]:
    """For each day of the year how many bank working days there were up to it."""
    closed = _closed(country, year)
    start = date(year, 1, 1)
    days = (start + timedelta(days=at) for at in range((date(year, 12, 31) - start).days + 1))
    return tuple(accumulate(int(d.weekday() < _SATURDAY and d not in closed) for d in days))


@functools.lru_cache(maxsize=1024)
def _closed(country: str, year: int) -> frozenset[date]:
    import holidays

    found = set(holidays.financial_holidays("ECB", years=year))
    if country:
        described = holidays.country_holidays(country)
        categories = tuple({"public", "bank"} & set(described.supported_categories))
        found |= set(holidays.country_holidays(country, years=year, categories=categories))
    return frozenset(found)


@functools.lru_cache(maxsize=256)
def _known(country: str) -> str:
    """Empty where a country has no calendar: the days of the euro remain."""
    import holidays

    known = country.isalpha() and len(country) == 2
    return country if known and country in holidays.list_supported_countries() else ""
