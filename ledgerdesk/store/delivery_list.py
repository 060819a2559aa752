"""Deliveries as lists show them: any number of keys, the rows around a place, and what they add up
to. Read only.

Each condition is one statement that an index answers alone: the rows of a delivery are wide, and a
million of them are not read to find a thousand.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.errors import Scope
from ledgerdesk.model import Delivery, DeliveryState, DocumentKind
from ledgerdesk.model.listing import DeliveryRow, WantedDeliveries
from ledgerdesk.store import rowids
from ledgerdesk.store import tables as t
from ledgerdesk.store.deliveries import AGAIN, FIRST, OPEN, delivery_of, is_of

_d = t.delivery.c
_ROWID = rowids.rowid(t.delivery)
_KEYS = sa.select(_ROWID).select_from(t.delivery)


@dataclass(frozen=True, slots=True)
class Group:
    """Deliveries that stand still for the same cause: ``first`` is the oldest of them."""

    first: Delivery
    how_many: int
    clients: int
    next_attempt_at: datetime | None


# --- keys -----------------------------------------------------------------------------------------


def keys(
    c: sa.Connection, wanted: WantedDeliveries, sort: str = "", descending: bool = False
) -> array[int]:
    """The rowids of all that fit, in order; without ``sort`` the newest first. ``sort`` is
    ``made``, ``client``, ``package`` or ``state``."""
    found = list(_conditions(c, wanted))
    if sort in _ORDERS:
        ordered = _ORDERS[sort](c, descending)
        return rowids.only(ordered, rowids.intersection(found)) if found else ordered
    result = rowids.intersection(found) if found else rowids.everything(c, t.delivery)
    if sort != "made" or descending:
        result.reverse()
    return result


def _conditions(c: sa.Connection, wanted: WantedDeliveries) -> Iterable[array[int]]:
    """What fits each condition, ascending."""
    if wanted.document_id:
        yield _of_document(c, wanted.document_id)
    if wanted.client_id:
        yield _of_any(c, _d.client_id, [wanted.client_id])
    if wanted.configuration_id:
        yield _of_any(c, _d.configuration_id, [wanted.configuration_id])
    if wanted.states:
        yield _of_states(c, wanted.states)
    if wanted.text:
        yield _saying(c, wanted.text)


def _of_any(c: sa.Connection, column: Any, values: Collection[str]) -> array[int]:
    # One statement per value: each comes in order out of its index, that of states by id.
    by_id = column is _d.state
    found = rowids.read_each(c, column, values, _d.id if by_id else _ROWID)
    return rowids.ascending(found) if by_id or len(values) > 1 else found


def _of_states(c: sa.Connection, states: Collection[DeliveryState]) -> array[int]:
    """Most deliveries are delivered: what is not is read then, and left out."""
    others = [one for one in DeliveryState if one not in states]
    number = sa.select(sa.func.count()).select_from(t.delivery)
    left_out = c.execute(number.where(_d.state.in_(others))).scalar_one()
    if 2 * left_out > c.execute(number).scalar_one():
        return _of_any(c, _d.state, states)
    return rowids.without(rowids.everything(c, t.delivery), _of_any(c, _d.state, others))


def _of_document(c: sa.Connection, document_id: str) -> array[int]:
    return rowids.ascending(rowids.read(c, _KEYS.where(is_of(document_id))))


def _saying(c: sa.Connection, text: str) -> array[int]:
    """By names where one fits, for they are few; else every document is looked at."""
    clients = sa.select(t.client.c.id).where(rowids.saying(text, t.client.c.name))
    numbered = sa.select(t.client_identifier.c.client_id).where(
        rowids.saying(text.replace(".", "").replace(" ", ""), t.client_identifier.c.value)
    )
    packages = sa.select(t.configuration.c.id).where(rowids.saying(text, t.configuration.c.name))
    of_clients = {*c.scalars(clients), *c.scalars(numbered)}
    of_packages = set(c.scalars(packages))
    if of_clients or of_packages:
        found = (
            _of_any(c, _d.client_id, of_clients),
            _of_any(c, _d.configuration_id, of_packages),
        )
        return rowids.union(found) if of_clients and of_packages else found[0] or found[1]
    return _of_documents(c, rowids.documents_saying(c, text))


def _of_documents(c: sa.Connection, found: array[int]) -> array[int]:
    """Where most documents were found, those of the others are looked for, and left out."""
    whole = rowids.everything(c, t.document)
    most = 2 * len(found) > len(whole)
    asked = rowids.without(whole, found) if most else found
    ids = sa.select(t.document.c.id).where(rowids.rowid(t.document).in_(rowids.given(asked)))
    of_them = rowids.union(
        rowids.ascending(rowids.read(c, _KEYS.where(_d.document_id.in_(ids), kind)))
        for kind in (FIRST, AGAIN)
    )
    return rowids.without(rowids.everything(c, t.delivery), of_them) if most else of_them


# --- orders other than by time ----------------------------------------------------------------


def _by_names(column: Any, names: sa.Table) -> Callable[[sa.Connection, bool], array[int]]:
    """By the name in ``names`` of what ``column`` stands for; newest first within one name."""

    def ordered(c: sa.Connection, descending: bool) -> array[int]:
        values = list(c.scalars(sa.select(column).distinct()))
        query = sa.select(names.c.id, names.c.name)
        told: dict[str, str] = {id: name for id, name in c.execute(query)}
        values.sort(key=lambda one: (told.get(one, "").casefold(), one), reverse=descending)
        return rowids.read_each(c, column, values, _ROWID.desc())

    return ordered


def _by_state(c: sa.Connection, descending: bool) -> array[int]:
    """Newest first within one state. Nearly all are delivered: they are what is in no other."""
    delivered = DeliveryState.DELIVERED
    found = {one: _of_any(c, _d.state, [one]) for one in DeliveryState if one is not delivered}
    elsewhere = rowids.union(found.values())
    found[delivered] = rowids.without(rowids.everything(c, t.delivery), elsewhere)
    ordered: array[int] = array("q")
    for state in sorted(found, reverse=descending):
        found[state].reverse()
        ordered.extend(found[state])
    return ordered


_ORDERS: Mapping[str, Callable[[sa.Connection, bool], array[int]]] = {
    "client": _by_names(_d.client_id, t.client),
    "package": _by_names(_d.configuration_id, t.configuration),
    "state": _by_state,
}


# --- rows -----------------------------------------------------------------------------------------

_JOINED = (
    t.delivery.join(t.document, t.document.c.id == _d.document_id)
    .join(t.client, t.client.c.id == _d.client_id)
    .join(t.configuration, t.configuration.c.id == _d.configuration_id)
)
_ROW = sa.select(
    t.delivery,
    _ROWID.label("key"),
    t.client.c.name.label("client_name"),
    t.configuration.c.name.label("package_name"),
    t.document.c.kind.label("document_kind"),
    t.document.c.number.label("document_number"),
    t.document.c.file_name.label("document_file"),
    t.document.c.total.label("document_total"),
    t.document.c.currency.label("document_currency"),
).select_from(_JOINED)


def rows(c: sa.Connection, some: Collection[int]) -> dict[int, DeliveryRow]:
    """The lines with these rowids; those that are gone are left out."""
    found: dict[int, DeliveryRow] = {}
    whole = list(some)
    for start in range(0, len(whole), 500):
        query = _ROW.where(_ROWID.in_(whole[start : start + 500]))
        found.update((row.key, _row(row)) for row in c.execute(query))
    return found


def row_of(c: sa.Connection, delivery_id: str) -> DeliveryRow | None:
    found = c.execute(_ROW.where(_d.id == delivery_id)).one_or_none()
    return None if found is None else _row(found)


def newest(c: sa.Connection, since_receipt: str, at: datetime, limit: int) -> list[DeliveryRow]:
    """What arrived since ``at``, the last first; see ``arrived``."""
    ids = _arrived(since_receipt, at).order_by(sa.desc("receipt_id")).limit(limit)
    wanted = [row.id for row in c.execute(ids)]
    found = {row.id: _row(row) for row in c.execute(_ROW.where(_d.id.in_(wanted)))}
    return [found[one] for one in wanted]


def arrived(c: sa.Connection, since_receipt: str, at: datetime) -> dict[str, int]:
    """How many arrived since ``at``, by package name. ``since_receipt`` is the lowest id a receipt
    of then can have: receipts are found by their ids, which rise with time."""
    inner = _arrived(since_receipt, at).subquery()
    query = (
        sa.select(t.configuration.c.name, sa.func.count())
        .select_from(inner.join(t.configuration, t.configuration.c.id == inner.c.configuration_id))
        .group_by(t.configuration.c.id)
    )
    found: dict[str, int] = {}
    for name, number in c.execute(query):
        found[name] = found.get(name, 0) + number
    return found


def _arrived(since_receipt: str, at: datetime) -> sa.Select[Any]:
    receipt = t.receipt.c
    return (
        sa.select(_d.id, _d.configuration_id, sa.func.max(receipt.id).label("receipt_id"))
        .join(t.receipt, receipt.delivery_id == _d.id)
        .where(receipt.id >= since_receipt, _d.delivered_at >= at)
        .where(_d.state == DeliveryState.DELIVERED)
        .group_by(_d.id, _d.configuration_id)
    )


# --- what they add up to --------------------------------------------------------------------------


def groups(c: sa.Connection, states: Collection[DeliveryState]) -> list[Group]:
    """What stands in ``states``, each cause once, the one that stops most first."""
    code = sa.func.coalesce(_d.error["code"].as_string(), "")
    place = sa.case(
        (_d.block_scope == Scope.ACCOUNT, _d.lane),
        (_d.block_scope == Scope.CONNECTION, _d.connection_id),
        (_d.block_scope == Scope.LINK, _d.client_id + " " + _d.configuration_id),
        else_=_d.configuration_id,
    )
    how_many = sa.func.count()
    query = (
        sa.select(
            sa.func.min(_d.id).label("first"),
            how_many.label("how_many"),
            sa.func.count(_d.client_id.distinct()).label("clients"),
            sa.func.min(_d.next_attempt_at).label("next"),
        )
        .where(_d.state.in_(states))
        .group_by(_d.state, code, _d.block_scope, place)
        .order_by(how_many.desc(), sa.func.min(_d.id))
    )
    found = c.execute(query).all()
    first = {
        row.id: delivery_of(row)
        for row in c.execute(sa.select(t.delivery).where(_d.id.in_([one.first for one in found])))
    }
    return [Group(first[one.first], one.how_many, one.clients, one.next) for one in found]


def ids_like(c: sa.Connection, like: Delivery) -> list[str]:
    """The ids of all that ``groups`` counts together with ``like``, oldest first."""
    same: list[Any] = [_d.state == like.state, _d.block_scope == like.block_scope]
    code = sa.func.coalesce(_d.error["code"].as_string(), "")
    same.append(code == str(like.error.get("code", "")))
    if like.block_scope == Scope.ACCOUNT:
        same.append(_d.lane == like.lane)
    elif like.block_scope == Scope.CONNECTION:
        same.append(_d.connection_id == like.connection_id)
    else:
        same.append(_d.configuration_id == like.configuration_id)
    if like.block_scope == Scope.LINK:
        same.append(_d.client_id == like.client_id)
    return list(c.scalars(sa.select(_d.id).where(*same).order_by(_d.id)))


def left_in_lanes(c: sa.Connection, at: datetime) -> list[tuple[str, str, int]]:
    """(lane, a connection that sends through it, how many are on their way or due now)."""
    due = sa.or_(_d.state != DeliveryState.RETRYING, _d.next_attempt_at <= at)
    columns = (_d.lane, sa.func.min(_d.connection_id), sa.func.count())
    query = sa.select(*columns).where(OPEN, due).group_by(_d.lane)
    return [(lane, connection_id, left) for lane, connection_id, left in c.execute(query)]


def _row(row: sa.Row[Any]) -> DeliveryRow:
    return DeliveryRow(
        key=row.key,
        delivery=delivery_of(row),
        client=row.client_name,
        package=row.package_name,
        kind=DocumentKind(row.document_kind),
        number=row.document_number,
        file_name=row.document_file,
        total=row.document_total,
        currency=row.document_currency,
    )
