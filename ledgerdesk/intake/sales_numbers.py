"""Sales numbering: which numbers of a client's own invoices never came. Pure.

A series is what stays the same around the counter: ``V2026-…`` is one, its credit notes under the
same letters are in it. Series that begin again every year are known by that. What has no order is
no numbering, and nothing is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ledgerdesk.model.radar import NumberGap, SoldNumber

_RUN = re.compile(r"([0-9]+)")
_LONGEST = 15
_YEAR = "%"
# More than so many missing for each that came: references, not a numbering.
_THINNEST, _SLACK = 3, 20
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class _Counted:
    """``around`` is the number with its counter (and year) taken out; ``year`` is 0 where the
    number holds none, ``start`` where its counter begins."""

    sold: SoldNumber
    around: str
    year: int
    counter: str
    start: int

    @property
    def value(self) -> int:
        return int(self.counter)


def find(sold: Iterable[SoldNumber]) -> list[NumberGap]:
    """The missing numbers of every client and series, in order. ``sold`` are of some years."""
    found: list[NumberGap] = []
    by_client: dict[tuple[str, str], list[tuple[SoldNumber, list[str]]]] = {}
    for one in sold:
        parts = _RUN.split(one.number.strip())
        if len(parts) > 1 and all(len(run) <= _LONGEST for run in parts[1::2]):
            shape = "#".join(part.casefold() for part in parts[0::2])
            by_client.setdefault((one.client_id, shape), []).append((one, parts))
    for each in by_client.values():
        series: dict[str, list[_Counted]] = {}
        for counted in _counted(each):
            series.setdefault(counted.around, []).append(counted)
        for around, those in sorted(series.items()):
            found += _of_series(around, those)
    return found


def _counted(same_shape: Sequence[tuple[SoldNumber, list[str]]]) -> list[_Counted]:
    """Which run of digits counts: the last, unless it is the year."""
    runs = len(same_shape[0][1]) // 2
    at = runs - 1
    if runs > 1 and all(_is_year(parts[-2], one) for one, parts in same_shape):
        at -= 1
    glued = _glued_year(same_shape) if runs == 1 else 0
    found = []
    for one, parts in same_shape:
        around, year, counter = list(parts), 0, parts[2 * at + 1]
        for place in range(1, len(parts), 2):
            if place != 2 * at + 1 and _is_year(parts[place], one):
                around[place], year = _YEAR, int(parts[place]) % 100
        if glued:
            year, counter = int(counter[:glued]) % 100, counter[glued:]
        around[2 * at + 1] = (_YEAR if glued else "") + "#"
        start = sum(len(part) for part in parts[: 2 * at + 1]) + glued
        found.append(_Counted(one, "".join(around), year, counter, start))
    return found


def _is_year(run: str, one: SoldNumber) -> bool:
    """An invoice of the first days may still be of the old year's series."""
    years = (one.day.year, one.day.year - 1)
    return any(run in (str(year), f"{year % 100:02}") for year in years)


def _glued_year(same_shape: Sequence[tuple[SoldNumber, list[str]]]) -> int:
    """How many digits of ``20260017`` or ``260017`` are the year; 0 for none."""
    for digits, longer in ((4, 7), (2, 5)):
        numbers = [(parts[1], f"{one.day.year:04}"[-digits:]) for one, parts in same_shape]
        same = len({len(number) for number, _ in numbers}) == 1
        if len(numbers) < _ENOUGH or not same or len(numbers[0][0]) < longer:
            continue
        if all(number.startswith(year) for number, year in numbers):
            return digits
    return 0


def _of_series(around: str, counted: Sequence[_Counted]) -> list[NumberGap]:
    years = _by_year(counted)
    found: list[NumberGap] = []
    from_one = False
    for year in sorted(years):
        numbers: dict[int, _Counted] = {}
        for one in years[year]:
            numbers.setdefault(one.value, one)
        ordered = [numbers[value] for value in sorted(numbers)]
        span = ordered[-1].value - ordered[0].value + 1
        if span > _THINNEST * len(ordered) + _SLACK:
            from_one = False
            continue
        if from_one and 1 < ordered[0].value <= _SLACK:
            found.append(_gap(around, ordered[0], 1, ordered[0].value - 1, ordered[0]))
        found += [
            _gap(around, first, first.value + 1, second.value - 1, second)
            for first, second in pairwise(ordered)
            if second.value > first.value + 1
        ]
        from_one = ordered[0].value == 1
    return found


def _by_year(counted: Sequence[_Counted]) -> dict[int, list[_Counted]]:
    """All under one year where the numbers go on over New Year."""
    if any(one.year for one in counted):
        return _grouped(counted, lambda one: one.year)
    years = _grouped(counted, lambda one: one.sold.day.year)
    again = any(
        min(one.value for one in years[later]) + _SLACK < max(one.value for one in years[earlier])
        for earlier, later in pairwise(sorted(years))
    )
    return years if again else {0: list(counted)}


def _grouped(
    counted: Sequence[_Counted], key: Callable[[_Counted], int]
) -> dict[int, list[_Counted]]:
    return {year: list(each) for year, each in groupby(sorted(counted, key=key), key=key)}


def _gap(around: str, after: _Counted, first: int, last: int, before: _Counted) -> NumberGap:
    days = sorted((after.sold.day, before.sold.day))
    ids = dict.fromkeys((after.sold.document_id, before.sold.document_id))
    return NumberGap(
        before.sold.client_id,
        around.replace(_YEAR, f"{before.year:02}" if before.year else ""),
        _written(before, first, after),
        _written(before, last, after),
        last - first + 1,
        days[0],
        days[1],
        tuple(ids),
    )


def _written(like: _Counted, value: int, beside: _Counted) -> str:
    """``value`` as the client would have written it in the number of ``like``."""
    number = like.sold.number.strip()
    padded = "0" in (like.counter[0], beside.counter[0])
    width = len(like.counter) if padded else 0
    end = like.start + len(like.counter)
    return f"{number[: like.start]}{value:0{width}}{number[end:]}"
