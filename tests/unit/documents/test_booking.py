"""What changes the booking is found in every invoice as it comes in; the rest is for who asks."""

from __future__ import annotations

import pytest

from ledgerdesk.documents import changes_booking, read
from ledgerdesk.documents.findings import fatal, info, warning
from ledgerdesk.model import Severity
from tests.unit.documents import made
from tests.unit.documents.made import rules
from tests.unit.documents.test_pdf_and_cii import cii

PDF = b"%PDF-1.7\n" + b"0" * 100


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("100.00</cbc:LineExtensionAmount><cac:Item>", "99</cbc:LineExtensionAmount><cac:Item>",
         "BR-CO-10"),
        (">100.00</cbc:TaxExclusiveAmount>", ">99.00</cbc:TaxExclusiveAmount>", "BR-CO-13"),
        (">121.00</cbc:TaxInclusiveAmount>", ">120.00</cbc:TaxInclusiveAmount>", "BR-CO-15"),
        (">121.00</cbc:PayableAmount>", ">120.00</cbc:PayableAmount>", "BR-CO-16"),
    ],
)  # fmt: skip
def test_totals_that_do_not_follow_from_each_other_are_told(old: str, new: str, rule: str) -> None:
    reading = read(made.invoice((old, new)))
    assert reading.held is None
    assert rule in rules(reading)


def test_a_total_that_is_no_number_is_the_schemas_business() -> None:
    old = ">121.00</cbc:PayableAmount>"
    assert set(rules(read(made.invoice((old, old.replace("121.00", "a")))))) == {"LD-XSD"}


def test_what_was_paid_before_is_taken_off() -> None:
    paid = '<cbc:PrepaidAmount currencyID="EUR">21.00</cbc:PrepaidAmount><cbc:PayableAmount'
    content = made.invoice(
        ("<cbc:PayableAmount", paid), (">121.00</cbc:PayableAmount>", ">100.00</cbc:PayableAmount>")
    )
    assert read(content).findings == ()


def test_vat_of_a_supplier_without_any_tax_number_is_told() -> None:
    vat = "<cbc:CompanyID>BE0400000185</cbc:CompanyID><cac:TaxScheme>"
    assert "BR-S-02" in rules(read(made.invoice((vat, "<cac:TaxScheme>"))))


def test_no_vat_needs_no_tax_number() -> None:
    vat = "<cbc:CompanyID>BE0400000185</cbc:CompanyID><cac:TaxScheme>"
    content = made.invoice((vat, "<cac:TaxScheme>"), ("<cbc:ID>S</cbc:ID>", "<cbc:ID>O</cbc:ID>"))
    assert "BR-S-02" not in rules(read(content))


def test_an_invoice_without_pdf_says_so_quietly() -> None:
    reading = read(made.load("belgian-made/peppol-inv-no-pdf.xml"))
    assert rules(reading) == ["LD-NO-PDF"]
    assert reading.findings[0].severity is Severity.INFO


@pytest.mark.parametrize(
    "name",
    [
        *("algemene voorwaarden.pdf", "Conditions générales.pdf", "general-terms.pdf", "AGB.pdf"),
        *("CGV 2026.pdf", "Allgemeine Geschäftsbedingungen.pdf"),
    ],
)
def test_general_terms_are_no_invoice(name: str) -> None:
    assert rules(read(made.invoice_with_attachment(PDF, name=name))) == ["LD-ONLY-TERMS"]


@pytest.mark.parametrize("name", ["factuur.pdf", "invoice-agbar.pdf", "", "cgvb.pdf"])
def test_any_other_pdf_is_taken_for_the_invoice(name: str) -> None:
    assert rules(read(made.invoice_with_attachment(PDF, name=name))) == []


@pytest.mark.parametrize(
    "rule",
    [
        *("LD-NO-PDF", "LD-XSD", "LD-ONLY-TERMS", "BR-CO-15", "BR-S-02", "BR-AE-08", "BR-02"),
        *("PEPPOL-COMMON-R043", "PEPPOL-EN16931-R120", "EFFF-T10-R001", "ubl-BE-10"),
    ],
)
def test_who_books_has_to_know(rule: str) -> None:
    assert changes_booking(fatal(rule, ""))


@pytest.mark.parametrize(
    "rule",
    [
        *("UBL-CR-561", "BR-CL-25", "BR-DEC-12", "PEPPOL-EN16931-R003", "PEPPOL-EN16931-F001"),
        *("BR-NL-27", "LD-RULES", "LD-ATTACHMENT-NAME", "EFFF-T10-R003", "PEPPOL-COMMON-R049"),
    ],
)
def test_who_books_is_not_told_of(rule: str) -> None:
    assert not changes_booking(warning(rule, ""))
    assert not changes_booking(info(rule, ""))


def test_cents_are_rounded_as_the_rules_round_them() -> None:
    old = "100.00</cbc:LineExtensionAmount><cac:Item>"
    for written, fits in (("100.004", True), ("99.995", True), ("100.005", False)):
        content = made.invoice((old, old.replace("100.00", written)))
        assert ("BR-CO-10" not in rules(read(content))) is fits, written


@pytest.mark.parametrize(
    ("grand", "due", "told"),
    [("121.00", "121.00", []), ("122.00", "122.00", ["BR-CO-15"]), ("121.00", "1", ["BR-CO-16"])],
)
def test_the_totals_of_cii_follow_from_each_other_too(
    grand: str, due: str, told: list[str]
) -> None:
    totals = (
        "<ram:LineTotalAmount>100.00</ram:LineTotalAmount>"
        "<ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount>"
        '<ram:TaxTotalAmount currencyID="EUR">21.00</ram:TaxTotalAmount>'
        f"<ram:GrandTotalAmount>{grand}<"
    )
    content = made.changed(
        cii(),
        ("<ram:GrandTotalAmount>121.00<", totals),
        ("<ram:DuePayableAmount>100.00<", f"<ram:DuePayableAmount>{due}<"),
    )
    assert rules(read(content)) == told
