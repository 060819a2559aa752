"""One invoice that comes as data and as a PDF: the two find each other, and one of them is sent.

They belong together when the invoice carries that very PDF inside it, or when both lie in the same
place under the same name and came within a few days. Which one goes out is a setting; the other is
set aside and names its partner. When the other one left already, the second is held: a person sees
both side by side.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledgerdesk import settings
from ledgerdesk.intake.drafts import Draft
from ledgerdesk.intake.firm import Firm
from ledgerdesk.intake.routing import Change, place_again
from ledgerdesk.model import Document, DocumentFormat, DocumentState, HeldReason
from ledgerdesk.store import documents, marks
from ledgerdesk.store.settings import get as setting

PAIRED = "paired"
"""Set aside: its partner is the one that is sent."""

_INVOICES = (DocumentFormat.UBL, DocumentFormat.CII)
_OPEN = (DocumentState.READY, DocumentState.NO_DESTINATION, DocumentState.UNASSIGNED)
_TOGETHER = timedelta(days=3)
_CARRIED, _PLACE = "pdf:", "place:"


def marks_of(draft: Draft) -> tuple[str, ...]:
    """How this file and its partner can find each other."""
    format = draft.reading.facts.format
    if format not in (*_INVOICES, DocumentFormat.PDF):
        return ()
    return (*(_CARRIED + sha256 for sha256 in draft.carries), _PLACE + _place(draft))


class Pairs:
    """Pairs the documents of one batch, with each other and with what is in the books."""

    def __init__(
        self, connection: sa.Connection, firm: Firm, marked: Mapping[str, Sequence[str]]
    ) -> None:
        """``marked``: the marks of each new document, by its id."""
        self._connection = connection
        self._firm = firm
        self._marked = marked
        self._wanted = setting(connection, settings.INVOICE_PAIR)
        self._changed: dict[str, Document] = {}
        self._before: dict[str, Document] = {}
        self._taken: set[str] = set()

    def settle(self, fresh: Sequence[Document]) -> tuple[list[Document], list[Change]]:
        """``fresh`` as it is kept, and what changes of the documents in the books."""
        if self._wanted == "both":
            return list(fresh), []
        self._changed = {one.id: one for one in fresh}
        for first, second in self._found(fresh):
            self._pair(first, second)
        changes = [
            Change(before, self._changed[id])
            for id, before in self._before.items()
            if self._changed[id] != before
        ]
        return [self._changed[one.id] for one in fresh], changes

    def _found(self, fresh: Sequence[Document]) -> Iterator[tuple[str, str]]:
        """(id of an invoice, id of its PDF), each pair of which at least one is new."""
        mine: dict[str, list[str]] = {}
        for id, each in self._marked.items():
            for mark in each:
                mine.setdefault(mark, []).append(id)
        pdfs = [one for one in fresh if one.facts.format is DocumentFormat.PDF]
        wanted = {*mine, *(_CARRIED + one.sha256 for one in pdfs)}
        known = marks.documents_with(self._connection, wanted)
        carried = {mark.removeprefix(_CARRIED) for mark in mine if mark.startswith(_CARRIED)}
        stored = marks.pdfs_with(self._connection, carried)
        by_sha: dict[str, list[str]] = {}
        for one in pdfs:
            by_sha.setdefault(one.sha256, []).append(one.id)
        for mark in sorted(wanted):
            with_mark = [*known.get(mark, ()), *mine.get(mark, ())]
            if mark.startswith(_CARRIED):
                sha256 = mark.removeprefix(_CARRIED)
                pictures = [*stored.get(sha256, ()), *by_sha.get(sha256, ())]
                yield from ((a, b) for a in with_mark for b in pictures)
            else:
                yield from self._by_place(with_mark)

    def _by_place(self, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        found = [self._get(id) for id in dict.fromkeys(ids)]
        for one in found:
            for other in found:
                near = abs(one.taken_in_at - other.taken_in_at) <= _TOGETHER
                if near and one.facts.format in _INVOICES:
                    yield one.id, other.id

    def _pair(self, invoice_id: str, pdf_id: str) -> None:
        """Decides which of the two goes out. One that a person decided about stays as it is."""
        invoice, pdf = self._get(invoice_id), self._get(pdf_id)
        if not _may_pair(invoice, pdf) or pdf.id in self._taken:
            return
        self._taken.add(pdf.id)
        sent, other = (invoice, pdf) if self._wanted == "data" else (pdf, invoice)
        if documents.went_out(self._connection, other.id):
            if not documents.went_out(self._connection, sent.id):
                self._put(
                    replace(
                        sent,
                        state=DocumentState.HELD,
                        reason=HeldReason.CONFLICT.value,
                        duplicate_of=other.id,
                    )
                )
            return
        self._put(
            replace(other, state=DocumentState.SET_ASIDE, reason=PAIRED, duplicate_of=sent.id)
        )
        if sent is pdf:
            self._put(self._as_invoice(pdf, invoice))

    def _as_invoice(self, pdf: Document, invoice: Document) -> Document:
        """A bare PDF does not say whose it is: its partner does."""
        hints = replace(
            pdf.hints,
            client_id=invoice.client_id,
            kind=invoice.facts.kind.value,
            direction=invoice.direction.value if invoice.direction else "",
        )
        facts = replace(pdf.facts, kind=invoice.facts.kind)
        return place_again(self._firm, replace(pdf, hints=hints, facts=facts))[0]

    def _get(self, id: str) -> Document:
        if id not in self._changed:
            self._before[id] = self._changed[id] = documents.get(self._connection, id)
        return self._changed[id]

    def _put(self, document: Document) -> None:
        self._changed[document.id] = document


def _may_pair(invoice: Document, pdf: Document) -> bool:
    """Both still have to go somewhere, and nothing says they are different clients'."""
    if invoice.facts.format not in _INVOICES or pdf.facts.format is not DocumentFormat.PDF:
        return False
    if pdf.facts.logical_key and pdf.facts.logical_key != invoice.facts.logical_key:
        return False
    decided = (one.assigned or one.released for one in (invoice, pdf))
    apart = pdf.client_id and invoice.client_id and pdf.client_id != invoice.client_id
    return invoice.state in _OPEN and pdf.state in _OPEN and not any(decided) and not apart


def _place(draft: Draft) -> str:
    """Where a file lies and what it is called: of one inside a mail or a zip, in there."""
    path = draft.origin.path.replace("\\", "/")
    inside = draft.member.replace("\\", "/")
    folder = f"{path}\n{posixpath.dirname(inside)}" if inside else posixpath.dirname(path)
    stem = posixpath.splitext(posixpath.basename(inside or path))[0]
    told = f"{draft.origin.source_id}\n{folder}\n{stem.casefold()}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def keep_changes(connection: sa.Connection, changes: Sequence[Change], at: datetime) -> None:
    """What changed of documents in the books, with what follows from it."""
    from ledgerdesk.intake.routing import follow

    for change in changes:
        documents.update(connection, change.after)
    follow(connection, changes, "document.paired", at)
