"""NLCIUS (SI-UBL 2.0): the Dutch rules BR-NL, for suppliers in the Netherlands."""

from __future__ import annotations

from ledgerdesk.documents.national_rules import VARIABLES
from ledgerdesk.documents.own_rules import EMPTY, Rule, RuleBook
from ledgerdesk.i18n import N_
from ledgerdesk.model import Severity

_NL = "[$seller_in = 'NL']"
_ADDRESS = N_("The address lacks a street, a town or a post code, as Dutch invoices must have.")
_REGISTER = N_("The company is not named by its KvK or OIN number, as Dutch invoices must do.")
_UNUSUAL = N_("Line {line}: Dutch invoices do without this (“{found}”). Nothing needs to be done.")
_NO_ADDRESS = "[not(b:StreetName and b:CityName and b:PostalZone)]"
# Without a country the rule is kept only by a whole address, as the official one has it.
_NOT_ABROAD = "[not(a:Country/b:IdentificationCode != 'NL')]"
_SUPPLIER = "a:AccountingSupplierParty/a:Party"
_CUSTOMER = "a:AccountingCustomerParty/a:Party"
_REGISTERED = "[@schemeID = '0106' or @schemeID = '0190']"
_PLACES = (
    f"{_SUPPLIER}/a:PostalAddress",
    f"{_CUSTOMER}/a:PostalAddress",
    "a:TaxRepresentativeParty/a:PostalAddress",
    "a:Delivery/a:DeliveryLocation/a:Address",
)
_ALLOWANCE = ".//a:AllowanceCharge"


def _rule(number: str, breakers: str, text: str) -> Rule:
    return Rule(f"BR-NL-{number}", breakers, text)


def _unusual(number: str, place: str, condition: str = "") -> Rule:
    return Rule(f"BR-NL-{number}", f"{place}{_NL}{condition}", _UNUSUAL, Severity.WARNING)


NLCIUS = RuleBook(
    (
        _rule(
            "1",
            f"{_SUPPLIER}{_NL}[not(a:PartyLegalEntity/b:CompanyID{_REGISTERED})"
            " or not(a:PartyLegalEntity/b:CompanyID[normalize-space(.) != ''])]",
            _REGISTER,
        ),
        _rule(
            "2",
            f"self::*{_NL}[not(b:BuyerReference or a:OrderReference/b:ID)]",
            N_("The invoice names neither a reference of the buyer nor an order."),
        ),
        _rule("3", f"{_SUPPLIER}/a:PostalAddress{_NL}{_NO_ADDRESS}", _ADDRESS),
        _rule("4", f"{_CUSTOMER}/a:PostalAddress{_NL}{_NOT_ABROAD}{_NO_ADDRESS}", _ADDRESS),
        _rule(
            "5",
            f"a:TaxRepresentativeParty/a:PostalAddress{_NL}{_NOT_ABROAD}{_NO_ADDRESS}",
            _ADDRESS,
        ),
        _rule(
            "7",
            f"(b:InvoiceTypeCode | b:CreditNoteTypeCode){_NL}[not(l:in(., 'dutch-document'))]",
            N_("The type {found} is not one of those that Dutch documents have."),
        ),
        _rule(
            "8",
            f"(b:InvoiceTypeCode | b:CreditNoteTypeCode){_NL}"
            "[(. = '381') != (local-name(..) = 'CreditNote')]",
            N_("The type {found} does not belong to this kind of document."),
        ),
        _rule(
            "9",
            f"(b:InvoiceTypeCode | b:CreditNoteTypeCode){_NL}[. = '384']"
            "[not(../a:BillingReference/a:InvoiceDocumentReference/b:ID)]",
            N_("The corrective invoice does not say which invoice it corrects."),
        ),
        _rule(
            "10",
            f"{_CUSTOMER}/a:PartyLegalEntity{_NL}"
            "[($buyer_nl and not("
            f"../../../{_CUSTOMER}/a:PartyLegalEntity/b:CompanyID{_REGISTERED}))"
            " or (b:CompanyID and not(b:CompanyID[normalize-space(.) != '']))]",
            _REGISTER,
        ),
        _rule(
            "11",
            f"self::*[local-name() = 'Invoice']/a:LegalMonetaryTotal{_NL}"
            "[not(number(b:PayableAmount) <= 0)][not(..//a:PaymentMeans)]",
            N_("The invoice does not say how it is to be paid."),
        ),
        _rule(
            "12",
            f"a:PaymentMeans{_NL}/b:PaymentMeansCode[not(l:in(., 'dutch-payment'))]",
            N_("The way of payment {found} is not one of those between Dutch companies."),
        ),
        _rule(
            "13",
            ".//a:OrderLineReference/b:LineID[not($order)]",
            N_("A line names the line of an order, but the invoice names no order."),
        ),
        _unusual(
            "31",
            "a:PaymentMeans[normalize-space(b:PaymentMeansCode) = '58'"
            " or normalize-space(b:PaymentMeansCode) = '59']"
            "/a:PayeeFinancialAccount/a:FinancialInstitutionBranch/b:ID",
        ),
        _unusual("19", "b:TaxCurrencyCode"),
        _unusual("20", "b:TaxPointDate"),
        _unusual("21", ".//a:InvoicePeriod/b:DescriptionCode"),
        _unusual("24", "a:BillingReference/a:InvoiceDocumentReference/b:IssueDate"),
        _unusual("25", f"{_SUPPLIER}/a:PartyTaxScheme[not(a:TaxScheme/b:ID = 'VAT')]/b:CompanyID"),
        _unusual("26", f"{_SUPPLIER}/a:PartyLegalEntity/b:CompanyLegalForm"),
        *(_unusual("27", f"{place}/a:AddressLine/b:Line") for place in _PLACES),
        *(_unusual("28", f"{place}/b:CountrySubentity") for place in _PLACES),
        _unusual("29", "a:PaymentMeans/b:PaymentMeansCode", "[@name]"),
        _unusual("30", "a:PaymentMeans/a:PayeeFinancialAccount/b:Name"),
        _unusual("32", f"{_ALLOWANCE}[b:ChargeIndicator = 'false']/b:AllowanceChargeReasonCode"),
        _unusual("34", f"{_ALLOWANCE}[b:ChargeIndicator = 'true']/b:AllowanceChargeReasonCode"),
        _unusual("33", "a:TaxTotal/b:TaxAmount", "[not(@currencyID = $currency)]"),
        _unusual("35", "a:TaxTotal/a:TaxSubtotal/a:TaxCategory/b:TaxExemptionReasonCode"),
        Rule("SI-UBL-2", EMPTY, _UNUSUAL, Severity.WARNING),
    ),
    (),
    {
        **VARIABLES,
        "buyer_nl": f"boolean({_CUSTOMER}/a:PostalAddress/a:Country[b:IdentificationCode = 'NL'])",
        "currency": "string(b:DocumentCurrencyCode)",
    },
)
