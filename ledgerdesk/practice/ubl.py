"""UBL 2.1 invoices and credit notes in the three profiles that circulate in Belgium.

Sources: Peppol BIS Billing 3; e-FFF 3.0 (rule set EFFF-T10: the PDF, the second reference, the VAT
code as name, the textual schemes); UBL.BE 1.31 (two references, the VAT code, the VAT per line).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledgerdesk.model import Profile
from ledgerdesk.practice.firm import Business
from ledgerdesk.practice.invoices import CURRENCY, Invoice, Line
from ledgerdesk.practice.markup import Tag, tag

_URN = "urn:oasis:names:specification:ubl:schema:xsd"
_SOFTWARE = "LedgerDesk practice world"
_PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_EFFF = (
    "urn:www.cenbii.eu:transaction:{transaction}:ver2.0:extended:"
    "urn:www.peppol.eu:bis:peppol5a:ver2.0:extended:e-fff:ver3.0"
)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What a profile writes in its own way.

    ``vat`` maps a rate to the category's code and its Belgian name; without names it is empty.
    """

    invoice: str
    credit_note: str
    process: str
    version: str = ""
    endpoint_scheme: str = "0208"
    legal_scheme: str = "0208"
    vat_scheme: str = ""
    vat: Mapping[int, tuple[str, str]] | None = None
    tax_per_line: bool = False


_PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_UBL_BE = "urn:cen.eu:en16931:2017#conformant#urn:UBL.BE:1.0.0.20180214"
_DIALECTS = {
    Profile.PEPPOL_BIS_3: _Dialect(_PEPPOL, _PEPPOL, _PEPPOL_PROCESS),
    Profile.UBL_BE: _Dialect(
        _UBL_BE,
        _UBL_BE,
        _PEPPOL_PROCESS,
        vat={21: ("S", "03"), 6: ("S", "01")},
        tax_per_line=True,
    ),
    Profile.E_FFF_3: _Dialect(
        _EFFF.format(transaction="biitrns010"),
        _EFFF.format(transaction="biitrns014"),
        "urn:www.cenbii.eu:profile:bii05:ver2.0",
        version="2.1",
        endpoint_scheme="BE:CBE",
        legal_scheme="BE:CBE",
        vat_scheme="BE:VAT",
        vat={21: ("S", "03"), 6: ("AA", "01")},
    ),
}


def ubl(invoice: Invoice, profile: Profile, pdf: bytes = b"") -> Tag:
    """The document's root. e-FFF 3.0 and UBL.BE need ``pdf``; Peppol takes it along when given."""
    return _Writer(invoice, _DIALECTS[profile], profile, pdf).root()


