"""A Cross Industry Invoice of level EN 16931, as it lies inside a Factur-X PDF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledgerdesk.practice.firm import Business
from ledgerdesk.practice.invoices import CURRENCY, Invoice, Line
from ledgerdesk.practice.markup import Tag, tag

NAME = "factur-x.xml"
_URN = "urn:un:unece:uncefact:data:standard"
_NAMESPACES = {
    "xmlns:rsm": f"{_URN}:CrossIndustryInvoice:100",
    "xmlns:ram": f"{_URN}:ReusableAggregateBusinessInformationEntity:100",
    "xmlns:udt": f"{_URN}:UnqualifiedDataType:100",
}


def cii(invoice: Invoice) -> Tag:
    guideline = tag(
        "ram:GuidelineSpecifiedDocumentContextParameter",
        tag("ram:ID", "urn:cen.eu:en16931:2017"),
    )
    document = tag(
        "rsm:ExchangedDocument",
        tag("ram:ID", invoice.number),
        tag("ram:TypeCode", "381" if invoice.corrects else "380"),
        tag("ram:IssueDateTime", _day(invoice.issued)),
    )
    transaction = tag(
        "rsm:SupplyChainTradeTransaction",
        *(_line(at, line) for at, line in enumerate(invoice.lines, 1)),
        tag(
            "ram:ApplicableHeaderTradeAgreement",
            tag("ram:BuyerReference", invoice.order),
            tag("ram:SellerTradeParty", *_party(invoice.supplier)),
            tag("ram:BuyerTradeParty", *_party(invoice.customer)),
        ),
        tag("ram:ApplicableHeaderTradeDelivery"),
        _settlement(invoice),
    )
    context = tag("rsm:ExchangedDocumentContext", guideline)
    return Tag("rsm:CrossIndustryInvoice", (context, document, transaction), _NAMESPACES)


def _line(at: int, line: Line) -> Tag:
    price = tag("ram:NetPriceProductTradePrice", _amount("ram:ChargeAmount", line.price))
    quantity = tag("ram:BilledQuantity", str(line.quantity), unitCode="C62")
    total = _amount("ram:LineTotalAmount", line.net)
    return tag(
        "ram:IncludedSupplyChainTradeLineItem",
        tag("ram:AssociatedDocumentLineDocument", tag("ram:LineID", str(at))),
        tag("ram:SpecifiedTradeProduct", tag("ram:Name", line.name)),
        tag("ram:SpecifiedLineTradeAgreement", price),
        tag("ram:SpecifiedLineTradeDelivery", quantity),
        tag(
            "ram:SpecifiedLineTradeSettlement",
            tag("ram:ApplicableTradeTax", *_rate(line.rate)),
            tag("ram:SpecifiedTradeSettlementLineMonetarySummation", total),
        ),
    )


def _party(business: Business) -> tuple[Tag | None, ...]:
    legal = tag("ram:ID", business.enterprise_number, schemeID="0208")
    return (
        tag("ram:Name", business.name),
        tag("ram:SpecifiedLegalOrganization", legal) if business.enterprise_number else None,
        tag(
            "ram:PostalTradeAddress",
            tag("ram:PostcodeCode", business.postcode),
            tag("ram:LineOne", business.street),
            tag("ram:CityName", business.town),
            tag("ram:CountryID", business.country),
        ),
        tag("ram:SpecifiedTaxRegistration", tag("ram:ID", business.number, schemeID="VA")),
    )


def _settlement(invoice: Invoice) -> Tag:
    account = tag(
        "ram:PayeePartyCreditorFinancialAccount", tag("ram:IBANID", invoice.supplier.iban)
    )
    return tag(
        "ram:ApplicableHeaderTradeSettlement",
        tag("ram:PaymentReference", invoice.payment_reference),
        tag("ram:InvoiceCurrencyCode", CURRENCY),
        tag("ram:SpecifiedTradeSettlementPaymentMeans", tag("ram:TypeCode", "30"), account),
        *(_tax(invoice, rate) for rate in invoice.bases),
        tag("ram:SpecifiedTradePaymentTerms", tag("ram:DueDateDateTime", _day(invoice.due))),
        tag(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _amount("ram:LineTotalAmount", invoice.net),
            _amount("ram:TaxBasisTotalAmount", invoice.net),
            tag("ram:TaxTotalAmount", f"{invoice.tax:.2f}", currencyID=CURRENCY),
            _amount("ram:GrandTotalAmount", invoice.total),
            _amount("ram:DuePayableAmount", invoice.total),
        ),
    )


def _tax(invoice: Invoice, rate: int) -> Tag:
    code, category, percent = _rate(rate)
    return tag(
        "ram:ApplicableTradeTax",
        _amount("ram:CalculatedAmount", invoice.taxes[rate]),
        code,
        _amount("ram:BasisAmount", invoice.bases[rate]),
        category,
        percent,
    )


def _rate(rate: int) -> tuple[Tag, Tag, Tag]:
    return (
        tag("ram:TypeCode", "VAT"),
        tag("ram:CategoryCode", "S"),
        tag("ram:RateApplicablePercent", str(rate)),
    )


def _amount(name: str, amount: Decimal) -> Tag:
    return tag(name, f"{amount:.2f}")


def _day(day: date) -> Tag:
    return tag("udt:DateTimeString", f"{day:%Y%m%d}", format="102")
