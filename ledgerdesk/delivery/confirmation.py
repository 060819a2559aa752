"""Asking a destination what became of what arrived there: design.md §8.

Once after sending, in the same run, and then at every run until it is final. A question can wait:
it comes after all sending, leaves a share of the vendor's limits alone, and no trouble with it
changes a delivery.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import sqlalchemy as sa

from ledgerdesk.delivery import outcomes, policy
from ledgerdesk.delivery.budgets import sparing
from ledgerdesk.delivery.outcomes import Failure
from ledgerdesk.delivery.sessions import Services, Sessions, Shipment
from ledgerdesk.errors import (
    Cancelled,
    Disposition,
    LedgerDeskError,
    LimitReached,
    NothingKnown,
    Scope,
    SignInError,
    UnknownId,
)
from ledgerdesk.model import Cancel, ConnectionState, Delivery, DeliveryState
from ledgerdesk.store import confirmations
from ledgerdesk.store.confirmations import Confirmation

log = logging.getLogger(__name__)

MOST_QUESTIONS = 100
"""In one run and lane. The longest not asked come first, so everyone's turn comes."""
_LOOKED_AT = 10 * MOST_QUESTIONS

_SIGNED_OUT = (ConnectionState.REAUTHENTICATE, ConnectionState.BLOCKED)


class Confirming:
    """One lane's round of questions, through the sessions that sent."""

    def __init__(self, lane: str, services: Services, sessions: Sessions, cancel: Cancel) -> None:
        self._lane = lane
        self._services = services
        self._sessions = sessions
        self._cancel = cancel
        self._left_out: set[str] = set()
        self._asked: list[str] = []

    def run(self) -> None:
        """Raises only what the books raise, and Cancelled."""
        with self._services.books.read() as c:
            due = confirmations.due(c, self._lane, _LOOKED_AT)
        try:
            self._ask_all(due)
        finally:
            # Together: most answers tell nothing new, and one that is asked twice does no harm.
            at = self._services.clock.now()
            if self._asked:
                self._write(lambda c: confirmations.asked(c, self._asked, at))

    def _ask_all(self, due: Iterable[tuple[Delivery, Confirmation]]) -> None:
        questions = 0
        for delivery, kept in due:
            self._cancel.raise_if_cancelled()
            if delivery.link_id in self._left_out or delivery.connection_id in self._left_out:
                continue
            if _is_final(delivery):
                self._end(delivery)
                continue
            if questions == MOST_QUESTIONS or not self._ask(delivery, kept):
                return
            questions += 1

    def _ask(self, delivery: Delivery, kept: Confirmation) -> bool:
        """Whether the round goes on."""
        shipment: Shipment | None = None
        try:
            shipment = self._sessions.shipment(delivery)
            if shipment.route.connection.state in _SIGNED_OUT:
                self._left_out.add(delivery.connection_id)
                return True
            session = self._sessions.of(shipment)
            with sparing(session.context.budget):
                evidence = session.confirm(shipment.parcel(self._services.blobs), delivery.remote)
        except Cancelled:
            raise
        except LedgerDeskError as error:
            return self._failed(delivery, kept, shipment, error)
        except Exception as error:
            log.error("asking about delivery %s failed", delivery.id, exc_info=error)
            self._asked.append(delivery.id)
            return False
        self._asked.append(delivery.id)
        if evidence is not None:
            at = self._services.clock.now()
            self._write(lambda c: outcomes.confirmed(c, delivery.id, evidence, at))
        return True

    def _failed(
        self,
        delivery: Delivery,
        kept: Confirmation,
        shipment: Shipment | None,
        error: LedgerDeskError,
    ) -> bool:
        log.info("lane %s: asking about %s: %s", self._lane, delivery.id, error.code)
        by_mail = shipment is not None and shipment.by_mail
        own_keys = shipment.own_keys if shipment is not None else ""
        failure = Failure(error, reached=False, by_mail=by_mail, own_keys=own_keys)
        at = self._services.clock.now()
        if isinstance(error, UnknownId):
            # The set-up it went through is gone: nobody is left to be asked.
            self._end(delivery)
        elif isinstance(error, NothingKnown) and kept.asked_at is None:
            # What has only just arrived may not be in the vendor's lists yet.
            self._asked.append(delivery.id)
        elif error.disposition is Disposition.REJECT:
            self._write(lambda c: outcomes.refused_afterwards(c, delivery.id, error, at))
        elif failure.scope in (Scope.LINK, Scope.CONFIGURATION, Scope.DELIVERY):
            self._left_out.add(delivery.link_id)
            if not isinstance(error, LimitReached):
                self._asked.append(delivery.id)
        elif isinstance(error, SignInError):
            self._left_out.add(delivery.connection_id)
            self._write(lambda c: outcomes.signed_out(c, delivery, failure, at))
        else:
            if not isinstance(error, LimitReached):
                self._asked.append(delivery.id)
            return False
        return True

    def _end(self, delivery: Delivery) -> None:
        self._write(lambda c: confirmations.end(c, delivery.id))

    def _write(self, work: Callable[[sa.Connection], None]) -> None:
        self._services.books.write(work)


def _is_final(delivery: Delivery) -> bool:
    """A person saw it in the books, or gave it another end, since it was last asked about."""
    return delivery.state is not DeliveryState.DELIVERED or delivery.assurance in policy.FINAL
