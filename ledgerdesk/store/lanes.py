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
from ledgerdesk.store import confirmations
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
_CHOOSE_OF = _CHOOSE.where(_d.configuration_id.in_(sa.bindparam("only", expanding=True)))
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


def due_lanes(
    connection: sa.Connection,
    at: datetime,
    only: Collection[str] | None = None,
    *,
    asks: bool = True,
) -> list[str]:
    """The lanes with something to send or to probe now, those in good health first; then, with
    ``asks``, those that only have something to ask. A lane that is paused is not among them.
    ``only``: what goes to these configurations."""
    failures = sa.func.coalesce(t.lane_state.c.failures, 0)
    query = (
        sa.select(_d.lane)
        .outerjoin(t.lane_state, t.lane_state.c.lane == _d.lane)
        .where(OPEN, _DUE, _of(only))
        .group_by(_d.lane, failures)
        .order_by(failures, sa.func.min(_d.id))
    )
    found = list(connection.scalars(query, _moment(at)))
    if asks:
        found += confirmations.lanes(connection)
    paused = _paused(connection, at)
    return [lane for lane in dict.fromkeys(found) if lane not in paused]


def due_count(
    connection: sa.Connection,
    lanes: Collection[str],
    at: datetime,
    only: Collection[str] | None = None,
) -> int:
    """How many deliveries of these lanes are due."""
    query = sa.select(_d.lane, sa.func.count()).where(OPEN, _DUE, _of(only)).group_by(_d.lane)
    found = connection.execute(query, _moment(at))
    return sum(number for lane, number in found if lane in lanes)


def retries(
    connection: sa.Connection, at: datetime, busy: Collection[str] = ()
) -> tuple[set[str], datetime | None]:
    """The configurations with a delivery whose later attempt is due, and when the first of the
    others will be. What waits in a paused lane waits for its end; ``busy`` lanes are left out."""
    paused = _paused(connection, at)
    query = sa.select(_d.configuration_id, _d.lane, sa.func.min(_d.next_attempt_at)).where(
        _d.state == DeliveryState.RETRYING
    )
    now, later = set[str](), list[datetime]()
    never = _d.next_attempt_at.is_(None)
    for configuration_id, lane, moment in connection.execute(
        query.group_by(_d.configuration_id, _d.lane, never)
    ):
        if lane in busy:
            continue
        due_at = max(filter(None, (moment, paused.get(lane))), default=at)
        if at < due_at <= at + LONGEST_WAIT:
            later.append(due_at)
        else:
            now.add(configuration_id)
    return now, min(later, default=None)


def _of(only: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if only is None else _d.configuration_id.in_(only)


def _paused(connection: sa.Connection, at: datetime) -> dict[str, datetime]:
    """The lanes that pause, and until when."""
    state = t.lane_state.c
    pausing = (state.open_until > at, state.open_until <= at + LONGEST_WAIT)
    found = connection.execute(sa.select(state.lane, state.open_until).where(*pausing))
    return {lane: until for lane, until in found}


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
    only: Collection[str] | None = None,
) -> list[Delivery]:
    """The next deliveries of ``lane``, in order of id behind ``after``, now ``sending``; ``only``
    those of these configurations.

    Once the caller's transaction is committed they are this run's; each has its attempt row.
    """
    given: dict[str, Any] = {"one_lane": lane, "after": after, "number": number, **_moment(at)}
    query = _CHOOSE
    if only is not None:
        query, given["only"] = _CHOOSE_OF, sorted(only)
    chosen = [delivery_of(row) for row in connection.execute(query, given)]
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


def recover(
    connection: sa.Connection,
    at: datetime,
    error: Mapping[str, Any],
    busy: Collection[str] = (),
) -> list[str]:
    """What an earlier run left ``sending`` waits for its probe now: ``retrying``, due at once, its
    stage kept. Only for the holder of the engine lock, which works in ``busy`` lanes itself;
    returns the ids."""
    left = (OPEN, _d.state == DeliveryState.SENDING, _d.lane.not_in(busy))
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
