"""From the bytes of one file to drafts of documents: zips unpacked, bank files split, blobs kept.

Nothing here touches the books. Blobs are durable once ``Drafter.settle`` returns, before anything
points at them; one that nothing points at after a crash is found again at the next attempt.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ledgerdesk import documents
from ledgerdesk.documents.embedded_pdf import pdfs_in
from ledgerdesk.documents.envelope import opened
from ledgerdesk.documents.mail import is_mail
from ledgerdesk.documents.mail_answers import Answer, AnswerKind
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_
from ledgerdesk.intake.ahead import done
from ledgerdesk.intake.blob_keeper import BlobKeeper
from ledgerdesk.intake.decisions import statement_owners
from ledgerdesk.intake.firm import Firm
from ledgerdesk.intake.mail_pieces import answered, pieces_of
from ledgerdesk.intake.pdf_triage import noticed
from ledgerdesk.model import (
    DocumentFormat,
    Facts,
    Finding,
    HeldReason,
    Hints,
    Reading,
    Severity,
)

Share = TypeVar("Share", bound=Hashable)

REPLICA = "replica"
"""Set aside: the PDF that a bank's portal lays beside the bank file itself."""

_NOT_SPLIT = (HeldReason.UNSAFE, HeldReason.NOT_WELL_FORMED)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file came from. ``path`` is what a person recognises it by. ``is_mail``: it is a
    whole mail, whatever its name. ``set_aside``: why nothing of it is for the books. ``answer``: it
    answers a mail of ours."""

    path: str
    name: str
    hints: Hints = field(default_factory=Hints)
    source_id: str = ""
    pdf_is_copy: bool = False
    is_mail: bool = False
    set_aside: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before anybody asked whose it is. ``carries``: the SHA-256 of PDFs inside it."""

    origin: Origin
    member: str
    sha256: str
    size: int
    reading: Reading
    carries: tuple[str, ...] = ()


class Drafter:
    """Makes drafts. ``keeper`` keeps their content; without one nothing is kept. ``firm`` is asked
    for only when a bank file holds several statements. ``readers`` read beside the caller;
    ``read`` says how, where more than the usual is asked for; ``text`` reads the text of PDFs."""

    def __init__(
        self,
        keeper: BlobKeeper | None,
        firm: Callable[[], Firm],
        readers: Executor | None = None,
        read: Callable[[bytes, str], Reading] = documents.read,
        text: Callable[[bytes], str] | None = None,
    ) -> None:
        self._read = read
        self._text = text
        self._keeper = keeper
        self._firm = firm
        self._readers = readers

    def start(self, content: bytes, origin: Origin) -> Future[list[Draft]]:
        """As ``drafts``, on a reader where there is one."""
        if self._readers is None:
            return done(self.drafts(content, origin))
        return self._readers.submit(self.drafts, content, origin)

    def settle(self) -> None:
        """Returns once the content of all drafts so far is durably kept.

        Raises DiskFull or DataFolderUnusable.
        """
        if self._keeper is not None:
            self._keeper.wait()
            failpoint("intake.blob_kept")

    def drafts(self, content: bytes, origin: Origin) -> list[Draft]:
        """The documents in one file: its members, its clients' parts, or itself."""
        found: list[Draft] = []
        for member, part, reading in _pieces(content, origin, self._read):
            found += self._split(*self._opened(part, reading, member, origin), member, origin)
        if not found:
            held = Reading(Facts(), (_empty_archive(),), HeldReason.UNKNOWN_KIND)
            found = [self._draft(content, held, "", origin)]
        return found

    def _opened(
        self, content: bytes, reading: Reading, member: str, origin: Origin
    ) -> tuple[bytes, Reading]:
        """What is in a Peppol envelope, by whatever road it came: packages know no envelopes."""
        envelope = opened(content)
        if envelope is None:
            return content, reading
        inner = self._read(envelope.payload, member or origin.name)
        return envelope.payload, replace(inner, findings=(envelope.finding, *inner.findings))

    def _split(
        self, content: bytes, reading: Reading, member: str, origin: Origin
    ) -> Iterator[Draft]:
        shares = self._shares(reading, origin)
        if len(set(shares)) < 2:
            yield self._draft(content, reading, member, origin)
            return
        for (owner, _), part in split(content, reading, shares):
            of_owner = replace(origin, hints=Hints(client_id=owner, kind=origin.hints.kind))
            yield self._draft(part, self._read(part, origin.name), member, of_owner)

    def _shares(self, reading: Reading, origin: Origin) -> list[tuple[str, bool]]:
        """Whose each statement is, and whether the package brings it itself: that one stays here,
        whatever it came with."""
        statements = reading.facts.statements
        if len(statements) < 2 or not can_be_split(reading):
            return []
        firm = self._firm()
        fetched = [firm.is_fetched(one.account, one.currency) for one in statements]
        return list(zip(statement_owners(reading.facts, origin.hints, firm), fetched, strict=True))

    def _draft(self, content: bytes, reading: Reading, member: str, origin: Origin) -> Draft:
        sha256 = hashlib.sha256(content).hexdigest()
        if self._keeper is not None:
            self._keeper.keep(content, sha256)
        if origin.pdf_is_copy and reading.facts.format is DocumentFormat.PDF:
            reading = replace(reading, set_aside=REPLICA)
        if origin.set_aside:
            reading = replace(reading, set_aside=reading.set_aside or origin.set_aside)
        if self._text is not None:
            reading = noticed(content, reading, self._text)
        return Draft(origin, member, sha256, len(content), reading, _carried(content, reading))


