"""Rules of profiles as data: an XPath that selects what breaks the rule, and a sentence for it.

The expressions are our own, written from what the profiles ask; each keeps the official id, so that
anybody can look it up. Amounts are compared in Python (own_sums.py): XPath 1.0 knows no decimals.
Prefixes: ``a`` aggregates, ``b`` basic components, ``l`` the functions below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ledgerdesk.documents import identifier_checks, rule_codes
from ledgerdesk.documents.findings import fatal, warning
from ledgerdesk.model import Finding, Severity

if TYPE_CHECKING:
    from lxml import etree

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_OURS = "urn:ledgerdesk:rules"
_PREFIXES = {
    "a": _UBL + "CommonAggregateComponents-2",
    "b": _UBL + "CommonBasicComponents-2",
    "re": "http://exslt.org/regular-expressions",
    "l": _OURS,
}
EMPTY = "descendant-or-self::*[not(*) and normalize-space(.) = '']"
Sums = Callable[["etree._Element"], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """``breakers``: true, or the nodes that break the rule, from the root of the document on.

    ``text`` may take ``{found}``, the text of the first of them, and ``{line}``.
    """

    id: str
    breakers: str
    text: str
    severity: Severity = Severity.FATAL


@dataclass(frozen=True)
class RuleBook:
    """The rules of one profile; ``sums`` are those on amounts. ``variables`` may stand in an XPath
    as ``$name``: expressions themselves, evaluated once per document."""

    rules: tuple[Rule, ...]
    sums: tuple[Sums, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def check(self, root: etree._Element) -> list[Finding]:
        """One finding per broken rule."""
        values = {name: path(root) for name, path in self._variables.items()}
        found: dict[str, Finding] = {}
        for rule, path in self._compiled:
            if rule.id not in found and (result := path(root, **values)):
                found[rule.id] = _finding(rule, result)
        for check in self.sums:
            for finding in check(root):
                found.setdefault(finding.rule, finding)
        return list(found.values())

    @cached_property
    def _compiled(self) -> list[tuple[Rule, Any]]:
        return [(rule, compiled(rule.breakers)) for rule in self.rules]

    @cached_property
    def _variables(self) -> dict[str, Any]:
        return {name: compiled(path) for name, path in self.variables.items()}


def compiled(path: str) -> Any:
    """An XPath with our prefixes and functions."""
    from lxml import etree as xml

    functions = {(_OURS, name): function for name, function in _FUNCTIONS.items()}
    return xml.XPath(path, namespaces=_PREFIXES, extensions=functions, regexp=True)


def without(rules: Iterable[Rule], *ids: str) -> tuple[Rule, ...]:
    """``rules`` less those a profile words in its own way."""
    return tuple(rule for rule in rules if rule.id not in ids)


def _finding(rule: Rule, result: Any) -> Finding:
    make = warning if rule.severity is Severity.WARNING else fatal
    node = result[0] if isinstance(result, list) else None
    if node is None:
        return make(rule.id, rule.text)
    element = node if hasattr(node, "tag") else node.getparent()
    text = str(node) if element is not node else (node.text or "").strip()
    return make(rule.id, rule.text, found=text, line=element.sourceline or 0)


def _text(value: Any) -> str:
    """An XPath argument as text: the first node of several, as XPath's string() does."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value if not hasattr(value, "tag") else "".join(value.itertext()))


def _is(check: Callable[[str], bool]) -> Callable[..., bool]:
    return lambda _, value: check(" ".join(_text(value).split()))


def _in_list(_: Any, value: Any, name: str) -> bool:
    return " ".join(_text(value).split()) in rule_codes.LISTS[name]


def _upper(_: Any, value: Any) -> str:
    return " ".join(_text(value).split()).upper()


def _process(_: Any, value: Any) -> str:
    return rule_codes.PROCESSES.get(" ".join(_text(value).split()), "")


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "in": _in_list,
    "upper": _upper,
    "process": _process,
    "gln": _is(identifier_checks.gln),
    "mod11": _is(identifier_checks.norwegian),
    "enterprise": _is(identifier_checks.belgian),
    "luhn": _is(identifier_checks.swedish),
    "abn": _is(identifier_checks.australian),
    "tax-code": _is(identifier_checks.italian_tax_code),
    "partita-iva": _is(identifier_checks.italian_vat),
    "day": _is(identifier_checks.day),
}
