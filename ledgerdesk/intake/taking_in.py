"""Taking in: files a person gives, and what a source brings, in batches of one commit each."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.documents import pdf_text
from ledgerdesk.errors import ContentGone, ItemUnreadable, LedgerDeskError, to_record
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_
from ledgerdesk.intake import files
from ledgerdesk.intake.ahead import ahead, done
from ledgerdesk.intake.blob_keeper import BlobKeeper
from ledgerdesk.intake.decisions import SEVERAL_CLIENTS, statement_owners
from ledgerdesk.intake.drafts import Draft, Drafter, Origin, can_be_split, too_large
from ledgerdesk.intake.firm import Firm, read_firm
from ledgerdesk.intake.keeping import keep
from ledgerdesk.intake.routing import follow, keep_change
from ledgerdesk.model import (
    Cancel,
    Clock,
    Document,
    DocumentState,
    Facts,
    Finding,
    Hints,
    NeverCancelled,
    Progress,
    Reading,
    Severity,
    SystemClock,
)
from ledgerdesk.store import Books, documents
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.sources import KnownItem, remember

BATCH = 250
"""Documents per commit: a commit costs a flush of the disk, whatever it holds."""
PORTION, LARGEST_PORTION = 25, 100
"""Documents per commit while somebody else has something to write: so long a delivery waits. While
nobody does, portions grow: each costs statements of its own."""

UNREADABLE = "unreadable"
SPLIT = "split"
"""Set aside: its parts are documents of their own."""


class Batch:
    """Collects drafts and the items they came from; ``flush`` keeps both in one transaction.

    Documents and their item are committed together: after a crash an item is either in the books
    with all its documents, or it is taken in again.
    """

    def __init__(
        self,
        books: Books,
        clock: Clock,
        drafter: Drafter,
        source_id: str = "",
    ) -> None:
        self._books = books
        self._clock = clock
        self._drafter = drafter
        self._source_id = source_id
        self._given: list[tuple[Sequence[Draft], KnownItem | None]] = []
        self._drafts = 0
        self._portion = PORTION

    def add(self, drafts: Sequence[Draft], item: KnownItem | None = None) -> None:
        if drafts or item:
            self._given.append((drafts, item))
            self._drafts += len(drafts)

    @property
    def full(self) -> bool:
        return self._drafts >= BATCH or len(self._given) >= 10 * BATCH

    def discard(self) -> list[Draft]:
        """Lets go of everything collected; for a rehearsal."""
        return [draft for drafts, _ in self._taken() for draft in drafts]

    def flush(self) -> list[Document]:
        """The documents, durably kept."""
        given = self._taken()
        if not given:
            return []
        self._drafter.settle()
        at = self._clock.now()
        kept: list[Document] = []
        start = 0

        def work(
            connection: sa.Connection, is_awaited: Callable[[], bool]
        ) -> tuple[int, list[Document]]:
            return self._keep(connection, given, start, at, is_awaited)

        while start < len(given):
            start, more = self._books.write_patiently(work)
            kept += more
            failpoint("intake.row_committed")
        return kept

    def _keep(
        self,
        connection: sa.Connection,
        given: Sequence[tuple[Sequence[Draft], KnownItem | None]],
        start: int,
        at: datetime,
        is_awaited: Callable[[], bool],
    ) -> tuple[int, list[Document]]:
        """From ``start`` on, until somebody else waits: where it ended, and what was kept."""
        firm = read_firm(connection)
        kept: list[Document] = []
        while start < len(given):
            portion = given[start : start + self._portion]
            drafts = [draft for some, _ in portion for draft in some]
            items = [item for _, item in portion if item is not None]
            kept += keep(connection, drafts, at, firm)
            if items:
                remember(connection, self._source_id, items)
            start += len(portion)
            if is_awaited():
                self._portion = PORTION
                break
            self._portion = min(2 * self._portion, LARGEST_PORTION)
        return start, kept

    def _taken(self) -> list[tuple[Sequence[Draft], KnownItem | None]]:
        given, self._given, self._drafts = self._given, [], 0
        return given


class Intake:
    """Takes files in. One for a data folder; the caller holds no transaction."""

    def __init__(self, books: Books, blobs: Blobs, clock: Clock | None = None) -> None:
        self.books = books
        self.blobs = blobs
        self.clock: Clock = clock or SystemClock()

    @contextmanager
    def drafter(self) -> Iterator[Drafter]:
        with BlobKeeper(self.blobs) as keeper, readers() as pool:
            yield Drafter(keeper, self.firm, pool, text=pdf_text.shared().text)

    def firm(self) -> Firm:
        with self.books.read() as connection:
            return read_firm(connection)

    def add_files(
        self,
        paths: Sequence[str | os.PathLike[str]],
        hints: Hints | None = None,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> list[Document]:
        """Takes in files, folders and zips; every file yields at least one document.

        A file that cannot be read is answered as ``held`` without being kept. Raises UsageError
        when a path is not there and UnknownId for the hinted client: nothing is taken in then.
        """
        hints = hints or Hints()
        if hints.client_id:
            self._must_exist(hints.client_id)
        found: list[Document] = []
        unread: list[Document] = []

        def trouble(error: LedgerDeskError) -> None:
            unread.append(unreadable_document(error, hints, self.clock.now()))

        given = files.gather(paths, trouble)
        self.split_waiting()
        with self.drafter() as drafter:
            batch = Batch(self.books, self.clock, drafter)

            def start(one: files.Given) -> Future[list[Draft]]:
                return draft_file(one, hints, drafter)

            reading = ahead(given, start, cancel or NeverCancelled())
            for number, (_, drafts) in enumerate(reading):
                try:
                    batch.add(drafts.result())
                except ItemUnreadable as error:
                    trouble(error)
                if batch.full:
                    found += batch.flush()
                if progress is not None:
                    progress.step(N_("Taking in"), number + 1, len(given))
            found += batch.flush()
        return found + unread

    def split_waiting(self) -> None:
        """Splits the bank files of which routing found out later that they are several clients'."""
        with self.books.read() as connection:
            several = [
                one
                for one in documents.waiting(connection, [DocumentState.UNASSIGNED])
                if one.reason == SEVERAL_CLIENTS and not one.assigned
            ]
        for document in several:
            with suppress(ContentGone):  # it stays unassigned; whoever opens it is told why
                self._split(document)

    def _split(self, document: Document) -> None:
        reading = Reading(document.facts, document.findings)
        owners = set(statement_owners(document.facts, document.hints, self.firm()))
        if not can_be_split(reading) or len(owners) < 2:
            return
        origin = Origin(document.path, document.file_name, document.hints, document.source_id)
        with self.drafter() as drafter:
            parts = drafter.drafts(self.blobs.read(document.sha256), origin)
            drafter.settle()
        drafts = [replace(part, member=document.member) for part in parts]
        at = self.clock.now()

        def work(connection: sa.Connection) -> None:
            before = documents.get(connection, document.id)
            if before.reason == SEVERAL_CLIENTS:
                after = replace(before, state=DocumentState.SET_ASIDE, reason=SPLIT)
                change = keep_change(connection, before, after)
                follow(connection, [change], "document.split", at)
                keep(connection, drafts, at)

        self.books.write(work)

    def _must_exist(self, client_id: str) -> None:
        from ledgerdesk.store import clients

        with self.books.read() as connection:
            clients.get(connection, client_id)


def readers() -> ThreadPoolExecutor:
    """Parsing and checking let go of Python's lock: two keep two cores busy."""
    return ThreadPoolExecutor(2, thread_name_prefix="reader")


def draft_file(given: files.Given, hints: Hints, drafter: Drafter) -> Future[list[Draft]]:
    """Raises ItemUnreadable."""
    origin = Origin(given.path, posixpath.basename(given.path.replace(os.sep, "/")), hints)
    loaded = files.load(given)
    if loaded.content is None:
        return done([too_large(loaded.sha256, loaded.size, origin)])
    return drafter.start(loaded.content, origin)


def unreadable_document(error: LedgerDeskError, hints: Hints, at: datetime) -> Document:
    """The answer for a file nobody could read: there is nothing to keep."""
    record = to_record(error)
    path = record["params"]["path"]
    return Document(
        id="",
        sha256="",
        size=0,
        path=path,
        member="",
        file_name=posixpath.basename(path),
        facts=Facts(),
        state=DocumentState.HELD,
        taken_in_at=at,
        reason=UNREADABLE,
        hints=hints,
        findings=(Finding("LD-UNREADABLE", Severity.FATAL, error.cause, record["params"]),),
    )
