"""What the status board tells of each client and kind of document, in a few queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.model import DeliveryState, DocumentState, ExportKind
from ledgerdesk.store import tables as t
from ledgerdesk.store.deliveries import OPEN

Key = tuple[str, ExportKind]
"""A client's id and a kind of document."""

_d = t.delivery.c
_STUCK = (DeliveryState.BLOCKED, DeliveryState.UNKNOWN, DeliveryState.REJECTED)
_WAITS = (DocumentState.HELD, DocumentState.NO_DESTINATION)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Deliveries of one client and kind that stand still for the same reason."""

    client_id: str
    kind: ExportKind
    state: DeliveryState
    error: Mapping[str, Any]
    how_many: int


def links(c: sa.Connection, day: date) -> dict[Key, list[str]]:
    """The accounting packages of every active client on that day."""
    link = t.link.c
    query = (
        sa.select(link.client_id, link.kind, t.configuration.c.name)
        .select_from(
            t.link.join(t.client, t.client.c.id == link.client_id).join(
                t.configuration, t.configuration.c.id == link.configuration_id
            )
        )
        .where(t.client.c.archived_at.is_(None), t.configuration.c.removed_at.is_(None))
        .where(sa.or_(link.until.is_(None), link.until >= day))
        .order_by(link.id)
    )
    found: dict[Key, list[str]] = {}
    for client_id, kind, name in c.execute(query):
        found.setdefault((client_id, ExportKind(kind)), []).append(name)
    return found


def last_delivered(c: sa.Connection) -> dict[Key, datetime]:
    columns = (_d.client_id, _d.kind, sa.func.max(_d.delivered_at))
    query = sa.select(*columns).where(_d.delivered_at.is_not(None))
    found = c.execute(query.group_by(_d.client_id, _d.kind))
    return {(client_id, ExportKind(kind)): at for client_id, kind, at in found}


def on_their_way(c: sa.Connection) -> dict[Key, int]:
    """What goes out by itself, now or later."""
    query = sa.select(_d.client_id, _d.kind, sa.func.count()).where(OPEN)
    found = c.execute(query.group_by(_d.client_id, _d.kind))
    return {(client_id, ExportKind(kind)): number for client_id, kind, number in found}


def stuck(c: sa.Connection) -> list[Stuck]:
    columns = (_d.client_id, _d.kind, _d.state, _d.error)
    query = sa.select(*columns, sa.func.count()).where(_d.state.in_(_STUCK))
    return [
        Stuck(client_id, ExportKind(kind), DeliveryState(state), error or {}, number)
        for client_id, kind, state, error, number in c.execute(query.group_by(*columns))
    ]


def documents(c: sa.Connection) -> dict[str, int]:
    """By client: documents that wait for a person before they can be sent; "" nobody's."""
    document = t.document.c
    whose = sa.func.coalesce(document.client_id, "")
    states = (*_WAITS, DocumentState.UNASSIGNED)
    query = sa.select(whose, sa.func.count()).where(document.state.in_(states)).group_by(whose)
    return {client_id: number for client_id, number in c.execute(query)}
