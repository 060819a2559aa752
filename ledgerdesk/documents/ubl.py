"""UBL: invoices and credit notes of every profile; other UBL documents are named and set aside."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ledgerdesk.documents import attachments, keys, schema, ubl_profile
from ledgerdesk.documents.fields import CREDIT_CODES, day, local_name, money, namespace, text_at
from ledgerdesk.documents.findings import clean, fatal, warning
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

FAMILY = "urn:oasis:names:specification:ubl:schema:xsd:"
_A = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_B = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_NOT_FOR_BOOKS = {
    "ApplicationResponse": N_("invoice response"),
    "Catalogue": N_("catalogue"),
    "DespatchAdvice": N_("despatch advice"),
    "Order": N_("order"),
    "OrderCancellation": N_("order cancellation"),
    "OrderChange": N_("order change"),
    "OrderResponse": N_("order response"),
    "OrderResponseSimple": N_("order response"),
    "Quotation": N_("quotation"),
    "ReceiptAdvice": N_("receipt advice"),
    "Reminder": N_("reminder"),
    "RequestForQuotation": N_("request for quotation"),
    "Statement": N_("account statement of a supplier"),
}


def belongs(root: etree._Element) -> bool:
    return namespace(root).startswith(FAMILY)


def read(root: etree._Element) -> Reading:
    """The verdict on one UBL document; ``root`` may be the payload of an envelope."""
    name = local_name(root)
    if namespace(root) != f"{FAMILY}{name}-2" or name not in ("Invoice", "CreditNote"):
        return _other(name)
    facts, noticed = _facts(root, name)
    broken = schema.check_ubl(root, name)
    attached, unsafe = attachments.check(root.iter(_B + "EmbeddedDocumentBinaryObject"))
    held = HeldReason.UNSAFE if unsafe else HeldReason.SCHEMA_INVALID if broken else None
    return Reading(facts, (*broken, *attached, *noticed), held)


def _other(name: str) -> Reading:
    facts = Facts(format=DocumentFormat.UBL)
    if name in _NOT_FOR_BOOKS:
        return Reading(facts, set_aside=_NOT_FOR_BOOKS[name])
    finding = fatal(
        "LD-KIND", N_("This UBL document ({name}) is no invoice or credit note."), name=name
    )
    return Reading(facts, (finding,), HeldReason.UNKNOWN_KIND)


def _facts(root: etree._Element, name: str) -> tuple[Facts, tuple[Finding, ...]]:
    profile = _profile(root)
    supplier, wrong_supplier = _party(root, "AccountingSupplierParty", profile)
    customer, wrong_customer = _party(root, "AccountingCustomerParty", profile)
    kind = _kind(root, name)
    number = clean(text_at(root, _B + "ID"))
    issued = day(text_at(root, _B + "IssueDate"))
    payable = root.find(f"{_A}LegalMonetaryTotal/{_B}PayableAmount")
    total = money(payable.text or "") if payable is not None else None
    currency = text_at(root, _B + "DocumentCurrencyCode")
    if not currency and payable is not None:
        currency = payable.get("currencyID", "").strip()
    logical, content = keys.invoice_keys(kind, supplier, number, issued, total, currency)
    facts = Facts(
        kind=kind,
        format=DocumentFormat.UBL,
        profile=profile,
        number=number,
        issue_date=issued,
        due_date=_due(root),
        supplier=supplier,
        customer=customer,
        account=find_iban(text_at(root, f"{_A}PaymentMeans/{_A}PayeeFinancialAccount/{_B}ID")),
        total=total,
        currency=currency,
        logical_key=logical,
        content_key=content,
    )
    return facts, (*wrong_supplier, *wrong_customer)


def _kind(root: etree._Element, name: str) -> DocumentKind:
    """The root decides, but e-FFF 1.0 writes credit notes as an Invoice with code 381."""
    code = text_at(root, _B + "InvoiceTypeCode")
    if name == "CreditNote" or code in CREDIT_CODES:
        return DocumentKind.CREDIT_NOTE
    return DocumentKind.INVOICE


def _profile(root: etree._Element) -> Profile:
    return ubl_profile.claimed(
        text_at(root, _B + "CustomizationID"),
        text_at(root, _B + "ProfileID"),
        text_at(root, _B + "UBLVersionID"),
        (text_at(r, _B + "ID") for r in root.iterfind(_A + "AdditionalDocumentReference")),
    )


def _due(root: etree._Element) -> date | None:
    """A credit note has no DueDate of its own: it stands with the payment."""
    written = text_at(root, _B + "DueDate")
    return day(written or text_at(root, f"{_A}PaymentMeans/{_B}PaymentDueDate"))


def _party(root: etree._Element, role: str, profile: Profile) -> tuple[Party, tuple[Finding, ...]]:
    """A party with every company number it names, the strongest first, and the wrong ones."""
    party = root.find(f"{_A}{role}/{_A}Party")
    if party is None:
        return Party(), ()
    country = text_at(party, f"{_A}PostalAddress/{_A}Country/{_B}IdentificationCode")
    found: dict[str, None] = {}
    wrong: dict[tuple[str, str], Finding] = {}
    for element in _candidates(party):
        text, scheme = (element.text or "").strip(), element.get("schemeID", "")
        try:
            key = find_company_number(text, scheme, country)
        except WrongNumber:
            wrong[text, scheme] = _wrong(text, scheme, profile)
        else:
            if key:
                found[key] = None
    name = text_at(party, f"{_A}PartyLegalEntity/{_B}RegistrationName") or text_at(
        party, f"{_A}PartyName/{_B}Name"
    )
    return Party(clean(name), tuple(found)), tuple(wrong.values())


def _candidates(party: etree._Element) -> list[etree._Element]:
    """VAT number, other tax numbers, legal entity, end point, other identifications."""
    taxed = sorted(
        party.findall(_A + "PartyTaxScheme"),
        key=lambda scheme: text_at(scheme, f"{_A}TaxScheme/{_B}ID").upper() != "VAT",
    )
    found = [scheme.find(_B + "CompanyID") for scheme in taxed]
    found += party.findall(f"{_A}PartyLegalEntity/{_B}CompanyID")
    found.append(party.find(_B + "EndpointID"))
    found += party.findall(f"{_A}PartyIdentification/{_B}ID")
    return [element for element in found if element is not None]


def _wrong(text: str, scheme: str, profile: Profile) -> Finding:
    peppol = profile in (Profile.PEPPOL_BIS_3, Profile.PEPPOL_SELFBILLING_3)
    told = N_("The company number {number} is wrong: its check digits do not fit.")
    if peppol and scheme.strip() == "0208":
        return fatal("PEPPOL-COMMON-R043", told, number=text)
    return warning("LD-COMPANY-NUMBER", told, number=text)
