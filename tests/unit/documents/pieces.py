"""Pieces of invoices: for each rule of our own one that keeps it and one that breaks it."""

from __future__ import annotations

from dataclasses import dataclass

_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
_OPEN = (
    '<{root} xmlns="' + _NAMESPACE + '{root}-2" xmlns:cac="' + _NAMESPACE + "CommonAggregate"
    'Components-2" xmlns:cbc="' + _NAMESPACE + 'CommonBasicComponents-2">'
)
BILLING_01 = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
SELF_BILLING_01 = "urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0"
SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"


@dataclass(frozen=True, slots=True)
class Pieces:
    """``wrong`` breaks ``rule``, ``right`` keeps it."""

    rule: str
    right: str
    wrong: str
    root: str = "Invoice"

    def document(self, body: str) -> bytes:
        return (_OPEN.format(root=self.root) + body + f"</{self.root}>").encode()


def b(name: str, text: str = "", /, **attributes: str) -> str:
    marks = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<cbc:{name}{marks}>{text}</cbc:{name}>"


def a(name: str, *inside: str) -> str:
    return f"<cac:{name}>{''.join(inside)}</cac:{name}>"


def amount(name: str, value: str, currency: str = "EUR") -> str:
    return b(name, value, currencyID=currency)


def seller(*inside: str, country: str = "") -> str:
    return a("AccountingSupplierParty", a("Party", *inside, _address(country)))


def buyer(*inside: str, country: str = "") -> str:
    return a("AccountingCustomerParty", a("Party", *inside, _address(country)))


def _address(country: str) -> str:
    return a("PostalAddress", _country(country)) if country else ""


def _country(code: str) -> str:
    return a("Country", b("IdentificationCode", code))


def full_address(country: str, street: bool = True) -> str:
    lines = b("StreetName", "Weg 1") if street else ""
    return a("PostalAddress", lines, b("CityName", "Stad"), b("PostalZone", "1"), _country(country))


def tax(number: str, scheme: str = "VAT") -> str:
    return a("PartyTaxScheme", b("CompanyID", number), a("TaxScheme", b("ID", scheme)))


def registered(number: str, scheme: str = "") -> str:
    given = b("CompanyID", number, schemeID=scheme) if scheme else b("CompanyID", number)
    return a("PartyLegalEntity", given)


def line(*inside: str) -> str:
    return a("InvoiceLine", b("ID", "1"), *inside)


def reference(*inside: str) -> str:
    return a("AdditionalDocumentReference", *inside)


def category(name: str, *inside: str) -> str:
    return a("TaxTotal", a("TaxSubtotal", a("TaxCategory", b("ID", name), *inside)))


_REFERENCE_130 = a("DocumentReference", b("ID", "x"), b("DocumentTypeCode", "130"))
_REFERENCE_50 = reference(b("ID", "x"), b("DocumentTypeCode", "50"))
_CORRECTS = a("BillingReference", a("InvoiceDocumentReference", b("ID", "1")))
_LEGAL = b("RegistrationName", "A")


def _identifier(rule: str, scheme: str, right: str, wrong: str) -> Pieces:
    return Pieces(
        f"PEPPOL-COMMON-{rule}",
        seller(b("EndpointID", right, schemeID=scheme)),
        seller(b("EndpointID", wrong, schemeID=scheme)),
    )


def _exempt(rule: str, reason: str, right: str) -> Pieces:
    why = b("TaxExemptionReasonCode", f"VATEX-EU-{reason}")
    return Pieces(f"PEPPOL-EN16931-{rule}", category(right, why), category("S", why))


def _p(rule: str, right: str, wrong: str, root: str = "Invoice") -> Pieces:
    return Pieces(f"PEPPOL-EN16931-{rule}", right, wrong, root)


def _discount(*inside: str) -> str:
    return a("AllowanceCharge", b("ChargeIndicator", "false"), *inside)


_BASE = amount("BaseAmount", "100")
_PERCENT = b("MultiplierFactorNumeric", "10")
_PERIOD = a("InvoicePeriod", b("StartDate", "2026-01-01"), b("EndDate", "2026-01-31"))


def _priced(said: str, *inside: str) -> str:
    return line(
        b("InvoicedQuantity", "3", unitCode="C62"),
        amount("LineExtensionAmount", said),
        *inside,
        a("Price", amount("PriceAmount", "10"), b("BaseQuantity", "2", unitCode="C62")),
    )


