"""UBL: invoices and credit notes of every profile; other UBL documents are named and set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from ledgerdesk.documents import attachments, keys, schema, ubl_party, ubl_profile, ubl_sums
from ledgerdesk.documents.fields import CREDIT_CODES, day, local_name, money, namespace, text_of
from ledgerdesk.documents.fields import first as find_first
from ledgerdesk.documents.findings import clean, fatal
from ledgerdesk.documents.identifiers import find_iban
from ledgerdesk.i18n import N_
from ledgerdesk.model import (
    DocumentFormat,
    DocumentKind,
    Facts,
    Finding,
    HeldReason,
    Profile,
    Reading,
)

if TYPE_CHECKING:
    from lxml import etree

FAMILY = "urn:oasis:names:specification:ubl:schema:xsd:"
_A = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_B = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_SUPPLIER = _A + "AccountingSupplierParty"
_CUSTOMER = _A + "AccountingCustomerParty"
_PAYMENT = _A + "PaymentMeans"
_REFERENCE = _A + "AdditionalDocumentReference"
_LINES = (_A + "InvoiceLine", _A + "CreditNoteLine")
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

# Which response it is, by a part of its CustomizationID.
_RESPONSES = {
    "trns:mlr:": N_("message level response"),
    ":mls:": N_("message level status"),
}


def belongs(root: etree._Element) -> bool:
    return namespace(root).startswith(FAMILY)


def read(root: etree._Element, size: int) -> Reading:
    """The verdict on one UBL document; ``root`` may be the payload of an envelope.

    ``size``: the bytes it was parsed from. What is attached is lost in ``root``.
    """
    name = local_name(root)
    if namespace(root) != f"{FAMILY}{name}-2" or name not in ("Invoice", "CreditNote"):
        return _other(name, text_of(root, _B + "CustomizationID"))
    embedded = attachments.opened(root.iter(_B + "EmbeddedDocumentBinaryObject"))
    attached, unsafe = attachments.check(embedded)
    facts, noticed = _facts(root, name, embedded)
    broken = schema.check_ubl(root, name, size)
    held = HeldReason.UNSAFE if unsafe else HeldReason.SCHEMA_INVALID if broken else None
    return Reading(facts, (*broken, *attached, *noticed), held)


def _other(name: str, customization: str) -> Reading:
    facts = Facts(format=DocumentFormat.UBL)
    if name == "ApplicationResponse":
        of = (text for mark, text in _RESPONSES.items() if mark in customization)
        return Reading(facts, set_aside=next(of, _NOT_FOR_BOOKS[name]))
    if name in _NOT_FOR_BOOKS:
        return Reading(facts, set_aside=_NOT_FOR_BOOKS[name])
    finding = fatal(
        "LD-KIND", N_("This UBL document ({name}) is no invoice or credit note."), name=name
    )
    return Reading(facts, (finding,), HeldReason.UNKNOWN_KIND)


def _facts(
    root: etree._Element, name: str, embedded: Sequence[attachments.Attached]
) -> tuple[Facts, tuple[Finding, ...]]:
    first = _Children(root)
    profile = _profile(root, first)
    supplier, wrong_supplier, seller = ubl_party.read(first.get(_SUPPLIER), profile)
    customer, wrong_customer, _ = ubl_party.read(first.get(_CUSTOMER), profile)
    kind = _kind(first, name)
    number = clean(first.text(_B + "ID"))
    issued = day(first.text(_B + "IssueDate"))
    totals = first.get(_A + "LegalMonetaryTotal")
    payable = find_first(totals, _B + "PayableAmount") if totals is not None else None
    total = money(payable.text or "") if payable is not None else None
    currency = first.text(_B + "DocumentCurrencyCode")
    if not currency and payable is not None:
        currency = payable.get("currencyID", "").strip()
    logical, content = keys.invoice_keys(kind, supplier, number, issued, total, currency)
    facts = Facts(
        kind=kind,
        format=DocumentFormat.UBL,
        profile=profile,
        number=number,
        issue_date=issued,
        due_date=_due(first),
        supplier=supplier,
        customer=customer,
        account=_account(root),
        total=total,
        currency=currency,
        logical_key=logical,
        content_key=content,
    )
    booked = ubl_sums.check(root, first.lines, totals, seller, currency, embedded)
    return facts, (*wrong_supplier, *wrong_customer, *booked)


class _Children(dict[str, "etree._Element"]):
    """The first child of each name, and all lines: one walk is quicker than a path for each."""

    def __init__(self, root: etree._Element) -> None:
        self.lines: list[etree._Element] = []
        for child in root:
            tag = child.tag
            if tag in _LINES:
                self.lines.append(child)
            else:
                self.setdefault(tag, child)

    def text(self, tag: str) -> str:
        found = self.get(tag)
        return (found.text or "").strip() if found is not None else ""


def _kind(first: _Children, name: str) -> DocumentKind:
    """The root decides, but e-FFF 1.0 writes credit notes as an Invoice with code 381."""
    if name == "CreditNote" or first.text(_B + "InvoiceTypeCode") in CREDIT_CODES:
        return DocumentKind.CREDIT_NOTE
    return DocumentKind.INVOICE


def _profile(root: etree._Element, first: _Children) -> Profile:
    return ubl_profile.claimed(
        first.text(_B + "CustomizationID"),
        first.text(_B + "ProfileID"),
        first.text(_B + "UBLVersionID"),
        (text_of(r, _B + "ID") for r in root.iterchildren(_REFERENCE)),
    )


def _due(first: _Children) -> date | None:
    """A credit note has no DueDate of its own: it stands with the payment."""
    payment = first.get(_PAYMENT)
    written = first.text(_B + "DueDate")
    if not written and payment is not None:
        written = text_of(payment, _B + "PaymentDueDate")
    return day(written)


def _account(root: etree._Element) -> str:
    """The first IBAN to pay to: several ways of payment may be offered."""
    for payment in root.iterchildren(_PAYMENT):
        for account in payment.iterchildren(_A + "PayeeFinancialAccount"):
            found = find_iban(text_of(account, _B + "ID"))
            if found:
                return found
    return ""
