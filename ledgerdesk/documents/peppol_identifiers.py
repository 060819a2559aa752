"""PEPPOL-COMMON: every identifier that names its scheme is one of that scheme."""

from __future__ import annotations

from ledgerdesk.documents.own_rules import Rule
from ledgerdesk.i18n import N_
from ledgerdesk.model import Severity

_ANYWHERE = "(.//b:EndpointID | .//a:PartyIdentification/b:ID | .//b:CompanyID)"
_BELGIAN = N_("The company number {found} is wrong: its check digits do not fit.")
_OTHER = N_("The number {found} is not one of the register that the invoice names.")


def _rule(number: str, scheme: str, right: str, severity: Severity = Severity.FATAL) -> Rule:
    return Rule(
        f"PEPPOL-COMMON-{number}",
        f"{_ANYWHERE}[@schemeID = '{scheme}'][not({right})]",
        _BELGIAN if scheme == "0208" else _OTHER,
        severity,
    )


def _form(pattern: str) -> str:
    return f"re:test(normalize-space(.), '^{pattern}$')"


IDENTIFIERS = (
    _rule("R040", "0088", "l:gln(.)"),
    _rule("R041", "0192", "l:mod11(.)"),
    _rule("R042", "0184", "re:test(., '^(DK)?[0-9]{8}$')"),
    _rule("R043", "0208", "l:enterprise(.)"),
    _rule("R044", "0201", _form("[A-Za-z0-9]{6}"), Severity.WARNING),
    _rule("R045", "0210", "l:tax-code(.)", Severity.WARNING),
    Rule(
        "PEPPOL-COMMON-R046",
        ".//b:EndpointID[@schemeID = '9907'][not(l:tax-code(.))]",
        _OTHER,
        Severity.WARNING,
    ),
    _rule("R047", "0211", "l:partita-iva(.)", Severity.WARNING),
    _rule("R049", "0007", "l:luhn(.)"),
    _rule("R050", "0151", "l:abn(.)"),
    _rule("R052", "0096", "re:test(., '^[0-9]{10}$')"),
    _rule("R053", "0198", "re:test(., '^DK[0-9]{8}$')"),
    _rule("R054", "0106", _form("[0-9]{8}"), Severity.WARNING),
    _rule("R055", "0190", _form("[0-9]{20}"), Severity.WARNING),
    _rule("R056-1", "9944", _form("NL[0-9]{9}B[0-9]{2}"), Severity.WARNING),
    Rule(
        "PEPPOL-COMMON-R056-2",
        ".//a:PartyTaxScheme[normalize-space(a:TaxScheme/b:ID) = 'VAT']/b:CompanyID"
        "[starts-with(normalize-space(.), 'NL')]"
        "[not(re:test(normalize-space(.), '^NL[0-9]{9}B[0-9]{2}$'))]",
        _OTHER,
        Severity.WARNING,
    ),
    _rule("R057", "0217", _form("[0-9]{12}"), Severity.WARNING),
)
