"""One lane of one run: looks first at what may be there already, then sends what is due, in order,
and asks at last what became of what arrived.

Nothing that was begun is ever simply repeated. An attempt that a crash cut keeps the stage it had
reached; while the stage says that something may be there, the delivery is probed and not sent. So
is one whose probe could not reach the server: it is ``retrying``, its error says why, and the next
attempt is a probe again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from ledgerdesk.delivery import outcomes
from ledgerdesk.delivery.confirmation import Confirming
from ledgerdesk.delivery.outcomes import Failure
from ledgerdesk.delivery.sessions import Services, Sessions, Shipment
from ledgerdesk.errors import (
    Cancelled,
    ConnectionTrouble,
    Disposition,
    LedgerDeskError,
    OutcomeUnknown,
    UnexpectedTrouble,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Assurance,
    Cancel,
    Delivery,
    DeliveryClass,
    Evidence,
    Found,
    Outcome,
    Probe,
)
from ledgerdesk.store import deliveries, lanes

log = logging.getLogger(__name__)


class Lane:
    """``told`` is called once for every delivery that was looked at or sent. ``only``: it sends
    to these configurations."""

    def __init__(
        self,
        name: str,
        services: Services,
        cancel: Cancel,
        told: Callable[[], None],
        only: Collection[str] | None = None,
    ) -> None:
        self._name = name
        self._services = services
        self._books = services.books
        self._cancel = cancel
        self._told = told
        self._only = only
        self._sessions = Sessions(services, cancel)
        self._delivered = 0

    def run(self) -> int:
        """How many were delivered. Raises only what the books raise; a person's stop ends it."""
        with self._sessions:
            try:
                if self._probe_all() and self._send_all():
                    Confirming(self._name, self._services, self._sessions, self._cancel).run()
            except Cancelled:
                log.info("lane %s: stopped by a person", self._name)
        return self._delivered

    # --- looking --------------------------------------------------------------------------------

    def _probe_all(self) -> bool:
        with self._books.read() as c:
            begun = lanes.to_probe(c, self._name, self._now())
        for delivery in begun:
            self._cancel.raise_if_cancelled()
            goes_on = self._probe(delivery)
            self._told()
            if not goes_on:
                return False
        return True

    def _probe(self, delivery: Delivery, doubt: OutcomeUnknown | None = None) -> bool:
        """Asks whether ``delivery`` is there already; ``doubt`` is why, within one run."""
        shipment: Shipment | None = None
        try:
            shipment = self._sessions.shipment(delivery)
            parcel = shipment.parcel(self._services.blobs)
            probe = self._sessions.of(shipment).probe(parcel)
        except Cancelled:
            raise
        except LedgerDeskError as error:
            return self._failed(delivery, shipment, error, begun=True)
        except Exception as error:
            return self._failed(delivery, shipment, _unexpected(delivery, error), begun=True)
        self._sessions.worked(shipment)
        self._found(shipment, probe, doubt)
        return True

    def _found(self, shipment: Shipment, probe: Probe, doubt: OutcomeUnknown | None) -> None:
        at, delivery = self._now(), shipment.delivery
        if probe.found is Found.THERE:
            self._keep(shipment, probe.evidence or Evidence(Assurance.ACKNOWLEDGED, ""))
        elif probe.found is Found.ABSENT:
            self._books.write(lambda c: outcomes.absent(c, delivery.id, at))
        else:
            error = doubt or OutcomeUnknown(reason=translate(N_("LedgerDesk was stopped.")))
            self._books.write(lambda c: outcomes.unknown(c, delivery.id, error, at))

    # --- sending --------------------------------------------------------------------------------

    def _send_all(self) -> bool:
        last = ""
        while True:
            self._cancel.raise_if_cancelled()
            delivery = self._claim(last)
            if delivery is None:
                return True
            last = delivery.id
            goes_on = self._send(delivery)
            self._told()
            if not goes_on:
                return False

    def _claim(self, after: str) -> Delivery | None:
        """The next one, in this run only once; ``sending`` is on the disk when it returns."""
        at = self._now()
        claimed = self._books.write(
            lambda c: lanes.claim_due(c, self._name, at, after=after, only=self._only)
        )
        if not claimed:
            return None
        failpoint("delivery.sending_committed")
        return claimed[0]

    def _send(self, delivery: Delivery) -> bool:
        shipment: Shipment | None = None
        try:
            shipment = self._sessions.shipment(delivery)
            session = self._sessions.of(shipment)
            outcome = next(iter(session.send([shipment.parcel(self._services.blobs)])))
        except LedgerDeskError as error:
            outcome = Outcome(delivery.id, error=error)
        except Exception as error:
            # It may have happened anywhere: only a probe can tell how far it got.
            return self._failed(delivery, shipment, _unexpected(delivery, error), begun=True)
        if outcome.evidence is not None and shipment is not None:
            return self._arrived(shipment, outcome.evidence)
        return self._not_arrived(delivery, shipment, outcome.error)

    def _arrived(self, shipment: Shipment, evidence: Evidence) -> bool:
        self._keep(shipment, evidence)
        failpoint("delivery.evidence_committed")
        self._sessions.worked(shipment)
        return True

    def _keep(self, shipment: Shipment, evidence: Evidence) -> None:
        at, id = self._now(), shipment.delivery.id
        connector, values = shipment.route.connector, shipment.route.values
        asked_for = connector.asked_for(values) if connector.answers_later(values) else None
        self._books.write(lambda c: outcomes.delivered(c, id, evidence, at, asked_for=asked_for))
        self._delivered += 1

    def _not_arrived(
        self, delivery: Delivery, shipment: Shipment | None, error: Exception | None
    ) -> bool:
        if isinstance(error, Cancelled):
            at, stopped = self._now(), error
            self._books.write(lambda c: outcomes.put_back(c, delivery.id, stopped, at))
            raise error
        if not isinstance(error, LedgerDeskError):
            trouble = error or ValueError("neither evidence nor error")
            return self._failed(delivery, shipment, _unexpected(delivery, trouble), begun=True)
        if error.disposition is Disposition.DONE and shipment is not None:
            self._keep(shipment, Evidence(Assurance.ACKNOWLEDGED, "", {"answer": error.code}))
            return True
        if isinstance(error, OutcomeUnknown) and shipment is not None and _can_look(shipment):
            return self._look_again(delivery, shipment, error)
        return self._failed(delivery, shipment, error, begun=False)

    def _look_again(self, delivery: Delivery, shipment: Shipment, doubt: OutcomeUnknown) -> bool:
        """A destination that can be looked at is asked once, through a new session."""
        self._sessions.drop(shipment)
        with self._books.read() as c:
            now = deliveries.get(c, delivery.id)
        return self._probe(now, doubt)

    def _failed(
        self,
        delivery: Delivery,
        shipment: Shipment | None,
        error: LedgerDeskError,
        *,
        begun: bool,
    ) -> bool:
        """Keeps the error; whether the lane goes on. A session that met trouble is not used
        again."""
        reached = shipment is not None and self._sessions.has_worked(shipment)
        by_mail = shipment is not None and shipment.by_mail
        if shipment is not None and isinstance(
            error, ConnectionTrouble | UnexpectedTrouble | OutcomeUnknown
        ):
            self._sessions.drop(shipment)
        own_keys = shipment.own_keys if shipment is not None else ""
        failure, at = Failure(error, reached, by_mail, begun, own_keys), self._now()
        log.info("lane %s: delivery %s: %s", self._name, delivery.id, error.code)
        return self._books.write(
            lambda c: outcomes.failed(c, delivery.id, failure, at, self._services.jitter)
        )

    def _now(self) -> datetime:
        return self._services.clock.now()


def _can_look(shipment: Shipment) -> bool:
    route = shipment.route
    return route.connector.proves(route.values) is not DeliveryClass.C


def _unexpected(delivery: Delivery, error: Exception) -> UnexpectedTrouble:
    """A fault of ours or of a library: told calmly, its details in the log."""
    log.error("delivery %s met something unexpected", delivery.id, exc_info=error)
    return UnexpectedTrouble(kind=type(error).__name__)
