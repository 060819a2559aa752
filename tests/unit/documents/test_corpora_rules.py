"""The big collection: the findings of the official validators, rule by rule, as its manifest says.

``WRONG`` names the rows that can be shown to be wrong, and why.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from ledgerdesk.documents import check_rules, read
from ledgerdesk.documents.en16931 import RuleEngine
from ledgerdesk.model import Finding, Severity
from tests.helpers import corpora
from tests.helpers.corpora import Row

pytestmark = pytest.mark.skipif(
    not corpora.rows(), reason=f"no collection of documents at {corpora.FOLDER}"
)

# The official stylesheet stops on a second name of one party, which the rule is there to find: the
# manifest shows no verdict, while the file's own name says which one is due.
WRONG: dict[str, tuple[set[str], set[str]]] = {
    "nlcius/SI-UBL-2.0.3.2/SI-UBL-2.0_UBL-SR-09_error_multiple_legalentity_registrationname.xml": (
        {"UBL-SR-09"},
        set(),
    ),
}
# Rules of our own; the manifest's UBL.BE column also repeats those of EN 16931.
_OURS = re.compile(r"PEPPOL-|SE-R-|NL-R-|ubl-BE-|EFFF-")
_NAMED = re.compile(r"(error|warning):(BR-NL-\d+)")
_MANY = 4
"""The manifest's list of warnings ends after so many."""


def verdict(column: str) -> tuple[set[str], set[str]]:
    """(fatal, warnings) of a column: ``BR-1 BR-2 | warn: UBL-CR-1``."""
    fatal, _, warnings = column.partition("|")
    return set(fatal.split()), set(warnings.replace("warn:", "").split())


def told(findings: tuple[Finding, ...] | list[Finding]) -> tuple[set[str], set[str]]:
    by_severity: dict[Severity, set[str]] = {each: set() for each in Severity}
    for finding in findings:
        by_severity[finding.severity].add(finding.rule)
    return by_severity[Severity.FATAL], by_severity[Severity.WARNING]


def invoices() -> list[Row]:
    return [
        row for row in corpora.rows() if row.kind.startswith("ubl-") or row.kind == "cii-en16931"
    ]


def test_every_fragment_gets_its_verdict(engine: RuleEngine) -> None:
    wrong = []
    for row in corpora.fragments():
        rule, _, kept = PurePosixPath(row.path).stem.split("__")
        named = row.expected.rpartition(":")[2] or rule
        found = {finding.rule for finding in engine.check(row.read())}
        if (named in found) is (kept == "ok") or "LD-RULES" in found:
            wrong.append((row.path, sorted(found)))
    assert wrong == []


def test_every_whole_invoice_gets_its_verdict_under_en_16931(engine: RuleEngine) -> None:
    wrong = []
    for row in invoices():
        if row.xsd not in ("", "ok") or "not well-formed" in row.expected:
            continue
        fatal, warnings = WRONG.get(row.path) or verdict(row.en16931)
        found_fatal, found_warnings = told(engine.check(row.read()))
        same = found_warnings == warnings or (len(warnings) >= _MANY and warnings <= found_warnings)
        if found_fatal != fatal or not same:
            wrong.append((row.path, row.en16931, found_fatal, found_warnings))
    assert wrong == []


def test_every_whole_invoice_gets_its_verdict_under_its_own_profile() -> None:
    wrong = []
    for row in invoices():
        content = row.read()
        found_fatal, found_warnings = told(check_rules(content, read(content)).findings)
        expected: tuple[set[str], set[str]] = (set(), set())
        for column in (row.peppol, row.ublbe, row.efff):
            for all_, part in zip(expected, verdict(column), strict=True):
                all_ |= {rule for rule in part if _OURS.match(rule)}
        named = _NAMED.match(row.expected)
        if named is not None:
            expected[named[1] == "warning"].add(named[2])
        ours = {rule for rule in found_fatal if _OURS.match(rule) or rule.startswith("BR-NL")}
        if ours != expected[0] or not expected[1] <= found_warnings:
            wrong.append((row.path, expected, found_fatal, found_warnings))
    assert wrong == []


def test_the_manifest_has_verdicts_of_every_kind() -> None:
    """Else the tests above would prove nothing."""
    found = invoices()
    assert len(corpora.fragments()) > 100
    assert any(verdict(row.en16931)[0] for row in found)
    assert any(verdict(row.peppol)[0] for row in found)
    assert any(verdict(row.ublbe)[0] & {"ubl-BE-14"} for row in found)
    assert any(verdict(row.efff)[0] for row in found)
