"""CII (Factur-X, ZUGFeRD, XRechnung): read far enough to route; it is not checked by a schema."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ledgerdesk.documents import attachments, booking, keys
from ledgerdesk.documents.fields import (
    CREDIT_CODES,
    day,
    elements,
    local_name,
    money,
    namespace,
    text_at,
)
from ledgerdesk.documents.findings import clean, fatal, info
from ledgerdesk.documents.identifiers import WrongNumber, find_company_number, find_iban
from ledgerdesk.i18n import N_
from ledgerdesk.model import (
    DocumentFormat,
    DocumentKind,
    Facts,
    Finding,
    HeldReason,
    Party,
    Profile,
    Reading,
)

if TYPE_CHECKING:
    from lxml import etree

_FAMILY = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:"
_ZUGFERD_1 = "urn:ferd:CrossIndustryDocument:invoice:"
_ORDERS = "SCRDMCCBDACIOMessageStructure"
_TOTALS = {
    "LineTotalAmount": "lines",
    "AllowanceTotalAmount": "allowances",
    "ChargeTotalAmount": "charges",
    "TaxBasisTotalAmount": "exclusive",
    "TaxTotalAmount": "vat",
    "GrandTotalAmount": "inclusive",
    "TotalPrepaidAmount": "prepaid",
    "RoundingAmount": "rounding",
    "DuePayableAmount": "payable",
}
# The versions of the reusable elements carry numbers in their namespaces: any will do.
_SUPPLY = "{*}SupplyChainTradeTransaction"
_OLD_SUPPLY = "{*}SpecifiedSupplyChainTradeTransaction"


def is_invoice(root: etree._Element) -> bool:
    """Whether it is CII as EN 16931 knows it; ZUGFeRD 1 and orders are not."""
    return namespace(root).startswith(_FAMILY)


def belongs(root: etree._Element) -> bool:
    return namespace(root).startswith((_FAMILY, _ZUGFERD_1)) or local_name(root) == _ORDERS


def read(root: etree._Element) -> Reading:
    """The verdict on one CII document."""
    if local_name(root) == _ORDERS:
        return Reading(Facts(format=DocumentFormat.CII), set_aside=N_("order"))
    supply = root.find(_SUPPLY)
    if supply is None:
        supply = root.find(_OLD_SUPPLY)
    header = root.find("{*}ExchangedDocument")
    if header is None:
        header = root.find("{*}HeaderExchangedDocument")
    if supply is None or header is None or not text_at(header, "{*}ID"):
        return _incomplete()
    facts = _facts(root, header, supply)
    attached, unsafe = attachments.check(attachments.opened(root.iter("{*}AttachmentBinaryObject")))
    held = HeldReason.UNSAFE if unsafe else None
    booked = _booked(_either(supply, "HeaderTradeSettlement"), facts.currency)
    return Reading(facts, (*attached, *booked, *_level(root)), held)


def _incomplete() -> Reading:
    told = N_("The file lacks what every invoice has: its number or its parties.")
    return Reading(
        Facts(format=DocumentFormat.CII), (fatal("LD-CII", told),), HeldReason.SCHEMA_INVALID
    )


def _facts(root: etree._Element, header: etree._Element, supply: etree._Element) -> Facts:
    code = text_at(header, "{*}TypeCode")
    kind = DocumentKind.CREDIT_NOTE if code in CREDIT_CODES else DocumentKind.INVOICE
    settlement = _either(supply, "HeaderTradeSettlement")
    agreement = _either(supply, "HeaderTradeAgreement")
    supplier = _party(agreement, "{*}SellerTradeParty")
    number = clean(text_at(header, "{*}ID"))
    issued = _day_at(header, "{*}IssueDateTime")
    total = _total(settlement)
    currency = text_at(settlement, "{*}InvoiceCurrencyCode")
    logical, content = keys.invoice_keys(kind, supplier, number, issued, total, currency)
    account = "{*}SpecifiedTradeSettlementPaymentMeans/{*}PayeePartyCreditorFinancialAccount/"
    return Facts(
        kind=kind,
        format=DocumentFormat.CII,
        profile=_profile(root),
        number=number,
        issue_date=issued,
        due_date=_day_at(settlement, "{*}SpecifiedTradePaymentTerms/{*}DueDateDateTime"),
        supplier=supplier,
        customer=_party(agreement, "{*}BuyerTradeParty"),
        account=find_iban(text_at(settlement, account + "{*}IBANID")),
        total=total,
        currency=currency,
        logical_key=logical,
        content_key=content,
    )


def _either(supply: etree._Element, name: str) -> etree._Element | None:
    """ZUGFeRD 1 says ApplicableSupplyChainTradeAgreement where CII says …HeaderTradeAgreement."""
    found = supply.find("{*}Applicable" + name)
    if found is None:
        found = supply.find("{*}Applicable" + name.replace("Header", "SupplyChain"))
    return found


def _total(settlement: etree._Element | None) -> Decimal | None:
    if settlement is None:
        return None
    for sums in settlement:
        if "MonetarySummation" in local_name(sums):
            due = text_at(sums, "{*}DuePayableAmount")
            return money(due or text_at(sums, "{*}GrandTotalAmount"))
    return None


def _booked(settlement: etree._Element | None, currency: str) -> tuple[Finding, ...]:
    """The totals that do not follow from each other; levels without lines have fewer of them."""
    said: dict[str, Decimal | None] = {}
    for sums in settlement if settlement is not None else ():
        if "MonetarySummation" not in local_name(sums):
            continue
        for child in elements(sums):
            name = _TOTALS.get(local_name(child))
            if name == "vat" and child.get("currencyID", currency) != currency:
                continue
            if name is not None:
                said[name] = money(child.text or "")
    if "lines" not in said:  # level MINIMUM does not say what was paid before
        said.pop("payable", None)
    return tuple(booking.totals(said, None))


def _party(agreement: etree._Element | None, path: str) -> Party:
    party = agreement.find(path) if agreement is not None else None
    if party is None:
        return Party()
    country = text_at(party, "{*}PostalTradeAddress/{*}CountryID")
    taxed = sorted(
        party.findall("{*}SpecifiedTaxRegistration/{*}ID"), key=lambda i: i.get("schemeID") != "VA"
    )
    numbers = [(i.text or "", "" if i.get("schemeID") == "VA" else "FC") for i in taxed]
    for path in ("{*}SpecifiedLegalOrganization/{*}ID", "{*}URIUniversalCommunication/{*}URIID"):
        numbers += [(i.text or "", i.get("schemeID", "")) for i in party.findall(path)]
    for path in ("{*}GlobalID", "{*}ID"):
        numbers += [(i.text or "", i.get("schemeID", "-")) for i in party.findall(path)]
    found: dict[str, None] = {}
    for text, scheme in numbers:
        try:
            found[find_company_number(text, scheme, country)] = None
        except WrongNumber:
            continue
    found.pop("", None)
    return Party(clean(text_at(party, "{*}Name")), tuple(found))


def _day_at(element: etree._Element | None, path: str) -> date | None:
    """Format 102 (yyyymmdd) is the only one the profiles allow."""
    return day(text_at(element, path + "/{*}DateTimeString"))


def guideline(root: etree._Element) -> str:
    """Which profile and level it claims, in lower case."""
    for context in ("ExchangedDocumentContext", "SpecifiedExchangedDocumentContext"):
        path = f"{{*}}{context}/{{*}}GuidelineSpecifiedDocumentContextParameter/{{*}}ID"
        found = text_at(root, path)
        if found:
            return found.casefold()
    return ""


def _profile(root: etree._Element) -> Profile:
    if namespace(root).startswith(_ZUGFERD_1):
        return Profile.ZUGFERD_1
    claim = guideline(root)
    if "xrechnung" in claim:
        return Profile.XRECHNUNG
    if "urn:fdc:peppol.eu:2017:poacc:billing:" in claim:
        return Profile.PEPPOL_BIS_3
    if "urn:fdc:nen.nl:nlcius:" in claim:
        return Profile.NLCIUS
    if "factur-x" in claim or "zugferd" in claim:
        return Profile.FACTUR_X
    return Profile.EN16931 if "urn:cen.eu:en16931:2017" in claim else Profile.NONE


def _level(root: etree._Element) -> tuple[Finding, ...]:
    claim = guideline(root)
    level = next((n for n in ("minimum", "basicwl") if claim.endswith(":" + n)), "")
    if not level:
        return ()
    told = N_("Factur-X level {level} has no lines: it does not replace a structured invoice.")
    return (info("LD-FACTURX-LEVEL", told, level=level.upper()),)
