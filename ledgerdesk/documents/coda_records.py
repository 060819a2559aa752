"""The fixed positions of CODA records, as Febelfin's paper numbers them (from 1, both included)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from ledgerdesk.documents.bank_text import Line

LENGTH = 128
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def part(line: Line, first: int, last: int) -> str:
    """Characters ``first`` to ``last`` of a record."""
    return line.text[first - 1 : last]


def amount(line: Line, first: int) -> Decimal | None:
    """Fifteen digits in thousandths; None when they are none."""
    digits = part(line, first, first + 14)
    return Decimal(int(digits)).scaleb(-3) if _all_digits(digits, 15) else None


def signed(line: Line, sign: int) -> Decimal | None:
    """The amount after a sign at position ``sign``: 0 is credit, 1 is debit."""
    value = amount(line, sign + 1)
    if value is None or part(line, sign, sign) not in ("0", "1"):
        return None
    return -value if part(line, sign, sign) == "1" else value


def day(line: Line, first: int) -> date | None:
    """DDMMYY; None when it is no date."""
    digits = part(line, first, first + 5)
    if not _all_digits(digits, 6):
        return None
    try:
        return date(2000 + int(digits[4:6]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None


def _all_digits(text: str, length: int) -> bool:
    return len(text) == length and _DIGITS.fullmatch(text) is not None


@dataclass(frozen=True)
class Block:
    """One statement: the lines from one header record to the next."""

    lines: tuple[Line, ...]

    @property
    def start(self) -> int:
        return self.lines[0].start

    @property
    def end(self) -> int:
        return self.lines[-1].end

    @cached_property
    def types(self) -> str:
        """The record types in order: ``0122389`` and so on; a blank line is a space."""
        return "".join(line.text[:1] or " " for line in self.lines)

    @cached_property
    def header(self) -> Line | None:
        return self._first("0")

    @cached_property
    def old_balance(self) -> Line | None:
        return self._first("1")

    @cached_property
    def new_balance(self) -> Line | None:
        return self._first("8")

    @cached_property
    def trailer(self) -> Line | None:
        return self._first("9")

    @cached_property
    def movements(self) -> tuple[Line, ...]:
        """The movements themselves (2.1, detail number 0000), without what only details them."""
        return tuple(
            line
            for line in self.lines
            if line.text.startswith("21") and part(line, 7, 10) == "0000"
        )

    @property
    def separate_application(self) -> bool:
        """Such a file details one movement of another: its balances are zero."""
        return self.header is not None and part(self.header, 84, 88).strip() not in ("", "00000")

    def _first(self, kind: str) -> Line | None:
        at = self.types.find(kind)
        return self.lines[at] if at >= 0 else None


def account_of(line: Line, structure: str, first: int) -> tuple[str, str]:
    """(account, currency) as written: the zone begins at 6 in record 1, at 5 in record 8."""
    zone = part(line, first, first + 36)
    if structure == "0":
        return zone[:12].strip(), zone[13:16].strip()
    if structure == "2":
        return zone[:31].strip(), zone[34:37].strip()
    return zone[:34].strip(), zone[34:37].strip()


def blocks(lines: list[Line]) -> list[Block]:
    """The file cut at its header records; what stands before the first is a block without one."""
    cut: list[list[Line]] = []
    for line in lines:
        if line.text.startswith("0") or not cut:
            cut.append([])
        cut[-1].append(line)
    return [Block(tuple(part)) for part in cut]
