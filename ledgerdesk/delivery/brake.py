"""The brake of everything that runs by itself (design.md §7): at most so many first deliveries to
one accounting package in one run; what comes on top waits for a person's yes.

It counts what would be sent, not what was taken in: a link, a new source or a sign-in that was put
right can let a thousand documents go as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.delivery import outbox
from ledgerdesk.errors import BrakeReached, Scope, to_record
from ledgerdesk.model import Delivery, DeliveryState
from ledgerdesk.store import deliveries, journal


def hold(
    c: sa.Connection, limit: int, at: datetime, only: Collection[str] | None = None
) -> list[str]:
    """Blocks what a scheduled run would send beyond ``limit``; the ids. ``only``: the
    configurations the run sends to."""
    passed: Counter[str] = Counter()
    held = []
    for delivery_id, configuration_id in deliveries.first_ones(c, only):
        passed[configuration_id] += 1
        if passed[configuration_id] > limit:
            held.append(_hold(c, delivery_id, limit))
    journal.append(c, *(outbox.entry_of(one) for one in held), at=at)
    return [one.id for one in held]


def let_go(c: sa.Connection, at: datetime, configuration_id: str = "") -> int:
    """A person's yes to everything that waits now, of one configuration where it is given; how
    many the brake had held."""
    held = [
        one
        for one in deliveries.blocked(
            c, scopes=(Scope.DELIVERY,), configuration_id=configuration_id
        )
        if is_held(one)
    ]
    for one in held:
        outbox.retry(c, one, at)
    deliveries.let_through(c, configuration_id=configuration_id)
    return len(held)


def is_held(delivery: Delivery) -> bool:
    """Whether it is the brake that stops it."""
    return bool(delivery.error.get("code") == BrakeReached.code)


def _hold(c: sa.Connection, delivery_id: str, limit: int) -> Delivery:
    before = deliveries.get(c, delivery_id)
    held = replace(
        before,
        state=DeliveryState.BLOCKED,
        error=to_record(BrakeReached(limit=limit)),
        block_scope=Scope.DELIVERY.value,
    )
    deliveries.update(c, held, before)
    return held
