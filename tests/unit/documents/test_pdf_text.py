"""The text of PDFs by a child process: safe, mortal, replaceable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ledgerdesk.documents import pdf_text
from ledgerdesk.documents.pdf_text import PdfTexts
from ledgerdesk.documents.pdf_text_worker import text_of
from ledgerdesk.practice.pdf import text_pdf

# Every object refers to the next: the page's content is never reached.
DEEP = b"%PDF-1.4\n" + b"".join(
    b"%d 0 obj << /Type /Pages /Kids [%d 0 R] /Count 1 >> endobj\n" % (n, n + 1)
    for n in range(1, 20_000)
)


@pytest.fixture
def texts() -> Iterator[PdfTexts]:
    made = PdfTexts()
    yield made
    made.close()


def child(texts: PdfTexts) -> int:
    assert texts._child is not None
    return texts._child.pid


def test_the_text_of_a_page(texts: PdfTexts):
    found = texts.text(text_pdf(["Factuur 12", "BTW BE 0403.170.701", "Te betalen: 5,00 €"]))
    assert "Factuur 12" in found and "BE 0403.170.701" in found and "5,00 €" in found


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4", b"%PDF-1.4\n%%EOF", DEEP, bytes(1000), text_pdf(["x"])[:-200]]
)
def test_what_cannot_be_read_has_no_text_or_some_and_stops_nothing(texts: PdfTexts, content: bytes):
    assert isinstance(texts.text(content), str)
    assert "next" in texts.text(text_pdf(["next"]))


def test_one_child_reads_them_all(texts: PdfTexts):
    texts.text(text_pdf(["a"]))
    first = child(texts)
    texts.text(text_pdf(["b"]))
    assert child(texts) == first


def test_a_child_that_died_at_rest_is_replaced(texts: PdfTexts):
    texts.text(text_pdf(["a"]))
    os.kill(child(texts), signal.SIGKILL)
    assert "b" in texts.text(text_pdf(["b"]))


def test_a_file_that_kills_the_child_twice_has_no_text(
    texts: PdfTexts, monkeypatch: pytest.MonkeyPatch
):
    started: list[int] = []
    start = pdf_text._start

    def dying() -> object:
        made = start()
        started.append(made.pid)
        made.kill()
        return made

    monkeypatch.setattr(pdf_text, "_start", dying)
    assert texts.text(text_pdf(["a"])) == ""
    assert len(started) == 1
    monkeypatch.setattr(pdf_text, "_start", start)
    assert "b" in texts.text(text_pdf(["b"]))


def test_a_file_beyond_the_limit_is_not_looked_at(texts: PdfTexts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdf_text, "LARGEST", 10)
    assert texts.text(text_pdf(["a"])) == ""
    assert texts._child is None


def test_a_forked_process_has_a_child_of_its_own(monkeypatch: pytest.MonkeyPatch):
    mine = pdf_text.shared()
    assert pdf_text.shared() is mine
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert pdf_text.shared() is not mine


def test_the_program_itself_can_be_the_child(texts: PdfTexts, monkeypatch: pytest.MonkeyPatch):
    """As a bundle does it, which has no Python to start a module with; from either entry."""
    for entry in ("main", "window"):
        program = f"import sys, ledgerdesk.__main__ as m; sys.exit(m.{entry}())"
        command = [sys.executable, "-c", program, pdf_text.WORKER_OPTION]
        monkeypatch.setattr(pdf_text, "_command", lambda command=command: command)
        assert "a page" in texts.text(text_pdf(["a page"]))
        texts.close()


def test_a_page_with_more_text_than_an_invoice_is_cut():
    assert len(text_of(text_pdf(["x" * 60] * 2000))) < 25_000


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer on this system")
def test_a_file_that_takes_too_long_ends_the_child_and_not_us():
    """The watch itself, with a reader that never comes back."""
    program = (
        "import ledgerdesk.documents.pdf_text_worker as w; w.LIMIT = 0.2\n"
        "def forever(content):\n    while True: pass\n"
        "w.text_of = forever; w.serve()"
    )
    answered = subprocess.run(
        [sys.executable, "-c", program], input=b"\0\0\0\1x", capture_output=True, timeout=30
    )
    assert (answered.returncode, answered.stdout) == (-signal.SIGALRM, b"")
