"""From drafts to documents in the books: a batch in one transaction, with what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.errors import BrakeReached, Scope, to_record
from ledgerdesk.intake.decisions import decide, with_kind
from ledgerdesk.intake.drafts import Draft
from ledgerdesk.intake.duplicates import Originals, originals_of
from ledgerdesk.intake.firm import Firm, read_firm
from ledgerdesk.intake.routing import dispatch, entry_of
from ledgerdesk.model import Delivery, DeliveryState, Document
from ledgerdesk.store import deliveries, documents, journal
from ledgerdesk.store.ids import new_id


class Brake:
    """At most ``limit`` first deliveries to one configuration in one run; what comes on top is
    made, and blocked until a person says yes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._made: Counter[str] = Counter()

    def hold(self, connection: sa.Connection, made: Iterable[Delivery]) -> None:
        for delivery in made:
            if delivery.state is not DeliveryState.QUEUED:
                continue
            self._made[delivery.configuration_id] += 1
            if self._made[delivery.configuration_id] > self._limit:
                blocked = replace(
                    delivery,
                    state=DeliveryState.BLOCKED,
                    error=to_record(BrakeReached(limit=self._limit)),
                    block_scope=Scope.DELIVERY.value,
                )
                deliveries.update(connection, blocked)


def let_go(connection: sa.Connection, at: datetime) -> int:
    """A person's yes to everything a brake holds; how many that are."""
    from ledgerdesk.delivery import outbox

    held = [
        one
        for one in deliveries.blocked(connection, scopes=(Scope.DELIVERY,))
        if one.error.get("code") == BrakeReached.code
    ]
    for one in held:
        outbox.retry(connection, one, at)
    return len(held)


def keep(
    connection: sa.Connection, drafts: Sequence[Draft], at: datetime, brake: Brake | None = None
) -> list[Document]:
    """Places the drafts of one batch and keeps them, with journal lines and deliveries."""
    firm = read_firm(connection)
    fresh = [document for draft in drafts for document in place(draft, at, firm)]
    originals = originals_of(connection, fresh)
    kept = [_settled(document, originals) for document in fresh]
    documents.insert(connection, kept)
    journal.append(connection, *(entry_of(one, "document.taken_in") for one in kept), at=at)
    made = dispatch(connection, kept, at)
    if brake is not None:
        brake.hold(connection, made)
    return kept


def rehearse(
    connection: sa.Connection, drafts: Sequence[Draft], at: datetime, earlier: Originals
) -> list[Document]:
    """What ``keep`` would keep. ``earlier`` remembers the batches rehearsed before this one."""
    firm = read_firm(connection)
    fresh = [document for draft in drafts for document in place(draft, at, firm)]
    originals = originals_of(connection, fresh)
    found = []
    for document in fresh:
        checked = earlier.checked(originals.checked(document))
        earlier.add(checked)
        found.append(checked)
    return found


def place(draft: Draft, at: datetime, firm: Firm) -> list[Document]:
    """One document per client in the draft; duplicates are not looked for yet."""
    origin, reading = draft.origin, draft.reading
    facts = with_kind(reading, origin.hints)
    return [
        Document(
            id=new_id(),
            sha256=draft.sha256,
            size=draft.size,
            path=origin.path,
            member=draft.member,
            file_name=_file_name(draft),
            facts=facts,
            state=one.state,
            taken_in_at=at,
            direction=one.direction,
            client_id=one.client_id,
            reason=one.reason,
            hints=origin.hints,
            findings=reading.findings,
            source_id=origin.source_id,
        )
        for one in decide(reading, origin.hints, firm, at.date())
    ]


def _file_name(draft: Draft) -> str:
    return draft.member.replace("\\", "/").rpartition("/")[2] or draft.origin.name


def _settled(document: Document, originals: Originals) -> Document:
    checked = originals.checked(document)
    originals.add(checked)
    return checked
