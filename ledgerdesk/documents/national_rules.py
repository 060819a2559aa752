"""Peppol's national rules for suppliers in the Netherlands (NL-R) and Sweden (SE-R)."""

from __future__ import annotations

from ledgerdesk.documents.own_rules import Rule
from ledgerdesk.i18n import N_
from ledgerdesk.model import Severity

_ADDRESS = N_("The address lacks a street, a town or a post code, as Dutch invoices must have.")
_REGISTER = N_("The company is not named by its KvK or OIN number, as Dutch invoices must do.")
_PAYMENT = N_("The way of payment in line {line} is not one of those between Dutch companies.")
_SWEDISH = N_("The Swedish company or VAT number {found} is wrong.")
_SWEDISH_WAY = N_("Swedish suppliers write the way of payment otherwise. Nothing needs to be done.")

_NL_SELLER = "[$seller_in = 'NL']"
_BOTH_NL = "[$seller_in = 'NL' and $buyer_in = 'NL']"
_NO_ADDRESS = "[not(b:StreetName and b:CityName and b:PostalZone)]"
_NO_REGISTER = "[not(@schemeID = '0106' or @schemeID = '0190') or normalize-space(.) = '']"
_CUSTOMER = "a:AccountingCustomerParty/a:Party"
_SUPPLIER = "a:AccountingSupplierParty/a:Party"

DUTCH = (
    Rule(
        "NL-R-001",
        f"b:CreditNoteTypeCode{_NL_SELLER}"
        "[not(../a:BillingReference/a:InvoiceDocumentReference/b:ID)]",
        N_("The credit note does not say which invoice it corrects."),
    ),
    Rule("NL-R-002", f"{_SUPPLIER}/a:PostalAddress{_NL_SELLER}{_NO_ADDRESS}", _ADDRESS),
    Rule(
        "NL-R-003",
        f"{_SUPPLIER}/a:PartyLegalEntity/b:CompanyID{_NL_SELLER}{_NO_REGISTER}",
        _REGISTER,
    ),
    Rule("NL-R-004", f"{_CUSTOMER}/a:PostalAddress{_BOTH_NL}{_NO_ADDRESS}", _ADDRESS),
    Rule(
        "NL-R-005", f"{_CUSTOMER}/a:PartyLegalEntity/b:CompanyID{_BOTH_NL}{_NO_REGISTER}", _REGISTER
    ),
    Rule(
        "NL-R-006",
        f"a:TaxRepresentativeParty/a:PostalAddress{_NL_SELLER}"
        f"[l:upper(a:Country/b:IdentificationCode) = 'NL']{_NO_ADDRESS}",
        _ADDRESS,
    ),
    Rule(
        "NL-R-007",
        f"a:LegalMonetaryTotal{_NL_SELLER}[not(..//a:PaymentMeans)]"
        "[(local-name(..) = 'Invoice' and not(number(b:PayableAmount) <= 0))"
        " or (local-name(..) = 'CreditNote' and not(number(b:PayableAmount) >= 0))]",
        N_("The invoice does not say how it is to be paid."),
    ),
    Rule(
        "NL-R-008",
        f"a:PaymentMeans{_BOTH_NL}[not(l:in(b:PaymentMeansCode, 'dutch-payment'))]",
        _PAYMENT,
    ),
    Rule(
        "NL-R-009",
        f".//a:OrderLineReference/b:LineID{_NL_SELLER}[not($order)]",
        N_("A line names the line of an order, but the invoice names no order."),
    ),
)

_SE_ADDRESS = "[a:PostalAddress/a:Country/b:IdentificationCode = 'SE']"
_SE_SUPPLIER = _SUPPLIER + _SE_ADDRESS
_SE_VAT = "a:PartyTaxScheme[a:TaxScheme/b:ID = 'VAT']/b:CompanyID"
_SE_WITH_VAT = f"{_SE_SUPPLIER}[starts-with({_SE_VAT}, 'SE')]"
_GIRO = (
    "a:PaymentMeans[$seller_se][normalize-space(b:PaymentMeansCode) = '30']/a:PayeeFinancialAccount"
    "[normalize-space(a:FinancialInstitutionBranch/b:ID) = 'SE:{giro}GIRO']/b:ID"
)
_PLUSGIRO, _BANKGIRO = _GIRO.format(giro="PLUS"), _GIRO.format(giro="BANK")
_NO_NUMBER = "[string(number(normalize-space(.))) = 'NaN']"

