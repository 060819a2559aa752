"""UBL.BE (GLOBALUBL.BE 1.31) and e-FFF 3.0 (EFFF-T10): what Belgian packages rely on.

Both want the PDF inside, and the Belgian code for the kind of VAT. On an e-FFF document the PDF
prevails in a dispute.
"""

from __future__ import annotations

from dataclasses import replace

from ledgerdesk.documents import own_sums, peppol_rules
from ledgerdesk.documents.own_rules import Rule, RuleBook, without
from ledgerdesk.documents.peppol_identifiers import IDENTIFIERS
from ledgerdesk.i18n import N_
from ledgerdesk.model import Severity

_NO_PDF = N_("The PDF of the invoice is missing, or not marked as such. Ask the supplier for it.")
_NO_SOFTWARE = N_("The invoice does not name the software that made it. Nothing needs to be done.")
_NO_VAT_CODE = N_(
    "The Belgian code for the kind of VAT is missing: the package cannot choose the VAT box by "
    "itself."
)
_WRONG_VAT_CODE = N_(
    "“{found}” is no Belgian code for the kind of VAT: the package cannot choose the VAT box by "
    "itself."
)
_DISCOUNT = N_("The cash discount is not complete: {found} % without its amount or its last day.")
_LINES = "(a:InvoiceLine | a:CreditNoteLine)"
_PDF_MARKS = "[. = 'CommercialInvoice' or . = 'CreditNote']"


def _be(number: str, breakers: str, text: str) -> Rule:
    return Rule(f"ubl-BE-{number}", breakers, text)


_IDENTIFIERS = ("PEPPOL-COMMON-R040", "PEPPOL-COMMON-R042", "PEPPOL-COMMON-R043")
_UBL_BE_ID = "urn:cen.eu:en16931:2017#conformant#urn:UBL.BE:1.0.0.20180214"
_UBL_BE = (
    _be("01", "count(a:AdditionalDocumentReference) < 2", _NO_PDF),
    _be(
        "02",
        f"a:AdditionalDocumentReference[count(//b:DocumentDescription{_PDF_MARKS}) != 1]",
        _NO_PDF,
    ),
    _be("03", "a:AdditionalDocumentReference[count(//b:ID[. = 'UBL.BE']) != 1]", _NO_SOFTWARE),
    _be(
        "04",
        "a:AdditionalDocumentReference[b:ID][count(b:DocumentDescription) != 1]/b:ID",
        N_("The attachment {found} does not say what it is."),
    ),
    _be(
        "07",
        ".//a:PaymentTerms/b:SettlementDiscountPercent[not(number(.) > 0 and number(.) < 100)]",
        N_("A cash discount of {found} per cent is impossible."),
    ),
    _be(
        "08",
        ".//a:PaymentTerms[b:SettlementDiscountPercent][not(number(b:Amount) > 0)]"
        "/b:SettlementDiscountPercent",
        _DISCOUNT,
    ),
    _be(
        "09",
        ".//a:PaymentTerms[b:SettlementDiscountPercent][not(l:day(b:PaymentDueDate))]"
        "/b:SettlementDiscountPercent",
        _DISCOUNT,
    ),
    _be(
        "14",
        f"{_LINES}[count(a:TaxTotal) != 1]",
        N_("Line {line}: a line of the invoice does not say its VAT."),
    ),
    _be(
        "10",
        ".//a:TaxTotal/a:TaxSubtotal/a:TaxCategory[not(b:Name)]",
        _NO_VAT_CODE,
    ),
    _be(
        "10",
        ".//a:TaxTotal/a:TaxSubtotal/a:TaxCategory/b:Name[not(l:in(., 'ubl-be-vat'))]",
        _WRONG_VAT_CODE,
    ),
    _be(
        "11",
        ".//a:TaxTotal/a:TaxSubtotal/a:TaxCategory/b:TaxExemptionReasonCode"
        "[not(l:in(., 'ubl-be-reason'))]",
        N_("“{found}” is no Belgian code for why no VAT is due."),
    ),
    _be("15", ".//a:ClassifiedTaxCategory[count(b:Name) != 1]", _NO_VAT_CODE),
)
_FROM_PEPPOL = (
    *without(peppol_rules.COMMON, "PEPPOL-EN16931-R001", "PEPPOL-EN16931-R002"),
    *(
        replace(rule, severity=Severity.WARNING)
        for rule in peppol_rules.COMMON
        if rule.id == "PEPPOL-EN16931-R001"
    ),
    peppol_rules.OLDER_CURRENCY,
    *peppol_rules.types("l:in(., 'ubl-be-invoice')", "l:in(., 'credit-note')"),
    *(rule for rule in IDENTIFIERS if rule.id in _IDENTIFIERS),
)
UBL_BE = RuleBook(
    (
        *_UBL_BE,
        *_FROM_PEPPOL,
        Rule(
            "PEPPOL-EN16931-R002",
            "count(b:Note) > 1",
            N_("The invoice has more than one note."),
        ),
        Rule(
            "PEPPOL-EN16931-R004",
            f"not(starts-with(normalize-space(b:CustomizationID), '{_UBL_BE_ID}'))",
            N_("The invoice claims to be UBL.BE, but does not name that specification."),
        ),
        Rule(
            "PEPPOL-EN16931-CL008",
            ".//b:EndpointID/@schemeID[not(l:in(., 'older-address'))]",
            N_("The scheme {found} of an electronic address is not one of Peppol's."),
            Severity.WARNING,
        ),
    ),
    tuple(check for check in peppol_rules.SUMS if check is not own_sums.lines),
    {**peppol_rules.VARIABLES, "process": peppol_rules.process("billing")},
)


