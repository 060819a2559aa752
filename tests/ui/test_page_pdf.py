"""A readable page as PDF."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PySide6.QtGui import QImage, QTextDocument

from ledgerdesk.documents.render_page import page
from ledgerdesk.ui.documents.page_pdf import page_pdf
from tests.unit.documents import made

pytestmark = pytest.mark.usefixtures("qapp")


def text_of(pdf: bytes) -> str:
    return "\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_an_invoice_becomes_a_pdf_with_its_number_and_amount() -> None:
    html = page(made.invoice(), "fr")
    assert html is not None
    text = text_of(page_pdf(html, "Facture 2026-0001"))
    assert "2026-0001" in text
    assert "121,00" in text


def test_a_long_statement_takes_several_pages() -> None:
    rows = "".join(f"<tr><td>{n}</td></tr>" for n in range(200))
    pdf = page_pdf(f"<table>{rows}</table>", "Statement")
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 1


@pytest.mark.parametrize("is_open", [False, True])
def test_nothing_outside_the_page_is_loaded(
    is_open: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that lies on this disk is not drawn; Qt's own document would draw it."""
    if is_open:
        monkeypatch.setattr("ledgerdesk.ui.documents.page_pdf._Closed", QTextDocument)
    picture = QImage(31, 31, QImage.Format.Format_RGB32)
    picture.fill(0x00AA00)
    place = tmp_path / "picture.png"
    assert picture.save(str(place))
    pdf = page_pdf(f'<p>x</p><img src="{place.as_uri()}" width="90" height="90">', "x")
    resources: Any = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]
    drawn = [one.get_object()["/Width"] for one in (resources.get("/XObject") or {}).values()]
    assert (31 in drawn) is is_open
