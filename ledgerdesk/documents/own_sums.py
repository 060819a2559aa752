"""Rules on amounts, exact in decimals: what a document says against what its parts make.

An amount that is no number is the schema's business: such a rule is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from ledgerdesk.documents.fields import day, money, text_at
from ledgerdesk.documents.fields import first as child
from ledgerdesk.documents.findings import fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding

if TYPE_CHECKING:
    from lxml import etree

_A = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_B = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_SLACK = Decimal("0.02")
_CENT = Decimal("0.01")
_SIGNS = {"true": 1, "false": -1}
_LINES = (_A + "InvoiceLine", _A + "CreditNoteLine")
_QUANTITIES = (_B + "InvoicedQuantity", _B + "CreditedQuantity")


def lines(root: etree._Element) -> Iterator[Finding]:
    """R120: net amount = quantity times price, with the charges, less the allowances."""
    for line in root.iterchildren(*_LINES):
        said = _amount(line, "LineExtensionAmount", 0)
        quantity = next((money(q.text or "") for q in line.iterchildren(*_QUANTITIES)), Decimal(1))
        price = child(line, _A + "Price")
        each = _amount(price, "PriceAmount", 0)
        base = _amount(price, "BaseQuantity", 1) or Decimal(1)
        extra = _extras(line)
        if said is None or quantity is None or each is None or extra is None:
            continue
        made = quantity * each / base + extra
        if abs(said - made) > _SLACK:
            told = N_(
                "Line {number} says {said}, but quantity and price make {found}. Compare with the "
                "PDF and ask the supplier for a correct invoice."
            )
            yield fatal(
                "PEPPOL-EN16931-R120",
                told,
                number=text_at(line, _B + "ID"),
                said=said,
                found=made.quantize(_CENT, ROUND_HALF_UP),
            )
            return


def allowances(root: etree._Element) -> Iterator[Finding]:
    """R040: an allowance or charge is its percentage of its base amount."""
    for one in _allowances(root):
        percent = _amount(one, "MultiplierFactorNumeric", None)
        base, said = _amount(one, "BaseAmount", None), _amount(one, "Amount", 0)
        if percent is None or base is None or said is None:
            continue
        made = base * percent / 100
        if abs(said - made) > _SLACK:
            told = N_("A discount or charge says {said}, but its percentage makes {found}.")
            yield fatal("PEPPOL-EN16931-R040", told, said=said, found=made)
            return


def prices(root: etree._Element) -> Iterator[Finding]:
    """R046: the net price is the gross price less the allowance."""
    for price in root.iter(_A + "Price"):
        for one in price.iterchildren(_A + "AllowanceCharge"):
            gross, less = _amount(one, "BaseAmount", None), _amount(one, "Amount", None)
            net = _amount(price, "PriceAmount", None)
            if gross is None or (less is not None and net == gross - less):
                continue
            told = N_("A price says {said}, but the price before discount less it is {found}.")
            yield fatal("PEPPOL-EN16931-R046", told, said=net, found=gross - (less or 0))
            return


def periods(root: etree._Element) -> Iterator[Finding]:
    """R110, R111: the period of a line lies within that of the invoice."""
    whole = root.find(_A + "InvoicePeriod")
    first, last = day(text_at(whole, _B + "StartDate")), day(text_at(whole, _B + "EndDate"))
    if not first and not last:
        return
    for line in root.iterchildren(*_LINES):
        period = line.find(_A + "InvoicePeriod")
        starts, ends = day(text_at(period, _B + "StartDate")), day(text_at(period, _B + "EndDate"))
        told = N_("The period of line {number} lies outside the period of the invoice.")
        number = text_at(line, _B + "ID")
        if first and starts and starts < first:
            yield fatal("PEPPOL-EN16931-R110", told, number=number)
        if last and ends and ends > last:
            yield fatal("PEPPOL-EN16931-R111", told, number=number)


def base_quantities(root: etree._Element) -> Iterator[Finding]:
    """R121: a price is for a quantity above zero."""
    for line in root.iterchildren(*_LINES):
        quantity = _amount(child(line, _A + "Price"), "BaseQuantity", None)
        if quantity is not None and quantity <= 0:
            told = N_("A price is for {found} pieces, which cannot be.")
            yield fatal("PEPPOL-EN16931-R121", told, found=quantity)


def vat_signs(root: etree._Element) -> Iterator[Finding]:
    """R055: the VAT in the accounting currency has the sign of the VAT."""
    if root.find(_B + "TaxCurrencyCode") is None:
        return
    accounting = text_at(root, _B + "TaxCurrencyCode")
    document = text_at(root, _B + "DocumentCurrencyCode")
    signs: dict[str, list[Decimal]] = {accounting: [], document: []}
    for total in root.findall(f"{_A}TaxTotal/{_B}TaxAmount"):
        value = money(total.text or "")
        if value is not None:
            signs.setdefault(total.get("currencyID", ""), []).append(value)
    pairs = (signs[accounting], signs[document])
    if any(all(any(v * way >= 0 for v in values) for values in pairs) for way in (1, -1)):
        return
    told = N_("The VAT in {currency} has another sign than the VAT of the invoice.")
    yield fatal("PEPPOL-EN16931-R055", told, currency=accounting)


def _allowances(root: etree._Element) -> Iterator[etree._Element]:
    yield from root.iterchildren(_A + "AllowanceCharge")
    for line in root.iterchildren(*_LINES):
        yield from line.iterchildren(_A + "AllowanceCharge")


def _extras(line: etree._Element) -> Decimal | None:
    """Charges less allowances of a line."""
    total = Decimal(0)
    for one in line.iterchildren(_A + "AllowanceCharge"):
        value = _amount(one, "Amount", 0)
        if value is None:
            return None
        total += value * _SIGNS.get(text_at(one, _B + "ChargeIndicator"), 0)
    return total


def _amount(parent: etree._Element | None, name: str, missing: int | None) -> Decimal | None:
    """The number below ``parent``; ``missing`` where there is none, None where it is no number."""
    found = child(parent, _B + name) if parent is not None else None
    if found is None:
        return None if missing is None else Decimal(missing)
    return money(found.text or "")
