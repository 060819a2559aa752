"""One page of a PDF as a picture. May be called in any thread; one page at a time is drawn, as
PDFium wants it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

_one_at_a_time = threading.Lock()
_MOST_PIXELS = 12_000_000
"""A page may claim any size; a picture of more would only cost memory."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """``page`` (from 0) of ``pages``. ``pixels`` are 32-bit BGRX, ``stride`` bytes a line."""

    pixels: bytes
    width: int
    height: int
    stride: int
    page: int
    pages: int


def draw(content: bytes, page: int, width: int) -> PageImage | None:
    """The page, at most ``width`` pixels wide; the nearest one where there is no such page. None
    where PDFium cannot read the file (damaged, locked)."""
    import pypdfium2

    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError:
            return None
        try:
            pages = len(document)
            if not pages:
                return None
            number = min(max(page, 0), pages - 1)
            return _drawn(document[number], width, number, pages)
        except pypdfium2.PdfiumError:
            return None
        finally:
            document.close()


def _drawn(page: Any, width: int, number: int, pages: int) -> PageImage:
    wide, high = page.get_size()
    scale = max(width, 1) / max(wide, 1.0)
    pixels = wide * high * scale * scale
    if pixels > _MOST_PIXELS:
        scale *= (_MOST_PIXELS / pixels) ** 0.5
    bitmap = page.render(scale=scale, rev_byteorder=False, prefer_bgrx=True)
    content = bytes(bitmap.buffer)
    return PageImage(content, bitmap.width, bitmap.height, bitmap.stride, number, pages)
