"""What an invoice carries with it. Only looked at: nothing is decoded whole, written or opened.

A file name inside an invoice is data, never a path; what stands there is told, not followed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ledgerdesk.documents.findings import fatal, warning
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding

if TYPE_CHECKING:
    from lxml import etree

_HEAD = 64
_LONG = 4096
_SHORT = "AA=="
_WHITESPACE = b" \t\r\n"
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BEFORE_PADDING = {b"": _ALPHABET, b"=": b"AEIMQUYcgkosw048", b"==": b"AQgw"}
# Windows, Linux and macOS programs, and scripts that name their interpreter.
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"#!",
)
_BAD_NAME = re.compile(
    r"[\x00-\x1f\x7f<>:\"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]|^\.|[. ]$|^.{121,}$"
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


class Attached(NamedTuple):
    """One binary object: its element, and the first bytes of what it holds."""

    element: etree._Element
    start: bytes


def opened(elements: Iterable[etree._Element]) -> list[Attached]:
    """The binary objects; right base64 is cut out of them, what is wrong stays.

    A schema would look at each of its characters once more, which takes longer than all the rest.
    """
    found = []
    for element in elements:
        text = element.text or ""
        found.append(Attached(element, head(text)))
        if len(text) > _LONG and _is_base64(text):
            element.text = _SHORT
    return found


def check(attached: Iterable[Attached]) -> tuple[tuple[Finding, ...], bool]:
    """What is strange about the binary objects, and whether one is a program (unsafe)."""
    findings: list[Finding] = []
    unsafe = False
    for element, start in attached:
        name = element.get("filename", "")
        if start.startswith(_PROGRAMS):
            unsafe = True
            findings.append(
                fatal(
                    "LD-ATTACHMENT-PROGRAM",
                    N_("The attachment “{name}” is a program, not a document."),
                    name=name,
                )
            )
        elif element.get("mimeCode", "").strip().lower() == "application/pdf":
            findings += _not_pdf(start, name)
        findings += _strange_name(name)
    return tuple(findings), unsafe


def _is_base64(text: str) -> bool:
    """As XML Schema defines it: whitespace anywhere, no bits left over before the padding."""
    if not text.isascii():
        return False
    data = text.encode("ascii")
    others = data.translate(None, _ALPHABET)
    padding = others.translate(None, _WHITESPACE)
    if padding not in _BEFORE_PADDING or (len(data) - len(others) + len(padding)) % 4:
        return False
    end = data[-_HEAD:].rstrip(_WHITESPACE)
    last = end.removesuffix(padding)[-1:]
    return end.endswith(padding) and bool(last) and last in _BEFORE_PADDING[padding]


def head(text: str) -> bytes:
    """The first bytes of a base64 text; empty when it is none."""
    start = "".join(text[:1024].split())[:_HEAD]
    try:
        return base64.b64decode(start[: len(start) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return b""


def _not_pdf(start: bytes, name: str) -> list[Finding]:
    if start.startswith(b"%PDF-"):
        return []
    told = N_("The attachment “{name}” says it is a PDF, but is not.")
    return [warning("LD-ATTACHMENT-PDF", told, name=name)]


def _strange_name(name: str) -> list[Finding]:
    if not name or not (_BAD_NAME.search(name) or _RESERVED.match(name)):
        return []
    told = N_("The attachment's name “{name}” is no plain file name; LedgerDesk does not use it.")
    return [warning("LD-ATTACHMENT-NAME", told, name=name)]
