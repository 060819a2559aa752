"""CODA version 2: lines of 128 characters, as Belgian banks send them.

Positions below are Febelfin's, counted from 1. Codes used: 0 01 50 000 and 0 01 01 000, a transfer
received and one made.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from ledgerdesk.practice.statements import BankStatement, Movement

ENCODING = "cp1252"
_WIDTH = 128
_CURRENCY = "EUR"
# Communication type 101: the twelve digits of a structured communication.
_STRUCTURED = "101"


def coda(statements: Iterable[BankStatement]) -> bytes:
    """One file; statements of several accounts follow each other, each from 0 to 9."""
    blocks = [_block(statement) for statement in statements]
    last = len(blocks) - 1
    lines = [
        line
        for at, block in enumerate(blocks)
        # The trailer says whether another file follows.
        for line in (*block[:-1], _at(block[-1], {128: "2" if at == last else "1"}))
    ]
    return "".join(f"{line}\r\n" for line in lines).encode(ENCODING, "replace")


def _block(statement: BankStatement) -> list[str]:
    moved = [
        line
        for number, movement in enumerate(statement.movements, 1)
        for line in _movement(number, movement, statement)
    ]
    counted = [_old_balance(statement), *moved, _new_balance(statement)]
    trailer = {
        1: "9",
        17: f"{len(counted):06}",
        23: _amount(statement.paid),
        38: _amount(statement.received),
        128: "2",
    }
    return [_header(statement), *counted, _line(trailer)]


def _header(statement: BankStatement) -> str:
    holder = statement.holder
    return _line(
        {
            1: "00000",
            6: _day(statement.closed),
            12: holder.iban[4:7],
            15: "05",
            25: f"LD{statement.sequence:08}",
            35: holder.name[:26],
            61: holder.bic,
            72: f"0{holder.enterprise_number}",
            84: "00000",
            128: "2",
        }
    )


def _old_balance(statement: BankStatement) -> str:
    return _line(
        {
            1: "12",
            3: f"{statement.sequence:03}",
            6: f"{statement.holder.iban:34}{_CURRENCY}",
            43: _sign(statement.opening),
            44: _amount(statement.opening),
            59: _day(statement.opened),
            65: statement.holder.name[:26],
            126: f"{statement.sequence:03}",
        }
    )


def _new_balance(statement: BankStatement) -> str:
    return _line(
        {
            1: "8",
            2: f"{statement.sequence:03}",
            5: f"{statement.holder.iban:34}{_CURRENCY}",
            42: _sign(statement.closing),
            43: _amount(statement.closing),
            58: _day(statement.closed),
            128: "0",
        }
    )


def _movement(number: int, movement: Movement, statement: BankStatement) -> list[str]:
    """Records 2.1, 2.2 and 2.3: the amount, the other bank, the other account."""
    both = f"{number:04}0000"
    structured = bool(movement.reference)
    said = f"{_STRUCTURED}{movement.reference}" if structured else movement.text
    first = {
        1: "21",
        3: both,
        11: f"LD{statement.sequence:04}{number:04}",
        32: _sign(movement.amount),
        33: _amount(movement.amount),
        48: _day(movement.day),
        54: "00150000" if movement.amount > 0 else "00101000",
        62: "1" if structured else "0",
        63: said[:53],
        116: _day(movement.day),
        122: f"{statement.sequence:03}",
        125: "01",
        128: "0",
    }
    second = {1: "22", 3: both, 64: f"E2E-{number:04}", 99: movement.other.bic, 126: "1", 128: "0"}
    third = {
        1: "23",
        3: both,
        11: f"{movement.other.iban:34}{_CURRENCY}",
        48: movement.other.name[:35],
        126: "0",
        128: "0",
    }
    return [_line(first), _line(second), _line(third)]


def _line(fields: dict[int, str]) -> str:
    return _at(" " * _WIDTH, fields)


def _at(line: str, fields: dict[int, str]) -> str:
    for position, text in fields.items():
        line = line[: position - 1] + text + line[position - 1 + len(text) :]
    return line


def _amount(amount: Decimal) -> str:
    """In thousandths, without its sign."""
    return f"{int(abs(amount) * 1000):015}"


def _sign(amount: Decimal) -> str:
    return "1" if amount < 0 else "0"


def _day(day: date) -> str:
    return f"{day:%d%m%y}"


def blocks(content: bytes) -> list[bytes]:
    """The statements of a file, unchanged: each from its record 0 to its record 9."""
    found: list[bytes] = []
    for line in content.splitlines(keepends=True):
        if line.startswith(b"0"):
            found.append(b"")
        found[-1] += line
    return found
