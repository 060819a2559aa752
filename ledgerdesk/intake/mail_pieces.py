"""A mail's attachments as files to be read, and what becomes of the mail itself.

Every mail ends visibly: as its documents, or as itself, set aside, with a line that says why.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ledgerdesk import documents
from ledgerdesk.documents.embedded_pdf import pdfs_in
from ledgerdesk.documents.findings import info
from ledgerdesk.documents.mail import Mail, Part, read_mail
from ledgerdesk.documents.mail_answers import Answer
from ledgerdesk.i18n import N_
from ledgerdesk.model import DocumentFormat, Facts, Finding, HeldReason, Reading

Read = Callable[[bytes, str], Reading]

INSIDE_INVOICE = "inside_invoice"
"""Set aside: a PDF that an invoice of the same mail carries inside it."""
WITHOUT_DOCUMENT = "mail_without_document"
WITH_LINK = "mail_with_link"
"""Set aside: a mail with nothing attached; one whose text may lead to a document elsewhere."""

ANSWER = "mail_answer"
"""Set aside: what came back to a mail LedgerDesk sent."""

_INVOICES = (DocumentFormat.UBL, DocumentFormat.CII)


@dataclass(frozen=True, slots=True)
class Piece:
    """One file out of a mail, or the mail itself (``member`` empty)."""

    member: str
    content: bytes
    reading: Reading


def pieces_of(content: bytes, read: Read) -> list[Piece]:
    """At least one. Never raises."""
    mail = read_mail(content)
    found = [piece for part in mail.parts for piece in _opened(part, read)]
    found = _without_repeats(found)
    if mail.held is not None or not any(not one.reading.set_aside for one in found):
        found.append(Piece("", content, _mail_itself(mail)))
    return found


def answered(answer: Answer) -> Reading:
    """What is shown of a mail that only answers one of ours."""
    text = N_("{sender} answers a mail that LedgerDesk sent: {answer}")
    sentence = answer.sentence or answer.subject
    told = info("LD-MAIL-ANSWER", text, sender=answer.sender or "–", answer=sentence)
    return Reading(Facts(), (told,), set_aside=ANSWER)


def _opened(part: Part, read: Read) -> Iterator[Piece]:
    if part.set_aside:
        yield Piece(part.name, part.content, Reading(Facts(), set_aside=part.set_aside))
    elif part.finding is not None:
        held = Reading(Facts(), (part.finding,), HeldReason.UNKNOWN_KIND)
        yield Piece(part.name, part.content, held)
    elif documents.is_archive(part.content):
        yield from _unpacked(part, read)
    else:
        yield Piece(part.name, part.content, read(part.content, part.name))


def _unpacked(part: Part, read: Read) -> Iterator[Piece]:
    unpacked = documents.unpack(part.content)
    if unpacked.held is not None or not unpacked.members:
        yield Piece(part.name, part.content, read(part.content, part.name))
    for member in unpacked.members:
        name = posixpath.basename(member.name)
        yield Piece(f"{part.name}/{member.name}", member.content, read(member.content, name))


def _without_repeats(found: list[Piece]) -> list[Piece]:
    """A PDF beside the invoice that carries it is no second invoice."""
    if not any(one.reading.facts.format is DocumentFormat.PDF for one in found):
        return found
    carried = {
        hashlib.sha256(pdf).digest()
        for one in found
        if one.reading.facts.format in _INVOICES and one.reading.held is None
        for pdf in pdfs_in(one.content)
    }
    return [
        replace(one, reading=replace(one.reading, set_aside=INSIDE_INVOICE))
        if one.reading.facts.format is DocumentFormat.PDF
        and hashlib.sha256(one.content).digest() in carried
        else one
        for one in found
    ]


def _mail_itself(mail: Mail) -> Reading:
    if mail.finding is not None:
        return Reading(Facts(), (_told(mail), mail.finding), mail.held or HeldReason.UNKNOWN_KIND)
    return Reading(Facts(), (_told(mail),), set_aside=WITH_LINK if mail.links else WITHOUT_DOCUMENT)


def _told(mail: Mail) -> Finding:
    text = N_("There is no document in the mail “{subject}” from {sender} of {date}.")
    if mail.links:
        text = N_(
            "The mail “{subject}” from {sender} of {date} has no document attached; its text may "
            "lead to one. LedgerDesk follows no links: fetch it there and add the file."
        )
    sent = mail.sent_at
    return info(
        "LD-MAIL-EMPTY",
        text,
        subject=mail.subject or "–",
        sender=mail.head.text("from") or "–",
        date=sent.date().isoformat() if sent else "–",
    )
