"""UBL invoices and credit notes: profiles, parties, amounts, schema, attachments, envelopes."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal

import pytest

from ledgerdesk.documents import read, ubl_profile
from ledgerdesk.documents.schema import schema_file
from ledgerdesk.model import DocumentFormat, DocumentKind, HeldReason, Party, Profile, Severity
from tests.unit.documents import made
from tests.unit.documents.made import rules

BIS_3 = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def test_an_invoice_tells_everything_routing_and_lists_need() -> None:
    reading = read(made.invoice())
    facts = reading.facts
    assert reading.held is None
    assert reading.findings == ()
    assert (facts.kind, facts.format) == (DocumentKind.INVOICE, DocumentFormat.UBL)
    assert facts.profile is Profile.PEPPOL_BIS_3
    assert facts.number == "2026-0001"
    assert (facts.issue_date, facts.due_date) == (date(2026, 1, 15), date(2026, 2, 14))
    assert facts.supplier == Party("Voorbeeld Leverancier BV", ("BE0400000185",))
    assert facts.customer == Party("Exemple Client SRL", ("BE0700000203",))
    assert facts.account == "BE68539007547034"
    assert (facts.total, facts.currency) == (Decimal("121.00"), "EUR")


def test_a_credit_note_takes_its_due_date_from_the_payment() -> None:
    content = made.changed(
        made.load("belgian-made/peppol-cn-0208-pdf.xml"),
        (
            "</cbc:PaymentMeansCode>",
            "</cbc:PaymentMeansCode><cbc:PaymentDueDate>2026-03-01</cbc:PaymentDueDate>",
        ),
    )
    reading = read(content)
    assert reading.held is None
    assert reading.facts.kind is DocumentKind.CREDIT_NOTE
    assert reading.facts.due_date == date(2026, 3, 1)


def test_an_invoice_with_code_381_is_a_credit_note() -> None:
    facts = read(made.load("belgian-made/efff1-creditnote-as-invoice-381.xml")).facts
    assert (facts.kind, facts.profile) == (DocumentKind.CREDIT_NOTE, Profile.E_FFF_1)


def test_a_negative_invoice_stays_an_invoice_with_its_sign() -> None:
    content = made.invoice(
        ('<cbc:PayableAmount currencyID="EUR">', '<cbc:PayableAmount currencyID="EUR">-')
    )
    facts = read(content).facts
    assert (facts.kind, facts.total) == (DocumentKind.INVOICE, Decimal("-121.00"))


def test_every_company_number_is_a_candidate_the_vat_number_first() -> None:
    content = made.invoice(
        (
            '<cbc:EndpointID schemeID="0208">0400000185',
            '<cbc:EndpointID schemeID="0208">0700000203',
        ),
        ("<cbc:CompanyID>BE0400000185", "<cbc:CompanyID>FR40303265045"),
    )
    numbers = read(content).facts.supplier.identifiers
    assert numbers == ("FR40303265045", "BE0400000185", "BE0700000203")


def test_a_wrong_enterprise_number_is_told_by_peppols_own_rule_and_no_candidate() -> None:
    reading = read(made.load("belgian-made/peppol-inv-0208-bad-checksum.xml"))
    told = [f for f in reading.findings if f.rule == "PEPPOL-COMMON-R043"]
    assert [f.severity for f in told] == [Severity.FATAL]
    assert reading.held is None
    assert reading.facts.customer.identifiers == ()


def test_a_number_cannot_hide_a_second_line() -> None:
    reading = read(made.load("malicious/embedded-newline-header-injection.xml"))
    assert "\n" not in reading.facts.number
    assert reading.facts.number.startswith("2026-0001 Bcc")


@pytest.mark.parametrize(
    ("customization", "process", "version", "references", "profile"),
    [
        (BIS_3, "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", "", [], Profile.PEPPOL_BIS_3),
        (f"\n {BIS_3.upper()} ", "", "2.1", [], Profile.PEPPOL_BIS_3),
        (BIS_3.replace(":billing", ":selfbilling"), "", "", [], Profile.PEPPOL_SELFBILLING_3),
        (
            "urn:cen.eu:en16931:2017#Conformant#urn:UBL.BE:1.0.0.20180214",
            "",
            "",
            [],
            Profile.UBL_BE,
        ),
        (
            "urn:www.cenbii.eu:transaction:biitrns010:ver2.0:extended:urn:www.peppol.eu:bis:"
            "peppol5a:ver2.0:extended:e-fff:ver3.0",
            "urn:www.cenbii.eu:profile:bii05:ver2.0",
            "2.1",
            [],
            Profile.E_FFF_3,
        ),
        (
            "urn:www.cenbii.eu:transaction:biitrns010:ver2.0:extended:urn:www.peppol.eu:bis:"
            "peppol4a:ver2.0",
            "urn:www.cenbii.eu:profile:bii04:ver2.0",
            "2.1",
            [],
            Profile.PEPPOL_BIS_2,
        ),
        ("1.0", "e-fff", "2.0", [], Profile.E_FFF_1),
        ("1.0", "FFF.BE KOALA 1.0.0", "2.0", [], Profile.E_FFF_1),
        ("1.0", "something", "2.0", [], Profile.E_FFF_1),
        (
            "urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0",
            "",
            "",
            [],
            Profile.NLCIUS,
        ),
        ("urn:www.simplerinvoicing.org:si:si-ubl:ver1.2", "", "2.1", [], Profile.SI_UBL_1),
        (
            "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
            "",
            "",
            [],
            Profile.XRECHNUNG,
        ),
        ("urn:cen.eu:en16931:2017", "P1", "", [], Profile.EN16931),
        ("", "", "2.1", ["F1", "eFFF"], Profile.E_FFF_3),
        ("", "", "2.1", ["UBL.BE"], Profile.UBL_BE),
        ("", "", "2.1", [], Profile.NONE),
        ("", "", "2.0", [], Profile.NONE),
    ],
)
def test_the_claimed_profile(
    customization: str, process: str, version: str, references: list[str], profile: Profile
) -> None:
    assert ubl_profile.claimed(customization, process, version, references) is profile


def test_an_unknown_profile_is_still_an_invoice() -> None:
    reading = read(made.invoice((BIS_3, "urn:example:our-own")))
    assert (reading.facts.profile, reading.held) == (Profile.NONE, None)


@pytest.mark.parametrize("name", made.every("mutants-peppol/XSD-*.xml"))
def test_what_breaks_the_schema_is_held_and_tells_where(name: str) -> None:
    reading = read(made.load(name))
    assert reading.held is HeldReason.SCHEMA_INVALID
    assert "LD-XSD" in rules(reading)
    assert int(reading.findings[0].params["line"]) >= 1
    assert "urn:oasis" not in reading.findings[0].params["detail"]


def test_a_held_invoice_still_tells_whose_it_is() -> None:
    facts = read(made.load("mutants-peppol/XSD-unknown-element.xml")).facts
    assert facts.customer.identifier == "BE0700000203"


def test_the_schemas_come_with_the_installation() -> None:
    assert schema_file("Invoice").is_file()
    assert schema_file("CreditNote").is_file()
    with pytest.raises(FileNotFoundError):
        schema_file("Nonsense")


def test_an_envelope_is_opened_and_its_payload_read() -> None:
    declaration, _, body = made.invoice().partition(b"?>")
    sbdh = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    content = (
        declaration
        + f'?><sh:StandardBusinessDocument xmlns:sh="{sbdh}"><sh:StandardBusinessDocumentHeader>'
        "<sh:HeaderVersion>1.0</sh:HeaderVersion></sh:StandardBusinessDocumentHeader>".encode()
        + body.strip()
        + b"</sh:StandardBusinessDocument>"
    )
    reading = read(content)
    assert reading.held is None
    assert reading.facts == read(made.invoice()).facts
    twice = read(content.replace(body.strip(), body.strip() * 2))
    assert (twice.held, rules(twice)) == (HeldReason.UNKNOWN_KIND, ["LD-SBDH"])


def test_a_broken_payload_in_an_envelope_is_held() -> None:
    body = made.load("mutants-peppol/XSD-bad-date.xml").partition(b"?>")[2]
    sbdh = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    content = f'<StandardBusinessDocument xmlns="{sbdh}">'.encode() + body.strip()
    assert read(content + b"</StandardBusinessDocument>").held is HeldReason.SCHEMA_INVALID


@pytest.mark.parametrize(
    ("root", "named"),
    [
        ("Order", "order"),
        ("OrderResponse", "order response"),
        ("DespatchAdvice", "despatch advice"),
        ("ApplicationResponse", "invoice response"),
        ("Reminder", "reminder"),
    ],
)
def test_other_ubl_documents_are_named_and_set_aside(root: str, named: str) -> None:
    reading = read(f'<{root} xmlns="{UBL}{root}-2"/>'.encode())
    assert (reading.set_aside, reading.held) == (named, None)
    assert reading.facts.kind is DocumentKind.OTHER


@pytest.mark.parametrize(
    "root",
    [f'<Tender xmlns="{UBL}Tender-2"/>', '<Invoice xmlns="urn:x"/>', "<html/>", "<Invoice/>"],
)
def test_an_unknown_document_is_held(root: str) -> None:
    assert read(root.encode()).held is HeldReason.UNKNOWN_KIND


# --- attachments ----------------------------------------------------------------------------------


def test_an_invoice_with_a_30_mib_pdf_passes() -> None:
    pdf = b"%PDF-1.7\n" + os.urandom(30 * 1024 * 1024)
    reading = read(made.invoice_with_attachment(pdf))
    assert (reading.held, reading.findings) == (None, ())
    assert reading.facts.number == "2026-0001"


@pytest.mark.parametrize("start", [b"MZ\x90\x00", b"\x7fELF\x02", b"#!/bin/sh\n"])
@pytest.mark.parametrize("mime", ["application/pdf", "text/csv"])
def test_a_program_in_an_attachment_is_unsafe_whatever_it_says_it_is(
    start: bytes, mime: str
) -> None:
    reading = read(made.invoice_with_attachment(start + b"\0" * 100, mime, "invoice.pdf"))
    assert reading.held is HeldReason.UNSAFE
    assert "LD-ATTACHMENT-PROGRAM" in rules(reading)


def test_a_pdf_that_is_none_only_warns() -> None:
    reading = read(made.invoice_with_attachment(b"Test document", name="a.pdf"))
    assert (reading.held, rules(reading)) == (None, ["LD-ATTACHMENT-PDF", "LD-NO-PDF"])


def test_a_csv_attachment_is_nothing_special() -> None:
    reading = read(made.invoice_with_attachment(b"a;b\n1;2\n", "text/csv", "a.csv"))
    assert rules(reading) == ["LD-NO-PDF"]


@pytest.mark.parametrize("name", made.every("malicious/attachment-name-*.xml"))
def test_a_strange_attachment_name_never_holds_an_invoice(name: str) -> None:
    reading = read(made.load(name))
    assert reading.held is None
    assert rules(reading) == ([] if "empty" in name else ["LD-ATTACHMENT-NAME"])
    assert all("\u202e" not in text for f in reading.findings for text in f.params.values())


def test_broken_base64_breaks_the_schema() -> None:
    assert read(made.load("malicious/attachment-bad-base64.xml")).held is HeldReason.SCHEMA_INVALID


@pytest.mark.parametrize("name", ["CON.pdf", "nul", "a\\b.pdf", "../a.pdf", "a.pdf ", ".hidden"])
def test_reserved_and_escaping_names_are_told(name: str) -> None:
    assert rules(read(made.invoice_with_attachment(b"%PDF-1.4", name=name))) == [
        "LD-ATTACHMENT-NAME"
    ]


@pytest.mark.parametrize("name", ["Factuur 2026-01.pdf", "réception (1).pdf", "confirm.pdf", ""])
def test_ordinary_names_are_not(name: str) -> None:
    assert read(made.invoice_with_attachment(b"%PDF-1.4", name=name)).findings == ()


# --- one invoice, two files -----------------------------------------------------------------------


def test_a_copy_with_other_white_space_has_the_same_keys() -> None:
    first = read(made.invoice()).facts
    copy = read(made.invoice(("<cbc:ID>2026-0001", "\n  <cbc:ID> 2026-0001"))).facts
    assert first.logical_key
    assert (copy.logical_key, copy.content_key) == (first.logical_key, first.content_key)


def test_the_same_number_with_another_total_is_a_conflict() -> None:
    first = read(made.invoice()).facts
    other = read(made.invoice(('EUR">121.00</cbc:PayableAmount', 'EUR">122.00</cbc:PayableAmount')))
    assert other.facts.logical_key == first.logical_key
    assert other.facts.content_key != first.content_key


@pytest.mark.parametrize(
    "pair",
    [
        ("<cbc:ID>2026-0001", "<cbc:ID>2026-0002"),
        ("<cbc:IssueDate>2026", "<cbc:IssueDate>2027"),
        ("0400000185", "0700000203"),
    ],
)
def test_another_number_year_or_supplier_is_another_invoice(pair: tuple[str, str]) -> None:
    assert read(made.invoice(pair)).facts.logical_key != read(made.invoice()).facts.logical_key


def test_a_credit_note_never_doubles_the_invoice_of_its_number() -> None:
    note = read(made.load("belgian-made/peppol-cn-0208-pdf.xml")).facts
    assert note.number == read(made.invoice()).facts.number
    assert note.logical_key != read(made.invoice()).facts.logical_key


# --- large invoices: checked in another way, with the same verdict --------------------------------


def long_invoice(lines: int) -> bytes:
    text = made.load(made.INVOICE).decode()
    start = text.index("<cac:InvoiceLine>")
    end = text.index("</cac:InvoiceLine>") + len("</cac:InvoiceLine>")
    return (text[:start] + text[start:end] * lines + text[end:]).encode()


def test_an_invoice_of_two_thousand_lines_passes() -> None:
    assert read(long_invoice(2000)).held is None


def test_a_defect_in_the_last_of_two_thousand_lines_is_found() -> None:
    content = long_invoice(2000)
    at = content.rindex(b"</cac:InvoiceLine>")
    reading = read(content[:at] + b"<cbc:Note>late</cbc:Note>" + content[at:])
    assert (reading.held, reading.findings[0].rule) == (HeldReason.SCHEMA_INVALID, "LD-XSD")
    assert "Note" in reading.findings[0].params["detail"]


def test_a_name_of_any_length_is_kept_short() -> None:
    reading = read(made.invoice(("Exemple Client SRL", "x" * 100_000)))
    assert len(reading.facts.customer.name) <= 1000
