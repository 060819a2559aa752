"""Runs: those that were made, and those another process asks the owner of the engine lock for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t
from ledgerdesk.store.ids import new_id

_FORGOTTEN_AFTER = timedelta(days=1)
_MADE_FORGOTTEN_AFTER = timedelta(days=30)

_r = t.run.c


@dataclass(frozen=True, slots=True)
class RunRequest:
    """``result`` is there once the run is finished."""

    id: str
    requested_at: datetime
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class MadeRun:
    """A run. ``trigger`` says who or what began it, ``reason`` why not when it was planned,
    ``missed`` how many planned runs it made up for. ``configurations`` None: all. ``error`` is a
    kept error; ``ended_at`` None: it goes on, or was cut off."""

    id: str
    trigger: str
    started_at: datetime
    reason: str = ""
    missed: int = 0
    configurations: tuple[str, ...] | None = None
    ended_at: datetime | None = None
    result: Mapping[str, int] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)


# --- made -----------------------------------------------------------------------------------------


def begin(connection: sa.Connection, made: MadeRun) -> None:
    """The run begins; runs of a month ago are forgotten."""
    old = _r.started_at < made.started_at - _MADE_FORGOTTEN_AFTER
    connection.execute(t.run.delete().where(old))
    only = made.configurations
    connection.execute(
        t.run.insert().values(
            id=made.id,
            trigger=made.trigger,
            reason=made.reason,
            missed=made.missed,
            configurations=None if only is None else list(only),
            started_at=made.started_at,
        )
    )


def end(
    connection: sa.Connection,
    run_id: str,
    at: datetime,
    result: Mapping[str, int],
    error: Mapping[str, Any],
) -> None:
    values = {"ended_at": at, "result": dict(result), "error": dict(error)}
    connection.execute(t.run.update().where(_r.id == run_id).values(values))


def made(connection: sa.Connection, limit: int = 20) -> list[MadeRun]:
    """The last ones, newest first."""
    query = sa.select(t.run).order_by(_r.id.desc()).limit(limit)
    return [_made(row) for row in connection.execute(query)]


def cut_off(connection: sa.Connection) -> list[MadeRun]:
    """Those that began and never came to an end, oldest first. Only for a new owner of the engine
    lock: what it began itself has not ended either."""
    query = sa.select(t.run).where(_r.ended_at.is_(None)).order_by(_r.id)
    return [_made(row) for row in connection.execute(query)]


def _made(row: sa.Row[Any]) -> MadeRun:
    return MadeRun(
        id=row.id,
        trigger=row.trigger,
        started_at=row.started_at,
        reason=row.reason,
        missed=row.missed,
        configurations=None if row.configurations is None else tuple(row.configurations),
        ended_at=row.ended_at,
        result=row.result,
        error=row.error,
    )


# --- asked for ------------------------------------------------------------------------------------


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