def _fff(number: str, breakers: str, text: str, severity: Severity = Severity.FATAL) -> Rule:
    return Rule(f"EFFF-T10-{number}", breakers, text, severity)


_WITH_DISCOUNT = f"{_LINES}[../a:PaymentTerms/b:SettlementDiscountPercent]"
_LINE_VAT = N_("With a cash discount every line has to say its VAT; line {found} does not.")
_LINE_VAT_PARTS = (
    ("R008", "b:TaxableAmount"),
    ("R009", "b:TaxAmount"),
    ("R010", "a:TaxCategory/b:ID"),
    ("R011", "a:TaxCategory/b:Name"),
    ("R012", "a:TaxCategory/b:Percent"),
    ("R014", "a:TaxCategory/a:TaxScheme/b:ID = 'VAT'"),
)
# e-FFF's own pairs of Belgian code and UNCL 5305; "AA" is no code of EN 16931.
_PAIRS = {
    "Z": ("00",),
    "AA": ("01", "02"),
    "S": ("03", "MA", "03/SE"),
    "E": ("NA", "00/44", "47/EX", "47/EI", "47/EE"),
    "AE": ("45", "46/GO", "47/TO", "47/AS", "47/DI", "47/SE", "46/TR", "44"),
}
_PAIRED = " or ".join(
    f"(. = '{belgian}' and ../b:ID = '{code}')" for code, all_ in _PAIRS.items() for belgian in all_
)
E_FFF = RuleBook(
    (
        _fff("R001", f"not(a:AdditionalDocumentReference/b:DocumentType{_PDF_MARKS})", _NO_PDF),
        _fff("R003", "not(a:AdditionalDocumentReference[b:ID = 'eFFF'])", _NO_SOFTWARE),
        _fff(
            "R004",
            "a:AdditionalDocumentReference[b:ID = 'eFFF'][string-length(b:DocumentType) < 2]",
            _NO_SOFTWARE,
        ),
        _fff(
            "R005",
            ".//a:PaymentTerms/b:SettlementDiscountPercent[not(../b:Amount)]",
            _DISCOUNT,
        ),
        _fff(
            "R006",
            ".//a:PaymentTerms/b:SettlementDiscountPercent[not(../a:SettlementPeriod/b:EndDate)]",
            _DISCOUNT,
        ),
        _fff("R007", ".//a:TaxCategory[not(b:Name)]", _NO_VAT_CODE),
        _fff(
            "R017",
            f".//a:TaxCategory/b:Name[not({_PAIRED})]",
            N_("The Belgian code “{found}” and the general kind of VAT do not belong together."),
            Severity.WARNING,
        ),
        *(
            _fff(number, f"{_WITH_DISCOUNT}[not(a:TaxTotal/a:TaxSubtotal/{part})]/b:ID", _LINE_VAT)
            for number, part in _LINE_VAT_PARTS
        ),
        _fff(
            "R013",
            "a:TaxTotal[../a:PaymentTerms/b:SettlementDiscountPercent]"
            "/a:TaxSubtotal[a:TaxCategory/b:ID = 'E']"
            "[not(a:TaxCategory/b:TaxExemptionReason = 'Cash Discount')]",
            N_("The cash discount is without VAT, but is not called “Cash Discount”."),
        ),
        _fff("R015", f"{_LINES}[not(a:Item/a:ClassifiedTaxCategory/b:Name)]", _NO_VAT_CODE),
        _fff("R016", ".//a:TaxCategory/b:Name[not(l:in(., 'e-fff-vat'))]", _WRONG_VAT_CODE),
    )
)
