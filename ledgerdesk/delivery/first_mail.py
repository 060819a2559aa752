"""The first mail to a mailbox goes alone, while nobody is watching.

A package that does not know the sender, or an address with a typing error, may throw a mail away
without a word. So a scheduled run sends one document to an address nothing was ever seen to arrive
at; the rest waits until a person says that it is there, or the package answers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.connectors.base import MAIL_LANE
from ledgerdesk.delivery import outbox
from ledgerdesk.errors import FirstMailWaits, Scope, to_record
from ledgerdesk.model import Assurance, Delivery, DeliveryState
from ledgerdesk.store import deliveries, journal

_SEEN = (Assurance.VERIFIED, Assurance.ACKNOWLEDGED, Assurance.PICKED_UP, Assurance.BOOKED)


def hold(c: sa.Connection, at: datetime, only: Collection[str] | None = None) -> list[str]:
    """Blocks all but one first mail to each unproven address; the ids. ``only``: the
    configurations a scheduled run sends to."""
    held: list[Delivery] = []
    on_its_way = set(deliveries.mailed_places(c, MAIL_LANE))
    proven = set(deliveries.mailed_places(c, MAIL_LANE, _SEEN))
    for delivery_id, _ in deliveries.first_ones(c, only):
        delivery = deliveries.get(c, delivery_id)
        if delivery.lane != MAIL_LANE or delivery.target is None:
            continue
        place = delivery.target.place.lower()
        if place in proven:
            continue
        if place in on_its_way:
            held.append(_hold(c, delivery, place))
        on_its_way.add(place)
    journal.append(c, *(outbox.entry_of(one) for one in held), at=at)
    return [one.id for one in held]


def arrived(c: sa.Connection, place: str, at: datetime) -> int:
    """Something is seen to be there: what waited for that is queued; how many."""
    waiting = [
        one
        for one in deliveries.blocked(c, scopes=(Scope.DELIVERY,))
        if is_held(one) and one.target is not None and one.target.place.lower() == place.lower()
    ]
    for one in waiting:
        outbox.retry(c, one, at)
    return len(waiting)


def let_go(c: sa.Connection, at: datetime) -> int:
    """A person sends all of it now; how many that are."""
    held = [one for one in deliveries.blocked(c, scopes=(Scope.DELIVERY,)) if is_held(one)]
    for one in held:
        outbox.retry(c, one, at)
    return len(held)


def is_held(delivery: Delivery) -> bool:
    return bool(delivery.error.get("code") == FirstMailWaits.code)


def _hold(c: sa.Connection, before: Delivery, place: str) -> Delivery:
    held = replace(
        before,
        state=DeliveryState.BLOCKED,
        error=to_record(FirstMailWaits(address=place)),
        block_scope=Scope.DELIVERY.value,
    )
    deliveries.update(c, held, before)
    return held
