"""Runs that another process asked the owner of the engine lock for, and what came of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t
from ledgerdesk.store.ids import new_id

_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """``result`` is there once the run is finished."""

    id: str
    requested_at: datetime
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    result: Mapping[str, Any] | None = None


def ask(connection: sa.Connection, at: datetime) -> str:
    """Asks for a run; the id is what ``result`` and ``withdraw`` want."""
    old = t.run_request.c.requested_at < at - _FORGOTTEN_AFTER
    connection.execute(t.run_request.delete().where(old))
    request_id = new_id()
    connection.execute(t.run_request.insert().values(id=request_id, requested_at=at))
    return request_id


def unclaimed(connection: sa.Connection) -> bool:
    """Whether somebody asked and was not heard yet."""
    query = sa.select(t.run_request.c.id).where(t.run_request.c.claimed_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def claim(connection: sa.Connection, at: datetime) -> list[RunRequest]:
    """What is asked for and nobody works on; one run answers all of them."""
    claimed = (
        t.run_request.update()
        .where(t.run_request.c.claimed_at.is_(None))
        .values(claimed_at=at)
        .returning(t.run_request)
    )
    return sorted(map(_request, connection.execute(claimed)), key=lambda request: request.id)


def finish(
    connection: sa.Connection, ids: Collection[str], result: Mapping[str, Any], at: datetime
) -> None:
    """Answers requests that were claimed before the run began."""
    connection.execute(
        t.run_request.update()
        .where(t.run_request.c.id.in_(ids))
        .values(finished_at=at, result=dict(result))
    )


def reopen(connection: sa.Connection) -> None:
    """For a new owner: what a former one claimed and never finished is asked for again."""
    connection.execute(
        t.run_request.update()
        .where(t.run_request.c.claimed_at.is_not(None), t.run_request.c.finished_at.is_(None))
        .values(claimed_at=None)
    )


def get(connection: sa.Connection, request_id: str) -> RunRequest | None:
    """None when the request was withdrawn or forgotten."""
    query = sa.select(t.run_request).where(t.run_request.c.id == request_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _request(row)


def result(connection: sa.Connection, request_id: str) -> Mapping[str, Any] | None:
    """What the run brought; None while it is not finished."""
    request = get(connection, request_id)
    return None if request is None else request.result


def withdraw(connection: sa.Connection, request_id: str) -> bool:
    """Takes back a request that nobody claimed yet; False: somebody works on it already."""
    done = connection.execute(
        t.run_request.delete().where(
            t.run_request.c.id == request_id, t.run_request.c.claimed_at.is_(None)
        )
    )
    return done.rowcount > 0


def _request(row: sa.Row[Any]) -> RunRequest:
    return RunRequest(row.id, row.requested_at, row.claimed_at, row.finished_at, row.result)
