"""The calendar of an account: what each day brought, for a window that paints it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ledgerdesk.intake.bank_days import is_bank_day
from ledgerdesk.model.radar import Arrival, BankAccount, Gap, GapKind

_LONGEST = 3_700


class DayState(StrEnum):
    """``quiet`` is a bank working day on which nothing moved; ``outside`` lies before the first
    statement, after the end, or in the future; ``missing`` is where a proven hole lies."""

    RECEIVED = "received"
    TWICE = "twice"
    MISSING = "missing"
    SILENT = "silent"
    QUIET = "quiet"
    CLOSED = "closed"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: date
    state: DayState
    documents: tuple[str, ...] = ()


def days_of(
    account: BankAccount,
    arrivals: Sequence[Arrival],
    gaps: Sequence[Gap],
    period: tuple[date, date],
    today: date,
) -> list[CalendarDay]:
    """Every day of ``period``, at most ten years of them."""
    came: dict[date, dict[str, None]] = {}
    for one in arrivals:
        came.setdefault(one.day, {})[one.document_id] = None
    marked = {day: state for gap in gaps for day, state in _marked(gap, account, today)}
    begin = account.baseline_day or min(came, default=date.max)
    end = min(today, account.ended_on or today)
    first, last = period
    found = []
    for day in (first + timedelta(days=at) for at in range(min((last - first).days + 1, _LONGEST))):
        documents = tuple(came.get(day, ()))
        state = marked.get(day)
        if documents and state not in (DayState.TWICE, DayState.MISSING):
            state = DayState.RECEIVED
        elif state is None or (state is DayState.TWICE and not documents):
            state = _empty(day, account, begin, end)
        found.append(CalendarDay(day, state, documents))
    return found


def _marked(gap: Gap, account: BankAccount, today: date) -> Iterator[tuple[date, DayState]]:
    if gap.kind is GapKind.OVERLAP:
        yield from ((day, DayState.TWICE) for day in _between(gap.after, gap.before, account))
    elif gap.kind is GapKind.SILENT:
        silent = _between(gap.after + timedelta(days=1), today, account)
        yield from ((day, DayState.SILENT) for day in silent)
    elif gap.before is not None:
        inside = _between(gap.after + timedelta(days=1), gap.before - timedelta(days=1), account)
        # Two statements of neighbouring days, or of one: what is missing belongs to the second.
        yield from ((day, DayState.MISSING) for day in inside or [gap.before])


def _between(first: date, last: date | None, account: BankAccount) -> list[date]:
    """The bank working days from ``first`` to ``last``, both included."""
    length = ((last or first) - first).days + 1
    days = (first + timedelta(days=at) for at in range(min(length, _LONGEST)))
    return [day for day in days if is_bank_day(day, account.account[:2])]


def _empty(day: date, account: BankAccount, begin: date, end: date) -> DayState:
    if not begin < day <= end:
        return DayState.OUTSIDE
    return DayState.QUIET if is_bank_day(day, account.account[:2]) else DayState.CLOSED
