"""The queue: what is due in each lane, claiming it, and what the lanes themselves remember.

A lane is all deliveries through one transport account, claimed in order of id. Functions work
inside the caller's transaction; none of them writes the journal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledgerdesk.failpoint import failpoint
from ledgerdesk.model import Delivery, DeliveryState, Stage
from ledgerdesk.store import tables as t
from ledgerdesk.store.deliveries import OPEN, WAITING, delivery_of, end_attempt, portions

LONGEST_WAIT = timedelta(hours=24)
"""No wait is longer; a later moment means that the wall clock was set back."""

_d = t.delivery.c

# What every single document asks is built once: building costs more than running it.
_DUE = sa.or_(
    _d.state == DeliveryState.QUEUED,
    sa.and_(
        _d.state == DeliveryState.RETRYING,
        sa.or_(
            _d.next_attempt_at.is_(None),
            _d.next_attempt_at <= sa.bindparam("now"),
            _d.next_attempt_at > sa.bindparam("set_back"),
        ),
    ),
)
_CHOOSE = (
    sa.select(t.delivery)
    .where(OPEN, _d.lane == sa.bindparam("one_lane"), _d.id > sa.bindparam("after"))
    .where(_DUE, _d.stage == Stage.NONE)
    .order_by(_d.id)
    .limit(sa.bindparam("number"))
)
_BEGIN = (
    t.delivery.update()
    .where(_d.id == sa.bindparam("one_id"))
    .values(state=DeliveryState.SENDING, stage=Stage.SENDING, attempts=_d.attempts + 1)
)
_CLEAR = t.lane_state.delete().where(t.lane_state.c.lane == sa.bindparam("one_lane"))


@dataclass(frozen=True, slots=True)
class LaneState:
    """``failures`` in a row; nothing is sent before ``open_until``."""

    lane: str
    failures: int = 0
    open_until: datetime | None = None


# --- what is due --------------------------------------------------------------------------------


def due_lanes(connection: sa.Connection, at: datetime) -> list[str]:
    """The lanes with something to send or to probe now, those in good health first. A lane that
    is paused is not among them."""
    paused = sa.and_(t.lane_state.c.open_until > at, t.lane_state.c.open_until <= at + LONGEST_WAIT)
    failures = sa.func.coalesce(t.lane_state.c.failures, 0)
    query = (
        sa.select(_d.lane)
        .outerjoin(t.lane_state, t.lane_state.c.lane == _d.lane)
        .where(OPEN, _DUE)
        .where(sa.or_(t.lane_state.c.open_until.is_(None), sa.not_(paused)))
        .group_by(_d.lane, failures)
        .order_by(failures, sa.func.min(_d.id))
    )
    return list(connection.scalars(query, _moment(at)))


def due_count(connection: sa.Connection, lanes: Collection[str], at: datetime) -> int:
    """How many deliveries of these lanes are due."""
    query = sa.select(_d.lane, sa.func.count()).where(OPEN, _DUE).group_by(_d.lane)
    found = connection.execute(query, _moment(at))
    return sum(number for lane, number in found if lane in lanes)


def to_probe(connection: sa.Connection, lane: str, at: datetime) -> list[Delivery]:
    """What may be there already: left behind in the middle of an attempt, oldest first."""
    query = sa.select(t.delivery).where(OPEN, _d.lane == lane, _DUE, _d.stage != Stage.NONE)
    rows = connection.execute(query.order_by(_d.id), _moment(at))
    return [delivery_of(row) for row in rows]


def claim_due(
    connection: sa.Connection,
    lane: str,
    at: datetime,
    number: int = 1,
    *,
    after: str = "",
) -> list[Delivery]:
    """The next deliveries of ``lane``, in order of id behind ``after``, now ``sending``.

    Once the caller's transaction is committed they are this run's; each has its attempt row.
    """
    given = {"one_lane": lane, "after": after, "number": number, **_moment(at)}
    chosen = [delivery_of(row) for row in connection.execute(_CHOOSE, given)]
    if not chosen:
        return []
    failpoint("delivery.claimed")
    claimed = [
        replace(one, state=DeliveryState.SENDING, stage=Stage.SENDING, attempts=one.attempts + 1)
        for one in chosen
    ]
    connection.execute(_BEGIN, [{"one_id": one.id} for one in claimed])
    connection.execute(
        t.attempt.insert(),
        [{"delivery_id": one.id, "number": one.attempts, "started_at": at} for one in claimed],
    )
    return claimed


def _moment(at: datetime) -> dict[str, datetime]:
    return {"now": at, "set_back": at + LONGEST_WAIT}


def recover(connection: sa.Connection, at: datetime, error: Mapping[str, Any]) -> list[str]:
    """What an earlier run left ``sending`` waits for its probe now: ``retrying``, due at once, its
    stage kept. Only for the holder of the engine lock; returns the ids."""
    left = (OPEN, _d.state == DeliveryState.SENDING)
    ids = list(connection.scalars(sa.select(_d.id).where(*left).order_by(_d.id)))
    values = {
        "state": DeliveryState.RETRYING,
        "next_attempt_at": None,
        "error": dict(error),
    }
    connection.execute(t.delivery.update().where(*left).values(values))
    for one_id in ids:
        end_attempt(connection, one_id, "interrupted", at)
    return ids


# --- the lanes themselves -------------------------------------------------------------------------


def lane_state(connection: sa.Connection, lane: str) -> LaneState:
    row = connection.execute(
        sa.select(t.lane_state).where(t.lane_state.c.lane == lane)
    ).one_or_none()
    return LaneState(lane) if row is None else LaneState(lane, row.failures, row.open_until)


def set_lane_state(connection: sa.Connection, state: LaneState) -> None:
    clear_lanes(connection, [state.lane])
    if state.failures or state.open_until:
        connection.execute(
            t.lane_state.insert().values(
                lane=state.lane, failures=state.failures, open_until=state.open_until
            )
        )


def clear_lanes(connection: sa.Connection, lanes: Iterable[str]) -> None:
    """Forgets failures and pauses: the next run tries at once."""
    for lane in set(lanes):
        connection.execute(_CLEAR, {"one_lane": lane})


def lanes_of(connection: sa.Connection, connection_id: str) -> list[str]:
    """The lanes of what is not finished on one connection."""
    states = (*WAITING, DeliveryState.BLOCKED)
    query = sa.select(_d.lane).where(_d.connection_id == connection_id, _d.state.in_(states))
    return list(connection.scalars(query.distinct()))


def hurry(connection: sa.Connection, lanes: Collection[str]) -> None:
    """What waits for a later attempt in these lanes is due now."""
    for some in portions(lanes):
        connection.execute(
            t.delivery.update()
            .where(OPEN, _d.lane.in_(some), _d.state == DeliveryState.RETRYING)
            .values(next_attempt_at=None)
        )
    clear_lanes(connection, lanes)