PEPPOL = (
    _p("R001", b("ProfileID", BILLING_01), ""),
    _p("R007", b("ProfileID", BILLING_01), b("ProfileID", BILLING_01.replace("01", "07"))),
    _p("R002", b("Note", "a"), b("Note", "a") * 2),
    _p("R003", b("BuyerReference", "x"), ""),
    _p("R004", b("CustomizationID", SPECIFICATION + "#x"), b("CustomizationID", "urn:x")),
    _p(
        "R005",
        b("DocumentCurrencyCode", "EUR") + b("TaxCurrencyCode", "SEK"),
        b("DocumentCurrencyCode", "EUR") + b("TaxCurrencyCode", "EUR"),
    ),
    _p("R008", b("Note", "a"), b("Note", " ")),
    _p("R010", buyer(b("EndpointID", "1")), buyer(b("Name", "x"))),
    _p("R020", seller(b("EndpointID", "1")), seller(b("Name", "x"))),
    _p("R080", _REFERENCE_50, _REFERENCE_50 * 2, "CreditNote"),
    _p("R053", category("S"), category("S") * 2),
    _p("R054", category("S"), category("S") + a("TaxTotal", amount("TaxAmount", "1"))),
    _p(
        "R051",
        b("DocumentCurrencyCode", "EUR") + line(amount("LineExtensionAmount", "1")),
        b("DocumentCurrencyCode", "EUR") + line(amount("LineExtensionAmount", "1", "SEK")),
    ),
    _p(
        "R055",
        b("DocumentCurrencyCode", "EUR")
        + b("TaxCurrencyCode", "SEK")
        + a("TaxTotal", amount("TaxAmount", "1"))
        + a("TaxTotal", amount("TaxAmount", "9", "SEK")),
        b("DocumentCurrencyCode", "EUR")
        + b("TaxCurrencyCode", "SEK")
        + a("TaxTotal", amount("TaxAmount", "1"))
        + a("TaxTotal", amount("TaxAmount", "-9", "SEK")),
    ),
    _p("R041", _discount(_PERCENT, _BASE), _discount(_PERCENT)),
    _p("R042", _discount(_PERCENT, _BASE), _discount(_BASE)),
    _p(
        "R040",
        line(_discount(_PERCENT, amount("Amount", "10.02"), _BASE)),
        line(_discount(_PERCENT, amount("Amount", "10.03"), _BASE)),
    ),
    _p("R043", _discount(), a("AllowanceCharge", b("ChargeIndicator", "1"))),
    _p(
        "R044",
        line(a("Price", _discount())),
        line(a("Price", a("AllowanceCharge", b("ChargeIndicator", "true")))),
    ),
    _p(
        "R046",
        line(a("Price", amount("PriceAmount", "90"), _discount(amount("Amount", "10.00"), _BASE))),
        line(a("Price", amount("PriceAmount", "90"), _discount(amount("Amount", "11"), _BASE))),
    ),
    _p(
        "R061",
        a("PaymentMeans", b("PaymentMeansCode", "59"), a("PaymentMandate", b("ID", "x"))),
        a("PaymentMeans", b("PaymentMeansCode", "59")),
    ),
    _p("R100", line(_REFERENCE_130), line(_REFERENCE_130 * 2)),
    _p("R101", line(_REFERENCE_130), line(_REFERENCE_130.replace("130", "50"))),
    _p(
        "R110",
        _PERIOD + line(a("InvoicePeriod", b("StartDate", "2026-01-01"))),
        _PERIOD + line(a("InvoicePeriod", b("StartDate", "2025-12-31"))),
    ),
    _p(
        "R111",
        _PERIOD + line(a("InvoicePeriod", b("EndDate", "2026-01-31"))),
        _PERIOD + line(a("InvoicePeriod", b("EndDate", "2026-02-01"))),
    ),
    _p("R120", _priced("15.02"), _priced("15.03")),
    _p(
        "R121",
        _priced("15"),
        line(a("Price", amount("PriceAmount", "1"), b("BaseQuantity", "0", unitCode="C62"))),
    ),
    _p("R130", _priced("15"), _priced("15").replace('unitCode="C62"', 'unitCode="KGM"', 1)),
    _p(
        "CL001",
        reference(b("EmbeddedDocumentBinaryObject", "x", mimeCode="text/csv")),
        reference(b("EmbeddedDocumentBinaryObject", "x", mimeCode="text/html")),
    ),
    _p(
        "CL002",
        _discount(b("AllowanceChargeReasonCode", "95")),
        _discount(b("AllowanceChargeReasonCode", "AA")),
    ),
    _p(
        "CL003",
        a("AllowanceCharge", b("ChargeIndicator", "true"), b("AllowanceChargeReasonCode", "FC")),
        a("AllowanceCharge", b("ChargeIndicator", "true"), b("AllowanceChargeReasonCode", "95")),
    ),
    _p(
        "CL006",
        a("InvoicePeriod", b("DescriptionCode", "35")),
        a("InvoicePeriod", b("DescriptionCode", "36")),
    ),
    _p(
        "CL007",
        line(amount("LineExtensionAmount", "1")),
        line(amount("LineExtensionAmount", "1", "EURO")),
    ),
    _p(
        "CL008",
        seller(b("EndpointID", "x", schemeID="9925")),
        seller(b("EndpointID", "x", schemeID="BE:CBE")),
    ),
    _p("F001", b("DueDate", "2026-02-28"), b("DueDate", "2026-02-28+01:00")),
    _p(
        "P0100",
        b("ProfileID", BILLING_01) + b("InvoiceTypeCode", "380"),
        b("ProfileID", BILLING_01) + b("InvoiceTypeCode", "381"),
    ),
    _p(
        "P0101",
        b("ProfileID", BILLING_01) + b("CreditNoteTypeCode", "381"),
        b("ProfileID", BILLING_01) + b("CreditNoteTypeCode", "380"),
        "CreditNote",
    ),
    _p(
        "P0112",
        b("InvoiceTypeCode", "326") + seller(country="DE") + buyer(country="DE"),
        b("InvoiceTypeCode", "326") + seller(country="DE") + buyer(country="BE"),
    ),
    _exempt("P0104", "G", "G"),
    _exempt("P0105", "O", "O"),
    _exempt("P0106", "IC", "K"),
    _exempt("P0107", "AE", "AE"),
    _exempt("P0108", "D", "E"),
    _exempt("P0109", "F", "E"),
    _exempt("P0110", "I", "E"),
    _exempt("P0111", "J", "E"),
    _identifier("R040", "0088", "5400000000041", "5400000000042"),
    _identifier("R041", "0192", "974760673", "974760674"),
    _identifier("R042", "0184", "DK12345678", "DK1234567"),
    _identifier("R043", "0208", "0400000185", "0400000186"),
    _identifier("R044", "0201", "ABC12d", "ABC12"),
    _identifier("R045", "0210", "RSSMRA80A01H501U", "RSSMRA80"),
    _identifier("R046", "9907", "12345678901", "1234567890"),
    _identifier("R047", "0211", "IT00743110157", "IT00743110158"),
    _identifier("R049", "0007", "5567212047", "5567212048"),
    _identifier("R050", "0151", "51824753556", "51824753557"),
    _identifier("R052", "0096", "1234567890", "123456789"),
    _identifier("R053", "0198", "DK12345678", "12345678"),
    _identifier("R054", "0106", "12345678", "1234567"),
    _identifier("R055", "0190", "00000001234567890000", "1234"),
    _identifier("R056-1", "9944", "NL123456789B01", "123456789B01"),
    _identifier("R057", "0217", "123456789012", "12345678"),
    Pieces("PEPPOL-COMMON-R056-2", seller(tax("NL123456789B01")), seller(tax("NL12345678B01"))),
)
DUTCH = (
    Pieces(
        "NL-R-001",
        b("CreditNoteTypeCode", "381") + _CORRECTS + seller(country="NL"),
        b("CreditNoteTypeCode", "381") + seller(country="NL"),
        "CreditNote",
    ),
    Pieces("NL-R-002", seller(full_address("NL")), seller(full_address("NL", street=False))),
    Pieces(
        "NL-R-003",
        seller(registered("12345678", "0106"), country="NL"),
        seller(registered("12345678", "0199"), country="NL"),
    ),
    Pieces(
        "NL-R-004",
        seller(country="NL") + buyer(full_address("NL")),
        seller(country="NL") + buyer(full_address("NL", street=False)),
    ),
    Pieces(
        "NL-R-005",
        seller(country="NL") + buyer(registered("12345678", "0106"), country="NL"),
        seller(country="NL") + buyer(registered("12345678", "0199"), country="NL"),
    ),
    Pieces(
        "NL-R-006",
        seller(country="NL") + a("TaxRepresentativeParty", full_address("NL")),
        seller(country="NL") + a("TaxRepresentativeParty", full_address("NL", street=False)),
    ),
    Pieces(
        "NL-R-007",
        seller(country="NL") + a("LegalMonetaryTotal", amount("PayableAmount", "-1")),
        seller(country="NL") + a("LegalMonetaryTotal", amount("PayableAmount", "1")),
    ),
    Pieces(
        "NL-R-008",
        seller(country="NL") + buyer(country="NL") + a("PaymentMeans", b("PaymentMeansCode", "58")),
        seller(country="NL") + buyer(country="NL") + a("PaymentMeans", b("PaymentMeansCode", "42")),
    ),
    Pieces(
        "NL-R-009",
        seller(country="NL")
        + a("OrderReference", b("ID", "7"))
        + line(a("OrderLineReference", b("LineID", "1"))),
        seller(country="NL") + line(a("OrderLineReference", b("LineID", "1"))),
    ),
)


