"""A Cross Industry Invoice (Factur-X, ZUGFeRD, XRechnung) as a view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
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

_TOTALS = (
    ("sum_lines", "LineTotalAmount"),
    ("allowances", "AllowanceTotalAmount"),
    ("charges", "ChargeTotalAmount"),
    ("exclusive", "TaxBasisTotalAmount"),
    ("tax", "TaxTotalAmount"),
    ("inclusive", "GrandTotalAmount"),
    ("prepaid", "TotalPrepaidAmount"),
    ("rounding", "RoundingAmount"),
    ("payable", "DuePayableAmount"),
)
_ALWAYS = ("exclusive", "tax", "inclusive", "payable")


def view(root: etree._Element) -> InvoiceView:
    head = _child(root, "ExchangedDocument")
    trade = _child(root, "SupplyChainTradeTransaction")
    agreement, settlement = _child(trade, "TradeAgreement"), _child(trade, "TradeSettlement")
    code = text_at(head, "{*}TypeCode")
    lines = trade.findall("{*}IncludedSupplyChainTradeLineItem") if trade is not None else []
    found = settlement if settlement is not None else root
    return InvoiceView(
        type_code=clean(code),
        is_credit=code in CREDIT_CODES,
        number=_text(head, "{*}ID"),
        issued=_day(head, "{*}IssueDateTime"),
        currency=_text(settlement, "{*}InvoiceCurrencyCode"),
        supplier=_party(_child(agreement, "SellerTradeParty")),
        customer=_party(_child(agreement, "BuyerTradeParty")),
        details=tuple(_details(trade, agreement, settlement)),
        notes=tuple(_notes(head, settlement)),
        lines=tuple(_line(one) for one in lines[:MOST_LINES]),
        more_lines=max(0, len(lines) - MOST_LINES),
        charges=tuple(_charge(one) for one in found.iterfind("{*}SpecifiedTradeAllowanceCharge")),
        taxes=tuple(_tax(one) for one in found.iterfind("{*}ApplicableTradeTax")),
        totals=tuple(_totals(_child(settlement, "MonetarySummation"))),
        payment=tuple(_payment(found)),
    )


def _child(element: etree._Element | None, ending: str) -> etree._Element | None:
    """The first child whose name ends so: ZUGFeRD 1 begins its names differently."""
    for child in element.iterchildren("*") if element is not None else ():
        if local_name(child).endswith(ending):
            return child
    return None


def _text(element: etree._Element | None, path: str) -> str:
    return clean(text_at(element, path))


def _day(element: etree._Element | None, path: str) -> date | None:
    return day(text_at(element, path + "/{*}DateTimeString"))


def _details(
    trade: etree._Element | None,
    agreement: etree._Element | None,
    settlement: etree._Element | None,
) -> Iterator[tuple[str, str]]:
    delivery = _child(trade, "TradeDelivery")
    terms = "{*}SpecifiedTradePaymentTerms/{*}DueDateDateTime"
    period = "{*}BillingSpecifiedPeriod/{*}"
    event = "{*}ActualDeliverySupplyChainEvent/{*}OccurrenceDateTime"
    days = (
        ("due", _day(settlement, terms)),
        ("period_start", _day(settlement, period + "StartDateTime")),
        ("period_end", _day(settlement, period + "EndDateTime")),
        ("delivered", _day(delivery, event)),
    )
    yield from ((word, found.isoformat()) for word, found in days if found is not None)
    said = (
        ("order", agreement, "{*}BuyerOrderReferencedDocument/{*}IssuerAssignedID"),
        ("buyer_reference", agreement, "{*}BuyerReference"),
        ("contract", agreement, "{*}ContractReferencedDocument/{*}IssuerAssignedID"),
        ("project", agreement, "{*}SpecifiedProcuringProject/{*}ID"),
        ("corrects", settlement, "{*}InvoiceReferencedDocument/{*}IssuerAssignedID"),
    )
    yield from ((word, found) for word, where, path in said if (found := _text(where, path)))


def _notes(head: etree._Element | None, settlement: etree._Element | None) -> Iterator[str]:
    if head is not None:
        yield from texts(
            *(clean(one.text or "") for one in head.iterfind("{*}IncludedNote/{*}Content"))
        )
    terms = _text(settlement, "{*}SpecifiedTradePaymentTerms/{*}Description")
    if terms:
        yield terms


def _party(party: etree._Element | None) -> PartyView:
    if party is None:
        return PartyView()
    address = party.find("{*}PostalTradeAddress")
    town = f"{_text(address, '{*}PostcodeCode')} {_text(address, '{*}CityName')}".strip()
    contact = party.find("{*}DefinedTradeContact")
    return PartyView(
        name=_text(party, "{*}Name"),
        trading_name=_text(party, "{*}SpecifiedLegalOrganization/{*}TradingBusinessName"),
        address=texts(
            *(_text(address, "{*}" + one) for one in ("LineOne", "LineTwo", "LineThree")), town
        ),
        country=_text(address, "{*}CountryID"),
        numbers=tuple(_numbers(party)),
        contact=texts(
            _text(contact, "{*}PersonName"),
            _text(contact, "{*}TelephoneUniversalCommunication/{*}CompleteNumber"),
            _text(contact, "{*}EmailURIUniversalCommunication/{*}URIID"),
        ),
    )


def _numbers(party: etree._Element) -> Iterator[tuple[str, str]]:
    paths = (
        ("", "{*}SpecifiedTaxRegistration/{*}ID"),
        ("company", "{*}SpecifiedLegalOrganization/{*}ID"),
        ("party_id", "{*}GlobalID"),
        ("party_id", "{*}ID"),
        ("endpoint", "{*}URIUniversalCommunication/{*}URIID"),
    )
    for word, path in paths:
        for element in party.iterfind(path):
            number, scheme = clean(element.text or ""), clean(element.get("schemeID", ""))
            if not number:
                continue
            if not word:
                yield "vat" if scheme == "VA" else "tax", number
            else:
                yield word, f"{number} ({scheme})" if scheme else number


def _line(line: etree._Element) -> LineView:
    product = line.find("{*}SpecifiedTradeProduct")
    agreement, delivery = _child(line, "TradeAgreement"), _child(line, "TradeDelivery")
    settlement = _child(line, "TradeSettlement")
    quantity = delivery.find("{*}BilledQuantity") if delivery is not None else None
    tax = settlement.find("{*}ApplicableTradeTax") if settlement is not None else None
    return LineView(
        id=_text(line, "{*}AssociatedDocumentLineDocument/{*}LineID"),
        name=_text(product, "{*}Name"),
        description=_text(product, "{*}Description"),
        quantity=money(quantity.text or "") if quantity is not None else None,
        unit=clean(quantity.get("unitCode", "")) if quantity is not None else "",
        price=money(text_at(agreement, "{*}NetPriceProductTradePrice/{*}ChargeAmount")),
        category=_text(tax, "{*}CategoryCode"),
        rate=_rate(tax),
        net=money(text_at(_child(settlement, "MonetarySummation"), "{*}LineTotalAmount")),
    )


def _rate(tax: etree._Element | None) -> Decimal | None:
    return money(text_at(tax, "{*}RateApplicablePercent") or text_at(tax, "{*}ApplicablePercent"))


def _charge(element: etree._Element) -> ChargeView:
    return ChargeView(
        text_at(element, "{*}ChargeIndicator/{*}Indicator") == "true",
        _text(element, "{*}Reason"),
        money(text_at(element, "{*}ActualAmount")),
    )


def _tax(element: etree._Element) -> TaxView:
    return TaxView(
        _text(element, "{*}CategoryCode"),
        _rate(element),
        money(text_at(element, "{*}BasisAmount")),
        money(text_at(element, "{*}CalculatedAmount")),
        _text(element, "{*}ExemptionReason"),
    )


def _totals(sums: etree._Element | None) -> Iterator[tuple[str, Decimal]]:
    for word, name in _TOTALS:
        found = money(text_at(sums, "{*}" + name))
        if found is not None and (found or word in _ALWAYS):
            yield word, found


def _payment(settlement: etree._Element) -> Iterator[tuple[str, str]]:
    for means in settlement.iterfind("{*}SpecifiedTradeSettlementPaymentMeans"):
        account = _text(means, "{*}PayeePartyCreditorFinancialAccount/{*}IBANID")
        bic = _text(means, "{*}PayeeSpecifiedCreditorFinancialInstitution/{*}BICID")
        yield from ((word, found) for word, found in (("account", account), ("bic", bic)) if found)
    reference = _text(settlement, "{*}PaymentReference")
    if reference:
        yield "reference", reference
    mandate = _text(settlement, "{*}SpecifiedTradePaymentTerms/{*}DirectDebitMandateID")
    if mandate:
        yield "mandate", mandate
