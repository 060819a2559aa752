"""Deliveries, their attempts and receipts, and the state of the lanes, in the books.

Functions work inside the caller's transaction; none of them writes the journal. The stage of a
delivery tells how far an attempt certainly got: whatever is beyond ``none`` and not finished may be
there already, and is probed before it is sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledgerdesk.errors import Scope
from ledgerdesk.failpoint import failpoint
from ledgerdesk.model import Assurance, Delivery, DeliveryState, ExportKind, Receipt, Stage, Target
from ledgerdesk.store import tables as t
from ledgerdesk.store.rows import changed, one, page

WAITING = (DeliveryState.QUEUED, DeliveryState.RETRYING)
"""What goes out by itself."""

LONGEST_WAIT = timedelta(hours=24)
"""No wait is longer; a later moment means that the wall clock was set back."""

# Spelt as the partial indices spell them: only then SQLite uses these.
_OPEN = sa.text("delivery.state IN ('queued', 'retrying', 'sending')")
_FIRST = sa.text("delivery.reason = ''")
_d = t.delivery.c


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. ``outcome`` is the state it led to, empty while it runs; ``detail`` a kept error."""

    delivery_id: str
    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaneState:
    """``failures`` in a row; nothing is sent before ``open_until``."""

    lane: str
    failures: int = 0
    open_until: datetime | None = None


# --- reading ------------------------------------------------------------------------------------


def get(connection: sa.Connection, delivery_id: str) -> Delivery:
    """Raises UnknownId."""
    query = sa.select(t.delivery).where(_d.id == delivery_id)
    return _delivery(one(connection, query, "delivery", delivery_id))


def listed(
    connection: sa.Connection,
    *,
    state: DeliveryState | None = None,
    client_id: str = "",
    limit: int | None = 1000,
    offset: int = 0,
) -> list[Delivery]:
    """Oldest first."""
    query = sa.select(t.delivery).order_by(_d.id)
    if state is not None:
        query = query.where(_d.state == state)
    if client_id:
        query = query.where(_d.client_id == client_id)
    return _deliveries(connection, page(query, limit, offset))


def first_by_link(connection: sa.Connection, document_id: str) -> dict[str, Delivery]:
    """The deliveries of this document that are not deliberate re-sends, by the link they take."""
    query = sa.select(t.delivery).where(_d.document_id == document_id, _FIRST)
    return {one.link_id: one for one in _deliveries(connection, query)}


def of_document(connection: sa.Connection, document_id: str) -> list[Delivery]:
    """The first deliveries of this document, and its re-sends that did not leave yet."""
    resends = sa.select(t.delivery).where(
        _d.state.in_((*WAITING, DeliveryState.BLOCKED)),
        _d.document_id == document_id,
        _d.reason != "",
    )
    first = list(first_by_link(connection, document_id).values())
    return first + _deliveries(connection, resends)