class _Writer:
    def __init__(self, invoice: Invoice, dialect: _Dialect, profile: Profile, pdf: bytes) -> None:
        self._invoice = invoice
        self._dialect = dialect
        self._profile = profile
        self._pdf = pdf
        self._credit = bool(invoice.corrects)
        self._word = "CreditNote" if self._credit else "Invoice"

    def root(self) -> Tag:
        invoice, dialect, credit = self._invoice, self._dialect, self._credit
        due = invoice.due.isoformat()
        content = (
            tag("cbc:UBLVersionID", dialect.version) if dialect.version else None,
            tag("cbc:CustomizationID", dialect.credit_note if credit else dialect.invoice),
            tag("cbc:ProfileID", dialect.process),
            tag("cbc:ID", invoice.number),
            tag("cbc:IssueDate", invoice.issued.isoformat()),
            None if credit else tag("cbc:DueDate", due),
            tag(f"cbc:{self._word}TypeCode", "381" if credit else "380"),
            tag("cbc:DocumentCurrencyCode", CURRENCY),
            tag("cbc:BuyerReference", invoice.order),
            self._corrected(),
            *self._references(),
            tag("cac:AccountingSupplierParty", self._party(invoice.supplier)),
            tag("cac:AccountingCustomerParty", self._party(invoice.customer)),
            self._payment(),
            self._tax_total(),
            self._totals(),
            *(self._line(at, line) for at, line in enumerate(invoice.lines, 1)),
        )
        namespaces = {
            "xmlns": f"{_URN}:{self._word}-2",
            "xmlns:cac": f"{_URN}:CommonAggregateComponents-2",
            "xmlns:cbc": f"{_URN}:CommonBasicComponents-2",
        }
        return Tag(self._word, tuple(part for part in content if part), namespaces)

    def _corrected(self) -> Tag | None:
        if not self._credit:
            return None
        reference = tag("cac:InvoiceDocumentReference", tag("cbc:ID", self._invoice.corrects))
        return tag("cac:BillingReference", reference)

    def _references(self) -> list[Tag]:
        """The PDF, and which software wrote the document where the profile asks for it."""
        kind = "CreditNote" if self._credit else "CommercialInvoice"
        said = {
            Profile.E_FFF_3: ("cbc:DocumentType", "eFFF"),
            Profile.UBL_BE: ("cbc:DocumentDescription", "UBL.BE"),
        }.get(self._profile)
        references = []
        if self._pdf:
            description = tag(said[0], kind) if said else None
            references.append(_reference(self._invoice.number, description, self._attachment()))
        if said:
            references.append(_reference(said[1], tag(said[0], _SOFTWARE)))
        return references

    def _attachment(self) -> Tag:
        content = tag(
            "cbc:EmbeddedDocumentBinaryObject",
            base64.b64encode(self._pdf).decode(),
            mimeCode="application/pdf",
            filename=f"{self._invoice.number.replace('/', '-')}.pdf",
        )
        return tag("cac:Attachment", content)

    def _party(self, business: Business) -> Tag:
        dialect = self._dialect
        vat_scheme = {"schemeID": dialect.vat_scheme} if dialect.vat_scheme else {}
        return tag(
            "cac:Party",
            self._endpoint(business),
            tag("cac:PartyName", tag("cbc:Name", business.name)),
            _address(business),
            tag(
                "cac:PartyTaxScheme",
                tag("cbc:CompanyID", business.number, **vat_scheme),
                _vat(),
            ),
            tag("cac:PartyLegalEntity", *self._legal(business)),
            tag("cac:Contact", tag("cbc:ElectronicMail", business.email)),
        )

    def _endpoint(self, business: Business) -> Tag:
        if business.country == "NL":
            return tag("cbc:EndpointID", business.number, schemeID="9944")
        scheme = self._dialect.endpoint_scheme
        return tag("cbc:EndpointID", business.enterprise_number, schemeID=scheme)

    def _legal(self, business: Business) -> tuple[Tag, Tag]:
        dutch = business.country == "NL"
        number = business.registration if dutch else business.enterprise_number
        scheme = "0106" if dutch else self._dialect.legal_scheme
        return (
            tag("cbc:RegistrationName", business.name),
            tag("cbc:CompanyID", number, schemeID=scheme),
        )

    def _payment(self) -> Tag:
        account = tag("cac:PayeeFinancialAccount", tag("cbc:ID", self._invoice.supplier.iban))
        return tag(
            "cac:PaymentMeans",
            tag("cbc:PaymentMeansCode", "30"),
            tag("cbc:PaymentID", self._invoice.payment_reference),
            account,
        )

    def _tax_total(self) -> Tag:
        taxes = self._invoice.taxes
        subtotals = (
            tag(
                "cac:TaxSubtotal",
                _amount("cbc:TaxableAmount", basis),
                _amount("cbc:TaxAmount", taxes[rate]),
                self._category("cac:TaxCategory", rate),
            )
            for rate, basis in self._invoice.bases.items()
        )
        return tag("cac:TaxTotal", _amount("cbc:TaxAmount", self._invoice.tax), *subtotals)

    def _category(self, name: str, rate: int) -> Tag:
        code, belgian = (self._dialect.vat or {}).get(rate, ("S", ""))
        return tag(
            name,
            tag("cbc:ID", code),
            tag("cbc:Name", belgian) if belgian else None,
            tag("cbc:Percent", str(rate)),
            _vat(),
        )

    def _totals(self) -> Tag:
        return tag(
            "cac:LegalMonetaryTotal",
            _amount("cbc:LineExtensionAmount", self._invoice.net),
            _amount("cbc:TaxExclusiveAmount", self._invoice.net),
            _amount("cbc:TaxInclusiveAmount", self._invoice.total),
            _amount("cbc:PayableAmount", self._invoice.total),
        )

    def _line(self, at: int, line: Line) -> Tag:
        quantity = "CreditedQuantity" if self._credit else "InvoicedQuantity"
        tax = tag("cac:TaxTotal", _amount("cbc:TaxAmount", line.tax))
        category = self._category("cac:ClassifiedTaxCategory", line.rate)
        return tag(
            f"cac:{self._word}Line",
            tag("cbc:ID", str(at)),
            tag(f"cbc:{quantity}", str(line.quantity), unitCode="C62"),
            _amount("cbc:LineExtensionAmount", line.net),
            tax if self._dialect.tax_per_line else None,
            tag("cac:Item", tag("cbc:Name", line.name), category),
            tag("cac:Price", _amount("cbc:PriceAmount", line.price)),
        )


def _amount(name: str, amount: Decimal) -> Tag:
    return tag(name, f"{amount:.2f}", currencyID=CURRENCY)


def _vat() -> Tag:
    return tag("cac:TaxScheme", tag("cbc:ID", "VAT"))


def _reference(number: str, *content: Tag | None) -> Tag:
    return tag("cac:AdditionalDocumentReference", tag("cbc:ID", number), *content)


def _address(business: Business) -> Tag:
    return tag(
        "cac:PostalAddress",
        tag("cbc:StreetName", business.street),
        tag("cbc:CityName", business.town),
        tag("cbc:PostalZone", business.postcode),
        tag("cac:Country", tag("cbc:IdentificationCode", business.country)),
    )
