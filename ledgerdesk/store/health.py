"""How the connected accounts are doing: what waits for each, and how its last attempts ended.

Every question is answered from what is open or recent; a million delivered rows cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.model import DeliveryState
from ledgerdesk.store import tables as t
from ledgerdesk.store.deliveries import OPEN
from ledgerdesk.store.ids import lowest_at

_d = t.delivery.c
_FAILED = (
    DeliveryState.RETRYING,
    DeliveryState.BLOCKED,
    DeliveryState.REJECTED,
    DeliveryState.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is on its way to one account or waits for a person there."""

    connection_id: str
    how_many: int
    clients: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Tries:
    """Attempts through one account, and how many of them failed."""

    made: int = 0
    failed: int = 0


def waiting(c: sa.Connection) -> dict[str, Waiting]:
    """By connection; those nothing waits for are not in it."""
    columns = (
        _d.connection_id,
        sa.func.count().label("how_many"),
        sa.func.min(_d.created_at).label("oldest_at"),
    )
    found: dict[str, Waiting] = {}
    affected = _clients(c)
    for which in (OPEN, _d.state == DeliveryState.BLOCKED):
        for row in c.execute(sa.select(*columns).where(which).group_by(_d.connection_id)):
            before = found.get(row.connection_id)
            found[row.connection_id] = Waiting(
                row.connection_id,
                row.how_many + (before.how_many if before else 0),
                len(affected[row.connection_id]),
                min(row.oldest_at, before.oldest_at) if before else row.oldest_at,
            )
    return found


def _clients(c: sa.Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    columns = sa.select(_d.connection_id, _d.client_id).distinct()
    for which in (OPEN, _d.state == DeliveryState.BLOCKED):
        for connection_id, client_id in c.execute(columns.where(which)):
            found.setdefault(connection_id, set()).add(client_id)
    return found


def tries(c: sa.Connection, since: datetime) -> dict[str, Tries]:
    """By connection, of deliveries made ``since`` then."""
    failed = sa.func.sum(sa.case((t.attempt.c.outcome.in_(_FAILED), 1), else_=0))
    query = (
        sa.select(_d.connection_id, sa.func.count(), failed)
        .select_from(t.attempt.join(t.delivery, _d.id == t.attempt.c.delivery_id))
        .where(t.attempt.c.delivery_id >= lowest_at(since), t.attempt.c.ended_at.is_not(None))
        .group_by(_d.connection_id)
    )
    return {id: Tries(made, bad or 0) for id, made, bad in c.execute(query)}


def linked_clients(c: sa.Connection) -> dict[str, set[str]]:
    """The clients whose documents take each connection, by connection."""
    setup, link = t.configuration_kind.c, t.link.c
    query = (
        sa.select(setup.connection_id, link.client_id)
        .select_from(
            t.link.join(
                t.configuration_kind,
                sa.and_(setup.configuration_id == link.configuration_id, setup.kind == link.kind),
            )
            .join(t.client, t.client.c.id == link.client_id)
            .join(t.configuration, t.configuration.c.id == link.configuration_id)
        )
        .where(t.client.c.archived_at.is_(None), t.configuration.c.removed_at.is_(None))
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for connection_id, client_id in c.execute(query):
        found.setdefault(connection_id, set()).add(client_id)
    return found


def waiting_by_administration(c: sa.Connection) -> list[tuple[str, str, int]]:
    """(connection, administration, how many go out by themselves)."""
    setup = t.configuration_kind.c
    own = sa.func.nullif(t.link.c.administration_id, "")
    place = sa.func.coalesce(own, setup.administration_id, "")
    joined = t.delivery.join(t.link, t.link.c.id == _d.link_id).outerjoin(
        t.configuration_kind,
        sa.and_(setup.configuration_id == _d.configuration_id, setup.kind == _d.kind),
    )
    query = sa.select(_d.connection_id, place, sa.func.count()).select_from(joined).where(OPEN)
    return [
        (id, where, number)
        for id, where, number in c.execute(query.group_by(_d.connection_id, place))
    ]


def sent_through(c: sa.Connection, connection_id: str, since: datetime) -> int:
    """How many deliveries made ``since`` then were tried through this connection."""
    found = tries(c, since).get(connection_id)
    return found.made if found else 0
