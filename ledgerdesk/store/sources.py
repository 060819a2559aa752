"""Sources in the books, and what is remembered of every item they hold.

A source that is removed stays as a row: its documents keep pointing at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.model import Source, SourceState
from ledgerdesk.store import tables as t
from ledgerdesk.store.rows import changed, one, page

TAKEN, OLDER, WAITING = "taken", "older", "waiting"
"""The outcomes of an item: in the books; from before the starting point; not stable yet."""

_i = t.source_item.c


@dataclass(frozen=True, slots=True)
class KnownItem:
    """One item of a source as it was last seen. ``since`` is when a waiting one was first seen
    with this version."""

    key: str
    version: str
    outcome: str
    since: datetime | None = None


# --- sources ------------------------------------------------------------------------------------


def insert(connection: sa.Connection, source: Source) -> None:
    connection.execute(t.source.insert().values(id=source.id, **_columns(source)))


def update(connection: sa.Connection, source: Source) -> None:
    """Raises UnknownId."""
    changed(connection, t.source, source.id, _columns(source))


def remove(connection: sa.Connection, source_id: str, at: datetime) -> None:
    """Raises UnknownId, also for one that is removed already."""
    get(connection, source_id)
    changed(connection, t.source, source_id, {"removed_at": at})


def get(connection: sa.Connection, source_id: str, *, removed: bool = False) -> Source:
    """Raises UnknownId; ``removed`` finds also one that is no longer looked into."""
    query = sa.select(t.source).where(t.source.c.id == source_id)
    if not removed:
        query = query.where(t.source.c.removed_at.is_(None))
    return _source(one(connection, query, "source", source_id))


def listed(connection: sa.Connection, *, limit: int | None = 1000, offset: int = 0) -> list[Source]:
    """Oldest first, without the removed ones."""
    query = sa.select(t.source).where(t.source.c.removed_at.is_(None)).order_by(t.source.c.id)
    return [_source(row) for row in connection.execute(page(query, limit, offset))]


def _columns(source: Source) -> dict[str, Any]:
    return {
        "type": source.type,
        "path": source.path,
        "values": dict(source.values),
        "client_id": source.client_id or None,
        "kind": source.kind,
        "direction": source.direction,
        "pattern": source.pattern,
        "preset": source.preset,
        "starting_point": source.starting_point,
        "after": source.after,
        "cursor": dict(source.cursor),
        "state": source.state.value,
        "error": dict(source.error),
        "last_look_at": source.last_look_at,
        "last_document_at": source.last_document_at,
        "created_at": source.created_at,
    }


def _source(row: sa.Row[Any]) -> Source:
    return Source(
        id=row.id,
        type=row.type,
        path=row.path,
        created_at=row.created_at,
        values=row.values,
        client_id=row.client_id or "",
        kind=row.kind,
        direction=row.direction,
        pattern=row.pattern,
        preset=row.preset,
        starting_point=row.starting_point,
        after=row.after,
        cursor=row.cursor,
        state=SourceState(row.state),
        error=row.error,
        last_look_at=row.last_look_at,
        last_document_at=row.last_document_at,
    )


# --- their items --------------------------------------------------------------------------------


def items(connection: sa.Connection, source_id: str) -> dict[str, KnownItem]:
    """Everything remembered of one source, by key."""
    query = sa.select(_i.key, _i.version, _i.outcome).where(_i.source_id == source_id)
    return {row.key: _item(row) for row in connection.execute(query)}


def remember(connection: sa.Connection, source_id: str, known: Iterable[KnownItem]) -> None:
    """Keeps these items as they are now, each instead of what was remembered under its key."""
    rows = {
        each.key: {
            "source_id": source_id,
            "key": each.key,
            "version": each.version,
            "outcome": _outcome(each),
        }
        for each in known
    }
    if not rows:
        return
    forget(connection, source_id, rows)
    connection.execute(t.source_item.insert(), list(rows.values()))


def forget(connection: sa.Connection, source_id: str, keys: Iterable[str]) -> None:
    """Forgets items that are gone before they were taken in."""
    parameters = [{"gone": key} for key in keys]
    if parameters:
        gone = _i.key == sa.bindparam("gone")
        statement = t.source_item.delete().where(_i.source_id == source_id, gone)
        connection.execute(statement, parameters)


def waiting(connection: sa.Connection) -> Mapping[str, int]:
    """How many items of each source were seen but not taken in yet."""
    query = (
        sa.select(_i.source_id, sa.func.count())
        .where(_i.outcome.startswith(WAITING))
        .group_by(_i.source_id)
    )
    return {source_id: number for source_id, number in connection.execute(query)}


def _outcome(item: KnownItem) -> str:
    return item.outcome if item.since is None else f"{item.outcome} {item.since.isoformat()}"


def _item(row: Any) -> KnownItem:
    outcome, _, since = row.outcome.partition(" ")
    return KnownItem(
        row.key, row.version, outcome, datetime.fromisoformat(since) if since else None
    )
