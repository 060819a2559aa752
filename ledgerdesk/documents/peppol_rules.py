"""Peppol BIS Billing 3 and self-billing: the rules a receiver can be held to, each by its own id.

Our own expressions of the rules PEPPOL-EN16931-* and PEPPOL-COMMON-* (release 2026.5) and of the
national ones for Dutch and Swedish suppliers. What other countries ask of their own suppliers is
left to those suppliers' access points.
"""

from __future__ import annotations

from dataclasses import replace

from ledgerdesk.documents import national_rules, own_sums
from ledgerdesk.documents.own_rules import EMPTY, Rule, RuleBook, without
from ledgerdesk.documents.peppol_identifiers import IDENTIFIERS
from ledgerdesk.i18n import N_

_BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_SELF_BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"
_ALLOWANCES = (
    "(a:AllowanceCharge | a:InvoiceLine/a:AllowanceCharge | a:CreditNoteLine/a:AllowanceCharge)"
)
_LINES = "(a:InvoiceLine | a:CreditNoteLine)"
_GERMANS = "($seller_in = 'DE' and $buyer_in = 'DE')"


def _called(*names: str) -> str:
    """One look at each element: a union of paths would compare every node with every other."""
    return " or ".join(f"self::b:{name}" for name in names)


_OWN_AMOUNTS = _called(
    *("LineExtensionAmount", "PriceAmount", "Amount", "BaseAmount", "TaxableAmount"),
    *("TaxExclusiveAmount", "TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount"),
    *("PrepaidAmount", "PayableRoundingAmount", "PayableAmount"),
)
_VAT_TOTAL = "self::b:TaxAmount[parent::a:TaxTotal[a:TaxSubtotal]]"
_DATES = _called(
    "IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate", "ActualDeliveryDate"
)
_CODE = N_("The code “{found}” is not in its official list; the package may not know it.")
_REASON = N_("The reason why no VAT is due does not fit the kind of VAT “{found}”. Check the VAT.")
_REASONS = (
    ("P0104", "G", "G"),
    ("P0105", "O", "O"),
    ("P0106", "IC", "K"),
    ("P0107", "AE", "AE"),
    ("P0108", "D", "E"),
    ("P0109", "F", "E"),
    ("P0110", "I", "E"),
    ("P0111", "J", "E"),
)


def _rule(number: str, breakers: str, text: str) -> Rule:
    return Rule(f"PEPPOL-EN16931-{number}", breakers, text)


def process(name: str) -> str:
    """The two digits of a process identifier; empty when it is none."""
    start = f"urn:fdc:peppol.eu:2017:poacc:{name}:"
    return f"substring-before(substring-after(normalize-space(b:ProfileID), '{start}'), ':1.0')"


def _specification(identifier: str) -> Rule:
    return _rule(
        "R004",
        f"not(starts-with(normalize-space(b:CustomizationID), '{identifier}'))"
        " or contains(b:CustomizationID, '::')",
        N_("The invoice claims to be Peppol's, but does not name that specification."),
    )


def types(invoices: str, credit_notes: str) -> tuple[Rule, ...]:
    process = "[$process = '01' or $process = '02']"
    told = N_("The type {found} is not one of those that this kind of document may have.")
    return (
        _rule("P0100", f"b:InvoiceTypeCode{process}[not({invoices})]", told),
        _rule("P0101", f"b:CreditNoteTypeCode{process}[not({credit_notes})]", told),
    )


