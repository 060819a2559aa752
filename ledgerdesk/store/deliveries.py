"""Deliveries, their attempts and receipts in the books; the queue they make is in ``lanes``.

Functions work inside the caller's transaction; none of them writes the journal. The stage of a
delivery tells how far an attempt certainly got: whatever is beyond ``none`` and not finished may be
there already, and is probed before it is sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.errors import Scope, UnknownId
from ledgerdesk.model import Assurance, Delivery, DeliveryState, ExportKind, Receipt, Stage, Target
from ledgerdesk.store import tables as t
from ledgerdesk.store.rows import changed, one, page

WAITING = (DeliveryState.QUEUED, DeliveryState.RETRYING)
"""What goes out by itself."""

# Spelt as the partial indices spell them: only then SQLite uses these.
OPEN = sa.text("delivery.state IN ('queued', 'retrying', 'sending')")
FIRST = sa.text("delivery.reason = ''")
AGAIN = sa.text("delivery.reason <> ''")
_d = t.delivery.c

# What every single document asks is built once: building costs more than running it.
_GET = sa.select(t.delivery).where(_d.id == sa.bindparam("one_id"))
_END = (
    t.attempt.update()
    .where(t.attempt.c.delivery_id == sa.bindparam("one_id"), t.attempt.c.ended_at.is_(None))
    .values(
        ended_at=sa.bindparam("ended_at"),
        outcome=sa.bindparam("outcome"),
        detail=sa.bindparam("detail"),
    )
)
_OF_DOCUMENT = sa.select(t.delivery).where(_d.document_id == sa.bindparam("document"), FIRST)
_MADE_FOR = (
    t.document.update()
    .where(t.document.c.id == sa.bindparam("document"))
    .values(made_for=sa.bindparam("client"))
)
_SHARED = (Scope.ACCOUNT, Scope.CONNECTION, Scope.CONFIGURATION, Scope.LINK)
_STOPS = (
    sa.select(t.delivery)
    .where(_d.state == DeliveryState.BLOCKED, _d.attempts > 0, _d.block_scope.in_(_SHARED))
    .order_by(_d.id)
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. ``outcome`` is the state it led to, empty while it runs; ``detail`` a kept error."""

    delivery_id: str
    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


# --- reading ------------------------------------------------------------------------------------


def get(connection: sa.Connection, delivery_id: str) -> Delivery:
    """Raises UnknownId."""
    row = connection.execute(_GET, {"one_id": delivery_id}).one_or_none()
    if row is None:
        raise UnknownId(what="delivery", id=delivery_id)
    return delivery_of(row)


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
    return _all(connection, page(query, limit, offset))


def first_by_link(connection: sa.Connection, document_id: str) -> dict[str, Delivery]:
    """The deliveries of this document that are not deliberate re-sends, by the link they take."""
    rows = connection.execute(_OF_DOCUMENT, {"document": document_id})
    return {row.link_id: delivery_of(row) for row in rows}


def waiting(connection: sa.Connection, configuration_id: str) -> list[Delivery]:
    """What goes out by itself to this accounting package, oldest first."""
    query = sa.select(t.delivery).where(
        OPEN, _d.state.in_(WAITING), _d.configuration_id == configuration_id
    )
    return _all(connection, query.order_by(_d.id))


def of_document(connection: sa.Connection, document_id: str) -> list[Delivery]:
    """The first deliveries of this document, and its re-sends that did not leave yet."""
    resends = sa.select(t.delivery).where(_d.document_id == document_id, AGAIN)
    first = list(first_by_link(connection, document_id).values())
    unsent = (*WAITING, DeliveryState.BLOCKED)
    return first + [one for one in _all(connection, resends) if one.state in unsent]


def is_of(document_id: str) -> sa.ColumnElement[bool]:
    """Every delivery of a document, in the words of the two indices that know them."""
    same = _d.document_id == document_id
    return sa.or_(sa.and_(same, FIRST), sa.and_(same, AGAIN))


def counts(connection: sa.Connection) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; every state is there."""
    rows = connection.execute(sa.select(_d.state, sa.func.count()).group_by(_d.state))
    found = {DeliveryState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def receipts(connection: sa.Connection, ids: Collection[str]) -> dict[str, list[Receipt]]:
    """The receipts of each delivery, oldest first."""
    found: dict[str, list[Receipt]] = {}
    for some in portions(ids):
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


# --- changes ------------------------------------------------------------------------------------


def insert(connection: sa.Connection, *made: Delivery) -> None:
    """Raises sqlite3.IntegrityError for a second first delivery of one document and link."""
    if made:
        connection.execute(t.delivery.insert(), [{"id": one.id, **_columns(one)} for one in made])
        first = {one.document_id: one.client_id for one in made if not one.reason}
        if first:
            kept = [{"document": id, "client": client} for id, client in first.items()]
            connection.execute(_MADE_FOR, kept)


def update(connection: sa.Connection, delivery: Delivery, before: Delivery | None = None) -> None:
    """Raises UnknownId. ``before`` is what the books hold, where the caller knows it: then only
    what differs is written."""
    columns = _columns(delivery)
    if before is not None:
        kept = _columns(before)
        columns = {
            name: one for name, one in columns.items() if name == "state" or one != kept[name]
        }
    changed(connection, t.delivery, delivery.id, columns)


def reached(connection: sa.Connection, delivery_id: str, stage: Stage, so_far: str = "") -> None:
    """``so_far``, where given, is kept too. Raises UnknownId unless the delivery is being sent."""
    query = sa.select(_d.id).where(_d.id == delivery_id, _d.state == DeliveryState.SENDING)
    one(connection, query, "delivery", delivery_id)
    made = {"so_far": so_far} if so_far else {}
    changed(connection, t.delivery, delivery_id, {"stage": stage, **made})


def end_attempt(
    connection: sa.Connection,
    delivery_id: str,
    outcome: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Closes the attempt that is still open, if there is one."""
    given = {"ended_at": at, "outcome": outcome, "detail": dict(detail or {})}
    connection.execute(_END, {"one_id": delivery_id, **given})


