"""Missing sales numbers: found in the ways of numbering that clients have, never invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

import pytest

from ledgerdesk.intake import sales_numbers
from ledgerdesk.model.radar import SoldNumber

Style = Callable[[date, int], str]
BY_YEAR: dict[str, Style] = {
    "year first": lambda day, n: f"{day.year}-{n:04}",
    "short year first": lambda day, n: f"V{day.year % 100:02}/{n}",
    "year last": lambda day, n: f"{n:03}/{day.year}",
    "year inside letters": lambda day, n: f"INV{day.year}.{n:05}.BE",
    "year without a break": lambda day, n: f"{day.year}{n:04}",
    "short year without a break": lambda day, n: f"{day.year % 100:02}{n:05}",
    "no year, padded": lambda day, n: f"F{n:05}",
}
FOR_EVER: dict[str, Style] = {
    "plain": lambda day, n: str(n),
    "with letters": lambda day, n: f"FAC {n}",
}


def sold(style: Style, restarts: bool, chance: Random) -> list[SoldNumber]:
    """Two years of a client's sales, some on the same day."""
    found = []
    number = 0 if restarts else chance.randrange(7, 2000)
    for year in (2025, 2026):
        number = 0 if restarts else number
        for at in range(chance.randrange(60, 140)):
            number += 1
            day = date(year, 1, 2) + timedelta(days=2 * at)
            found.append(SoldNumber(f"{year}/{at:04}", "client", style(day, number), day))
    return found


def told(numbers: Sequence[SoldNumber]) -> list[tuple[str, str, int]]:
    return [(one.first, one.last, one.count) for one in sales_numbers.find(numbers)]


def without(
    chance: Random, whole: Sequence[SoldNumber]
) -> tuple[list[SoldNumber], list[tuple[str, str, int]]]:
    """Three stretches taken out, each within one year, and what they are."""
    years = [[one for one in whole if one.day.year == year] for year in (2025, 2026)]
    kept: list[SoldNumber] = []
    missing = []
    for each in years:
        length = chance.randrange(1, 4)
        at = chance.randrange(2, len(each) - length - 2)
        gone = each[at : at + length]
        missing.append((gone[0].number, gone[-1].number, length))
        kept += each[:at] + each[at + length :]
    return kept, missing


@pytest.mark.parametrize("name", BY_YEAR)
def test_missing_numbers_of_a_year_are_found(name: str, seed: int) -> None:
    chance = Random(f"{seed}/{name}")
    for _ in range(10):
        whole = sold(BY_YEAR[name], True, chance)
        kept, missing = without(chance, whole)
        assert told(whole) == []
        assert told(kept) == missing


@pytest.mark.parametrize("name", FOR_EVER)
def test_missing_numbers_of_a_series_without_an_end_are_found(name: str, seed: int) -> None:
    chance = Random(f"{seed}/{name}")
    for _ in range(10):
        whole = sold(FOR_EVER[name], False, chance)
        kept, missing = without(chance, whole)
        assert told(whole) == []
        assert told(kept) == missing


def test_series_are_not_mixed() -> None:
    numbers = ["V2026-001", "V2026-002", "C2026-001", "V2026-003", "C2026-002", "V2026-005"]
    assert told(_on_days(numbers)) == [("V2026-004", "V2026-004", 1)]


def test_the_first_numbers_of_a_new_year_are_missed_when_the_last_year_began_at_one() -> None:
    old = _on_days([f"2025-{n:03}" for n in (1, 2, 3)], date(2025, 3, 1))
    new = _on_days([f"2026-{n:03}" for n in (3, 4, 5)], date(2026, 1, 5))
    assert told([*old, *new]) == [("2026-001", "2026-002", 2)]


def test_the_first_number_that_came_is_the_beginning() -> None:
    assert told(_on_days([f"2026-{n:03}" for n in (118, 119, 120)])) == []


def test_a_number_of_the_old_year_dated_in_the_new_one_is_of_the_old_series() -> None:
    old = _on_days(["2025-001", "2025-002"], date(2025, 12, 30))
    late = _on_days(["2025-003"], date(2026, 1, 2))
    new = _on_days(["2026-001", "2026-002"], date(2026, 1, 5))
    assert told([*old, *late, *new]) == []


def test_numbers_without_order_are_no_numbering(seed: int) -> None:
    chance = Random(f"{seed}/no order")
    assert told(_on_days([str(chance.randrange(10**9)) for _ in range(40)])) == []


def test_the_counter_of_months_is_one_series_each() -> None:
    numbers = [f"2026/{month:02}/{n:02}" for month in (1, 2, 3) for n in (1, 2, 3, 4)]
    assert told(_on_days(numbers)) == []
    assert told(_on_days([one for one in numbers if one != "2026/02/03"])) == [
        ("2026/02/03", "2026/02/03", 1)
    ]


def test_clients_are_not_mixed() -> None:
    mine = _on_days(["1", "2", "3"])
    others = [SoldNumber(f"o{one.document_id}", "other", one.number, one.day) for one in mine]
    assert told([*mine[:1], *mine[2:], *others]) == [("2", "2", 1)]


@pytest.mark.parametrize("number", ["", "—", "9" * 60, "1" * 15 + "-2", "a1b2c3d4"])
def test_odd_numbers_are_passed_over(number: str) -> None:
    assert told(_on_days([number, "7", "8"])) == []


def _on_days(numbers: Sequence[str], first: date = date(2026, 2, 2)) -> list[SoldNumber]:
    return [
        SoldNumber(f"d{at:03}", "client", number, first + timedelta(days=at))
        for at, number in enumerate(numbers)
    ]
