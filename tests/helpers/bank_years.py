"""Years of one account's statements, with holes in them that are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ledgerdesk.intake.bank_days import is_bank_day
from ledgerdesk.model.radar import Arrival, BankAccount

ACCOUNT = BankAccount("client", "BE68539007547034")
NUMBERINGS = ("yearly", "yearly late", "for ever", "zeros", "day of the year")
RHYTHMS = ("daily", "quiet", "weekly", "monthly")


@dataclass(frozen=True)
class Hole:
    """``removed`` are the statements that lie in it."""

    after: date
    before: date
    removed: tuple[Arrival, ...]


def year(
    chance: Random, numbering: str = "yearly", rhythm: str = "daily", days: int = 540
) -> list[Arrival]:
    """Every statement of an account from the spring of 2025 on, without a hole."""
    first = date(2025, 3, 3)
    found: list[Arrival] = []
    balance = Decimal(chance.randrange(-100_000, 900_000)) / 100
    number = chance.choice((0, 1, 40)) if numbering != "for ever" else chance.randrange(900, 9_000)
    counted_in = first.year
    for day in (first + timedelta(days=at) for at in range(days)):
        if not _writes(chance, day, rhythm):
            continue
        # The statement of New Year's Eve is dated in January by some banks.
        new_year = day.year != counted_in and not (numbering == "yearly late" and day.day == 2)
        if new_year and numbering.startswith("yearly"):
            number = 0
        counted_in = day.year if new_year else counted_in
        number += 1
        moved = Decimal(chance.choice((-1, 1)) * chance.randrange(1, 500_000)) / 100
        shown = {"zeros": 0, "day of the year": day.timetuple().tm_yday}.get(numbering, number)
        found.append(arrival(day, shown, balance, balance + moved))
        balance += moved
    return found


def arrival(day: date, number: int, opening: Decimal, closing: Decimal, **other: str) -> Arrival:
    name = f"{day.isoformat()}/{number:03}/{closing}"
    made = Arrival(
        f"document {name}",
        f"bytes {name}",
        ACCOUNT.client_id,
        ACCOUNT.account,
        "EUR",
        "coda" if number < 1000 else "camt.053",
        "source",
        number,
        day,
        opening,
        closing,
        f"core {name}",
    )
    return replace(made, **other)  # type: ignore[arg-type]


def with_holes(
    chance: Random, arrivals: Sequence[Arrival], how_many: int
) -> tuple[list[Arrival], list[Hole]]:
    """``arrivals`` without some stretches of one to four statements, never at either end; what lies
    between two stretches stays."""
    kept = list(arrivals)
    holes: list[Hole] = []
    for _ in range(how_many):
        length = chance.randrange(1, 5)
        at = chance.randrange(1, len(kept) - length - 1)
        after, before = kept[at - 1], kept[at + length]
        beside = {after.day, before.day}
        whole = arrivals.index(before) - arrivals.index(after) == length + 1
        if not whole or any({one.after, one.before} & beside for one in holes):
            continue
        holes.append(Hole(after.day, before.day, tuple(kept[at : at + length])))
        del kept[at : at + length]
    return kept, sorted(holes, key=lambda hole: hole.after)


def corrected(chance: Random, arrivals: Sequence[Arrival], at: int) -> list[Arrival]:
    """The bank sends a statement again with another balance, and goes on from that one."""
    wrong = arrivals[at]
    assert wrong.closing is not None
    more = Decimal(chance.randrange(1, 9_000)) / 100
    right = arrival(wrong.day, wrong.number, wrong.opening or Decimal(0), wrong.closing + more)
    later = [
        replace(one, opening=(one.opening or 0) + more, closing=(one.closing or 0) + more)
        for one in arrivals[at + 1 :]
    ]
    return [*arrivals[: at + 1], right, *later]


def in_other_format(arrivals: Sequence[Arrival], format: str = "mt940") -> list[Arrival]:
    """The same days by another road."""
    return [
        replace(
            one,
            document_id=f"{one.document_id} {format}",
            sha256=f"{one.sha256} {format}",
            core=f"{one.core} {format}",
            format=format,
            road="other",
        )
        for one in arrivals
    ]


def of_months(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """One statement for each month of the same movements, numbered on its own."""
    months: dict[tuple[int, int], list[Arrival]] = {}
    for one in arrivals:
        months.setdefault((one.day.year, one.day.month), []).append(one)
    return [
        arrival(
            each[-1].day,
            month,
            each[0].opening or Decimal(0),
            each[-1].closing or Decimal(0),
            format="camt.053",
            road="other",
        )
        for (_, month), each in months.items()
    ]


def _writes(chance: Random, day: date, rhythm: str) -> bool:
    """Whether the bank writes a statement that day: where nothing moves it writes none."""
    if not is_bank_day(day):
        return False
    if rhythm == "weekly":
        return day.weekday() == 4 or (day.weekday() == 3 and not is_bank_day(_after(day)))
    if rhythm == "monthly":
        later = [_after(day, n) for n in range(1, 8)]
        return not any(is_bank_day(one) and one.month == day.month for one in later)
    return rhythm == "daily" or chance.random() < 0.6


def _after(day: date, days: int = 1) -> date:
    return day + timedelta(days=days)
