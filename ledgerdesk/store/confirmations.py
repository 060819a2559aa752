"""Delivered documents whose destination can still be asked what became of them.

A row stands here only until that is final, so a million delivered ones cost nothing. Functions work
inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.model import Delivery
from ledgerdesk.store import tables as t
from ledgerdesk.store.deliveries import delivery_of

_f = t.confirmation.c

# What every single document asks is built once: building costs more than running it.
_ONE = _f.delivery_id == sa.bindparam("one_id")
_GET = sa.select(t.confirmation).where(_ONE)
_END = t.confirmation.delete().where(_ONE)
_ASKED = t.confirmation.update().where(_ONE).values(asked_at=sa.bindparam("at"))
_DUE = (
    sa.select(t.delivery, _f.asked_at, _f.until)
    .join(t.confirmation, _f.delivery_id == t.delivery.c.id)
    .where(_f.lane == sa.bindparam("one_lane"))
    .order_by(_f.asked_at.nulls_first(), _f.delivery_id)
    .limit(sa.bindparam("number"))
)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The destination is asked about this delivery ``until`` then; ``asked_at`` was the last
    time."""

    delivery_id: str
    until: datetime
    asked_at: datetime | None = None


def get(connection: sa.Connection, delivery_id: str) -> Confirmation | None:
    """None: nothing more is asked about it."""
    row = connection.execute(_GET, {"one_id": delivery_id}).one_or_none()
    return None if row is None else Confirmation(row.delivery_id, row.until, row.asked_at)


def begin(connection: sa.Connection, delivery: Delivery, until: datetime) -> None:
    given = {"delivery_id": delivery.id, "lane": delivery.lane, "until": until}
    connection.execute(_END, {"one_id": delivery.id})
    connection.execute(t.confirmation.insert(), given)


def due(connection: sa.Connection, lane: str, number: int) -> list[tuple[Delivery, Confirmation]]:
    """At most ``number`` of ``lane``: the never asked first, then the longest not asked."""
    rows = connection.execute(_DUE, {"one_lane": lane, "number": number})
    return [(delivery_of(row), Confirmation(row.id, row.until, row.asked_at)) for row in rows]


def lanes(connection: sa.Connection) -> list[str]:
    """The lanes with something to ask."""
    return list(connection.scalars(sa.select(_f.lane).distinct().order_by(_f.lane)))


def left_lying(
    connection: sa.Connection, configuration_id: str, kind: str, before: datetime
) -> tuple[int, Delivery | None]:
    """How many of a package's files arrived ``before`` and were not taken, and the oldest one."""
    of = (
        t.delivery.c.configuration_id == configuration_id,
        t.delivery.c.kind == kind,
        t.delivery.c.delivered_at < before,
    )
    joined = sa.join(t.confirmation, t.delivery, _f.delivery_id == t.delivery.c.id)
    query = sa.select(t.delivery).select_from(joined).where(*of).order_by(t.delivery.c.id)
    oldest = connection.execute(query.limit(1)).one_or_none()
    if oldest is None:
        return 0, None
    number = sa.select(sa.func.count()).select_from(joined).where(*of)
    return connection.scalar(number) or 0, delivery_of(oldest)


def asked(connection: sa.Connection, delivery_ids: Collection[str], at: datetime) -> None:
    """They go to the end of the line."""
    if delivery_ids:
        connection.execute(_ASKED, [{"one_id": one, "at": at} for one in delivery_ids])


def end(connection: sa.Connection, delivery_id: str) -> None:
    """Nothing more is asked about it."""
    connection.execute(_END, {"one_id": delivery_id})


def end_overdue(connection: sa.Connection, at: datetime) -> None:
    connection.execute(t.confirmation.delete().where(_f.until < at))
