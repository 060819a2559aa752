"""The first mail to a mailbox goes alone, while nobody is watching.

A package that does not know the sender, or an address with a typing error, may throw a mail away
without a word. So a scheduled run sends one document to an address nothing was ever seen to arrive
at; the rest waits until a person says that it is there, or the package answers. What a person
sends knowingly is a yes to its address.
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
    due = [deliveries.get(c, id) for id, _ in deliveries.first_ones(c, only)]
    mails = [one for one in due if one.lane == MAIL_LANE and one.target is not None]
    if not mails:
        return []
    senders = {one.configuration_id for one in mails}
    tried = deliveries.places_sent_to(c, MAIL_LANE, senders)
    proven = deliveries.places_sent_to(c, MAIL_LANE, senders, _SEEN)
    held: list[Delivery] = []
    for delivery in mails:
        place = _place(delivery)
        if place in proven:
            continue
        if place in tried:
            held.append(_hold(c, delivery, place))
        tried.add(place)
    journal.append(c, *(outbox.entry_of(one) for one in held), at=at)
    return [one.id for one in held]


def arrived(c: sa.Connection, place: str, at: datetime) -> int:
    """Something is seen to be there: what waited for that is queued; how many."""
    waiting = [
        one
        for one in deliveries.blocked(c, scopes=(Scope.DELIVERY,))
        if is_held(one) and _place(one) == place.lower()
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


def _place(delivery: Delivery) -> str:
    return delivery.target.place.lower() if delivery.target is not None else ""


def _hold(c: sa.Connection, before: Delivery, place: str) -> Delivery:
    held = replace(
        before,
        state=DeliveryState.BLOCKED,
        error=to_record(FirstMailWaits(address=place)),
        block_scope=Scope.DELIVERY.value,
    )
    deliveries.update(c, held, before)
    return held
