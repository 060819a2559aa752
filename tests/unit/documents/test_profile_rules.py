"""The rules of profiles that are our own: each kept by one piece of XML, broken by another."""

from __future__ import annotations

import pytest
from lxml import etree

from ledgerdesk.documents import belgian_rules, check_rules, nlcius_rules, peppol_rules, read
from ledgerdesk.documents.own_rules import RuleBook
from ledgerdesk.model import Severity
from tests.unit.documents import made, pieces
from tests.unit.documents.made import rules
from tests.unit.documents.pieces import Pieces

BILLING = (*pieces.PEPPOL, *pieces.DUTCH, *pieces.SWEDISH)
BOOKS = {
    "billing": (peppol_rules.BILLING, BILLING),
    "self-billing": (peppol_rules.SELF_BILLING, pieces.SELF_BILLING),
    "ubl-be": (belgian_rules.UBL_BE, pieces.UBL_BE),
    "e-fff": (belgian_rules.E_FFF, pieces.E_FFF),
    "nlcius": (nlcius_rules.NLCIUS, pieces.NLCIUS),
}
CASES = [
    pytest.param(book, each, id=f"{name}-{each.rule}")
    for name, (book, all_) in BOOKS.items()
    for each in all_
]
NOTHING_WRONG = {
    "belgian-made/peppol-inv-0208-pdf.xml",
    "belgian-made/peppol-cn-0208-pdf.xml",
    "belgian-made/efff3-invoice.xml",
    "belgian-made/efff3-creditnote.xml",
}


def broken(book: RuleBook, content: bytes) -> set[str]:
    return {finding.rule for finding in book.check(etree.fromstring(content))}


@pytest.mark.parametrize(("book", "each"), CASES)
def test_a_rule_is_broken_by_what_it_forbids_and_by_nothing_else(
    book: RuleBook, each: Pieces
) -> None:
    assert each.rule in broken(book, each.document(each.wrong))
    assert each.rule not in broken(book, each.document(each.right))


@pytest.mark.parametrize(("book", "each"), CASES)
def test_every_sentence_has_all_it_speaks_of(book: RuleBook, each: Pieces) -> None:
    for finding in book.check(etree.fromstring(each.document(each.wrong))):
        assert "{" not in finding.text.format(**finding.params)


@pytest.mark.parametrize("name", ["billing", "e-fff", "nlcius"])
def test_no_rule_is_without_such_pieces(name: str) -> None:
    book, all_ = BOOKS[name]
    assert {rule.id for rule in book.rules} <= {each.rule for each in all_}


def test_the_rules_ubl_be_and_self_billing_share_with_peppol_have_theirs_there() -> None:
    there = {each.rule for each in BILLING}
    for name in ("self-billing", "ubl-be"):
        book, all_ = BOOKS[name]
        assert {rule.id for rule in book.rules} <= there | {each.rule for each in all_}


@pytest.mark.parametrize("name", sorted(NOTHING_WRONG))
def test_a_right_document_breaks_no_rule_of_its_profile(name: str) -> None:
    content = made.load(name)
    assert check_rules(content, read(content)).findings == ()


def test_a_missing_software_reference_is_told() -> None:
    content = made.load("belgian-made/efff3-no-software-ref.xml")
    assert rules(check_rules(content, read(content))) == ["EFFF-T10-R003"]


def test_what_breaks_the_schema_is_still_measured_by_its_own_rules() -> None:
    content = made.invoice(("<cbc:IssueDate>2026-01-15", "<cbc:IssueDate>15/01/2026"))
    found = rules(check_rules(content, read(content)))
    assert {"LD-XSD", "PEPPOL-EN16931-F001"} <= set(found)


def test_a_profile_is_only_measured_by_its_own_rules() -> None:
    content = made.load("belgian-made/efff3-invoice.xml")
    assert not [rule for rule in rules(check_rules(content, read(content))) if "PEPPOL" in rule]


def test_every_rule_is_told_once_and_the_worst_first() -> None:
    content = made.invoice(
        ("0400000185</cbc:EndpointID>", "0400000186</cbc:EndpointID>"),
        ('filename="factuur.pdf"', 'filename="../a.pdf"'),
        ("<cbc:BuyerReference>PO-77</cbc:BuyerReference>", ""),
    )
    findings = check_rules(content, read(content)).findings
    found = rules(findings)
    assert len(found) == len(set(found))
    assert [f.severity for f in findings] == sorted(
        (f.severity for f in findings), key=list(Severity).index
    )
    assert {"PEPPOL-EN16931-R003", "PEPPOL-COMMON-R043", "LD-ATTACHMENT-NAME"} <= set(found)


def test_nothing_a_rule_finds_holds_a_document() -> None:
    content = made.invoice(("<cbc:ProfileID>", "<cbc:ProfileID>x"))
    reading = check_rules(content, read(content))
    assert "PEPPOL-EN16931-R007" in rules(reading)
    assert reading.held is None


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"PK\x03\x04", b"<a/>", b"\xff" * 50])
def test_what_is_no_invoice_is_left_as_it_was_read(content: bytes) -> None:
    reading = read(content)
    assert check_rules(content, reading) == reading
