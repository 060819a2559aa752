"""What a person can see and do about deliveries: one service for the command line and the window.

Every action takes all the given ids or none: the first that is not possible undoes the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.delivery import first_mail, outbox
from ledgerdesk.delivery.outbox import entry_of
from ledgerdesk.delivery.possible import BOOKED, CANCELLED, RESENT, RESOLVED, RETRIED
from ledgerdesk.errors import (
    InvalidValue,
    MissingValue,
    NotPossibleNow,
    OutcomeUnknown,
    Scope,
    Told,
    from_record,
    to_record,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Assurance,
    Clock,
    ConnectionState,
    Delivery,
    DeliveryState,
    Document,
    DocumentState,
    Receipt,
    Stage,
)
from ledgerdesk.store import (
    Books,
    configurations,
    confirmations,
    deliveries,
    documents,
    journal,
    lanes,
)
from ledgerdesk.store.confirmations import Confirmation
from ledgerdesk.store.deliveries import Attempt
from ledgerdesk.store.ids import new_id


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery as a person sees it. ``receipt`` is the newest. Only on a single one: its
    ``attempts``, and ``confirmation`` while its destination is still asked what became of it."""

    delivery: Delivery
    error: Told | None
    receipts: tuple[Receipt, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    confirmation: Confirmation | None = None

    @property
    def receipt(self) -> Receipt | None:
        return self.receipts[-1] if self.receipts else None


class Desk:
    """Deliveries under a person's hands."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    # --- seeing ---------------------------------------------------------------------------------

    def listed(
        self,
        *,
        state: DeliveryState | None = None,
        client_id: str = "",
        limit: int | None = 1000,
        offset: int = 0,
    ) -> list[Shown]:
        """Oldest first."""
        with self._books.read() as c:
            found = deliveries.listed(
                c, state=state, client_id=client_id, limit=limit, offset=offset
            )
            return _shown(c, found)

    def get(self, delivery_id: str) -> Shown:
        """Raises UnknownId."""
        with self._books.read() as c:
            found = _shown(c, [deliveries.get(c, delivery_id)])[0]
            return replace(
                found,
                attempts=tuple(deliveries.attempts(c, delivery_id)),
                confirmation=confirmations.get(c, delivery_id),
            )

    # --- doing ----------------------------------------------------------------------------------

    def retry(self, ids: Sequence[str]) -> list[Shown]:
        """Due now, also where the lane pauses. A blocked one takes along all that waits for the
        same reason: a person says that it was put right.

        Raises UnknownId, or NotPossibleNow for what is on its way, arrived, possibly sent or
        cancelled.
        """
        return self._each(ids, RETRIED, _retry)

    def resend(self, ids: Sequence[str], reason: str) -> list[Shown]:
        """The same document once more, as a new delivery with the reason; returns the new ones.

        Raises UnknownId, MissingValue without a reason, or NotPossibleNow while the first one is
        not at an end or its document is not for sending.
        """
        if not reason.strip():
            raise MissingValue(field="reason", name=translate(N_("The reason")))

        def again(c: sa.Connection, delivery: Delivery, at: datetime) -> Delivery:
            document = _ready_document(c, delivery)
            return outbox.resend(c, delivery, document, reason.strip(), at)

        return self._each(ids, RESENT, again)

    def resolve(self, delivery_id: str, answer: str) -> Shown:
        """What a person found out about a possibly sent one: ``delivered``, or ``resend``, which
        sends the same bytes under the same name.

        Raises UnknownId, InvalidValue for another answer, or NotPossibleNow.
        """
        return self.resolve_all([delivery_id], answer)[0]

    def resolve_all(self, ids: Sequence[str], answer: str) -> list[Shown]:
        """As ``resolve``, the same answer for each."""
        answers = {"delivered": _said_to_be_there, "resend": _sent_again}
        if answer not in answers:
            hint = ", ".join(answers)
            raise InvalidValue(field="as", value=answer, name="--as", hint=hint)
        return self._each(ids, RESOLVED, answers[answer])

    def cancel(self, ids: Sequence[str]) -> list[Shown]:
        """Not to be sent. One that may have arrived already becomes ``unknown`` instead: nobody
        can take it back.

        Raises UnknownId, or NotPossibleNow.
        """
        return self._each(ids, CANCELLED, _cancel)

    def mark_booked(self, ids: Sequence[str]) -> list[Shown]:
        """A person saw it in the books there: a further receipt. Raises UnknownId, or
        NotPossibleNow for what is not delivered."""
        return self._each(ids, BOOKED, _booked)

    def _each(
        self,
        ids: Sequence[str],
        states: Sequence[DeliveryState],
        act: Callable[[sa.Connection, Delivery, datetime], Delivery],
    ) -> list[Shown]:
        at = self._clock.now()

        def work(c: sa.Connection) -> list[Shown]:
            changed = []
            for one in dict.fromkeys(ids):
                delivery = deliveries.get(c, one)
                if delivery.state not in states:
                    raise NotPossibleNow(state=delivery.state, id=delivery.id)
                changed.append(act(c, delivery, at))
            return _shown(c, changed)

        return self._books.write(work)


def _shown(c: sa.Connection, found: Sequence[Delivery]) -> list[Shown]:
    receipts = deliveries.receipts(c, [one.id for one in found])
    return [Shown(one, from_record(one.error), tuple(receipts.get(one.id, ()))) for one in found]


# --- one delivery, in the caller's transaction ----------------------------------------------------


def _retry(c: sa.Connection, delivery: Delivery, at: datetime) -> Delivery:
    lanes.clear_lanes(c, [delivery.lane])
    deliveries.let_through(c, [delivery.id])
    if delivery.state is DeliveryState.BLOCKED:
        _trust_again(c, delivery)
        _take_along(c, delivery, at)
        delivery = deliveries.get(c, delivery.id)
    if delivery.state is DeliveryState.QUEUED:
        return delivery
    return outbox.retry(c, delivery, at)


def _take_along(c: sa.Connection, delivery: Delivery, at: datetime) -> None:
    scope = delivery.block_scope
    if scope == Scope.LINK:
        outbox.unblock(c, at, link_id=delivery.link_id)
    elif scope == Scope.CONFIGURATION:
        outbox.unblock(c, at, configuration_id=delivery.configuration_id)
    elif scope == Scope.CONNECTION:
        outbox.unblock(c, at, connection_id=delivery.connection_id)
    elif scope == Scope.ACCOUNT:
        outbox.unblock(c, at, lane=delivery.lane)


def _trust_again(c: sa.Connection, delivery: Delivery) -> None:
    """One more try with the sign-in that was refused: only because a person asks for it."""
    if delivery.block_scope == Scope.CONNECTION:
        used = configurations.connection(c, delivery.connection_id)
        again = replace(used, state=ConnectionState.UNTESTED, error={})
        configurations.update_connection(c, again)
    elif delivery.block_scope == Scope.ACCOUNT:
        account = configurations.mail_account(c)
        if account is not None:
            again_mail = replace(account, state=ConnectionState.UNTESTED)
            configurations.set_mail_account(c, again_mail)


def _ready_document(c: sa.Connection, delivery: Delivery) -> Document:
    document = documents.get(c, delivery.document_id)
    if document.state is not DocumentState.READY or document.client_id != delivery.client_id:
        raise NotPossibleNow(state=document.state, id=delivery.id)
    return document


def _sent_again(c: sa.Connection, delivery: Delivery, at: datetime) -> Delivery:
    now = replace(delivery, state=DeliveryState.QUEUED, stage=Stage.NONE, error={})
    return _kept(c, now, at, resolved="resend")


def _said_to_be_there(c: sa.Connection, delivery: Delivery, at: datetime) -> Delivery:
    now = replace(
        delivery,
        state=DeliveryState.DELIVERED,
        stage=Stage.NONE,
        assurance=Assurance.BLIND,
        delivered_at=at,
        error={},
    )
    _receipt(c, now, Assurance.BLIND, {"said_by": "a person"}, at)
    return _kept(c, now, at, resolved="delivered")


def _cancel(c: sa.Connection, delivery: Delivery, at: datetime) -> Delivery:
    if delivery.stage is Stage.NONE:
        state, error = DeliveryState.CANCELLED, {}
    else:
        reason = translate(N_("You cancelled it before LedgerDesk could look."))
        state, error = DeliveryState.UNKNOWN, to_record(OutcomeUnknown(reason=reason))
    now = replace(
        delivery,
        state=state,
        stage=Stage.NONE,
        error=error,
        block_scope="",
        next_attempt_at=None,
    )
    return _kept(c, now, at)


def _booked(c: sa.Connection, delivery: Delivery, at: datetime) -> Delivery:
    now = replace(delivery, assurance=Assurance.BOOKED)
    _receipt(c, now, Assurance.BOOKED, {"said_by": "a person"}, at)
    kept = _kept(c, now, at, assurance=Assurance.BOOKED)
    if kept.target is not None:
        first_mail.arrived(c, kept.target.place, at)
    return kept


def _receipt(
    c: sa.Connection, now: Delivery, assurance: Assurance, facts: dict[str, str], at: datetime
) -> None:
    deliveries.insert_receipt(c, Receipt(new_id(), now.id, assurance, at, facts))


def _kept(c: sa.Connection, now: Delivery, at: datetime, **more: str) -> Delivery:
    deliveries.update(c, now)
    journal.append(c, entry_of(now, **more), at=at)
    return now
