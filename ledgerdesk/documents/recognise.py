"""What a file is, from its first bytes. The extension is only a hint, and none is needed."""

from __future__ import annotations

import re
from enum import Enum, auto

from ledgerdesk.documents.xml_door import MAX_BYTES

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SOMETHING = re.compile(rb"[^ \t\r\n\0\x1a]")
_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[ \t\r\n\0]*<")
_PDF_WITHIN = 1024
_HEAD = 64 * 1024
_CODA_LINE = 128
_CODA_HEADER = re.compile(rb"0[0 ]{4}[0-9]{6}")
_CODA_HEADER_SURE = re.compile(rb"0[0 ]{4}[0-9]{9}05")
_CODA_BODY = re.compile(rb"[1-489]")
_MT940_START = re.compile(rb":20:")
_MT940_ACCOUNT = re.compile(rb"^:25P?:", re.MULTILINE)
_MT940_OPENING = re.compile(rb"^:60[FM]:", re.MULTILINE)
_MT940_CLOSING = re.compile(rb"^:62[FM]:", re.MULTILINE)
_MT942 = re.compile(rb"^:(?:34F|90[DC]|13D):", re.MULTILINE)


class Family(Enum):
    """How a file must be read."""

    EMPTY = auto()
    TOO_LARGE = auto()
    ARCHIVE = auto()
    PDF = auto()
    XML = auto()
    CODA = auto()
    MT940 = auto()
    MT942 = auto()
    UNKNOWN = auto()


def family(content: bytes) -> Family:
    """The first family that fits, in the order of the design: size, zip, PDF, XML, bank files."""
    if len(content) > MAX_BYTES:
        return Family.TOO_LARGE
    if not _SOMETHING.search(content):
        return Family.EMPTY
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Family.ARCHIVE
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return Family.PDF
    if _looks_like_xml(content):
        return Family.XML
    if _looks_like_coda(content):
        return Family.CODA
    return _swift(content)


def without_bom(content: bytes) -> bytes:
    return content[3:] if content.startswith(_BOMS[0]) else content


def _looks_like_xml(content: bytes) -> bool:
    return _XML.match(content, 0, _HEAD) is not None


def _looks_like_coda(content: bytes) -> bool:
    """A header record; or, where the header was lost, nothing but lines of a CODA body."""
    lines = [line.rstrip(b"\r") for line in without_bom(content[:_HEAD]).split(b"\n")]
    first = lines[0]
    if _CODA_HEADER_SURE.match(first):
        return True
    if len(first.decode("utf-8", "replace")) != _CODA_LINE and len(first) != _CODA_LINE:
        return False
    if _CODA_HEADER.match(first):
        return True
    whole = [line for line in lines if len(line) >= _CODA_LINE]
    return len(whole) > 1 and all(_CODA_BODY.match(line) for line in whole)


def _swift(content: bytes) -> Family:
    """MT940 and MT942 by their fields, whatever a bank writes before the first one."""
    if not _MT940_START.search(content[:_HEAD]):
        return Family.UNKNOWN
    text = content.replace(b"\r", b"\n")
    if not _MT940_ACCOUNT.search(text):
        return Family.UNKNOWN
    if _MT940_OPENING.search(text) and _MT940_CLOSING.search(text):
        return Family.MT940
    return Family.MT942 if _MT942.search(text) else Family.UNKNOWN
