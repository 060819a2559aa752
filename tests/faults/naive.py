"""Two workers as one would write them without thinking of a crash. The harness must catch both:
one that finds nothing here is broken itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ledgerdesk import connectors
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.delivery import outcomes
from ledgerdesk.delivery.sessions import Services, Sessions, Shipment
from ledgerdesk.failpoint import failpoint
from ledgerdesk.model import (
    Assurance,
    Delivery,
    DeliveryState,
    Evidence,
    NeverCancelled,
    Parcel,
    Stage,
)
from ledgerdesk.store import deliveries, lanes
from tests.unit.delivery.world import World


class _NoStages:
    """Whoever does not look afterwards needs no stages either."""

    def reached(self, delivery_id: str, stage: Stage, so_far: str = "") -> None:
        return None


class _NaiveSessions(Sessions):
    def _context(self, shipment: Shipment) -> Context:
        return replace(super()._context(shipment), stages=_NoStages())


def forgetful(world: World) -> None:
    """Marks a document delivered and then sends it: what the crash cuts is lost."""
    _each(world, _mark_and_send)


def repeating(world: World) -> None:
    """Sends what is not marked yet, under a name made at the moment of sending, never asks what an
    earlier attempt came to, and marks it afterwards."""
    _each(world, _send_and_mark)


def _mark_and_send(world: World, session: Session, parcel: Parcel) -> None:
    _mark(world, parcel)
    session.send_one(parcel)


def _send_and_mark(world: World, session: Session, parcel: Parcel) -> None:
    name = f"{parcel.attempt}-{parcel.target.name}"
    session.send_one(replace(parcel, target=replace(parcel.target, name=name)))
    _mark(world, parcel)


def _mark(world: World, parcel: Parcel) -> None:
    evidence, at = Evidence(Assurance.BLIND, ""), world.clock.now()
    world.books.write(lambda c: outcomes.delivered(c, parcel.delivery_id, evidence, at))
    failpoint("delivery.evidence_committed")


def _each(world: World, act: Callable[[World, Session, Parcel], None]) -> None:
    services = Services(
        world.books, world.vault, world.blobs, world.network, world.clock, connectors.get
    )
    with _NaiveSessions(services, NeverCancelled()) as sessions:
        for delivery in world.deliveries():
            if delivery.state is DeliveryState.DELIVERED:
                continue
            shipment = sessions.shipment(_begun(world, delivery))
            act(world, sessions.of(shipment), shipment.parcel(world.blobs))


def _begun(world: World, delivery: Delivery) -> Delivery:
    again = replace(delivery, state=DeliveryState.QUEUED, stage=Stage.NONE)
    world.books.write(lambda c: deliveries.update(c, again))
    at = world.clock.now()
    (claimed,) = world.books.write(lambda c: lanes.claim_due(c, delivery.lane, at))
    failpoint("delivery.sending_committed")
    return claimed
