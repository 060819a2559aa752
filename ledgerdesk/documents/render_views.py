"""What a readable page shows, before it is written in a language: an invoice, or bank statements.

Texts are as the document gives them, on one line each and without control characters; whoever
writes the page escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MOST_LINES = 2_000
"""Lines and movements shown; more of them are counted, not shown."""


@dataclass(frozen=True, slots=True)
class PartyView:
    """``numbers`` are (scheme or kind, number) pairs as the document writes them."""

    name: str = ""
    trading_name: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineView:
    id: str
    name: str
    description: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    category: str
    rate: Decimal | None
    net: Decimal | None


@dataclass(frozen=True, slots=True)
class TaxView:
    category: str
    rate: Decimal | None
    base: Decimal | None
    tax: Decimal | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChargeView:
    """Of the whole document; ``is_charge``: it is added, else taken off."""

    is_charge: bool
    reason: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """``type_code`` is UNTDID 1001; ``details``, ``totals``, ``payment`` are pairs of a word that
    render_words.py knows and its value."""

    type_code: str
    is_credit: bool
    number: str
    issued: date | None
    currency: str
    supplier: PartyView
    customer: PartyView
    details: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[LineView, ...] = ()
    more_lines: int = 0
    charges: tuple[ChargeView, ...] = ()
    taxes: tuple[TaxView, ...] = ()
    totals: tuple[tuple[str, Decimal], ...] = ()
    payment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MovementView:
    """``amount`` is negative when it leaves the account; ``is_detail``: a part of the one above."""

    day: date | None
    value_day: date | None
    amount: Decimal | None
    name: str = ""
    account: str = ""
    texts: tuple[str, ...] = ()
    is_detail: bool = False


@dataclass(frozen=True, slots=True)
class StatementView:
    account: str
    holder: str
    currency: str
    sequence: str
    closed: date | None
    opening: Decimal | None
    closing: Decimal | None
    movements: tuple[MovementView, ...] = ()
    more_movements: int = 0


def texts(*some: str) -> tuple[str, ...]:
    """Those that say something, once each."""
    return tuple(dict.fromkeys(one for one in some if one))
