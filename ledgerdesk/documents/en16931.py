"""EN 16931: whether an invoice keeps the official rules of CEN.

The rules run in Saxon, in a child process (rules_process.py), and only when somebody asks: a firm's
own sales invoices, or ``documents check --rules``. What is attached is cut out first: the rules
never look at it, and it would cost more than all of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ledgerdesk.documents import cii, en16931_texts, ubl, xml_door
from ledgerdesk.documents.fields import local_name
from ledgerdesk.documents.findings import Refused, fatal, info, warning
from ledgerdesk.documents.own_rules import Rule, RuleBook
from ledgerdesk.documents.rule_sets import CII, UBL, RuleSet, RuleSets, RulesMissing
from ledgerdesk.documents.rules_process import LIMIT, Broken, NotEvaluated, RulesProcess
from ledgerdesk.documents.xml_roots import payload
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding

if TYPE_CHECKING:
    from lxml import etree

_ATTACHED = ("{*}EmbeddedDocumentBinaryObject", "{*}AttachmentBinaryObject")
_NOTHING = "AA=="
_LARGEST = 24 * 1024 * 1024
"""Characters; a tree inside Saxon takes some ten times as much memory."""

_LEVELS = {"minimum": "MINIMUM", "basicwl": "BASIC-WL", "basic": "BASIC", "extended": "EXTENDED"}
_PREFIX = re.compile(r"^\[[^\]]*\]\s*-?\s*")
# Factur-X's edition of the rules says "Value of … is not allowed" where CEN's has a rule by name.
_NOT_IN_LIST = re.compile(r"Value of '(@?)(?:ram:)?(\w+)[^']*' is not allowed")
_STEP = re.compile(r"/\*:(\w+)")
_LISTS = {
    "ExchangedDocument/TypeCode": "BR-CL-01",
    "TaxTotalAmount@currencyID": "BR-CL-03",
    "ApplicableHeaderTradeSettlement/InvoiceCurrencyCode": "BR-CL-04",
    "IncludedNote/SubjectCode": "BR-CL-08",
    "GlobalID@schemeID": "BR-CL-10",
    "SpecifiedLegalOrganization/ID@schemeID": "BR-CL-11",
    "ClassCode@listID": "BR-CL-13",
    "PostalTradeAddress/CountryID": "BR-CL-14",
    "OriginTradeCountry/ID": "BR-CL-15",
    "SpecifiedTradeSettlementPaymentMeans/TypeCode": "BR-CL-16",
    "CategoryTradeTax/CategoryCode": "BR-CL-17",
    "ApplicableTradeTax/CategoryCode": "BR-CL-18",
    "SpecifiedTradeAllowanceCharge/ReasonCode": "BR-CL-19",
    "SpecifiedTradeProduct/GlobalID@schemeID": "BR-CL-21",
    "BilledQuantity@unitCode": "BR-CL-23",
    "BasisQuantity@unitCode": "BR-CL-23",
    "AttachmentBinaryObject@mimeCode": "BR-CL-24",
    "URIID@schemeID": "BR-CL-25",
    "ShipToTradeParty/GlobalID@schemeID": "BR-CL-26",
}


_STOPPERS = RuleBook(
    tuple(
        Rule(rule, f"self::*[count(a:{role}/a:Party/{name}) > 1]", en16931_texts.text_of(rule))
        for rule, role, name in (
            ("UBL-SR-09", "AccountingSupplierParty", "a:PartyLegalEntity/b:RegistrationName"),
            ("UBL-SR-15", "AccountingCustomerParty", "a:PartyLegalEntity/b:RegistrationName"),
        )
    )
)


class RuleEngine:
    """The rules and the child process that runs them, started with the first document.

    One for a program; any thread may use it. ``close`` ends the child.
    """

    def __init__(self, sets: RuleSets | None = None, limit: float = LIMIT) -> None:
        self._sets = sets or RuleSets()
        self._found: dict[str, RuleSet] = {}
        self._process = RulesProcess(limit)

    @property
    def version(self) -> str:
        """Names and versions of the rules in use."""
        return self._sets.version

    def check(self, content: bytes) -> list[Finding]:
        """What the rules say about an invoice in XML, or a piece of one. Raises nothing.

        Rules without a verdict (no Saxon here, no answer in time) are told as a finding.
        """
        try:
            return self.check_tree(payload(xml_door.parse(content)))
        except Refused as refused:
            return list(refused.findings)

    def check_tree(self, root: etree._Element) -> list[Finding]:
        """As ``check``; what is attached is lost in ``root``."""
        name = _rules_for(root)
        if not name:
            return []
        from lxml import etree as xml

        for element in root.iter(*_ATTACHED):
            if element.text:
                element.text = _NOTHING
        text = xml.tostring(root, encoding="unicode", with_tail=False)
        if len(text) > _LARGEST:
            return [_not_evaluated(N_("the invoice is too large"))]
        try:
            rules = self._found.get(name) or self._found.setdefault(name, self._sets.find(name))
            return _findings(self._process.run(rules.path, text), rules)
        except RulesMissing:
            return [_not_evaluated(N_("the rules are not installed"))]
        except NotEvaluated as error:
            # The official rules stop at what they are there to find: two names of one party.
            return [*_STOPPERS.check(root), _not_evaluated(str(error))]

    def close(self) -> None:
        self._process.close()


def _rules_for(root: etree._Element) -> str:
    if ubl.belongs(root) and local_name(root) in ("Invoice", "CreditNote"):
        return UBL
    if not cii.is_invoice(root):
        return ""
    return _LEVELS.get(cii.guideline(root).rpartition(":")[2], CII)


def _findings(broken: list[Broken], rules: RuleSet) -> list[Finding]:
    """One finding per rule, however often it is broken."""
    found: dict[str, Finding] = {}
    of_facturx = rules.name != UBL and not rules.own
    for one in broken:
        rule, is_fatal = _as_cen(one) if of_facturx else (one.rule, one.fatal)
        if rule and rule not in found:
            text = en16931_texts.text_of(rule)
            detail = _PREFIX.sub("", one.text)
            found[rule] = (fatal if is_fatal else warning)(rule, text, detail=detail)
    return list(found.values())


def _as_cen(one: Broken) -> tuple[str, bool]:
    """(rule, fatal) as CEN's own edition for CII calls them; an empty rule where it has none."""
    if one.rule.startswith("BR-"):
        return one.rule, True
    if one.rule.startswith("CII-"):
        return one.rule, False
    value = _NOT_IN_LIST.search(one.text)
    if value is None:
        return "", False
    steps = _STEP.findall(one.place)[-2:]
    attribute = f"@{value[2]}" if value[1] else ""
    for key in ("/".join(steps) + attribute, steps[-1] + attribute if steps else ""):
        if key in _LISTS:
            return _LISTS[key], True
    return "", False


def _not_evaluated(why: str) -> Finding:
    told = N_("The rules of the European standard could not be checked: {why}")
    return info("LD-RULES", told, why=why)
