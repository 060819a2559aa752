"""Documents as pages: all a person needs is on them, and nothing that was not meant to be."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html

from ledgerdesk.documents import render_words
from ledgerdesk.documents.render_attachments import attachment, attachments_of
from ledgerdesk.documents.render_page import page
from ledgerdesk.model import Profile
from ledgerdesk.practice.camt import camt053
from ledgerdesk.practice.cii import cii
from ledgerdesk.practice.coda import coda
from ledgerdesk.practice.firm import make_firm
from ledgerdesk.practice.invoices import Invoice, Ledger
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.mt940 import mt940
from ledgerdesk.practice.statements import BankStatement, make_statement
from ledgerdesk.practice.ubl import ubl
from tests.unit.documents import made

LANGUAGES = render_words.LANGUAGES


@pytest.fixture
def story(seed: int) -> Invoice:
    firm = make_firm(seed)
    ledger = Ledger(Random(f"{seed}/render"))
    return ledger.invoice(firm.suppliers[0], firm.clients[0].business)


@pytest.fixture
def bank(seed: int) -> BankStatement:
    firm = make_firm(seed)
    chance = Random(f"{seed}/render bank")
    belgian = next(one.business for one in firm.clients if one.business.country == "BE")
    return make_statement(chance, belgian, tuple(firm.suppliers))


def text(content: bytes, language: str = "en") -> str:
    """What a reader of the page sees."""
    made = page(content, language)
    assert made is not None
    shown: Any = lxml_html.fromstring(made).xpath("//body//text()")
    return re.sub(r"\s+", " ", " ".join(shown))


# --- invoices -------------------------------------------------------------------------------------


@pytest.mark.parametrize("writer", ["ubl", "cii"])
def test_an_invoice_shows_what_it_says(writer: str, story: Invoice) -> None:
    tree = cii(story) if writer == "cii" else ubl(story, Profile.PEPPOL_BIS_3)
    shown = text(document(tree))
    for said in (
        story.number,
        story.supplier.name,
        story.customer.name,
        story.supplier.number,
        story.supplier.street,
        story.supplier.iban,
        *(line.name for line in story.lines),
        render_words.day(story.issued, "en"),
        render_words.amount(story.total, "en"),
        render_words.amount(story.tax, "en"),
        *(render_words.amount(line.net, "en") for line in story.lines),
    ):
        assert said in shown


@pytest.mark.parametrize("profile", [Profile.UBL_BE, Profile.E_FFF_3])
def test_the_other_belgian_profiles_are_shown_alike(profile: Profile, story: Invoice) -> None:
    shown = text(document(ubl(story, profile, b"%PDF-1.4 x")))
    assert story.number in shown
    assert render_words.amount(story.total, "en") in shown


@pytest.mark.parametrize(
    ("language", "title", "to_pay"),
    [
        ("fr", "Facture", "À payer"),
        ("nl", "Factuur", "Te betalen"),
        ("en", "Invoice", "To pay"),
        ("de", "Rechnung", "Zu zahlen"),
        ("xx", "Invoice", "To pay"),
    ],
)
def test_a_page_is_in_the_language_that_was_asked_for(
    language: str, title: str, to_pay: str
) -> None:
    shown = text(made.invoice(), language)
    assert title in shown
    assert to_pay in shown


def test_a_credit_note_is_called_one() -> None:
    name = next(one for one in made.every("**/*.xml") if "credit" in one.lower() or "-cn" in one)
    assert "Credit note" in text(made.load(name))


def test_every_kept_document_has_a_page_or_none(seed: int) -> None:
    """Damaged, hostile and foreign ones too: never an exception."""
    names = [one for one in made.every("**/*") if (made.FOLDER / one).is_file()]
    pages = [page(made.load(one), "nl") for one in names]
    assert len([one for one in pages if one]) > 20


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=1>',
    "&lt;b&gt;",
    "a\u202eb",
    "x\x85y",
]


@pytest.mark.parametrize("said", HOSTILE)
def test_what_a_document_says_is_never_markup(said: str) -> None:
    from xml.sax.saxutils import escape

    shown = page(made.invoice(("Dienst", escape(said)), ("Teststraat 1", escape(said))), "fr")
    assert shown is not None
    tree = lxml_html.fromstring(shown)
    assert not tree.xpath("//script | //img | //b[text()='<b>'] | //*[@onerror] | //*[@href]")
    assert "\u202e" not in shown


def test_a_page_reaches_for_nothing(story: Invoice) -> None:
    shown = page(document(ubl(story, Profile.PEPPOL_BIS_3)), "fr")
    assert shown is not None
    tree = lxml_html.fromstring(shown)
    assert tree.xpath("//@src | //@href | //link | //script | //iframe | //object") == []
    assert "default-src 'none'" in shown


def test_thousands_of_lines_are_counted_not_shown() -> None:
    content = made.invoice().decode()
    line = content[content.index("<cac:InvoiceLine>") : content.index("</cac:InvoiceLine>") + 18]
    many = content.replace(line, line * 2_100).encode()
    shown = page(many, "en")
    assert shown is not None
    assert "100 more lines" in shown
    assert len(shown) < 1_000_000


@given(st.binary(max_size=400))
@example(b"%PDF-1.4")
@example(b"")
def test_any_bytes_have_a_page_or_none(content: bytes) -> None:
    assert page(content, "fr") is None or content


# --- statements -----------------------------------------------------------------------------------


@pytest.mark.parametrize("writer", ["coda", "camt", "mt940"])
def test_a_statement_shows_balances_and_every_movement(writer: str, bank: BankStatement) -> None:
    contents = {
        "coda": lambda: coda([bank]),
        "camt": lambda: document(camt053(bank)),
        "mt940": lambda: mt940(bank),
    }
    shown = text(contents[writer]())
    assert render_words.amount(bank.opening, "en") in shown
    assert render_words.amount(bank.closing, "en") in shown
    for movement in bank.movements:
        assert render_words.amount(movement.amount, "en") in shown
        assert movement.other.iban in shown
        assert render_words.day(movement.day, "en") in shown


def test_the_names_and_references_of_movements_are_shown(bank: BankStatement) -> None:
    shown = text(coda([bank]))
    for movement in bank.movements:
        assert movement.other.name[:35].strip() in shown
        if movement.reference:
            digits = movement.reference
            assert f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++" in shown
        else:
            assert movement.text in shown


def test_the_statements_of_one_file_follow_each_other(bank: BankStatement) -> None:
    shown = page(coda([bank, bank]), "nl")
    assert shown is not None
    assert shown.count("<h1>") == 2


def test_a_bare_pdf_and_an_unknown_file_have_no_page() -> None:
    assert page(b"%PDF-1.4\n%%EOF", "fr") is None
    assert page(b"just text", "fr") is None


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(render_words.words()))
def test_every_word_has_its_four_languages(key: str) -> None:
    assert all(render_words.words()[key][language].strip() for language in LANGUAGES)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("fr", "-1\u00a0234\u00a0567,80"),
        ("nl", "-1.234.567,80"),
        ("en", "-1,234,567.80"),
        ("de", "-1.234.567,80"),
    ],
)
def test_amounts_are_written_as_the_language_does(language: str, shown: str) -> None:
    assert render_words.amount(Decimal("-1234567.8"), language) == shown


def test_digits_of_a_price_are_not_rounded_away() -> None:
    assert render_words.amount(Decimal("0.12345"), "nl") == "0,12345"


def test_days_are_written_as_the_language_does() -> None:
    assert render_words.day(date(2026, 3, 1), "de") == "01.03.2026"
    assert render_words.day(date(2026, 3, 1), "fr") == "01/03/2026"


# --- attachments ----------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n rest"
SHEET = made.zipped({"xl/workbook.xml": b"<a/>", "[Content_Types].xml": b"<a/>"})
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("content", "mime", "true", "opens"),
    [
        (b"%PDF-1.7 x", "application/pdf", True, True),
        (PNG, "image/png", True, True),
        (b"\xff\xd8\xff\xe0", "image/jpeg", True, True),
        (SHEET, _XLSX, True, False),
        (b"a;b\r\n1;2\r\n", "text/csv", True, False),
        (b"MZ\x90\x00", "application/pdf", False, False),
        (b"MZ\x90\x00", "text/csv", False, False),
        (b"#!/bin/sh\n", "text/csv", False, False),
        (b"a\x00b", "text/csv", False, False),
        (b"%PDF-1.7 x", "image/png", False, False),
        (b"junk %PDF-1.7", "application/pdf", False, False),
        (made.zipped({"xl/workbook.xml": b"", "xl/vbaProject.bin": b""}), _XLSX, False, False),
        (made.zipped({"run.exe": b"MZ"}), _XLSX, False, False),
        (b"PK\x03\x04 broken", _XLSX, False, False),
        (b"MZ\x90\x00", "application/x-msdownload", False, False),
        (b"", "application/pdf", False, False),
    ],
)
def test_an_attachment_is_opened_only_when_it_is_what_it_claims(
    content: bytes, mime: str, true: bool, opens: bool
) -> None:
    invoice = made.invoice_with_attachment(content, mime, "../../x.exe")
    [found] = attachments_of(invoice)
    assert (found.true, found.can_open) == (true, opens)
    assert attachment(invoice, 1) == ((found, content) if true else None)


def test_the_name_of_an_attachment_is_never_a_path() -> None:
    [found] = attachments_of(made.invoice_with_attachment(b"%PDF-1.7", name="../../etc/passwd"))
    assert re.fullmatch(r"[0-9a-f]{16}\.pdf", found.file_name)
    assert found.name == "../../etc/passwd"


def test_a_false_attachment_is_listed_with_a_warning() -> None:
    shown = text(made.invoice_with_attachment(b"MZ\x90\x00", name="factuur.pdf"))
    assert "is not what it claims to be" in unescape(shown)


def test_there_is_no_attachment_of_another_number() -> None:
    assert attachment(made.invoice_with_attachment(b"%PDF-1.7"), 2) is None
