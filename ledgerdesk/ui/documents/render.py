"""One page of a PDF as a picture. Called in a thread; one at a time, as PDFium wants it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QImage

_one_at_a_time = threading.Lock()
_MOST_PIXELS = 12_000_000
"""A page may claim any size; a picture of more would only cost memory."""


@dataclass(frozen=True, slots=True)
class Picture:
    """``page`` (from 0) of ``pages``."""

    image: QImage
    page: int
    pages: int


def render(content: bytes, page: int, width: int) -> Picture | None:
    """A page, ``width`` pixels wide at most; None where PDFium cannot read it (damaged, locked)."""
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
            return Picture(_drawn(document[number], width), number, pages)
        except pypdfium2.PdfiumError:
            return None
        finally:
            document.close()


def _drawn(page: Any, width: int) -> QImage:
    wide, high = page.get_size()
    scale = max(width, 1) / max(wide, 1.0)
    pixels = wide * high * scale * scale
    if pixels > _MOST_PIXELS:
        scale *= (_MOST_PIXELS / pixels) ** 0.5
    bitmap = page.render(scale=scale, rev_byteorder=False, prefer_bgrx=True)
    image = QImage(
        bytes(bitmap.buffer),
        bitmap.width,
        bitmap.height,
        bitmap.stride,
        QImage.Format.Format_RGB32,
    )
    return image.copy()
