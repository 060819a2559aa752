"""Looking after a data folder: what needs a person, restoring a backup, forgetting old copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledgerdesk.delivery.counts import Counts, count
from ledgerdesk.model import ConnectionState, DeliveryState, SourceState
from ledgerdesk.store import Books, configurations, deliveries, retention, sources
from ledgerdesk.store.blobs import Blobs

_DAYS_A_MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing a person has to look at; ``error`` is a kept error, ``how_many`` what it stops."""

    what: str
    id: str
    name: str
    error: Mapping[str, Any]
    how_many: int = 1


@dataclass(frozen=True, slots=True)
class Status:
    counts: Counts
    attention: tuple[Attention, ...]
    last_look_at: datetime | None


@dataclass(frozen=True, slots=True)
class Restored:
    """``kept`` is where the former database lies; ``sign_in_again``: the key is not here."""

    kept: Path | None
    sign_in_again: bool


def status(books: Books) -> Status:
    """What waits, and each cause once: one fix releases all it stops."""
    with books.read() as connection:
        found = sources.listed(connection, limit=None)
        looks = [one.last_look_at for one in found if one.last_look_at is not None]
        attention = [
            *_connections(connection),
            *(
                Attention("source", one.id, one.path, one.error)
                for one in found
                if one.state not in (SourceState.OK, SourceState.UNTESTED)
            ),
            *_deliveries(connection),
        ]
        return Status(count(connection), tuple(attention), max(looks, default=None))


def _connections(connection: sa.Connection) -> list[Attention]:
    return [
        Attention("connection", one.id, one.account, one.error)
        for one in configurations.connections(connection, limit=None)
        if one.state in (ConnectionState.REAUTHENTICATE, ConnectionState.BLOCKED)
    ]


def _deliveries(connection: sa.Connection) -> list[Attention]:
    """Blocked and possibly sent deliveries, those with the same cause as one."""
    causes: dict[tuple[str, str, str], Attention] = {}
    for state in (DeliveryState.BLOCKED, DeliveryState.UNKNOWN):
        for one in deliveries.listed(connection, state=state, limit=None):
            place = one.id if state is DeliveryState.UNKNOWN else one.configuration_id
            key = (str(one.error.get("code")), str(one.error.get("params")), place)
            first = causes.get(key)
            name = configurations.get(connection, one.configuration_id, removed=True).name
            causes[key] = Attention(
                "delivery",
                first.id if first else one.id,
                name,
                one.error,
                first.how_many + 1 if first else 1,
            )
    return list(causes.values())


def forget_old_copies(books: Books, blobs: Blobs, now: datetime, months: int) -> int:
    """Removes stored documents ``months`` after their last delivery; returns how many.

    Never a copy that is open somewhere, or that never went out; rows and receipts stay.
    """
    limit = now - timedelta(days=months * _DAYS_A_MONTH)
    with books.read() as connection:
        old = retention.delivered_before(connection, limit)
    kept = [sha256 for sha256 in old if blobs.path(sha256).exists()]
    for sha256 in kept:
        blobs.remove(sha256)
    return len(kept)