def _se(rule: str, right: str, wrong: str) -> Pieces:
    return Pieces(f"SE-R-{rule}", right, wrong)


def _giro(kind: str, number: str) -> str:
    branch = a("FinancialInstitutionBranch", b("ID", f"SE:{kind}GIRO"))
    account = a("PayeeFinancialAccount", b("ID", number), branch)
    return seller(country="SE") + a("PaymentMeans", b("PaymentMeansCode", "30"), account)


def _paid(code: str) -> str:
    means = a("PaymentMeans", b("PaymentMeansCode", code))
    return seller(country="SE") + buyer(country="SE") + means


_SE_VAT = "SE556721204701"


def _se_seller(vat: str) -> str:
    return seller(tax(vat), country="SE")


def _se_registered(number: str) -> str:
    return seller(registered(number), country="SE")


SWEDISH = (
    _se("001", _se_seller(_SE_VAT), _se_seller("SE5567212047")),
    _se("002", _se_seller(_SE_VAT), _se_seller("SE55672120470A")),
    _se("003", _se_registered("5567212047"), _se_registered("556721-2047")),
    _se("004", _se_registered("5567212047"), _se_registered("55672120470")),
    _se("013", _se_registered("5567212047"), _se_registered("5567212048")),
    _se(
        "005",
        seller(tax("Godkänd för F-skatt", "TAX"), registered("5567212047"), country="SE"),
        seller(tax("F-skatt", "TAX"), registered("5567212047"), country="SE"),
    ),
    _se(
        "006",
        _se_seller(_SE_VAT) + category("S", b("Percent", "25")),
        _se_seller(_SE_VAT) + category("S", b("Percent", "21")),
    ),
    _se("007", _giro("PLUS", "1234567"), _giro("PLUS", "12-34567")),
    _se("010", _giro("PLUS", "1234567"), _giro("PLUS", "123456789")),
    _se("008", _giro("BANK", "1234567"), _giro("BANK", "123-4567")),
    _se("009", _giro("BANK", "1234567"), _giro("BANK", "123456")),
    _se("011", _paid("30"), _paid("56")),
    _se("012", _paid("30"), _paid("31")),
)
SELF_BILLING = (
    _p("R007", b("ProfileID", SELF_BILLING_01), b("ProfileID", BILLING_01)),
    _p(
        "R004",
        b("CustomizationID", SPECIFICATION.replace("billing", "selfbilling")),
        b("CustomizationID", SPECIFICATION),
    ),
    _p(
        "P0100",
        b("ProfileID", SELF_BILLING_01) + b("InvoiceTypeCode", "389"),
        b("ProfileID", SELF_BILLING_01) + b("InvoiceTypeCode", "380"),
    ),
    _p(
        "P0101",
        b("ProfileID", SELF_BILLING_01) + b("CreditNoteTypeCode", "261"),
        b("ProfileID", SELF_BILLING_01) + b("CreditNoteTypeCode", "381"),
        "CreditNote",
    ),
    _p(
        "CL008",
        seller(b("EndpointID", "x", schemeID="0037")),
        seller(b("EndpointID", "x", schemeID="9907")),
    ),
)
_PDF = reference(b("ID", "1"), b("DocumentDescription", "CommercialInvoice"))
_SOFTWARE = reference(b("ID", "UBL.BE"), b("DocumentDescription", "Software 1"))