def too_large(sha256: str, size: int, origin: Origin) -> Draft:
    """A file that is told of but not kept."""
    finding = Finding(
        "LD-SIZE",
        Severity.FATAL,
        N_("The file has {size} bytes; it was not copied."),
        {"size": str(size)},
    )
    reading = Reading(Facts(), (finding,), HeldReason.TOO_LARGE)
    return Draft(origin, "", sha256, size, reading)


def can_be_split(reading: Reading) -> bool:
    """Only CODA has a border between statements that nothing crosses."""
    return reading.facts.format is DocumentFormat.CODA and reading.held not in _NOT_SPLIT


def split(content: bytes, reading: Reading, shares: list[Share]) -> list[tuple[Share, bytes]]:
    """(share, bytes) of the statements of each share, in the order of the file, unchanged."""
    from ledgerdesk.documents import coda

    statements = reading.facts.statements
    return [
        (
            share,
            coda.split(
                content, (s for s, its in zip(statements, shares, strict=True) if its == share)
            ),
        )
        for share in dict.fromkeys(shares)
    ]


def _pieces(
    content: bytes, origin: Origin, read: Callable[[bytes, str], Reading]
) -> Iterator[tuple[str, bytes, Reading]]:
    """(member, content, reading): the members of a zip, those of a mail, else the file itself."""
    if origin.answer is not None and origin.answer.kind is not AnswerKind.HUMAN:
        # What came back is no new document, though ours may hang on it.
        yield "", content, answered(origin.answer)
        return
    if origin.is_mail or is_mail(content, origin.name):
        for piece in pieces_of(content, read):
            yield piece.member, piece.content, piece.reading
        return
    unpacked = documents.unpack(content) if documents.is_archive(content) else None
    if unpacked is None or unpacked.held is not None:
        yield "", content, read(content, origin.name)
        return
    for member in unpacked.members:
        name = posixpath.basename(member.name)
        yield member.name, member.content, read(member.content, name)


def _carried(content: bytes, reading: Reading) -> tuple[str, ...]:
    """Looked for only where something is attached: it takes a second reading."""
    invoice = reading.facts.format in (DocumentFormat.UBL, DocumentFormat.CII)
    if not invoice or reading.held is not None or b"BinaryObject" not in content:
        return ()
    return tuple(hashlib.sha256(pdf).hexdigest() for pdf in pdfs_in(content))


def _empty_archive() -> Finding:
    return Finding("LD-ZIP-EMPTY", Severity.FATAL, N_("There is no document in this archive."))
