"""Peppol's envelope (Standard Business Document): what is inside, cut out of the bytes unchanged.

Nothing is written anew: a package gets the supplier's own bytes. Only namespaces that the envelope
declared for what it holds are added to it, where it would not stand alone without them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgerdesk.documents import xml_door
from ledgerdesk.documents.fields import elements, local_name
from ledgerdesk.documents.findings import Refused, clean, info
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding

if TYPE_CHECKING:
    from lxml import etree

ROOT = (
    "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}"
    "StandardBusinessDocument"
)
HEADER = "StandardBusinessDocumentHeader"
_HEADER_END = re.compile(rb"</([\w.-]+:)?%b\s*>|<([\w.-]+:)?%b\s*/>" % ((HEADER.encode(),) * 2))
_WITHIN = 4096
_LONGEST = 120
# Encodings in which a "<" is one byte that means nothing else.
_PLAIN = re.compile(r"UTF-?8|(US-)?ASCII|ISO-?8859-?\d+|LATIN-?1|(WINDOWS-|CP)125\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """``payload`` are the bytes inside; the rest is what the envelope says of itself."""

    payload: bytes
    instance: str = ""
    sender: str = ""
    receiver: str = ""

    @property
    def finding(self) -> Finding:
        """The evidence that stays with the document."""
        return info(
            "LD-ENVELOPE",
            N_("It came in the Peppol envelope {instance}, from {sender} to {receiver}."),
            instance=self.instance or "–",
            sender=self.sender or "–",
            receiver=self.receiver or "–",
        )


def opened(content: bytes) -> Envelope | None:
    """None for what is no envelope, and for one that cannot be opened without writing its content
    anew: then it is read as it is. Never raises on any content."""
    if b"StandardBusinessDocument" not in content[:_WITHIN]:
        return None
    try:
        root = xml_door.parse(content)
    except Refused:
        return None
    inside = list(elements(root))
    if root.tag != ROOT or len(inside) != 2 or local_name(inside[0]) != HEADER:
        return None
    header, inner = inside
    payload = _binary(inner) if local_name(inner) == "BinaryContent" else _cut(content, root, inner)
    if payload is None:
        return None
    return Envelope(
        payload,
        _said(header, "{*}DocumentIdentification/{*}InstanceIdentifier"),
        _said(header, "{*}Sender/{*}Identifier"),
        _said(header, "{*}Receiver/{*}Identifier"),
    )


def _said(header: etree._Element, path: str) -> str:
    return clean(" ".join((header.findtext(path) or "").split()))[:_LONGEST]


def _binary(element: etree._Element) -> bytes | None:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _cut(content: bytes, root: etree._Element, inner: etree._Element) -> bytes | None:
    """From the first mark behind the header to the last one before the envelope's end. What it cuts
    is compared with what the parser read: a comment may hold anything."""
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    if not _PLAIN.fullmatch(encoding):
        return None
    header_end = _HEADER_END.search(content)
    end = content.rfind(b"</")
    start = content.find(b"<", header_end.end()) if header_end else -1
    if not 0 <= start < end:
        return None
    declaration = b""
    if encoding.upper() not in ("UTF-8", "UTF8", "ASCII", "US-ASCII"):
        declaration = b'<?xml version="1.0" encoding="%s"?>\n' % encoding.encode()
    part = content[start:end].rstrip()
    for piece in (part, _with_namespaces(part, inner.nsmap)):
        if _says_the_same(declaration + piece, inner):
            return declaration + piece
    return None


def _with_namespaces(part: bytes, known: Mapping[str | None, str]) -> bytes:
    """``part`` with the declarations of the envelope that its own first tag does not have."""
    tag = re.match(rb"<[^\s/>]+", part)
    first = part[: part.find(b">") + 1]
    if tag is None:
        return part
    added = b""
    for prefix, uri in known.items():
        name = b"xmlns:" + prefix.encode() if prefix else b"xmlns"
        if not re.search(rb"\s%s\s*=" % re.escape(name), first):
            value = uri.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
            added += b' %s="%s"' % (name, value.encode())
    return part[: tag.end()] + added + part[tag.end() :]


def _says_the_same(piece: bytes, inner: etree._Element) -> bool:
    from lxml import etree as xml

    try:
        alone = xml_door.parse(piece)
    except Refused:
        return False
    one, two = (xml.tostring(each, method="c14n", exclusive=True) for each in (alone, inner))
    return bool(one == two)