def _be(rule: str, right: str, wrong: str) -> Pieces:
    return Pieces(f"ubl-BE-{rule}", right, wrong)


def _cash(*inside: str) -> str:
    return a("PaymentTerms", b("SettlementDiscountPercent", "2"), *inside)


UBL_BE = (
    _be("01", _PDF + _SOFTWARE, _PDF),
    _be("02", _PDF + _SOFTWARE, _SOFTWARE),
    _be("03", _PDF + _SOFTWARE, _PDF),
    _be("04", _PDF, reference(b("ID", "1"))),
    _be("07", _cash(), a("PaymentTerms", b("SettlementDiscountPercent", "200"))),
    _be("08", _cash(amount("Amount", "2")), _cash()),
    _be("09", _cash(b("PaymentDueDate", "2026-01-31")), _cash()),
    _be("10", category("S", b("Name", "03")), category("S", b("Name", "21"))),
    _be(
        "11",
        category("E", b("Name", "NS"), b("TaxExemptionReasonCode", "BETE-NS")),
        category("E", b("Name", "NS"), b("TaxExemptionReasonCode", "VATEX-EU-O")),
    ),
    _be("14", line(a("TaxTotal", amount("TaxAmount", "1"))), line()),
    _be(
        "15",
        line(a("Item", a("ClassifiedTaxCategory", b("Name", "03")))),
        line(a("Item", a("ClassifiedTaxCategory", b("ID", "S")))),
    ),
    _p(
        "R004",
        b("CustomizationID", "urn:cen.eu:en16931:2017#conformant#urn:UBL.BE:1.0.0.20180214"),
        b("CustomizationID", SPECIFICATION),
    ),
    _p("R007", b("ProfileID", BILLING_01), b("ProfileID", SELF_BILLING_01)),
)