_DOCUMENT = (
    _rule(
        "R008",
        EMPTY,
        N_("Line {line}: an element is empty. Nothing needs to be done."),
    ),
    _rule(
        "R080",
        "self::*[local-name() = 'CreditNote']"
        "[count(a:AdditionalDocumentReference[b:DocumentTypeCode = '50']) > 1]",
        N_("The credit note names more than one project."),
    ),
    _rule(
        "R001",
        "not(b:ProfileID)",
        N_("The invoice does not name its Peppol process. The supplier's software is at fault."),
    ),
    _rule(
        "R007",
        "$process = ''",
        N_("The invoice names a process that Peppol does not know."),
    ),
    _rule(
        "R002", f"count(b:Note) > 1 and not({_GERMANS})", N_("The invoice has more than one note.")
    ),
    _rule(
        "R003",
        "not(b:BuyerReference or a:OrderReference/b:ID)",
        N_("The invoice names neither a reference of the buyer nor an order."),
    ),
    _rule(
        "R005",
        "b:TaxCurrencyCode[normalize-space(.) = normalize-space(../b:DocumentCurrencyCode)]",
        N_("The currency of the VAT is given although it is that of the invoice."),
    ),
    _rule(
        "R010",
        "a:AccountingCustomerParty/a:Party[not(b:EndpointID)]",
        N_("The electronic address of the buyer is missing."),
    ),
    _rule(
        "R020",
        "a:AccountingSupplierParty/a:Party[not(b:EndpointID)]",
        N_("The electronic address of the supplier is missing."),
    ),
)
_VAT = (
    _rule(
        "R053",
        "count(a:TaxTotal[a:TaxSubtotal]) != 1",
        N_("The invoice has no VAT summary, or several. Compare the VAT with the PDF."),
    ),
    _rule(
        "R054",
        "count(a:TaxTotal[not(a:TaxSubtotal)]) != count(b:TaxCurrencyCode)",
        N_("The VAT in another currency is missing, or stands there without one."),
    ),
)


def _currency(amounts: str) -> Rule:
    return _rule(
        "R051",
        f".//b:*[{amounts}][not(@currencyID = $currency)]",
        N_("Line {line}: an amount is in another currency than the invoice. Check it."),
    )


OLDER_CURRENCY = _currency(f"{_OWN_AMOUNTS} or {_VAT_TOTAL}")
_PRICES = (
    _rule(
        "R041",
        f"{_ALLOWANCES}[b:MultiplierFactorNumeric and not(b:BaseAmount)]",
        N_("A discount or charge has a percentage, but not the amount it is taken of."),
    ),
    _rule(
        "R042",
        f"{_ALLOWANCES}[not(b:MultiplierFactorNumeric) and b:BaseAmount]",
        N_("A discount or charge says of which amount it is, but not its percentage."),
    ),
    _rule(
        "R043",
        f"{_ALLOWANCES}[boolean(b:MultiplierFactorNumeric) = boolean(b:BaseAmount)]"
        "[not(normalize-space(b:ChargeIndicator) = 'true'"
        " or normalize-space(b:ChargeIndicator) = 'false')]",
        N_("It is not clear whether an amount is a discount or a charge. Compare with the PDF."),
    ),
    _rule(
        "R044",
        ".//a:Price/a:AllowanceCharge[normalize-space(b:ChargeIndicator) != 'false']",
        N_("A price has a charge instead of a discount. Compare with the PDF."),
    ),
    _rule(
        "R130",
        ".//a:Price/b:BaseQuantity[@unitCode][../../b:InvoicedQuantity or ../../b:CreditedQuantity]"
        "[not(@unitCode = (../../b:InvoicedQuantity | ../../b:CreditedQuantity)/@unitCode)]",
        N_("A price is for another unit than the quantity of its line. Compare with the PDF."),
    ),
    _rule(
        "R061",
        "a:PaymentMeans[normalize-space(b:PaymentMeansCode) = '49'"
        " or normalize-space(b:PaymentMeansCode) = '59'][not(a:PaymentMandate/b:ID)]",
        N_("The invoice is collected by direct debit, but does not name the mandate."),
    ),
    _rule(
        "R100",
        f"{_LINES}[count(a:DocumentReference) > 1]",
        N_("A line refers to more than one object."),
    ),
    _rule(
        "R101",
        f"{_LINES}[a:DocumentReference][not(a:DocumentReference/b:DocumentTypeCode = '130')]",
        N_("A line refers to a document, which only an object may be."),
    ),
)
_CODES = (
    _rule(
        "CL001",
        ".//b:EmbeddedDocumentBinaryObject/@mimeCode[not(l:in(., 'file'))]",
        N_("The attachment is of a kind ({found}) that Peppol does not carry."),
    ),
    _rule(
        "CL002",
        ".//a:AllowanceCharge[b:ChargeIndicator = 'false']/b:AllowanceChargeReasonCode"
        "[not(l:in(., 'allowance'))]",
        _CODE,
    ),
    _rule(
        "CL003",
        ".//a:AllowanceCharge[b:ChargeIndicator = 'true']/b:AllowanceChargeReasonCode"
        "[not(l:in(., 'charge'))]",
        _CODE,
    ),
    _rule("CL006", ".//a:InvoicePeriod/b:DescriptionCode[not(l:in(., 'period'))]", _CODE),
    _rule(
        "CL007",
        f".//b:*[{_OWN_AMOUNTS} or self::b:TaxAmount][not(l:in(@currencyID, 'currency'))]",
        N_("Line {line}: an amount has no currency that exists. Check it."),
    ),
    _rule(
        "F001",
        f".//b:*[{_DATES}][string-length(.) != 10 or not(l:day(.))]",
        N_("“{found}” is not a date as Peppol writes it."),
    ),
    *(
        _rule(
            number,
            f".//a:TaxCategory[l:upper(b:TaxExemptionReasonCode) = 'VATEX-EU-{reason}']"
            f"[not(normalize-space(b:ID) = '{category}')]/*[1]",
            _REASON,
        )
        for number, reason, category in _REASONS
    ),
)
_ADDRESS = _rule(
    "CL008",
    ".//b:EndpointID/@schemeID[not(l:in(., 'address'))]",
    N_("The scheme {found} of an electronic address is not one of Peppol's."),
)
_OLD_ADDRESS = replace(_ADDRESS, breakers=".//b:EndpointID/@schemeID[not(l:in(., 'old-address'))]")

