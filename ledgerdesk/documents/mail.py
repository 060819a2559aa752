"""A mail as a holder of documents: who sent it, and its attachments one by one.

Pure: bytes in, dataclasses out; bounded in time and memory (mail_walk, mail_head). One forwarded
mail inside is opened, and one ``winmail.dat``; no link is ever followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from ledgerdesk.documents import tnef
from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.documents.mail_head import Head, decoded_text, one_line, read_head
from ledgerdesk.documents.mail_head import refused as too_many
from ledgerdesk.documents.mail_walk import LARGEST, MAIL_TYPES, MOST_PARTS, Leaf, leaves
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding, HeldReason

INLINE_IMAGE = "inline_image"
SIGNATURE = "mail_signature"
"""Set aside: a picture of the text, and what signs a mail or goes with it (calendar, card)."""

_SMALL_IMAGE = 20 * 1024
_SIGNATURE_TYPES = (
    *("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"),
    *("application/pgp-keys", "text/calendar", "application/ics", "text/vcard", "text/x-vcard"),
)
_SIGNATURE_NAMES = (".p7s", ".ics", ".vcf", ".asc", ".sig")
_REPORTS = ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMED = {
    "application/pdf": ".pdf",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/zip": ".zip",
}
_HEADS = re.compile(rb"(?:received|from|return-path|delivered-to|date|message-id):", re.IGNORECASE)
_LINK = re.compile(r"https?://", re.IGNORECASE)
_ABOUT_INVOICES = re.compile(r"invoice|factu|rechnung|afschrift|extrait de compte", re.IGNORECASE)
_MOST_TEXT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment. ``set_aside`` names what makes it no document; ``finding`` why nobody opens
    it. ``name`` is the sender's: data, never a path."""

    name: str
    content: bytes
    set_aside: str = ""
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """``held`` and ``finding`` say why it was not opened. ``forged``: the receiving server found
    that the sender's domain did not send it. ``links``: its text may lead to a document."""

    head: Head
    parts: tuple[Part, ...] = ()
    held: HeldReason | None = None
    finding: Finding | None = None
    links: bool = False

    @property
    def sender(self) -> str:
        return self.head.sender

    @property
    def subject(self) -> str:
        return self.head.text("subject")

    @property
    def sent_at(self) -> datetime | None:
        return self.head.sent_at

    @property
    def forged(self) -> bool:
        return is_forged(self.head)


def is_mail(content: bytes, name: str) -> bool:
    """Whether a file is a mail that was saved: by its name, and by how it begins."""
    lower = name.lower()
    return lower.endswith(".eml") and _HEADS.search(content[:16384]) is not None


def read_mail(content: bytes) -> Mail:
    """Never raises; a mail beyond the bounds comes back without parts, saying why."""
    head = Head()
    try:
        head = read_head(content, 0, len(content))
        found = list(leaves(content))
        parts = list(islice(_parts(content, found, 0), MOST_PARTS + 1))
        if len(parts) > MOST_PARTS:
            raise too_many(N_("This mail has more than {limit} parts."), MOST_PARTS)
    except Refused as refused:
        return Mail(head, (), refused.held, refused.findings[0])
    links = not any(not part.set_aside for part in parts) and _leads_elsewhere(content, found)
    return Mail(head, tuple(parts), links=links)


def is_forged(head: Head) -> bool:
    """What the receiving server itself says; its own line stands on top (RFC 8601 §5)."""
    verdict = head.get("authentication-results").lower()
    return "dmarc=fail" in verdict or "compauth=fail" in verdict


def body_text(raw: bytes, found: list[Leaf]) -> str:
    """The text of the mail for comparing, the plain one first; at most 256 kB of it."""
    texts = [leaf for leaf in found if _is_body(leaf.head)]
    texts.sort(key=lambda leaf: leaf.head.content_type != "text/plain")
    pieces, left = [], _MOST_TEXT
    for leaf in texts:
        piece = leaf.content(raw)[:left]
        left -= len(piece)
        pieces.append(decoded_text(piece, leaf.head.parameters.get("charset", "utf-8")))
    return "\n".join(pieces)


