"""A bank statement before it is written in one format or another, and the chance that makes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ledgerdesk.practice import numbers
from ledgerdesk.practice.firm import Business
from ledgerdesk.practice.invoices import YEAR

_TEXTS = {
    "nl": ("Betaling factuur", "Voorschot", "Huur maand", "Terugbetaling"),
    "fr": ("Paiement facture", "Acompte", "Loyer du mois", "Remboursement"),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """``amount`` in euro, negative when it leaves the account; ``reference`` is empty or a
    structured communication's twelve digits."""

    amount: Decimal
    day: date
    other: Business
    text: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class BankStatement:
    """``sequence`` counts from 1 every year; balances in euro, negative when overdrawn."""

    holder: Business
    sequence: int
    opened: date
    closed: date
    opening: Decimal
    movements: tuple[Movement, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + self.received - self.paid

    @property
    def received(self) -> Decimal:
        return sum((m.amount for m in self.movements if m.amount > 0), Decimal())

    @property
    def paid(self) -> Decimal:
        return -sum((m.amount for m in self.movements if m.amount < 0), Decimal())


def make_statement(chance: Random, holder: Business, others: tuple[Business, ...]) -> BankStatement:
    """Between two and six movements with ``others`` on one day."""
    closed = date(YEAR, 1, 5) + timedelta(days=chance.randrange(170))
    partners = [other for other in others if other.country == holder.country]
    movements = (_movement(chance, holder, partners, closed) for _ in range(chance.randrange(2, 7)))
    return BankStatement(
        holder=holder,
        sequence=chance.randrange(1, 200),
        opened=closed - timedelta(days=1),
        closed=closed,
        opening=Decimal(chance.randrange(-200_000, 2_000_000)) / 100,
        movements=tuple(movements),
    )


def _movement(chance: Random, holder: Business, partners: list[Business], day: date) -> Movement:
    amount = Decimal(chance.randrange(500, 500_000)) / 100 * chance.choice((1, -1))
    reference = ""
    if holder.country == "BE" and chance.random() < 0.5:
        reference = numbers.payment_reference(chance)
    text = chance.choice(_TEXTS[holder.language])
    return Movement(amount, day, chance.choice(partners), text, reference)