def _fff(rule: str, right: str, wrong: str) -> Pieces:
    return Pieces(f"EFFF-T10-{rule}", right, wrong)


_FFF_PDF = reference(b("ID", "1"), b("DocumentType", "CommercialInvoice"))
_FFF_SOFTWARE = reference(b("ID", "eFFF"), b("DocumentType", "Software 1"))
_LINE_VAT = (
    amount("TaxableAmount", "1"),
    amount("TaxAmount", "1"),
    a(
        "TaxCategory",
        b("ID", "S"),
        b("Name", "03"),
        b("Percent", "21"),
        a("TaxScheme", b("ID", "VAT")),
    ),
)


def _line_vat(without: str = "") -> str:
    inside = "".join(_LINE_VAT)
    assert without in inside
    return _cash() + line(a("TaxTotal", a("TaxSubtotal", inside.replace(without, "", 1))))


E_FFF = (
    _fff("R001", _FFF_PDF, _FFF_SOFTWARE),
    _fff("R003", _FFF_SOFTWARE, _FFF_PDF),
    _fff("R004", _FFF_SOFTWARE, reference(b("ID", "eFFF"), b("DocumentType", "S"))),
    _fff("R005", _cash(amount("Amount", "2")), _cash()),
    _fff("R006", _cash(a("SettlementPeriod", b("EndDate", "2026-01-31"))), _cash()),
    _fff("R007", category("S", b("Name", "03")), category("S")),
    _fff("R016", category("S", b("Name", "03")), category("S", b("Name", "OSS-S"))),
    _fff("R017", category("AE", b("Name", "45")), category("S", b("Name", "45"))),
    _fff("R008", _line_vat(), _line_vat(_LINE_VAT[0])),
    _fff("R009", _line_vat(), _line_vat(_LINE_VAT[1])),
    _fff("R010", _line_vat(), _line_vat(b("ID", "S"))),
    _fff("R011", _line_vat(), _line_vat(b("Name", "03"))),
    _fff("R012", _line_vat(), _line_vat(b("Percent", "21"))),
    _fff("R014", _line_vat(), _line_vat(a("TaxScheme", b("ID", "VAT")))),
    _fff(
        "R013",
        _cash() + category("E", b("TaxExemptionReason", "Cash Discount")),
        _cash() + category("E", b("TaxExemptionReason", "Export")),
    ),
    _fff(
        "R015",
        line(a("Item", a("ClassifiedTaxCategory", b("Name", "03")))),
        line(a("Item", a("ClassifiedTaxCategory", b("ID", "S")))),
    ),
)