def counts(connection: sa.Connection) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; every state is there."""
    rows = connection.execute(sa.select(_d.state, sa.func.count()).group_by(_d.state))
    found = {DeliveryState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def receipts(connection: sa.Connection, ids: Collection[str]) -> dict[str, list[Receipt]]:
    """The receipts of each delivery, oldest first."""
    found: dict[str, list[Receipt]] = {}
    for some in _portions(ids):
        query = sa.select(t.receipt).where(t.receipt.c.delivery_id.in_(some))
        for row in connection.execute(query.order_by(t.receipt.c.id)):
            kept = Receipt(row.id, row.delivery_id, Assurance(row.assurance), row.at, row.evidence)
            found.setdefault(row.delivery_id, []).append(kept)
    return found


def attempts(connection: sa.Connection, delivery_id: str) -> list[Attempt]:
    query = sa.select(t.attempt).where(t.attempt.c.delivery_id == delivery_id)
    return [
        Attempt(row.delivery_id, row.number, row.started_at, row.ended_at, row.outcome, row.detail)
        for row in connection.execute(query.order_by(t.attempt.c.number))
    ]


# --- what is due --------------------------------------------------------------------------------


def due_lanes(connection: sa.Connection, at: datetime) -> list[str]:
    """The lanes with something to send or to probe now, those in good health first. A lane that
    is paused is not among them."""
    paused = sa.and_(t.lane_state.c.open_until > at, t.lane_state.c.open_until <= at + LONGEST_WAIT)
    failures = sa.func.coalesce(t.lane_state.c.failures, 0)
    query = (
        sa.select(_d.lane)
        .outerjoin(t.lane_state, t.lane_state.c.lane == _d.lane)
        .where(_OPEN, _due(at))
        .where(sa.or_(t.lane_state.c.open_until.is_(None), sa.not_(paused)))
        .group_by(_d.lane, failures)
        .order_by(failures, sa.func.min(_d.id))
    )
    return list(connection.scalars(query))


def due_count(connection: sa.Connection, lanes: Collection[str], at: datetime) -> int:
    """How many deliveries of these lanes are due."""
    query = sa.select(_d.lane, sa.func.count()).where(_OPEN, _due(at)).group_by(_d.lane)
    return sum(number for lane, number in connection.execute(query) if lane in lanes)


def to_probe(connection: sa.Connection, lane: str, at: datetime) -> list[Delivery]:
    """What may be there already: left behind in the middle of an attempt, oldest first."""
    query = sa.select(t.delivery).where(_OPEN, _d.lane == lane, _due(at), _d.stage != Stage.NONE)
    return _deliveries(connection, query.order_by(_d.id))


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
    query = (
        sa.select(t.delivery)
        .where(_OPEN, _d.lane == lane, _d.id > after, _due(at), _d.stage == Stage.NONE)
        .order_by(_d.id)
        .limit(number)
    )
    claimed = _deliveries(connection, query)
    if not claimed:
        return []
    failpoint("delivery.claimed")
    ids = [one.id for one in claimed]
    connection.execute(
        t.delivery.update()
        .where(_d.id.in_(ids))
        .values(state=DeliveryState.SENDING, stage=Stage.SENDING, attempts=_d.attempts + 1)
    )
    connection.execute(
        t.attempt.insert(),
        [{"delivery_id": one.id, "number": one.attempts + 1, "started_at": at} for one in claimed],
    )
    return [get(connection, one_id) for one_id in ids]


def _due(at: datetime) -> sa.ColumnElement[bool]:
    moment = sa.or_(
        _d.next_attempt_at.is_(None),
        _d.next_attempt_at <= at,
        _d.next_attempt_at > at + LONGEST_WAIT,
    )
    return sa.or_(
        _d.state == DeliveryState.QUEUED, sa.and_(_d.state == DeliveryState.RETRYING, moment)
    )


# --- changes ------------------------------------------------------------------------------------


def insert(connection: sa.Connection, delivery: Delivery) -> None:
    """Raises sqlite3.IntegrityError for a second first delivery of one document and link."""
    connection.execute(t.delivery.insert().values(id=delivery.id, **_columns(delivery)))


def update(connection: sa.Connection, delivery: Delivery) -> None:
    """Raises UnknownId."""
    changed(connection, t.delivery, delivery.id, _columns(delivery))


def recover(connection: sa.Connection, at: datetime, error: Mapping[str, Any]) -> list[str]:
    """What an earlier run left ``sending`` waits for its probe now: ``retrying``, due at once, its
    stage kept. Only for the holder of the engine lock; returns the ids."""
    left = (_OPEN, _d.state == DeliveryState.SENDING)
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


def reached(connection: sa.Connection, delivery_id: str, stage: Stage) -> None:
    """Raises UnknownId unless the delivery is being sent."""
    query = sa.select(_d.id).where(_d.id == delivery_id, _d.state == DeliveryState.SENDING)
    one(connection, query, "delivery", delivery_id)
    changed(connection, t.delivery, delivery_id, {"stage": stage})


def end_attempt(
    connection: sa.Connection,
    delivery_id: str,
    outcome: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Closes the attempt that is still open, if there is one."""
    open_ = (t.attempt.c.delivery_id == delivery_id, t.attempt.c.ended_at.is_(None))
    values = {"ended_at": at, "outcome": outcome, "detail": dict(detail or {})}
    connection.execute(t.attempt.update().where(*open_).values(values))


def insert_receipt(connection: sa.Connection, receipt: Receipt) -> None:
    connection.execute(
        t.receipt.insert().values(
            id=receipt.id,
            delivery_id=receipt.delivery_id,
            assurance=receipt.assurance,
            at=receipt.at,
            evidence=dict(receipt.evidence),
        )
    )


# --- what stops together ------------------------------------------------------------------------


def stop(
    connection: sa.Connection,
    like: Delivery,
    scope: Scope,
    state: DeliveryState,
    error: Mapping[str, Any],
    next_attempt_at: datetime | None = None,
) -> list[str]:
    """Puts what waits in the same ``scope`` as ``like`` into ``state``; the ids of those others."""
    others: tuple[Any, ...] = (
        *_same(like, scope),
        _d.id != like.id,
        _OPEN,
        _d.state.in_(WAITING),
    )
    ids = list(connection.scalars(sa.select(_d.id).where(*others).order_by(_d.id)))
    values = {
        "state": state,
        "error": dict(error),
        "block_scope": scope if state is DeliveryState.BLOCKED else "",
        "next_attempt_at": next_attempt_at,
    }
    connection.execute(t.delivery.update().where(*others).values(values))
    return ids


