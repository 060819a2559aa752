"""What a person decides about documents: whose they are, that they go out, that they do not.

Each action takes all its documents or none, in one transaction with journal lines and deliveries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import sqlalchemy as sa

from ledgerdesk.documents import read
from ledgerdesk.errors import ContentGone, DirectionUnknown, MissingValue, NotPossibleNow
from ledgerdesk.i18n import N_, translate
from ledgerdesk.intake.decisions import needs_direction, own_direction
from ledgerdesk.intake.duplicates import originals_of
from ledgerdesk.intake.firm import Firm, read_firm
from ledgerdesk.intake.pdf_triage import Basis, Proposal, proposed
from ledgerdesk.intake.routing import follow, keep_change, place_again
from ledgerdesk.intake.senders import Rules, learn, rule_of
from ledgerdesk.intake.watch import confirm
from ledgerdesk.model import (
    Client,
    Clock,
    Direction,
    Document,
    DocumentKind,
    DocumentState,
    ExportKind,
    HeldReason,
    SystemClock,
)
from ledgerdesk.store import Books, clients, documents, senders
from ledgerdesk.store.blobs import Blobs

_NEVER_RELEASED = (HeldReason.UNSAFE, HeldReason.NOT_WELL_FORMED)
_Change = Callable[[sa.Connection, Firm, Document], Document]


class Triage:
    """Service for the window and the command line."""

    def __init__(self, books: Books, blobs: Blobs, clock: Clock | None = None) -> None:
        self._books = books
        self._blobs = blobs
        self._clock: Clock = clock or SystemClock()

    def get(self, document_id: str) -> Document:
        """Raises UnknownId."""
        with self._books.read() as connection:
            return documents.get(connection, document_id)

    def listed(
        self,
        *,
        state: DocumentState | None = None,
        client_id: str = "",
        limit: int | None = 1000,
        offset: int = 0,
    ) -> list[Document]:
        """Oldest first."""
        with self._books.read() as connection:
            return documents.listed(
                connection, state=state, client_id=client_id, limit=limit, offset=offset
            )

    def assign(
        self,
        ids: Iterable[str],
        client_id: str,
        kind: DocumentKind | None = None,
        direction: Direction | None = None,
    ) -> list[Document]:
        """Says whose they are, and where needed what. It overrules the place they came from and a
        doubt about the client; a kind makes a file of unknown kind one of that kind.

        Raises UnknownId, NotPossibleNow for what is set aside, DirectionUnknown when an invoice
        does not say its direction and nobody else does.
        """

        def change(connection: sa.Connection, firm: Firm, document: Document) -> Document:
            return self._given_to(connection, firm, document, client_id, kind, direction)

        return self._change(ids, "document.assigned", change)

    def proposals(self, found: Iterable[Document]) -> dict[str, Proposal]:
        """Document → whose it seems to be, for those that wait for a client or a direction: by the
        numbers in the text of a PDF, else by what its sender mailed before."""
        waiting = [one for one in found if one.state is DocumentState.UNASSIGNED]
        if not waiting:
            return {}
        with self._books.read() as connection:
            firm, rules = read_firm(connection), senders.everything(connection)
        proposals = ((one.id, _proposed(one, firm, rules)) for one in waiting)
        return {id: proposal for id, proposal in proposals if proposal is not None}

    def confirm(self, ids: Iterable[str]) -> list[Document]:
        """Says yes to what is proposed for them.

        Raises UnknownId, NotPossibleNow where nothing is proposed, DirectionUnknown where the
        proposal does not say whether it is a purchase or a sale.
        """

        def change(connection: sa.Connection, firm: Firm, document: Document) -> Document:
            proposal = _proposed(document, firm, senders.everything(connection))
            if proposal is None:
                raise NotPossibleNow(state=document.state.value, id=document.id)
            whose, direction = proposal.client_id, proposal.direction
            return self._given_to(connection, firm, document, whose, None, direction)

        return self._change(ids, "document.assigned", change)

    def _given_to(
        self,
        connection: sa.Connection,
        firm: Firm,
        document: Document,
        client_id: str,
        kind: DocumentKind | None,
        direction: Direction | None,
    ) -> Document:
        if document.state is DocumentState.SET_ASIDE or _cannot_be_read(document):
            raise NotPossibleNow(state=document.state.value, id=document.id)
        owner = clients.get(connection, client_id)
        if owner.archived_at is not None:
            raise NotPossibleNow(state="archived", id=owner.id)
        assigned = _assigned(self._as_read(document), owner, kind, direction)
        learn(connection, [assigned], self._clock.now())
        return _checked(connection, place_again(firm, assigned)[0])

    def release(self, ids: Iterable[str], reason: str) -> list[Document]:
        """Lets them go although they are held, or duplicates. Unsafe files and files that are not
        well formed are never released, nor is one that was too large to be copied.

        Raises UnknownId, MissingValue, NotPossibleNow, ContentGone.
        """
        said = _said(reason)

        def change(connection: sa.Connection, firm: Firm, document: Document) -> Document:
            may = document.state in (DocumentState.HELD, DocumentState.DUPLICATE)
            if not may or _cannot_be_read(self._as_read(document)):
                raise NotPossibleNow(state=_shown(document), id=document.id)
            if not self._blobs.path(document.sha256).exists():
                raise ContentGone(path=document.path)
            released = replace(document, released=True, duplicate_of="")
            return place_again(firm, released)[0]

        return self._change(ids, "document.released", change, said=said)

    def set_aside(self, ids: Iterable[str], reason: str) -> list[Document]:
        """Not for the books. What did not leave yet is withdrawn.

        Raises UnknownId, MissingValue; NotPossibleNow for what is set aside already, or left.
        """
        said = _said(reason)

        def change(connection: sa.Connection, firm: Firm, document: Document) -> Document:
            gone = documents.went_out(connection, document.id)
            if gone or document.state is DocumentState.SET_ASIDE:
                raise NotPossibleNow(state=gone or document.state.value, id=document.id)
            return replace(document, state=DocumentState.SET_ASIDE, reason=said)

        return self._change(ids, "document.set_aside", change, said=said)

    def restore(self, ids: Iterable[str]) -> list[Document]:
        """Takes back a setting aside, also one that a rule decided: the file is read again and
        routed as if it came in now. Raises UnknownId, NotPossibleNow, ContentGone."""

        def change(connection: sa.Connection, firm: Firm, document: Document) -> Document:
            if document.state is not DocumentState.SET_ASIDE:
                raise NotPossibleNow(state=document.state.value, id=document.id)
            again = replace(self._as_read(document), duplicate_of="")
            return _checked(connection, place_again(firm, again)[0])

        return self._change(ids, "document.restored", change)

    def confirm_account(self, document_id: str) -> Document:
        """A person asked the supplier: the account on this invoice is right. Raises UnknownId."""
        return confirm(self._books, document_id, self._clock.now())

    def _as_read(self, document: Document) -> Document:
        """A duplicate or what is set aside does not show how it was read: it is read again, so
        that nothing unsafe slips out that way. Others stay as they are. Raises ContentGone."""
        if document.state not in (DocumentState.DUPLICATE, DocumentState.SET_ASIDE):
            return document
        held = read(self._blobs.read(document.sha256), document.file_name).held
        if held is None or (document.released and held not in _NEVER_RELEASED):
            return replace(document, state=DocumentState.UNASSIGNED, reason="")
        return replace(document, state=DocumentState.HELD, reason=held.value)

    def _change(
        self, ids: Iterable[str], what: str, change: _Change, **personal: str
    ) -> list[Document]:
        at, wanted = self._clock.now(), list(ids)

        def work(connection: sa.Connection) -> list[Document]:
            firm = read_firm(connection)
            changes = [
                keep_change(connection, document, change(connection, firm, document))
                for document in documents.by_ids(connection, wanted)
            ]
            follow(connection, changes, what, at, **personal)
            return [one.after for one in changes]

        return self._books.write(work)


def _proposed(document: Document, firm: Firm, rules: Rules) -> Proposal | None:
    by_numbers = proposed(document, firm)
    if by_numbers is not None or document.state is not DocumentState.UNASSIGNED:
        return by_numbers
    rule = rule_of(rules, document.hints.sender) if document.hints.sender else None
    if rule is None or rule.client_id not in firm.clients:
        return None
    said = rule.direction or document.hints.direction
    return Proposal(rule.client_id, Direction(said) if said else None, Basis.SENDER)


def _assigned(
    document: Document, owner: Client, kind: DocumentKind | None, direction: Direction | None
) -> Document:
    """``document`` with what the person said, before it is placed. Raises DirectionUnknown."""
    facts, hints = document.facts, document.hints
    if kind is not None:
        facts, hints = replace(facts, kind=kind), replace(hints, kind=kind.value)
    elif direction is not None and needs_direction(facts.kind, hints):
        kept = facts.kind if facts.kind.export else DocumentKind.INVOICE
        facts = replace(facts, kind=kept)
    side = direction or own_direction(facts, owner.company_numbers)
    if side is None and document.client_id in ("", owner.id):
        side = document.direction
    if side is None and needs_direction(facts.kind, hints):
        raise DirectionUnknown(id=document.id, field="direction")
    if facts.kind.export is not ExportKind.INVOICES:
        side = None
    resolved = document.reason in (HeldReason.OTHER_CLIENT, HeldReason.CONFLICT) or (
        document.reason == HeldReason.UNKNOWN_KIND and facts.kind is not DocumentKind.OTHER
    )
    return replace(
        document,
        facts=facts,
        hints=hints,
        client_id=owner.id,
        direction=side,
        assigned=True,
        reason="" if resolved else document.reason,
        state=DocumentState.UNASSIGNED if resolved else document.state,
    )


def _checked(connection: sa.Connection, document: Document) -> Document:
    return originals_of(connection, [document]).checked(document)


def _cannot_be_read(document: Document) -> bool:
    return document.state is DocumentState.HELD and document.reason in _NEVER_RELEASED


def _shown(document: Document) -> str:
    return document.reason if document.state is DocumentState.HELD else document.state.value


def _said(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise MissingValue(field="reason", name=translate(N_("The reason")))
    return said
