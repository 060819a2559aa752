"""What a UBL invoice says about its money and its pictures, for the checks of booking.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ledgerdesk.documents import booking, ubl_party
from ledgerdesk.documents.attachments import Attached
from ledgerdesk.documents.fields import first, money, text_of
from ledgerdesk.model import Finding

if TYPE_CHECKING:
    from lxml import etree

_A = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_B = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_NAMES = {
    _B + "LineExtensionAmount": "lines",
    _B + "AllowanceTotalAmount": "allowances",
    _B + "ChargeTotalAmount": "charges",
    _B + "TaxExclusiveAmount": "exclusive",
    _B + "TaxInclusiveAmount": "inclusive",
    _B + "PrepaidAmount": "prepaid",
    _B + "PayableRoundingAmount": "rounding",
    _B + "PayableAmount": "payable",
}
_NAMED = (_B + "ID", _B + "DocumentType", _B + "DocumentDescription")
_NET = _B + "LineExtensionAmount"
_VAT = _A + "TaxTotal"
_REFERENCE = _A + "AdditionalDocumentReference"


def check(
    root: etree._Element,
    lines: Sequence[etree._Element],
    totals: etree._Element | None,
    supplier: etree._Element | None,
    currency: str,
    attached: Sequence[Attached],
) -> Iterator[Finding]:
    """Sums, VAT number and pictures; ``supplier`` is the party's element."""
    said: dict[str, Decimal | None] = {}
    if totals is not None:
        said = {_NAMES[n.tag]: money(n.text or "") for n in totals if n.tag in _NAMES}
    for child in root.iterchildren(_VAT):
        amount = first(child, _B + "TaxAmount")
        if amount is not None and amount.get("currencyID") == currency:
            said["vat"] = None if "vat" in said else money(amount.text or "")
    yield from booking.totals(said, _sum(lines))
    if said.get("vat") and not _may_charge_vat(root, supplier):
        yield booking.vat_number()
    pictures = [one for one in attached if one.start.startswith(b"%PDF-")]
    yield from booking.pictures([_called(one) for one in attached], bool(pictures))


def _sum(lines: Sequence[etree._Element]) -> Decimal | None:
    """What the lines add up to; None where one of them does not say."""
    sum_ = Decimal(0) if lines else None
    for line in lines:
        net = money(text_of(line, _NET))
        if net is None or sum_ is None:
            return None
        sum_ += net
    return sum_


def _called(one: Attached) -> str:
    """All that its reference says about an attachment."""
    names = [one.element.get("filename", "")]
    for parent in one.element.iterancestors(_REFERENCE):
        names += [text_of(parent, name) for name in _NAMED]
    return " ".join(names)


def _may_charge_vat(root: etree._Element, supplier: etree._Element | None) -> bool:
    """A supplier, or its representative, with a tax number; or none of the VAT is standard."""
    return (
        ubl_party.has_vat_number(supplier)
        or ubl_party.has_vat_number(root.find(_A + "TaxRepresentativeParty"))
        or all(
            (category.findtext(_B + "ID") or "").strip() != "S"
            for category in root.iter(_A + "ClassifiedTaxCategory")
        )
    )
