"""The picture of an invoice: the PDF that a document is, or carries."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledgerdesk.documents.findings import Refused

if TYPE_CHECKING:
    from lxml import etree

_MARK = b"%PDF-"
# UBL's and CII's names for something attached.
_ATTACHMENTS = ("{*}EmbeddedDocumentBinaryObject", "{*}AttachmentBinaryObject")
_LARGEST = 64 * 1024 * 1024
"""Characters of base64; a larger one is looked at in another program."""


def pdf_of(content: bytes) -> bytes | None:
    """The PDF itself, or the first one inside an invoice; None where there is none. Never raises
    on any content, and follows nothing."""
    if _MARK in content[:1024]:
        return content
    return next(pdfs_in(content), None)


def pdfs_in(content: bytes) -> Iterator[bytes]:
    """The PDFs inside an invoice. Never raises on any content, and follows nothing."""
    from ledgerdesk.documents import xml_door
    from ledgerdesk.documents.recognise import Family, family

    if family(content) is not Family.XML:
        return
    try:
        root = xml_door.parse(content)
    except Refused:
        return
    yield from _pdfs(root)


def _pdfs(root: etree._Element) -> Iterator[bytes]:
    for element in root.iter(*_ATTACHMENTS):
        text = element.text or ""
        if len(text) > _LARGEST:
            continue
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        if data.startswith(_MARK):
            yield data