COMMON = (*_DOCUMENT, *_VAT, *_PRICES, *_CODES)
"""What Peppol and the profiles derived from it share."""

SUMS = (
    own_sums.lines,
    own_sums.allowances,
    own_sums.prices,
    own_sums.periods,
    own_sums.base_quantities,
    own_sums.vat_signs,
)
VARIABLES = {
    **national_rules.VARIABLES,
    "currency": "string(b:DocumentCurrencyCode)",
}

BILLING = RuleBook(
    (
        *COMMON,
        _currency(f"{_OWN_AMOUNTS} or {_VAT_TOTAL} or self::b:TaxAmount[parent::a:TaxSubtotal]"),
        _specification(_BILLING),
        *types("l:in(., 'invoice')", "l:in(., 'credit-note')"),
        _rule(
            "P0112",
            "b:InvoiceTypeCode[normalize-space(.) = '326' or normalize-space(.) = '384']"
            f"[not({_GERMANS})]",
            N_("The type {found} is only for invoices between German companies."),
        ),
        _ADDRESS,
        *IDENTIFIERS,
        *national_rules.DUTCH,
        *national_rules.SWEDISH,
    ),
    SUMS,
    {**VARIABLES, "process": "l:process(b:ProfileID)"},
)
SELF_BILLING = RuleBook(
    (
        *COMMON,
        OLDER_CURRENCY,
        _specification(_SELF_BILLING),
        *types(
            "normalize-space(.) = '389' or normalize-space(.) = '527'", "normalize-space(.) = '261'"
        ),
        _OLD_ADDRESS,
        *without(
            IDENTIFIERS,
            *(f"PEPPOL-COMMON-R05{end}" for end in ("2", "3", "4", "5", "6-1", "6-2", "7")),
        ),
    ),
    SUMS,
    {**VARIABLES, "process": process("selfbilling")},
)
