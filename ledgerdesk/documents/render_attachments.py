"""What an invoice carries with it, as a list; and one of them, when it is what it says it is.

The first bytes decide, never the name. Only PDFs and pictures are opened; tables may be saved. What
is something else than it claims is listed with a warning and stays where it is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgerdesk.documents.findings import Refused, shown
from ledgerdesk.documents.xml_door import parse
from ledgerdesk.documents.xml_roots import payload

if TYPE_CHECKING:
    from lxml import etree

MOST = 100
_LARGEST = 64 * 1024 * 1024
_ELEMENTS = ("{*}EmbeddedDocumentBinaryObject", "{*}AttachmentBinaryObject")
_OPENED = ("pdf", "png", "jpeg")
_MIME = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_STARTS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
_SUFFIXES = {"jpeg": "jpg"}
_MACROS = ("vbaproject.bin", "basic/", "scripts/")


@dataclass(frozen=True, slots=True)
class Attachment:
    """``name`` is what the invoice calls it, fit to be shown, never a path. ``kind`` is what it
    claims to be (``pdf png jpeg csv xlsx ods``, "" for anything else); ``true``: it is that.
    ``file_name`` is a safe one to save it under."""

    number: int
    name: str
    mime: str
    kind: str
    size: int
    true: bool
    file_name: str

    @property
    def can_open(self) -> bool:
        return self.true and self.kind in _OPENED


def attachments_of(content: bytes) -> list[Attachment]:
    """At most a hundred. Never raises on any content."""
    return [one for one, _ in _found(content)]


def attachment(content: bytes, number: int) -> tuple[Attachment, bytes] | None:
    """The one with this number and its bytes; None where there is none, or it is not what it
    claims to be."""
    for one, data in _found(content):
        if one.number == number:
            return (one, data) if one.true else None
    return None


def _found(content: bytes) -> Iterator[tuple[Attachment, bytes]]:
    try:
        root = payload(parse(content))
    except Refused:
        return
    for number, element in enumerate(root.iter(*_ELEMENTS), 1):
        if number > MOST:
            return
        yield _look(number, element)


def _look(number: int, element: etree._Element) -> tuple[Attachment, bytes]:
    data = _decoded(element.text or "")
    mime = element.get("mimeCode", "").strip().lower()
    kind = _MIME.get(mime, "")
    name = shown(element.get("filename", ""))
    true = bool(data) and bool(kind) and _is(kind, data)
    stem = hashlib.sha256(data).hexdigest()[:16]
    file_name = f"{stem}.{_SUFFIXES.get(kind, kind)}" if true else ""
    return Attachment(number, name, shown(mime), kind, len(data), true, file_name), data


def _decoded(text: str) -> bytes:
    if len(text) > _LARGEST:
        return b""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is(kind: str, data: bytes) -> bool:
    if kind in _STARTS:
        return data.startswith(_STARTS[kind])
    if kind == "csv":
        return _is_plain_text(data)
    return _is_sheet(kind, data)


def _is_plain_text(data: bytes) -> bool:
    controls = bytes(one for one in range(32) if one not in (9, 10, 13))
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:2].upper()
    return start not in (b"MZ", b"#!", b"PK") and data.translate(None, controls) == data


def _is_sheet(kind: str, data: bytes) -> bool:
    """A zip with the parts of a sheet, and without macros."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.casefold() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    needed = "xl/workbook.xml" if kind == "xlsx" else "content.xml"
    return needed in names and not any(macro in name for name in names for macro in _MACROS)
