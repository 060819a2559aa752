"""An invoice before it is written in one format or another, and the chance that makes one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ledgerdesk.practice import numbers
from ledgerdesk.practice.firm import Business

YEAR = 2026
CURRENCY = "EUR"
_CENT = Decimal("0.01")
_GOODS = {
    "nl": ("Verf, 5 l", "Schroeven M6 – 100 st.", "Bloem, 25 kg", "Advies per uur", "Huur steiger"),
    "fr": ("Peinture, 5 l", "Vis M6 – 100 p.", "Farine, 25 kg", "Conseil à l'heure", "Échafaudage"),
}
# Per cent; the rates of Belgium and of the Netherlands.
_RATES = {"BE": (21, 6), "NL": (21, 9)}


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    quantity: int
    price: Decimal
    rate: int

    @property
    def net(self) -> Decimal:
        return (self.quantity * self.price).quantize(_CENT)

    @property
    def tax(self) -> Decimal:
        return (self.net * self.rate / 100).quantize(_CENT)


@dataclass(frozen=True, slots=True)
class Invoice:
    """``corrects`` is the number of the invoice that a credit note takes back, else empty.

    Amounts in euro; a credit note's are positive, as its formats want them.
    """

    number: str
    issued: date
    due: date
    supplier: Business
    customer: Business
    lines: tuple[Line, ...]
    payment_reference: str
    order: str
    corrects: str = ""

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal())

    @property
    def bases(self) -> dict[int, Decimal]:
        """The net amount per rate of VAT."""
        bases: dict[int, Decimal] = {}
        for line in self.lines:
            bases[line.rate] = bases.get(line.rate, Decimal()) + line.net
        return bases

    @property
    def taxes(self) -> dict[int, Decimal]:
        """The VAT per rate, rounded once per rate as EN 16931 wants it."""
        return {rate: (net * rate / 100).quantize(_CENT) for rate, net in self.bases.items()}

    @property
    def tax(self) -> Decimal:
        return sum(self.taxes.values(), Decimal())

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


@dataclass
class Ledger:
    """Makes invoices; every supplier counts its own, so no number comes twice."""

    chance: Random
    _last: Counter[str] = field(default_factory=Counter)

    def invoice(self, supplier: Business, customer: Business) -> Invoice:
        chance = self.chance
        issued = date(YEAR, 1, 2) + timedelta(days=chance.randrange(150))
        goods = chance.sample(_GOODS[supplier.language], chance.randrange(1, 4))
        return Invoice(
            number=self._number(supplier, "F"),
            issued=issued,
            due=issued + timedelta(days=30),
            supplier=supplier,
            customer=customer,
            lines=tuple(self._line(name, supplier.country) for name in goods),
            payment_reference=numbers.payment_reference(chance),
            order=f"PO-{numbers.digits(chance, 5)}",
        )

    def credit_note(self, invoice: Invoice) -> Invoice:
        """Takes back the first line of ``invoice``, two weeks later."""
        return Invoice(
            number=self._number(invoice.supplier, "C"),
            issued=invoice.issued + timedelta(days=14),
            due=invoice.due,
            supplier=invoice.supplier,
            customer=invoice.customer,
            lines=invoice.lines[:1],
            payment_reference=numbers.payment_reference(self.chance),
            order=invoice.order,
            corrects=invoice.number,
        )

    def _number(self, supplier: Business, series: str) -> str:
        if supplier.number not in self._last:
            self._last[supplier.number] = self.chance.randrange(100, 900)
        self._last[supplier.number] += 1
        return f"{series}{YEAR}/{self._last[supplier.number]:05}"

    def _line(self, name: str, country: str) -> Line:
        price = Decimal(self.chance.randrange(250, 40_000)) / 100
        return Line(name, self.chance.randrange(1, 20), price, self.chance.choice(_RATES[country]))
