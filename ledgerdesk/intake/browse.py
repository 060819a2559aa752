"""Documents as a person looks at them: lists, the sum of all, and one with everything about it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from ledgerdesk.delivery.segments import safe_segment
from ledgerdesk.documents.embedded_pdf import pdf_of
from ledgerdesk.documents.pdf_page import PageImage, draw
from ledgerdesk.errors import LedgerDeskError, Owner, Told, from_record
from ledgerdesk.intake.reader import Reader
from ledgerdesk.model import Delivery, Document, Source
from ledgerdesk.model.listing import DocumentRow, Wanted, Whereabouts
from ledgerdesk.store import Books, configurations, document_list, documents, sources
from ledgerdesk.store import tables as t
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.deliveries import delivery_of, is_of
from ledgerdesk.store.files import write_whole

__all__ = ["Detail", "DocumentRows", "Documents", "PageImage", "Sent", "Sum", "safe_name"]

_NAME_BYTES = 120


@dataclass(frozen=True, slots=True)
class Sum:
    """How many were taken in, and where each of them is: the numbers of ``places`` add up to it."""

    taken_in: int
    places: Mapping[Whereabouts, int]

    def of(self, *wanted: Whereabouts) -> int:
        return sum(self.places[one] for one in wanted)


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery of the document; ``package`` is the name of its configuration."""

    delivery: Delivery
    package: str
    error: Told | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One document with all about it. ``file_name`` is a name that every disk takes,
    ``original_of`` the document a duplicate repeats; ``stored``: the copy is still in the data
    folder."""

    document: Document
    row: DocumentRow
    file_name: str
    source: Source | None = None
    deliveries: tuple[Sent, ...] = ()
    original_of: Document | None = None
    stored: bool = True


@dataclass(frozen=True, slots=True)
class DocumentRows:
    """A large list's rows (ui.table.Rows): every call reads on its own."""

    books: Books
    wanted: Wanted = field(default_factory=Wanted)

    def keys(self, sort: str, descending: bool) -> array[int]:
        with self.books.read() as connection:
            return document_list.keys(connection, self.wanted, sort, descending)

    def page(self, keys: Sequence[int]) -> dict[int, DocumentRow]:
        with self.books.read() as connection:
            return document_list.rows(connection, keys, self.wanted.others)


class Documents:
    """Service for the window."""

    def __init__(self, books: Books, blobs: Blobs) -> None:
        self._books = books
        self._blobs = blobs

    def rows(self, wanted: Wanted) -> DocumentRows:
        return DocumentRows(self._books, replace(wanted, others=others_act_on()))

    def any(self) -> bool:
        """Whether there is a document at all."""
        with self._books.read() as connection:
            return bool(documents.listed(connection, limit=1))

    def sum(self) -> Sum:
        """In one look, so that it adds up while others work."""
        with self._books.read() as connection:
            places = document_list.counts(connection, others_act_on())
            return Sum(document_list.taken_in(connection), places)

    def keys_of(self, ids: Iterable[str]) -> dict[str, int]:
        """The key in the list of each of these documents."""
        with self._books.read() as connection:
            return document_list.keys_of(connection, ids)

    def detail(self, document_id: str) -> Detail:
        """Raises UnknownId."""
        with self._books.read() as connection:
            document = documents.get(connection, document_id)
            key = document_list.keys_of(connection, [document_id])[document_id]
            first = document.duplicate_of
            return Detail(
                document,
                document_list.rows(connection, [key], others_act_on())[key],
                safe_name(document),
                sources.get(connection, document.source_id, removed=True)
                if document.source_id
                else None,
                tuple(_sent(connection, document)),
                documents.get(connection, first) if first else None,
                self._blobs.path(document.sha256).exists(),
            )

    def pdf(self, document_id: str) -> bytes | None:
        """The PDF that the document is, or carries; None where there is none to show.

        Raises UnknownId, ContentGone.
        """
        with self._books.read() as connection:
            document = documents.get(connection, document_id)
        return pdf_of(self._blobs.read(document.sha256))

    def draw(self, pdf: bytes, page: int, width: int) -> PageImage | None:
        """A page of a PDF, ``width`` pixels wide; None where it cannot be shown."""
        return draw(pdf, page, width)

    def save(self, document_id: str, place: Path) -> None:
        """Writes the document, unchanged, to ``place``; what is there is replaced.

        Raises UnknownId, ContentGone, FileNotWritten.
        """
        with self._books.read() as connection:
            document = documents.get(connection, document_id)
        write_whole(place, self._blobs.read(document.sha256))

    @property
    def reader(self) -> Reader:
        """Documents to read: as a page, with what they carry, side by side."""
        return Reader(self._books, self._blobs)


def safe_name(document: Document) -> str:
    """A name for the document's file that every disk takes."""
    stem, dot, suffix = document.file_name.rpartition(".")
    if not dot or not suffix.isalnum() or len(suffix) > 8:
        return safe_segment(document.file_name, _NAME_BYTES)
    return f"{safe_segment(stem, _NAME_BYTES - len(suffix) - 1)}.{suffix}"


def others_act_on() -> tuple[str, ...]:
    """The codes of errors that somebody outside the firm has to act on."""
    found: list[str] = []
    pending: list[type[LedgerDeskError]] = [LedgerDeskError]
    while pending:
        kind = pending.pop()
        if kind.owner is not Owner.YOU:
            found.append(kind.code)
        pending.extend(kind.__subclasses__())
    return tuple(sorted(set(found)))


def _sent(connection: sa.Connection, document: Document) -> Iterator[Sent]:
    if not document.client_id:
        return
    query = sa.select(t.delivery).where(is_of(document.id)).order_by(t.delivery.c.id)
    for row in connection.execute(query):
        one = delivery_of(row)
        package = configurations.get(connection, one.configuration_id, removed=True).name
        yield Sent(one, package, from_record(one.error))
