"""A document to read: as a page, with what it carries, or beside one that says nearly the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledgerdesk import i18n
from ledgerdesk.documents.render_attachments import Attachment, attachment, attachments_of
from ledgerdesk.documents.render_page import page
from ledgerdesk.errors import AttachmentRefused, NothingToCompare, NotReadable, UnknownId
from ledgerdesk.i18n import N_
from ledgerdesk.model import Document, Party
from ledgerdesk.store import Books, documents
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.files import write_whole


@dataclass(frozen=True, slots=True)
class Row:
    """One thing both documents say. ``label`` is an English text for the catalogues."""

    name: str
    label: str
    first: str
    second: str

    @property
    def same(self) -> bool:
        return self.first == self.second


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two documents side by side; ``first`` is the one that was here before."""

    first: Document
    second: Document
    rows: tuple[Row, ...]


class Reader:
    """Service for the window and the command line."""

    def __init__(self, books: Books, blobs: Blobs) -> None:
        self._books = books
        self._blobs = blobs

    def page(self, document_id: str, language: str = "") -> str:
        """The document as HTML in ``language``, else in the one in use.

        Raises UnknownId, ContentGone, NotReadable.
        """
        document = self._get(document_id)
        made = page(self._blobs.read(document.sha256), language or i18n.language())
        if made is None:
            raise NotReadable(name=document.file_name)
        return made

    def save_page(self, document_id: str, place: Path, language: str = "") -> None:
        """As ``page``, in a file; what is there is replaced. Raises FileNotWritten too."""
        write_whole(place, self.page(document_id, language).encode())

    def attachments(self, document_id: str) -> list[Attachment]:
        """What the document carries, whether or not it may be opened. Raises UnknownId,
        ContentGone."""
        return attachments_of(self._blobs.read(self._get(document_id).sha256))

    def save_attachment(self, document_id: str, number: int, place: Path) -> Attachment:
        """Writes one of them to ``place``; only when it is what it claims to be.

        Raises UnknownId, ContentGone, AttachmentRefused, FileNotWritten.
        """
        content = self._blobs.read(self._get(document_id).sha256)
        found = attachment(content, number)
        if found is None:
            known = {one.number: one for one in attachments_of(content)}
            if number not in known:
                raise UnknownId(what="attachment", id=number)
            raise AttachmentRefused(name=known[number].name, mime=known[number].mime)
        write_whole(place, found[1])
        return found[0]

    def compare(self, document_id: str, other_id: str = "") -> Comparison:
        """A document and the one it repeats or contradicts (or any other), side by side.

        Raises UnknownId, NothingToCompare.
        """
        with self._books.read() as connection:
            one = documents.get(connection, document_id)
            other = other_id or one.duplicate_of
            if not other:
                raise NothingToCompare(id=document_id)
            first, second = sorted((documents.get(connection, other), one), key=lambda d: d.id)
        return Comparison(first, second, tuple(_rows(first, second)))

    def _get(self, document_id: str) -> Document:
        with self._books.read() as connection:
            return documents.get(connection, document_id)


_LABELS = {
    "kind": N_("Kind"),
    "format": N_("Format"),
    "profile": N_("Profile"),
    "number": N_("Number"),
    "issue_date": N_("Date"),
    "due_date": N_("Due date"),
    "supplier": N_("From"),
    "customer": N_("To"),
    "account": N_("Account"),
    "holder": N_("Holder"),
    "total": N_("Amount"),
    "currency": N_("Currency"),
    "statements": N_("Balances"),
    "sha256": N_("Hash (SHA-256)"),
    "size": N_("Size"),
    "path": N_("File"),
    "taken_in_at": N_("Taken in"),
}


def _rows(first: Document, second: Document) -> Iterator[Row]:
    mine, others = _said(first), _said(second)
    for name, label in _LABELS.items():
        if mine[name] or others[name]:
            yield Row(name, label, mine[name], others[name])


def _said(one: Document) -> dict[str, str]:
    facts = one.facts
    return {
        "kind": facts.kind.value,
        "format": facts.format.value,
        "profile": facts.profile.value,
        "number": facts.number,
        "issue_date": str(facts.issue_date or ""),
        "due_date": str(facts.due_date or ""),
        "supplier": _party(facts.supplier),
        "customer": _party(facts.customer),
        "account": facts.account,
        "holder": _party(facts.holder),
        "total": "" if facts.total is None else f"{facts.total:f}",
        "currency": facts.currency,
        "statements": " · ".join(documents.balances_of(facts.statements)),
        "sha256": one.sha256,
        "size": str(one.size),
        "path": f"{one.path} › {one.member}" if one.member else one.path,
        "taken_in_at": one.taken_in_at.isoformat(timespec="seconds"),
    }


def _party(party: Party) -> str:
    return " ".join(part for part in (party.name, *party.identifiers) if part)
