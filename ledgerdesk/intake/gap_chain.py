"""The chain of balances: each statement opens with what the one before closed with.

Numbers play no part here. A corrected statement stands beside the one it corrects: the chain may
go on from either; a statement of a whole month beside daily ones spans them and breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from ledgerdesk.model.radar import Arrival


@dataclass(frozen=True, slots=True)
class Break:
    """Something moved the balance between two statements that are there, and did not come.

    ``after`` is the last day before it; ``had`` and ``has`` the balances on either side.
    """

    after: date
    before: date
    had: Decimal
    has: Decimal
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    breaks: tuple[Break, ...]
    spanning: tuple[Arrival, ...]
    """Statements of a longer period beside those of its days."""


_MOST_A_DAY = 100
"""Breaks looked for within one day: more of them are no bank's statements."""


def follow(arrivals: Sequence[Arrival], start: tuple[date, Decimal] | None = None) -> Chain:
    """The breaks in ``arrivals``, which are in order of their day. ``start`` is a closing balance
    from which the chain must hold; without it the first statement is the beginning."""
    walk = _Walk(start)
    for day, group in groupby(_once(arrivals), key=lambda one: one.day):
        walk.take(day, list(group))
    return Chain(tuple(walk.breaks), tuple(walk.spanning))


def _once(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Without repeats, and without the empty ones that only detail a movement of another file."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for one in arrivals:
        key = (one.day, one.opening, one.closing)
        if key not in seen and not one.opening == one.closing == 0:
            kept.append(one)
        seen.add(key)
    return kept


class _Walk:
    """``ends`` are the balances with which a next statement may open; None: any will do."""

    def __init__(self, start: tuple[date, Decimal] | None) -> None:
        self.breaks: list[Break] = []
        self.spanning: list[Arrival] = []
        self._ends: set[Decimal] | None = {start[1]} if start else None
        self._day = start[0] if start else date.min
        self._last: tuple[str, ...] = ()
        self._seen: set[Decimal] = set(self._ends or ())
        self._numbered: set[tuple[str, int, int]] = set()

    def take(self, day: date, group: list[Arrival]) -> None:
        """One day's statements, in whatever order they came."""
        if self._ends is None:
            self._ends = _entries(group)
            self._seen |= self._ends
        joined, left = _reached(group, self._ends)
        joined += self._explained(left, joined)
        for _ in range(_MOST_A_DAY):
            if not left:
                break
            entry = self._entry(left)
            self._breaks_at(entry, joined)
            more, left = _reached(left, _entries([entry]))
            joined += more
        self._go_on(day, joined + left)

    def _explained(self, left: list[Arrival], joined: list[Arrival]) -> list[Arrival]:
        """Takes out of ``left`` what breaks nothing; returns what the chain may go on from."""
        closings = {one.closing for one in joined} | (self._ends or set())
        corrections = []
        for one in list(left):
            if one.opening not in self._seen:
                continue
            if one.closing in closings:
                self.spanning.append(one)
                left.remove(one)
            elif one.number and (one.format, one.day.year, one.number) in self._numbered:
                corrections.append(one)
                left.remove(one)
        return corrections

    def _entry(self, left: list[Arrival]) -> Arrival:
        """Where the chain comes in again: a statement that none of the others leads to."""
        closings = {one.closing for one in left}
        return next((one for one in left if one.opening not in closings), left[0])

    def _breaks_at(self, entry: Arrival, joined: list[Arrival]) -> None:
        assert entry.opening is not None and self._ends is not None
        same_day = [one for one in joined if one.closing is not None]
        if same_day:
            after, documents = entry.day, [same_day[-1].document_id]
            ends = [one.closing for one in same_day[-1:] if one.closing is not None]
        else:
            after, documents = self._day, list(self._last)
            ends = sorted(self._ends)
        told = (*documents, entry.document_id)
        self.breaks.append(Break(after, entry.day, ends[-1], entry.opening, told))

    def _go_on(self, day: date, joined: list[Arrival]) -> None:
        if not joined:
            return
        self._day, self._last = day, tuple(one.document_id for one in joined[-1:])
        self._numbered |= {(one.format, one.day.year, one.number) for one in joined if one.number}
        if any(one.closing is None for one in joined):
            self._ends = None
            return
        closings = [one.closing for one in joined if one.closing is not None]
        self._seen |= set(closings)
        used = {one.opening for one in joined if one.opening != one.closing}
        self._ends = set(closings) - used or set(closings)


def _entries(group: list[Arrival]) -> set[Decimal]:
    """The balances a group may begin with: those that none of its own closes with."""
    openings = {one.opening for one in group if one.opening is not None}
    return openings - {one.closing for one in group if one.opening != one.closing} or openings


def _reached(group: list[Arrival], ends: set[Decimal]) -> tuple[list[Arrival], list[Arrival]]:
    """Those of ``group`` that follow from ``ends``, one after another, and the others."""
    opening: dict[Decimal | None, list[Arrival]] = {}
    for one in group:
        opening.setdefault(one.opening, []).append(one)
    pending: list[Decimal | None] = [None, *ends]
    joined: list[Arrival] = []
    for balance in pending:  # grows while it is walked
        found = opening.pop(balance, [])
        joined += found
        pending += [one.closing for one in found]
    return joined, [one for each in opening.values() for one in each]