def _nl(rule: str, right: str, wrong: str, root: str = "Invoice") -> Pieces:
    of_dutch = seller(registered("12345678", "0106"), full_address("NL"))
    return Pieces(f"BR-NL-{rule}", right + of_dutch, wrong + of_dutch, root)


_EXTRA_LINE = a("AddressLine", b("Line", "x"))
NLCIUS = (
    Pieces(
        "BR-NL-1",
        seller(registered("12345678", "0190"), country="NL"),
        seller(registered("12345678"), country="NL"),
    ),
    _nl("2", b("BuyerReference", "x"), ""),
    Pieces("BR-NL-3", seller(full_address("NL")), seller(full_address("NL", street=False))),
    _nl("4", buyer(full_address("BE", street=False)), buyer(full_address("NL", street=False))),
    _nl(
        "5",
        a("TaxRepresentativeParty", full_address("BE", street=False)),
        a("TaxRepresentativeParty", full_address("NL", street=False)),
    ),
    _nl("7", b("InvoiceTypeCode", "384"), b("InvoiceTypeCode", "382")),
    _nl("8", b("InvoiceTypeCode", "380"), b("InvoiceTypeCode", "381")),
    _nl("9", b("InvoiceTypeCode", "384") + _CORRECTS, b("InvoiceTypeCode", "384")),
    _nl(
        "10",
        buyer(registered("12345678", "0106"), country="NL"),
        buyer(a("PartyLegalEntity", _LEGAL), country="NL"),
    ),
    _nl(
        "11",
        a("PaymentMeans") + a("LegalMonetaryTotal", amount("PayableAmount", "1")),
        a("LegalMonetaryTotal", amount("PayableAmount", "1")),
    ),
    _nl(
        "12",
        a("PaymentMeans", b("PaymentMeansCode", "30")),
        a("PaymentMeans", b("PaymentMeansCode", "42")),
    ),
    _nl(
        "13",
        a("OrderReference", b("ID", "7")) + line(a("OrderLineReference", b("LineID", "1"))),
        line(a("OrderLineReference", b("LineID", "1"))),
    ),
    _nl("19", "", b("TaxCurrencyCode", "SEK")),
    _nl("20", "", b("TaxPointDate", "2026-01-01")),
    _nl("21", "", a("InvoicePeriod", b("DescriptionCode", "35"))),
    _nl("24", _CORRECTS, _CORRECTS.replace("</cbc:ID>", "</cbc:ID>" + b("IssueDate", "x"))),
    _nl("25", seller(tax("x")), seller(tax("x", "TAX"))),
    _nl("26", "", seller(a("PartyLegalEntity", b("CompanyLegalForm", "BV")))),
    _nl("27", "", buyer(a("PostalAddress", _EXTRA_LINE))),
    _nl("28", "", buyer(a("PostalAddress", b("CountrySubentity", "x")))),
    _nl(
        "29",
        a("PaymentMeans", b("PaymentMeansCode", "30")),
        a("PaymentMeans", b("PaymentMeansCode", "30", name="x")),
    ),
    _nl("30", "", a("PaymentMeans", a("PayeeFinancialAccount", b("Name", "x")))),
    _nl(
        "31",
        a("PaymentMeans", b("PaymentMeansCode", "58"), a("PayeeFinancialAccount")),
        a(
            "PaymentMeans",
            b("PaymentMeansCode", "58"),
            a("PayeeFinancialAccount", a("FinancialInstitutionBranch", b("ID", "x"))),
        ),
    ),
    _nl("32", _discount(), _discount(b("AllowanceChargeReasonCode", "95"))),
    _nl(
        "34",
        _discount(b("AllowanceChargeReasonCode", "95")),
        a("AllowanceCharge", b("ChargeIndicator", "true"), b("AllowanceChargeReasonCode", "x")),
    ),
    _nl(
        "33",
        b("DocumentCurrencyCode", "EUR") + a("TaxTotal", amount("TaxAmount", "1")),
        b("DocumentCurrencyCode", "EUR") + a("TaxTotal", amount("TaxAmount", "1", "SEK")),
    ),
    _nl("35", category("E"), category("E", b("TaxExemptionReasonCode", "x"))),
    Pieces("SI-UBL-2", b("Note", "a"), b("Note", "")),
)
