"""A document as a page a person reads: an invoice out of UBL or CII, a bank file as statements.

HTML only. A PDF is written by the window, out of the same page: Qt draws every script and font the
computer has, and the program needs no further library for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledgerdesk.documents import camt, cii, render_bank, render_cii, render_html, render_ubl, ubl
from ledgerdesk.documents.fields import local_name
from ledgerdesk.documents.findings import Refused
from ledgerdesk.documents.recognise import Family, family
from ledgerdesk.documents.render_attachments import attachments_of
from ledgerdesk.documents.render_views import MovementView
from ledgerdesk.documents.render_words import LANGUAGES
from ledgerdesk.model import Statement

if TYPE_CHECKING:
    from lxml import etree

_MOST = 200
"""Statements of one file on one page."""


def page(content: bytes, language: str) -> str | None:
    """The page; None where there is none to make of it: a bare PDF, something damaged or unknown.

    ``language``: ``fr nl en de``, anything else is English. Follows nothing.
    """
    language = language if language in LANGUAGES else "en"
    try:
        return _page(content, language)
    except Refused:
        return None


def _page(content: bytes, language: str) -> str | None:
    from ledgerdesk.documents import coda, mt940, xml_door

    kind = family(content)
    if kind is Family.CODA:
        read = coda.read(content)
        return _statements(read.facts.statements, render_bank.of_coda(content), language)
    if kind is Family.MT940:
        read = mt940.read(content)
        return _statements(read.facts.statements, render_bank.of_mt940(content), language)
    if kind is Family.PDF:
        data = _inside(content)
        return None if data is None else _of_xml(xml_door.parse(data), data, language)
    return _of_xml(xml_door.parse(content), content, language) if kind is Family.XML else None


def _of_xml(root: etree._Element, content: bytes, language: str) -> str | None:
    from ledgerdesk.documents import xml_roots

    inner = xml_roots.payload(root)
    if camt.belongs(inner):
        statements = camt.read(inner).facts.statements
        return _statements(statements, render_bank.of_camt(inner), language)
    if cii.belongs(inner):
        view = render_cii.view(inner)
    elif ubl.belongs(inner) and local_name(inner) in ("Invoice", "CreditNote"):
        view = render_ubl.view(inner)
    else:
        return None
    return render_html.invoice_page(view, language, attachments_of(content))


def _statements(
    statements: Sequence[Statement], movements: Sequence[Sequence[MovementView]], language: str
) -> str | None:
    if not statements:
        return None
    shown = zip(statements[:_MOST], movements, strict=False)
    return render_html.statement_page([render_bank.view(*one) for one in shown], language)


def _inside(content: bytes) -> bytes | None:
    """The invoice data in a PDF; None where there is none, or pypdf cannot take it apart."""
    from ledgerdesk.documents import pdf

    if pdf.read(content).facts.number == "":
        return None
    try:
        return pdf.invoice_data(content)
    except Exception:
        # pypdf raises whatever a broken file makes Python raise.
        return None
