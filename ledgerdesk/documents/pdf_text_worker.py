"""The child process that reads the text of PDFs: whatever a file does to PDFium, it does it here.

Messages are a length of four bytes and the PDF; each is answered by its text as JSON, empty where
there is none. A file that takes longer than ``LIMIT`` ends the process; so do ``IDLE`` seconds
without a file, and more memory than ``MEMORY``.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ledgerdesk.documents.rules_worker import end_after, receive, send

LIMIT = 5.0
IDLE = 120.0
MEMORY = 1024 * 1024 * 1024
_FIRST_PAGES, _LAST_PAGES = 3, 1
_CHARACTERS = 20_000
"""Of one page: an invoice has a tenth of that."""


def serve() -> int:
    """Answers until standard input ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not reach the answers.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _bound_memory()
    while True:
        end_after(IDLE)
        content = receive(requests)
        if content is None:
            return 0
        end_after(LIMIT)
        send(answers, text_of(content))


def text_of(content: bytes) -> str:
    """The text of the first pages and of the last one; "" for what PDFium cannot read."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return ""
    try:
        pages = len(document)
        numbers = sorted({*range(min(pages, _FIRST_PAGES)), *range(pages - _LAST_PAGES, pages)})
        return "\n".join(_page(document, one) for one in numbers if one >= 0)
    finally:
        document.close()


def _page(document: Any, number: int) -> str:
    import pypdfium2

    try:
        text = document[number].get_textpage()
        return str(text.get_text_range(0, min(text.count_chars(), _CHARACTERS)))
    except (pypdfium2.PdfiumError, UnicodeError, IndexError):
        return ""


def _bound_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        return  # Windows has none; the time is bounded all the same


if __name__ == "__main__":
    sys.exit(serve())
