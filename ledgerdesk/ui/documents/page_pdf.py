"""A readable page as PDF: Qt lays the same HTML out on paper. Nothing is loaded from anywhere."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, QUrl
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument

_MARGIN = 15.0
"""Millimetres."""
_MOST_PAGES = 1_000


class _Closed(QTextDocument):
    """A text document that follows no reference, whatever stands in its HTML."""

    def loadResource(self, type: int, name: QUrl | str) -> Any:
        # Where nothing comes back, Qt looks on the disk by itself.
        empty = QImage(1, 1, QImage.Format.Format_ARGB32)
        empty.fill(0)
        return empty


def page_pdf(html: str, title: str) -> bytes:
    """``html`` on A4 pages. ``title`` is what a reader's window shows."""
    written = QByteArray()
    buffer = QBuffer(written)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    _draw(html, writer)
    buffer.close()
    return bytes(written.data())


def _draw(html: str, writer: QPdfWriter) -> None:
    """Page by page: QTextDocument.print_ would draw a copy that is no longer closed."""
    document = _Closed()
    document.documentLayout().setPaintDevice(writer)
    document.setHtml(html)
    size = QSizeF(writer.width(), writer.height())
    document.setPageSize(size)
    painter = QPainter(writer)
    for page in range(min(document.pageCount(), _MOST_PAGES)):
        if page:
            writer.newPage()
        painter.save()
        painter.translate(QPointF(0, -page * size.height()))
        document.drawContents(painter, QRectF(0, page * size.height(), size.width(), size.height()))
        painter.restore()
    painter.end()
