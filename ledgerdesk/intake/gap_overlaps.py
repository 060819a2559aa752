"""The same day by two roads: two portals, two formats, a month beside its days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations, groupby, islice

from ledgerdesk.model.radar import Arrival, BankAccount, Gap, GapKind

_SHOWN = 20
_MOST_A_DAY = 60
_Pair = tuple[Arrival, Arrival]
_Ways = tuple[str, str]


def overlaps(
    account: BankAccount, arrivals: Sequence[Arrival], spanning: Iterable[Arrival]
) -> list[Gap]:
    """One finding per pair of roads and stretch of days. ``arrivals`` are in order of their day,
    with the duplicates; ``spanning`` are those of a longer period beside daily ones."""
    wide = {one.document_id for one in spanning}
    runs: dict[_Ways, list[list[_Pair]]] = {}
    met: dict[_Ways, int] = {}
    before: Arrival | None = None
    for at, (_, group) in enumerate(groupby(arrivals, key=lambda one: one.day)):
        day = list(islice(group, _MOST_A_DAY))
        pairs = list(_twice(day))
        paired = {second.document_id for _, second in pairs}
        for one in day:
            if one.document_id in wide - paired and before is not None:
                pairs.append((before, one))
        for pair in pairs:
            ways = (_way(pair[0]), _way(pair[1]))
            key = (min(ways), max(ways))
            if met.get(key, -2) < at - 1:
                runs.setdefault(key, []).append([])
            met[key] = at
            runs[key][-1].append(pair)
        before = day[-1]
    return [_gap(account, run) for each in runs.values() for run in each]


def _twice(group: list[Arrival]) -> Iterator[_Pair]:
    told: set[str] = set()
    for first, second in combinations(group, 2):
        if second.document_id in told or not _is_other_road(first, second):
            continue
        if _same_story(first, second):
            told.add(second.document_id)
            yield first, second


def _is_other_road(first: Arrival, second: Arrival) -> bool:
    """A portal writes its own envelope: other bytes around the same statement."""
    if first.document_id == second.document_id:
        return False
    return _way(first) != _way(second) or (
        first.sha256 != second.sha256 and _balances(first) == _balances(second)
    )


def _same_story(first: Arrival, second: Arrival) -> bool:
    if first.format == second.format and first.number and second.number:
        return first.number == second.number
    return (bool(first.core) and first.core == second.core) or (
        None not in _balances(first) and _balances(first) == _balances(second)
    )


def _balances(one: Arrival) -> tuple[object, object]:
    return one.opening, one.closing


def _way(one: Arrival) -> str:
    return f"{one.road}|{one.format}"


def _gap(account: BankAccount, run: Sequence[_Pair]) -> Gap:
    every = [one for pair in run for one in pair]
    days: list[date] = [second.day for _, second in run]
    return Gap(
        GapKind.OVERLAP,
        account.client_id,
        account.account,
        account.currency,
        days[0],
        days[-1],
        days=len(set(days)),
        settled=all(not (first.counts and second.counts) for first, second in run),
        documents=tuple(dict.fromkeys(one.document_id for one in every))[:_SHOWN],
        roads=tuple(dict.fromkeys(_way(one) for one in every)),
    )