SWEDISH = (
    Rule(
        "SE-R-001", f"{_SE_WITH_VAT}/{_SE_VAT}[string-length(normalize-space(.)) != 14]", _SWEDISH
    ),
    Rule(
        "SE-R-002",
        f"{_SE_WITH_VAT}/{_SE_VAT}[string(number(substring(., 3, 12))) = 'NaN']",
        _SWEDISH,
    ),
    Rule("SE-R-003", f"{_SE_SUPPLIER}/a:PartyLegalEntity/b:CompanyID{_NO_NUMBER}", _SWEDISH),
    Rule(
        "SE-R-004",
        f"{_SE_SUPPLIER}/a:PartyLegalEntity/b:CompanyID[string-length(normalize-space(.)) != 10]",
        _SWEDISH,
    ),
    Rule("SE-R-013", f"{_SE_SUPPLIER}/a:PartyLegalEntity/b:CompanyID[not(l:luhn(.))]", _SWEDISH),
    Rule(
        "SE-R-005",
        f"{_SE_SUPPLIER}[a:PartyLegalEntity/b:CompanyID]"
        "/a:PartyTaxScheme[l:upper(a:TaxScheme/b:ID) != 'VAT']/b:CompanyID"
        "[l:upper(.) != 'GODKÄND FÖR F-SKATT']",
        N_("A Swedish supplier does not say “Godkänd för F-skatt” as it should."),
    ),
    Rule(
        "SE-R-006",
        "(.//a:TaxCategory | .//a:ClassifiedTaxCategory)[b:ID = 'S'][$seller_se_vat]"
        "[not(number(b:Percent) = 25 or number(b:Percent) = 12 or number(b:Percent) = 6)]"
        "/b:Percent",
        N_("Sweden knows no VAT rate of {found} %. Check the VAT before you book."),
    ),
    Rule("SE-R-007", _PLUSGIRO + _NO_NUMBER, _SWEDISH_WAY, Severity.WARNING),
    Rule(
        "SE-R-010",
        _PLUSGIRO
        + "[string-length(normalize-space(.)) < 2 or string-length(normalize-space(.)) > 8]",
        _SWEDISH_WAY,
        Severity.WARNING,
    ),
    Rule("SE-R-008", _BANKGIRO + _NO_NUMBER, _SWEDISH_WAY, Severity.WARNING),
    Rule(
        "SE-R-009",
        _BANKGIRO
        + "[string-length(normalize-space(.)) < 7 or string-length(normalize-space(.)) > 8]",
        _SWEDISH_WAY,
        Severity.WARNING,
    ),
    Rule(
        "SE-R-011",
        "a:PaymentMeans[$seller_se][b:PaymentMeansCode = '50' or b:PaymentMeansCode = '56']",
        _SWEDISH_WAY,
        Severity.WARNING,
    ),
    Rule(
        "SE-R-012",
        f"a:PaymentMeans[$seller_se][b:PaymentMeansCode = '31'][../{_CUSTOMER}{_SE_ADDRESS}]",
        _SWEDISH_WAY,
        Severity.WARNING,
    ),
)

VARIABLES = {
    "seller_in": f"l:upper({_SUPPLIER}/a:PostalAddress/a:Country/b:IdentificationCode)",
    "buyer_in": f"l:upper({_CUSTOMER}/a:PostalAddress/a:Country/b:IdentificationCode)",
    "order": "boolean(a:OrderReference/b:ID)",
    "seller_se": f"boolean({_SE_SUPPLIER})",
    "seller_se_vat": f"boolean({_SE_WITH_VAT})",
}