def stopped(connection: sa.Connection, like: Delivery) -> Delivery | None:
    """A delivery whose failed attempt stops ``like`` too."""
    matches = (sa.and_(_d.block_scope == scope, *_same(like, scope)) for scope in _SHARED)
    query = sa.select(t.delivery).where(
        _d.state == DeliveryState.BLOCKED, _d.attempts > 0, sa.or_(*matches)
    )
    found = _deliveries(connection, query.order_by(_d.id).limit(1))
    return found[0] if found else None


def blocked(
    connection: sa.Connection,
    *,
    scopes: Collection[Scope] = (),
    client_id: str = "",
    configuration_id: str = "",
    connection_id: str = "",
    link_id: str = "",
    lane: str = "",
) -> list[Delivery]:
    """What waits for a person, narrowed by what is given, oldest first."""
    query = sa.select(t.delivery).where(_d.state == DeliveryState.BLOCKED).order_by(_d.id)
    if scopes:
        query = query.where(_d.block_scope.in_(scopes))
    given = {
        _d.client_id: client_id,
        _d.configuration_id: configuration_id,
        _d.connection_id: connection_id,
        _d.link_id: link_id,
        _d.lane: lane,
    }
    for column, value in given.items():
        if value:
            query = query.where(column == value)
    return _deliveries(connection, query)


def lanes_of(connection: sa.Connection, connection_id: str) -> list[str]:
    """The lanes of what is not finished on one connection."""
    states = (*WAITING, DeliveryState.BLOCKED)
    query = sa.select(_d.lane).where(_d.connection_id == connection_id, _d.state.in_(states))
    return list(connection.scalars(query.distinct()))


def hurry(connection: sa.Connection, lanes: Collection[str]) -> None:
    """What waits for a later attempt in these lanes is due now."""
    for some in _portions(lanes):
        connection.execute(
            t.delivery.update()
            .where(_OPEN, _d.lane.in_(some), _d.state == DeliveryState.RETRYING)
            .values(next_attempt_at=None)
        )
    clear_lanes(connection, lanes)


_SHARED = (Scope.ACCOUNT, Scope.CONNECTION, Scope.CONFIGURATION, Scope.LINK)


def _same(like: Delivery, scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    """A configuration's place belongs to one kind of document; the other kind has its own."""
    return {
        Scope.ACCOUNT: (_d.lane == like.lane,),
        Scope.CONNECTION: (_d.connection_id == like.connection_id,),
        Scope.CONFIGURATION: (_d.configuration_id == like.configuration_id, _d.kind == like.kind),
        Scope.LINK: (_d.link_id == like.link_id,),
        Scope.DELIVERY: (_d.id == like.id,),
    }[scope]


# --- lanes --------------------------------------------------------------------------------------


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
    for some in _portions(set(lanes)):
        connection.execute(t.lane_state.delete().where(t.lane_state.c.lane.in_(some)))


# --- rows and dataclasses -----------------------------------------------------------------------


def _portions(ids: Collection[str], size: int = 500) -> Iterable[Sequence[str]]:
    """SQLite takes a limited number of parameters in one statement."""
    whole = sorted(ids)
    return (whole[at : at + size] for at in range(0, len(whole), size))


def _columns(one: Delivery) -> dict[str, Any]:
    target = one.target
    kept = None
    if target is not None:
        kept = {"place": target.place, "name": target.name, "extra": dict(target.extra)}
    return {
        "document_id": one.document_id,
        "link_id": one.link_id,
        "client_id": one.client_id,
        "configuration_id": one.configuration_id,
        "connection_id": one.connection_id,
        "kind": one.kind,
        "lane": one.lane,
        "state": one.state,
        "stage": one.stage,
        "assurance": one.assurance,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at,
        "target": sa.null() if kept is None else kept,
        "reason": one.reason,
        "error": dict(one.error),
        "block_scope": one.block_scope,
        "warning": one.warning,
        "remote": one.remote,
        "created_at": one.created_at,
        "delivered_at": one.delivered_at,
    }


def _deliveries(connection: sa.Connection, query: sa.Select[Any]) -> list[Delivery]:
    return [_delivery(row) for row in connection.execute(query)]


def _delivery(row: sa.Row[Any]) -> Delivery:
    kept = row.target
    return Delivery(
        id=row.id,
        document_id=row.document_id,
        link_id=row.link_id,
        client_id=row.client_id,
        configuration_id=row.configuration_id,
        connection_id=row.connection_id,
        kind=ExportKind(row.kind),
        lane=row.lane,
        state=DeliveryState(row.state),
        created_at=row.created_at,
        stage=Stage(row.stage),
        target=None if kept is None else Target(kept["place"], kept["name"], kept["extra"]),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        assurance=row.assurance,
        reason=row.reason,
        error=row.error,
        block_scope=row.block_scope,
        warning=row.warning,
        remote=row.remote,
        delivered_at=row.delivered_at,
    )
