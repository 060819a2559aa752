"""MT940, as Dutch banks send it: SWIFT tags, one statement per file."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

from ledgerdesk.practice.statements import BankStatement, Movement

_CURRENCY = "EUR"
_LONGEST_LINE = 65


def mt940(statement: BankStatement) -> bytes:
    """SWIFT's characters only, so accents fall away."""
    lines = [
        f":20:LD{statement.closed:%y%m%d}{statement.sequence:05}",
        f":25:{statement.holder.iban}{_CURRENCY}",
        f":28C:{statement.sequence:05}/001",
        f":60F:{_balance(statement.opening, statement.opened)}",
        *(
            line
            for number, movement in enumerate(statement.movements, 1)
            for line in _movement(number, movement)
        ),
        f":62F:{_balance(statement.closing, statement.closed)}",
        "-",
    ]
    return "".join(f"{_swift(line)}\r\n" for line in lines).encode("ascii")


def _movement(number: int, movement: Movement) -> tuple[str, str]:
    booked = f"{movement.day:%y%m%d%m%d}{_side(movement.amount)}{_amount(movement.amount)}"
    said = f"{movement.other.iban} {movement.other.name} {movement.text}"
    return f":61:{booked}NTRFE2E-{number:04}", f":86:{said[:_LONGEST_LINE]}"


def _balance(amount: Decimal, day: date) -> str:
    return f"{_side(amount)}{day:%y%m%d}{_CURRENCY}{_amount(amount)}"


def _side(amount: Decimal) -> str:
    return "D" if amount < 0 else "C"


def _amount(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")


def _swift(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.replace("&", "+")
