"""Routing looked at again whenever a client, a link or a configuration changes.

Everything happens in the transaction of that change: documents move, deliveries are made, aimed
again or withdrawn, and each step has its line in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa

from ledgerdesk.intake.decisions import Placement, decide, settled
from ledgerdesk.intake.duplicates import originals_of
from ledgerdesk.intake.firm import Firm, read_firm
from ledgerdesk.model import Delivery, Document, DocumentState, HeldReason, Reading
from ledgerdesk.store import documents, journal
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.journal import Entry

__all__ = ["Placement", "decide", "reroute"]

_WAITING = (DocumentState.UNASSIGNED, DocumentState.NO_DESTINATION, DocumentState.HELD)
# Holds that routing itself decided; the others come from reading the file.
_OURS = (HeldReason.OTHER_CLIENT, HeldReason.CONFLICT)


def reroute(connection: sa.Connection, at: datetime) -> None:
    """Looks again at every waiting document, and at what is ready but did not leave yet."""
    from ledgerdesk.delivery import outbox

    firm = read_firm(connection)
    changed: list[Change] = []
    for document in documents.waiting(connection, _WAITING):
        changed += _look_again(connection, firm, document)
    ready = documents.to_look_at_again(connection)
    for document in ready:
        changed += _look_again(connection, firm, document)
    follow(connection, changed, "document.routed", at)
    moved = {change.after.id for change in changed}
    dispatch(connection, (one for one in ready if one.id not in moved), at)
    outbox.refresh(connection, at)


def place_again(firm: Firm, document: Document) -> list[Document]:
    """``document`` as routing places it now, then a document for each further client in it.

    Pure; duplicates are not looked for. What a person decided stays.
    """
    if document.assigned and document.client_id in firm.clients:
        placement = settled(
            document.client_id,
            document.direction,
            document.facts,
            document.hints,
            firm,
            day_of(document),
        )
        held = None if document.released else _held_by_reading(document)
        if held is not None:
            placement = replace(placement, state=DocumentState.HELD, reason=held.value)
        return [_placed(document, placement)]
    document = replace(document, assigned=False)
    reading = Reading(document.facts, document.findings, _held_by_reading(document))
    found = decide(reading, document.hints, firm, day_of(document), released=document.released)
    own = next((one for one in found if _is_place(one, document)), found[0])
    others = [one for one in found if one is not own]
    copies = [replace(_placed(document, one), id="", released=False) for one in others]
    return [_placed(document, own), *copies]


@dataclass(frozen=True, slots=True)
class Change:
    """A document that is kept in a new way. ``before`` is None for one that is new."""

    before: Document | None
    after: Document


def keep_change(connection: sa.Connection, before: Document, after: Document) -> Change:
    """Keeps a changed document; ``follow`` tells the rest of the product."""
    documents.update(connection, after)
    return Change(before, after)


def follow(
    connection: sa.Connection, changes: Sequence[Change], what: str, at: datetime, **personal: str
) -> None:
    """The journal's lines of these changes, and what follows from them for deliveries."""
    from ledgerdesk.delivery import outbox

    entries = (entry_of(change.after, what, **personal) for change in changes)
    journal.append(connection, *entries, at=at)
    for change in changes:
        before, after = change.before, change.after
        if before is None or before.state is not DocumentState.READY:
            continue
        if after.state is not DocumentState.READY or _way(before) != _way(after):
            outbox.withdraw(connection, after.id, at)
    dispatch(connection, (change.after for change in changes), at)


def dispatch(connection: sa.Connection, made: Iterable[Document], at: datetime) -> list[Delivery]:
    """The deliveries of what is ready."""
    from ledgerdesk.delivery import outbox

    ready = [document for document in made if document.state is DocumentState.READY]
    return outbox.enqueue_all(connection, ready, at) if ready else []


def day_of(document: Document) -> date:
    """The document's own date; the day it was taken in where it has none."""
    return document.facts.issue_date or document.taken_in_at.astimezone(UTC).date()


def entry_of(document: Document, what: str = "", **personal: str) -> Entry:
    """The journal's line about a document as it is now. Names, paths and words are personal."""
    facts = {
        "document": document.id,
        "sha256": document.sha256,
        "state": document.state.value,
        "reason": "" if what in _SAID_BY_A_PERSON else document.reason,
        "client": document.client_id,
        "of": document.duplicate_of,
    }
    place = {"path": document.path, "member": document.member, **personal}
    return Entry(
        what or "document.routed",
        {name: value for name, value in facts.items() if value},
        {name: value for name, value in place.items() if value},
    )


_SAID_BY_A_PERSON = ("document.set_aside",)


# --- one document ---------------------------------------------------------------------------------


def _look_again(connection: sa.Connection, firm: Firm, document: Document) -> list[Change]:
    placed, *further = place_again(firm, document)
    moved = (placed.client_id, placed.direction) != (document.client_id, document.direction)
    if moved or document.duplicate_of:
        placed = originals_of(connection, [placed]).checked(placed)
    changes = [] if placed == document else [keep_change(connection, document, placed)]
    for other in further:
        changes += _keep_further(connection, other)
    return changes


def _keep_further(connection: sa.Connection, other: Document) -> list[Change]:
    """A second client turned up in a document that waited: it gets its own, once."""
    if documents.decided(connection, other.sha256):
        return []  # a person said whose this file is: nobody is added behind their back
    fresh = replace(other, id=new_id())
    checked = originals_of(connection, [fresh]).checked(fresh)
    if checked.state is DocumentState.DUPLICATE:
        return []
    documents.insert(connection, [checked])
    return [Change(None, checked)]


def _placed(document: Document, placement: Placement) -> Document:
    return replace(
        document,
        client_id=placement.client_id,
        direction=placement.direction,
        state=placement.state,
        reason=placement.reason,
        duplicate_of="",
    )


def _way(document: Document) -> tuple[str, str, str]:
    """What a delivery is aimed by."""
    return document.client_id, document.facts.kind, document.direction or ""


def _is_place(placement: Placement, document: Document) -> bool:
    return (placement.client_id, placement.direction) == (document.client_id, document.direction)


def _held_by_reading(document: Document) -> HeldReason | None:
    if document.state is not DocumentState.HELD or document.reason in _OURS:
        return None
    return HeldReason(document.reason)
