"""From the bytes of one file to drafts of documents: zips unpacked, bank files split, blobs kept.

Nothing here touches the books. Blobs are durable once ``Drafter.settle`` returns, before anything
points at them; one that nothing points at after a crash is found again at the next attempt.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace

from ledgerdesk import documents
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_
from ledgerdesk.intake.ahead import done
from ledgerdesk.intake.blob_keeper import BlobKeeper
from ledgerdesk.intake.decisions import statement_owners
from ledgerdesk.intake.firm import Firm
from ledgerdesk.model import (
    DocumentFormat,
    Facts,
    Finding,
    HeldReason,
    Hints,
    Reading,
    Severity,
)

REPLICA = "replica"
"""Set aside: the PDF that a bank's portal lays beside the bank file itself."""

_NOT_SPLIT = (HeldReason.UNSAFE, HeldReason.NOT_WELL_FORMED)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file came from. ``path`` is what a person recognises it by."""

    path: str
    name: str
    hints: Hints = field(default_factory=Hints)
    source_id: str = ""
    pdf_is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before anybody asked whose it is."""

    origin: Origin
    member: str
    sha256: str
    size: int
    reading: Reading


class Drafter:
    """Makes drafts. ``keeper`` keeps their content; without one nothing is kept. ``firm`` is asked
    for only when a bank file holds several statements. ``readers`` read beside the caller."""

    def __init__(
        self,
        keeper: BlobKeeper | None,
        firm: Callable[[], Firm],
        readers: Executor | None = None,
    ) -> None:
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
        for member, part, reading in _pieces(content, origin):
            found += self._split(part, reading, member, origin)
        if not found:
            held = Reading(Facts(), (_empty_archive(),), HeldReason.UNKNOWN_KIND)
            found = [self._draft(content, held, "", origin)]
        return found

    def _split(
        self, content: bytes, reading: Reading, member: str, origin: Origin
    ) -> Iterator[Draft]:
        owners = self._owners(reading, origin)
        if len(set(owners)) < 2:
            yield self._draft(content, reading, member, origin)
            return
        for owner, part in split(content, reading, owners):
            of_owner = replace(origin, hints=Hints(client_id=owner, kind=origin.hints.kind))
            yield self._draft(part, documents.read(part, origin.name), member, of_owner)

    def _owners(self, reading: Reading, origin: Origin) -> list[str]:
        if len(reading.facts.statements) < 2 or not can_be_split(reading):
            return []
        return statement_owners(reading.facts, origin.hints, self._firm())

    def _draft(self, content: bytes, reading: Reading, member: str, origin: Origin) -> Draft:
        sha256 = hashlib.sha256(content).hexdigest()
        if self._keeper is not None:
            self._keeper.keep(content, sha256)
        if origin.pdf_is_copy and reading.facts.format is DocumentFormat.PDF:
            reading = replace(reading, set_aside=REPLICA)
        return Draft(origin, member, sha256, len(content), reading)


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


def split(content: bytes, reading: Reading, owners: list[str]) -> list[tuple[str, bytes]]:
    """(client, bytes) of each client's statements, in the order of the file, unchanged."""
    from ledgerdesk.documents import coda

    statements = reading.facts.statements
    return [
        (
            owner,
            coda.split(
                content, (s for s, its in zip(statements, owners, strict=True) if its == owner)
            ),
        )
        for owner in dict.fromkeys(owners)
    ]


def _pieces(content: bytes, origin: Origin) -> Iterator[tuple[str, bytes, Reading]]:
    """(member, content, reading): the members of a zip, else the file itself."""
    unpacked = documents.unpack(content) if documents.is_archive(content) else None
    if unpacked is None or unpacked.held is not None:
        yield "", content, documents.read(content, origin.name)
        return
    for member in unpacked.members:
        name = posixpath.basename(member.name)
        yield member.name, member.content, documents.read(member.content, name)


def _empty_archive() -> Finding:
    return Finding("LD-ZIP-EMPTY", Severity.FATAL, N_("There is no document in this archive."))
