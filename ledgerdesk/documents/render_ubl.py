"""A UBL invoice or credit note of any profile as a view: read generously, judged nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ledgerdesk.documents.fields import CREDIT_CODES, day, local_name, money, text_at
from ledgerdesk.documents.findings import clean
from ledgerdesk.documents.render_views import (
    MOST_LINES,
    ChargeView,
    InvoiceView,
    LineView,
    PartyView,
    TaxView,
    texts,
)

if TYPE_CHECKING:
    from lxml import etree

_DETAILS = (
    ("due", "{*}DueDate"),
    ("due", "{*}PaymentMeans/{*}PaymentDueDate"),
    ("tax_point", "{*}TaxPointDate"),
    ("period_start", "{*}InvoicePeriod/{*}StartDate"),
    ("period_end", "{*}InvoicePeriod/{*}EndDate"),
    ("order", "{*}OrderReference/{*}ID"),
    ("buyer_reference", "{*}BuyerReference"),
    ("contract", "{*}ContractDocumentReference/{*}ID"),
    ("project", "{*}ProjectReference/{*}ID"),
    ("corrects", "{*}BillingReference/{*}InvoiceDocumentReference/{*}ID"),
    ("delivered", "{*}Delivery/{*}ActualDeliveryDate"),
)
_TOTALS = (
    ("sum_lines", "LineExtensionAmount"),
    ("allowances", "AllowanceTotalAmount"),
    ("charges", "ChargeTotalAmount"),
    ("exclusive", "TaxExclusiveAmount"),
    ("inclusive", "TaxInclusiveAmount"),
    ("prepaid", "PrepaidAmount"),
    ("rounding", "PayableRoundingAmount"),
    ("payable", "PayableAmount"),
)
_ADDRESS = ("StreetName", "AdditionalStreetName", "AddressLine/{*}Line")


def view(root: etree._Element) -> InvoiceView:
    code = text_at(root, "{*}InvoiceTypeCode") or text_at(root, "{*}CreditNoteTypeCode")
    is_credit = local_name(root) == "CreditNote" or code in CREDIT_CODES
    lines = [*root.iterfind("{*}InvoiceLine"), *root.iterfind("{*}CreditNoteLine")]
    sums = root.find("{*}LegalMonetaryTotal")
    return InvoiceView(
        type_code=clean(code),
        is_credit=is_credit,
        number=_text(root, "{*}ID"),
        issued=day(text_at(root, "{*}IssueDate")),
        currency=_text(root, "{*}DocumentCurrencyCode") or _currency(sums),
        supplier=_party(root.find("{*}AccountingSupplierParty/{*}Party")),
        customer=_party(root.find("{*}AccountingCustomerParty/{*}Party")),
        details=tuple(_details(root)),
        notes=texts(
            *(clean(one.text or "") for one in root.iterfind("{*}Note")),
            *(clean(one.text or "") for one in root.iterfind("{*}PaymentTerms/{*}Note")),
        ),
        lines=tuple(_line(one) for one in lines[:MOST_LINES]),
        more_lines=max(0, len(lines) - MOST_LINES),
        charges=tuple(_charge(one) for one in root.iterfind("{*}AllowanceCharge")),
        taxes=tuple(_tax(one) for one in _subtotals(root)),
        totals=tuple(_totals(root, sums)),
        payment=tuple(_payment(root)),
    )


def _text(element: etree._Element | None, path: str) -> str:
    return clean(text_at(element, path))


def _currency(sums: etree._Element | None) -> str:
    payable = sums.find("{*}PayableAmount") if sums is not None else None
    return clean(payable.get("currencyID", "")) if payable is not None else ""


def _details(root: etree._Element) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for word, path in _DETAILS:
        found = _text(root, path)
        if found and word not in seen:
            seen.add(word)
            yield word, found


def _party(party: etree._Element | None) -> PartyView:
    if party is None:
        return PartyView()
    registered = _text(party, "{*}PartyLegalEntity/{*}RegistrationName")
    trading = _text(party, "{*}PartyName/{*}Name")
    address = party.find("{*}PostalAddress")
    town = f"{_text(address, '{*}PostalZone')} {_text(address, '{*}CityName')}".strip()
    contact = party.find("{*}Contact")
    return PartyView(
        name=registered or trading,
        trading_name=trading if registered and trading != registered else "",
        address=texts(*(_text(address, "{*}" + one) for one in _ADDRESS), town),
        country=_text(address, "{*}Country/{*}IdentificationCode"),
        numbers=tuple(_numbers(party)),
        contact=texts(
            *(_text(contact, "{*}" + one) for one in ("Name", "Telephone", "ElectronicMail"))
        ),
    )


def _numbers(party: etree._Element) -> Iterator[tuple[str, str]]:
    for scheme in party.iterfind("{*}PartyTaxScheme"):
        number = _text(scheme, "{*}CompanyID")
        if number:
            kind = text_at(scheme, "{*}TaxScheme/{*}ID").upper()
            yield "vat" if kind in ("VAT", "") else "tax", number
    paths = (
        ("company", "{*}PartyLegalEntity/{*}CompanyID"),
        ("party_id", "{*}PartyIdentification/{*}ID"),
        ("endpoint", "{*}EndpointID"),
    )
    for word, path in paths:
        for element in party.iterfind(path):
            number, scheme_id = clean(element.text or ""), clean(element.get("schemeID", ""))
            if number:
                yield word, f"{number} ({scheme_id})" if scheme_id else number


def _line(line: etree._Element) -> LineView:
    quantity = line.find("{*}InvoicedQuantity")
    if quantity is None:
        quantity = line.find("{*}CreditedQuantity")
    item = line.find("{*}Item")
    descriptions = item.iterfind("{*}Description") if item is not None else ()
    told = " · ".join(
        texts(
            *(clean(one.text or "") for one in descriptions),
            _text(line, "{*}Note"),
        )
    )
    name = _text(item, "{*}Name")
    return LineView(
        id=_text(line, "{*}ID"),
        name=name or told,
        description=told if name and told != name else "",
        quantity=money(quantity.text or "") if quantity is not None else None,
        unit=clean(quantity.get("unitCode", "")) if quantity is not None else "",
        price=money(text_at(line, "{*}Price/{*}PriceAmount")),
        category=_text(item, "{*}ClassifiedTaxCategory/{*}ID"),
        rate=money(text_at(item, "{*}ClassifiedTaxCategory/{*}Percent")),
        net=money(text_at(line, "{*}LineExtensionAmount")),
    )


def _charge(element: etree._Element) -> ChargeView:
    return ChargeView(
        text_at(element, "{*}ChargeIndicator") == "true",
        _text(element, "{*}AllowanceChargeReason"),
        money(text_at(element, "{*}Amount")),
    )


def _subtotals(root: etree._Element) -> Iterator[etree._Element]:
    """Of the first total only: a second one is in the currency of the accounts."""
    total = root.find("{*}TaxTotal")
    if total is not None:
        yield from total.iterfind("{*}TaxSubtotal")


def _tax(element: etree._Element) -> TaxView:
    category = element.find("{*}TaxCategory")
    rate = text_at(category, "{*}Percent") or text_at(element, "{*}Percent")
    return TaxView(
        _text(category, "{*}ID"),
        money(rate),
        money(text_at(element, "{*}TaxableAmount")),
        money(text_at(element, "{*}TaxAmount")),
        _text(category, "{*}TaxExemptionReason"),
    )


def _totals(root: etree._Element, sums: etree._Element | None) -> Iterator[tuple[str, Decimal]]:
    for word, name in _TOTALS:
        found = money(text_at(sums, "{*}" + name))
        if word == "inclusive":
            tax = money(text_at(root, "{*}TaxTotal/{*}TaxAmount"))
            if tax is not None:
                yield "tax", tax
        if found is not None and (found or word in ("exclusive", "inclusive", "payable")):
            yield word, found


def _payment(root: etree._Element) -> Iterator[tuple[str, str]]:
    for means in root.iterfind("{*}PaymentMeans"):
        account = _text(means, "{*}PayeeFinancialAccount/{*}ID")
        if account:
            yield "account", account
            bic = _text(means, "{*}PayeeFinancialAccount/{*}FinancialInstitutionBranch/{*}ID")
            if bic:
                yield "bic", bic
        reference = _text(means, "{*}PaymentID") or _text(means, "{*}InstructionID")
        if reference:
            yield "reference", reference
        mandate = _text(means, "{*}PaymentMandate/{*}ID")
        if mandate:
            yield "mandate", mandate
