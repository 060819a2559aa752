"""PDF with and without invoice data, and the CII that Factur-X, ZUGFeRD and XRechnung carry."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pypdf
import pytest

from ledgerdesk.documents import read
from ledgerdesk.model import DocumentFormat, DocumentKind, HeldReason, Party, Profile
from tests.unit.documents.made import rules

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice
 xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>{guideline}</ram:ID>
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>F-77</ram:ID><ram:TypeCode>{code}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20260115</udt:DateTimeString>
</ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>Voorbeeld BV</ram:Name>
<ram:SpecifiedLegalOrganization><ram:ID schemeID="0208">0400000185</ram:ID>
</ram:SpecifiedLegalOrganization>
<ram:PostalTradeAddress><ram:CountryID>BE</ram:CountryID></ram:PostalTradeAddress>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">123/456</ram:ID></ram:SpecifiedTaxRegistration>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR40303265045</ram:ID>
</ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Exemple SRL</ram:Name>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">BE0700000203</ram:ID>
</ram:SpecifiedTaxRegistration></ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>
<ram:IBANID>BE68539007547034</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
</ram:SpecifiedTradeSettlementPaymentMeans>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>
<udt:DateTimeString format="102">20260214</udt:DateTimeString></ram:DueDateDateTime>
</ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:GrandTotalAmount>121.00</ram:GrandTotalAmount>
<ram:DuePayableAmount>100.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""
EN16931 = "urn:cen.eu:en16931:2017"


def cii(guideline: str = EN16931, code: str = "380") -> bytes:
    return CII.format(guideline=guideline, code=code).encode()


def pdf(attachments: dict[str, bytes] | None = None, password: str = "") -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    for name, content in (attachments or {}).items():
        writer.add_attachment(name, content)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_cii_tells_everything_routing_and_lists_need() -> None:
    reading = read(cii())
    facts = reading.facts
    assert (reading.held, reading.findings) == (None, ())
    assert (facts.kind, facts.format, facts.profile) == (
        DocumentKind.INVOICE,
        DocumentFormat.CII,
        Profile.EN16931,
    )
    assert (facts.number, facts.issue_date, facts.due_date) == (
        "F-77",
        date(2026, 1, 15),
        date(2026, 2, 14),
    )
    assert facts.supplier == Party("Voorbeeld BV", ("FR40303265045", "BE0400000185"))
    assert facts.customer == Party("Exemple SRL", ("BE0700000203",))
    assert facts.account == "BE68539007547034"
    assert (facts.total, facts.currency) == (Decimal("100.00"), "EUR")


@pytest.mark.parametrize(
    ("guideline", "profile"),
    [
        (EN16931, Profile.EN16931),
        (f"{EN16931}#conformant#urn:factur-x.eu:1p0:extended", Profile.FACTUR_X),
        ("urn:factur-x.eu:1p0:minimum", Profile.FACTUR_X),
        (f"{EN16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", Profile.XRECHNUNG),
        (f"{EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", Profile.PEPPOL_BIS_3),
        ("urn:example:ours", Profile.NONE),
    ],
)
def test_the_guideline_tells_the_profile(guideline: str, profile: Profile) -> None:
    assert read(cii(guideline)).facts.profile is profile


def test_zugferd_1_has_other_names_and_reads_the_same() -> None:
    content = (
        cii()
        .replace(b"CrossIndustryInvoice:100", b"CrossIndustryDocument:invoice:1p0")
        .replace(
            b"urn:un:unece:uncefact:data:standard:CrossIndustryDocument",
            b"urn:ferd:CrossIndustryDocument",
        )
        .replace(b"rsm:CrossIndustryInvoice", b"rsm:CrossIndustryDocument")
        .replace(b"rsm:ExchangedDocument>", b"rsm:HeaderExchangedDocument>")
        .replace(b"rsm:Supply", b"rsm:SpecifiedSupply")
        .replace(b"ApplicableHeaderTrade", b"ApplicableSupplyChainTrade")
    )
    facts = read(content).facts
    assert facts.profile is Profile.ZUGFERD_1
    assert (facts.number, facts.total) == ("F-77", Decimal("100.00"))
    assert facts.customer == read(cii()).facts.customer


def test_code_381_is_a_credit_note() -> None:
    assert read(cii(code="381")).facts.kind is DocumentKind.CREDIT_NOTE


def test_cii_without_a_number_is_held() -> None:
    reading = read(cii().replace(b"<ram:ID>F-77</ram:ID>", b""))
    assert (reading.held, rules(reading)) == (HeldReason.SCHEMA_INVALID, ["LD-CII"])


def test_order_x_is_set_aside() -> None:
    reading = read(b'<SCRDMCCBDACIOMessageStructure xmlns="urn:un:unece:uncefact:data:x"/>')
    assert (reading.set_aside, reading.held) == ("order", None)


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml"]
)
def test_a_pdf_with_invoice_data_reads_as_its_data(name: str) -> None:
    reading = read(pdf({"terms.txt": b"x", name: cii()}))
    assert reading.held is None
    assert (reading.facts.format, reading.facts.profile) == (DocumentFormat.PDF, Profile.FACTUR_X)
    assert reading.facts.customer == read(cii()).facts.customer


def test_the_same_invoice_as_pdf_and_as_xml_has_the_same_keys() -> None:
    alone, inside = read(cii()).facts, read(pdf({"factur-x.xml": cii()})).facts
    assert inside.logical_key
    assert (inside.logical_key, inside.content_key) == (alone.logical_key, alone.content_key)


@pytest.mark.parametrize("level", ["minimum", "basicwl"])
def test_a_level_without_lines_is_noted(level: str) -> None:
    reading = read(pdf({"factur-x.xml": cii(f"urn:factur-x.eu:1p0:{level}")}))
    assert (reading.held, rules(reading)) == (None, ["LD-FACTURX-LEVEL"])


@pytest.mark.parametrize("attachments", [{}, {"other.xml": cii()}, {"factuur.pdf": b"%PDF-1.4"}])
def test_a_plain_pdf_is_a_document_without_facts(attachments: dict[str, bytes]) -> None:
    reading = read(pdf(attachments))
    assert (reading.held, reading.findings) == (None, ())
    assert (reading.facts.kind, reading.facts.format) == (DocumentKind.OTHER, DocumentFormat.PDF)


@pytest.mark.parametrize("data", [b"", b"<a>", b"<a/>", b"hello", cii()[:300]])
def test_unreadable_invoice_data_only_warns(data: bytes) -> None:
    reading = read(pdf({"factur-x.xml": data}))
    assert (reading.held, rules(reading)) == (None, ["LD-FACTURX"])


def test_unsafe_invoice_data_holds_the_pdf() -> None:
    data = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    reading = read(pdf({"factur-x.xml": data}))
    assert (reading.held, rules(reading)) == (HeldReason.UNSAFE, ["LD-XML-DOCTYPE"])


def test_a_locked_pdf_is_carried_as_it_is() -> None:
    reading = read(pdf({"factur-x.xml": cii()}, password="x"))
    assert reading.held is None
    assert reading.facts.format is DocumentFormat.PDF


@pytest.mark.parametrize("cut", [20, 200, 600])
def test_a_damaged_pdf_is_carried_as_it_is(cut: int) -> None:
    reading = read(pdf({"factur-x.xml": cii()})[:-cut])
    assert reading.held is None
    assert reading.facts.format is DocumentFormat.PDF
