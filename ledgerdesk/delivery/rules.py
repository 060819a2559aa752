"""A schedule as the books keep it and as a person writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from ledgerdesk.delivery.schedule import EVERY_DAY, WORKING_DAYS, Schedule
from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate

DEFAULT = Schedule(every=15, opens=time(7), closes=time(19))
"""Until a person says otherwise: every quarter of an hour while an office works."""
BY_HAND = Schedule()

LEAST_MINUTES, MOST_MINUTES = 1, 1440
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPANS = {"working": WORKING_DAYS, "every": EVERY_DAY}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person changes about a rule; None leaves that part as it was.

    ``days`` is ``working``, ``every`` or names such as ``mon,tue``; ``opens`` and ``closes`` are
    ``HH:MM``, both empty for all day; ``holidays`` a country (``BE``), empty for none.
    """

    every: int | None = None
    times: Sequence[str] | None = None
    days: str | None = None
    opens: str | None = None
    closes: str | None = None
    holidays: str | None = None


def changed(before: Schedule, wanted: Wanted) -> Schedule:
    """Raises InvalidValue, naming the part. An interval takes the place of times, and times that
    of an interval, unless both are given."""
    rule = before
    if wanted.every is not None:
        rule = replace(rule, every=_minutes(wanted.every), times=())
    if wanted.times is not None:
        kept = rule.every if wanted.every is not None else 0
        rule = replace(rule, every=kept, times=tuple(sorted({_time(o) for o in wanted.times})))
    if wanted.days is not None:
        rule = replace(rule, weekdays=_days(wanted.days))
    if wanted.opens is not None:
        rule = replace(rule, opens=_time(wanted.opens) if wanted.opens else None)
    if wanted.closes is not None:
        rule = replace(rule, closes=_time(wanted.closes) if wanted.closes else None)
    if wanted.holidays is not None:
        rule = replace(rule, holidays=_country(wanted.holidays))
    if rule.opens and rule.closes and rule.closes <= rule.opens:
        raise _invalid("to", f"{rule.closes:%H:%M}", N_("the end of the working hours"))
    return rule


def to_values(rule: Schedule) -> dict[str, Any]:
    return {
        "every": rule.every,
        "times": [f"{one:%H:%M}" for one in rule.times],
        "days": [_DAYS[one] for one in sorted(rule.weekdays)],
        "from": f"{rule.opens:%H:%M}" if rule.opens else None,
        "to": f"{rule.closes:%H:%M}" if rule.closes else None,
        "holidays": rule.holidays or None,
    }


def from_values(values: Mapping[str, Any]) -> Schedule:
    """What ``to_values`` made; raises ValueError or KeyError for anything else."""
    opens, closes = values["from"], values["to"]
    return Schedule(
        every=int(values["every"]),
        times=tuple(time.fromisoformat(one) for one in values["times"]),
        weekdays=frozenset(_DAYS.index(one) for one in values["days"]),
        opens=time.fromisoformat(opens) if opens else None,
        closes=time.fromisoformat(closes) if closes else None,
        holidays=values["holidays"] or "",
    )


# --- what a person writes -------------------------------------------------------------------------


def _minutes(given: int) -> int:
    if not LEAST_MINUTES <= given <= MOST_MINUTES:
        hint = f"{LEAST_MINUTES}–{MOST_MINUTES}"
        raise _invalid("every", str(given), N_("the interval in minutes"), hint)
    return given


def _time(text: str) -> time:
    hours, _, minutes = text.strip().partition(":")
    try:
        return time(int(hours), int(minutes))
    except ValueError as error:
        raise _invalid("at", text, N_("the time"), "08:30") from error


def _days(text: str) -> frozenset[int]:
    wanted = text.strip().lower()
    if wanted in _SPANS:
        return _SPANS[wanted]
    named = [one.strip()[:3] for one in wanted.split(",")]
    if not all(one in _DAYS for one in named):
        hint = ", ".join((*_SPANS, "mon,tue,…"))
        raise _invalid("days", text, N_("the days"), hint)
    return frozenset(_DAYS.index(one) for one in named)


def _country(text: str) -> str:
    wanted = text.strip().upper()
    if wanted in ("", "NONE"):
        return ""
    import holidays

    if wanted not in holidays.list_supported_countries():
        raise _invalid("holidays", text, N_("the public holidays"), "BE, NL, FR, LU, DE, none")
    return wanted


def _invalid(field: str, value: str, name: str, hint: str = "") -> InvalidValue:
    return InvalidValue(field=field, value=value, name=translate(name), hint=hint)


# --- what a person reads --------------------------------------------------------------------------

_DAY_NAMES = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def told(rule: Schedule) -> str:
    """“every 15 minutes, 07:00–19:00, on working days”."""
    if not rule.is_on:
        return translate(N_("only when you send yourself"))
    parts = []
    if rule.every:
        parts.append(translate(N_("every {minutes} minutes")).format(minutes=rule.every))
    if rule.times:
        times = ", ".join(f"{one:%H:%M}" for one in rule.times)
        parts.append(translate(N_("at {times}")).format(times=times))
    if rule.every and (rule.opens or rule.closes):
        opens = f"{rule.opens:%H:%M}" if rule.opens else "00:00"
        parts.append(f"{opens}–{rule.closes:%H:%M}" if rule.closes else f"{opens}–24:00")
    parts.append(_days_told(rule.weekdays))
    if rule.holidays:
        text = translate(N_("not on public holidays ({country})"))
        parts.append(text.format(country=rule.holidays))
    return ", ".join(parts)


def _days_told(days: frozenset[int]) -> str:
    if days == EVERY_DAY:
        return translate(N_("every day"))
    if days == WORKING_DAYS:
        return translate(N_("on working days"))
    return ", ".join(translate(_DAY_NAMES[one]) for one in sorted(days))
