"""One lane of one run: looks first at what may be there already, then sends what is due, in order.

Nothing that was begun is ever simply repeated. An attempt that a crash cut keeps the stage it had
reached; while the stage says that something may be there, the delivery is probed and not sent. So
is one whose probe could not reach the server: it is ``retrying``, its error says why, and the next
attempt is a probe again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from ledgerdesk.delivery import outcomes
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
    """``told`` is called once for every delivery that was looked at or sent."""

    def __init__(
        self, name: str, services: Services, cancel: Cancel, told: Callable[[], None]
    ) -> None:
        self._name = name
        self._services = services
        self._books = services.books
        self._cancel = cancel
        self._told = told
        self._sessions = Sessions(services, cancel)
        self._delivered = 0

    def run(self) -> int:
        """How many were delivered. Raises only what the books raise; a person's stop ends it."""
        with self._sessions:
            try:
                if self._probe_all():
                    self._send_all()
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
        self._found(delivery, probe, doubt)
        return True

    def _found(self, delivery: Delivery, probe: Probe, doubt: OutcomeUnknown | None) -> None:
        at = self._now()
        if probe.found is Found.THERE:
            evidence = probe.evidence or Evidence(Assurance.ACKNOWLEDGED, "")
            self._books.write(lambda c: outcomes.delivered(c, delivery.id, evidence, at))
            self._delivered += 1
        elif probe.found is Found.ABSENT:
            self._books.write(lambda c: outcomes.absent(c, delivery.id, at))
        else:
            error = doubt or OutcomeUnknown(reason=translate(N_("LedgerDesk was stopped.")))
            self._books.write(lambda c: outcomes.unknown(c, delivery.id, error, at))

    # --- sending --------------------------------------------------------------------------------

    def _send_all(self) -> None:
        last = ""
        while True:
            self._cancel.raise_if_cancelled()
            delivery = self._claim(last)
            if delivery is None:
                return
            last = delivery.id
            goes_on = self._send(delivery)
            self._told()
            if not goes_on:
                return

    def _claim(self, after: str) -> Delivery | None:
        """The next one, in this run only once; ``sending`` is on the disk when it returns."""
        at = self._now()
        claimed = self._books.write(lambda c: lanes.claim_due(c, self._name, at, after=after))
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
        at = self._now()
        self._books.write(lambda c: outcomes.delivered(c, shipment.delivery.id, evidence, at))
        failpoint("delivery.evidence_committed")
        self._sessions.worked(shipment)
        self._delivered += 1
        return True

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
        if error.disposition is Disposition.DONE:
            facts = {"answer": error.code}
            evidence = Evidence(Assurance.ACKNOWLEDGED, "", facts)
            at = self._now()
            self._books.write(lambda c: outcomes.delivered(c, delivery.id, evidence, at))
            self._delivered += 1
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
        failure, at = Failure(error, reached, by_mail, begun), self._now()
        log.info("lane %s: delivery %s: %s", self._name, delivery.id, error.code)
        return self._books.write(
            lambda c: outcomes.failed(c, delivery.id, failure, at, self._services.jitter)
        )

    def _now(self) -> datetime:
        return self._services.clock.now()


def _can_look(shipment: Shipment) -> bool:
    return shipment.route.connector.delivery_class is not DeliveryClass.C


def _unexpected(delivery: Delivery, error: Exception) -> UnexpectedTrouble:
    """A fault of ours or of a library: told calmly, its details in the log."""
    log.error("delivery %s met something unexpected", delivery.id, exc_info=error)
    return UnexpectedTrouble(kind=type(error).__name__)