def _leads_elsewhere(raw: bytes, found: list[Leaf]) -> bool:
    text = body_text(raw, found)
    return bool(_LINK.search(text) and _ABOUT_INVOICES.search(text))


def _parts(raw: bytes, found: list[Leaf], forwarded: int) -> Iterator[Part]:
    html = _html(raw, found)
    for leaf in found:
        kind = leaf.head.content_type
        if _is_body(leaf.head) or (kind in _REPORTS and not leaf.head.file_name):
            continue
        content = leaf.content(raw)
        part = Part(leaf.head.file_name or _name_for(kind, content), content)
        if kind in MAIL_TYPES or is_mail(content, part.name):
            yield from _inside(part, forwarded)
        elif kind == "application/ms-tnef" or tnef.is_tnef(content):
            yield from _of_outlook(part)
        else:
            yield _judged(part, kind, leaf.head.get("content-id"), html)


def _inside(part: Part, forwarded: int) -> Iterator[Part]:
    """The attachments of a forwarded mail; of one inside that, only that it is there."""
    if forwarded:
        told = N_("A mail was forwarded more than once: “{name}” is not opened. Forward it alone.")
        yield replace(part, finding=fatal("LD-MAIL-FORWARDED", told, name=part.name))
        return
    yield from _parts(part.content, list(leaves(part.content)), forwarded + 1)


def _of_outlook(part: Part) -> Iterator[Part]:
    found = tnef.attachments(part.content)
    for one in found:
        yield _judged(Part(one_line(one.name) or "attachment", one.content), "", "", "")
    if not found and len(part.content) > tnef.MOST_BYTES:
        told = N_("“{name}” from Outlook is too large to be opened. Ask for the files themselves.")
        yield replace(part, finding=fatal("LD-MAIL-TNEF", told, name=part.name))


def _judged(part: Part, kind: str, content_id: str, html: str) -> Part:
    lower = part.name.lower()
    if kind in _SIGNATURE_TYPES or lower.endswith(_SIGNATURE_NAMES):
        return replace(part, set_aside=SIGNATURE)
    if kind.startswith("image/") or _is_image(part.content):
        id = content_id.strip().strip("<>")
        if (id and f"cid:{id}" in html) or len(part.content) < _SMALL_IMAGE:
            return replace(part, set_aside=INLINE_IMAGE)
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        told = N_("This mail is encrypted (S/MIME). Ask the sender to send it without encryption.")
        return replace(part, finding=fatal("LD-MAIL-ENCRYPTED", told))
    if part.content.startswith(_OLE) and lower.endswith(".msg"):
        told = N_("“{name}” is a mail saved by Outlook. Save the files inside it and add those.")
        return replace(part, finding=fatal("LD-MAIL-MSG", told, name=part.name))
    return part


def _is_body(head: Head) -> bool:
    kind = head.content_type
    return kind in ("text/plain", "text/html") and not (head.file_name or head.is_attachment)


def _html(raw: bytes, found: list[Leaf]) -> str:
    """The marked-up text, in which pictures are named; empty where no part has a name for it."""
    if not any(leaf.head.get("content-id") for leaf in found):
        return ""
    pieces = [
        leaf.content(raw)[: 4 * _MOST_TEXT]
        for leaf in found
        if leaf.head.content_type == "text/html"
    ]
    return b"\n".join(pieces).decode("latin-1")


def _is_image(content: bytes) -> bool:
    return content.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"))


def _name_for(kind: str, content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return "attachment.pdf"
    return "forwarded.eml" if kind in MAIL_TYPES else f"attachment{_NAMED.get(kind, '')}"


__all__ = ["INLINE_IMAGE", "LARGEST", "SIGNATURE", "Mail", "Part", "is_mail", "read_mail"]