def let_through(
    connection: sa.Connection, ids: Collection[str] | None = None, configuration_id: str = ""
) -> None:
    """A person said yes to these, or to all that go out by themselves, of one configuration where
    it is given: the brake counts them no more."""
    yes = t.delivery.update().values(let_through=True)
    if ids is None:
        waiting: list[Any] = [OPEN, _d.let_through.is_(False)]
        if configuration_id:
            waiting.append(_d.configuration_id == configuration_id)
        connection.execute(yes.where(*waiting))
        return
    for some in portions(ids):
        connection.execute(yes.where(_d.id.in_(some)))


def first_ones(
    connection: sa.Connection, only: Collection[str] | None = None
) -> list[tuple[str, str]]:
    """(id, configuration) of what would go out for the first time without anybody's yes, oldest
    first."""
    query = sa.select(_d.id, _d.configuration_id).where(
        OPEN,
        FIRST,
        _d.state == DeliveryState.QUEUED,
        _d.attempts == 0,
        _d.let_through.is_(False),
    )
    if only is not None:
        query = query.where(_d.configuration_id.in_(only))
    return [(id, configuration) for id, configuration in connection.execute(query.order_by(_d.id))]


def places_sent_to(
    connection: sa.Connection,
    lane: str,
    configurations: Collection[str],
    seen: Collection[Assurance] = (),
) -> set[str]:
    """The places, lower case, that ``configurations`` sent to or may have through ``lane``. With
    ``seen`` only those where one arrived with such a proof, or was sent on a person's yes."""
    sent = (DeliveryState.DELIVERED, DeliveryState.SENDING, DeliveryState.UNKNOWN)
    query = sa.select(_d.target["place"].as_string()).where(
        _d.lane == lane, _d.configuration_id.in_(configurations), _d.state.in_(sent)
    )
    if seen:
        proven = _d.assurance.in_([one.value for one in seen])
        query = query.where(sa.or_(proven, _d.let_through.is_(True)))
    return {str(place).lower() for place in connection.scalars(query.distinct()) if place}


def insert_receipt(connection: sa.Connection, receipt: Receipt) -> None:
    kept = {
        "id": receipt.id,
        "delivery_id": receipt.delivery_id,
        "assurance": receipt.assurance,
        "at": receipt.at,
        "evidence": dict(receipt.evidence),
    }
    connection.execute(t.receipt.insert(), kept)


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
        OPEN,
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


def stops(connection: sa.Connection) -> list[Delivery]:
    """The deliveries whose own failed attempt stops others as well, oldest first."""
    return [delivery_of(row) for row in connection.execute(_STOPS)]


def stopping(stops: Iterable[Delivery], like: Delivery) -> Delivery | None:
    """The first of ``stops`` that stops ``like`` too. Pure."""

    def covers(stop: Delivery) -> bool:
        return {
            Scope.ACCOUNT: stop.lane == like.lane,
            Scope.CONNECTION: stop.connection_id == like.connection_id,
            Scope.CONFIGURATION: (stop.configuration_id, stop.kind)
            == (like.configuration_id, like.kind),
            Scope.LINK: stop.link_id == like.link_id,
        }[Scope(stop.block_scope)]

    return next((one for one in stops if covers(one)), None)


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
    return _all(connection, query)


def _same(like: Delivery, scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    """A configuration's place belongs to one kind of document; the other kind has its own."""
    return {
        Scope.ACCOUNT: (_d.lane == like.lane,),
        Scope.CONNECTION: (_d.connection_id == like.connection_id,),
        Scope.CONFIGURATION: (_d.configuration_id == like.configuration_id, _d.kind == like.kind),
        Scope.LINK: (_d.link_id == like.link_id,),
        Scope.DELIVERY: (_d.id == like.id,),
    }[scope]


# --- rows and dataclasses -----------------------------------------------------------------------


def portions(ids: Collection[str], size: int = 500) -> Iterable[Sequence[str]]:
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
        "so_far": one.so_far,
        "assurance": one.assurance,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at,
        "target": kept,
        "reason": one.reason,
        "error": dict(one.error),
        "block_scope": one.block_scope,
        "warning": one.warning,
        "remote": one.remote,
        "created_at": one.created_at,
        "delivered_at": one.delivered_at,
    }


def _all(connection: sa.Connection, query: sa.Select[Any]) -> list[Delivery]:
    return [delivery_of(row) for row in connection.execute(query)]


def delivery_of(row: sa.Row[Any]) -> Delivery:
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
        so_far=row.so_far,
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
