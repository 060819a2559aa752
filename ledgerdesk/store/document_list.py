"""Documents as a list shows them: filtered and sorted by SQL, read in portions of a few hundred.

Every document is in exactly one place (``Whereabouts``): what was taken in is the sum of them. For
one that is ready the deliveries tell; of those of one link the newest counts.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ledgerdesk.model import DeliveryState, Direction, DocumentKind, DocumentState
from ledgerdesk.model.listing import DocumentRow, Wanted, Whereabouts
from ledgerdesk.store import tables as t

_PORTION = 500


_d = t.document.c
_out = t.delivery.c
_ROWID = sa.literal_column("document.rowid", sa.Integer)
# Spelt as the index spells it.
_FIRST = sa.text("delivery.reason = ''")
_STOPPED = (DeliveryState.BLOCKED, DeliveryState.UNKNOWN, DeliveryState.REJECTED)
_GOING = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.RETRYING)
_ENDED = (DeliveryState.REJECTED, DeliveryState.CANCELLED)
_SENDER = sa.case(
    (_d.kind == DocumentKind.STATEMENT, _d.account),
    else_=sa.func.coalesce(_d.supplier["name"].as_string(), ""),
)
_RECEIVER = sa.case(
    (_d.kind == DocumentKind.STATEMENT, sa.func.coalesce(_d.holder["name"].as_string(), "")),
    else_=sa.func.coalesce(_d.customer["name"].as_string(), ""),
)
_SORTS: Mapping[str, Any] = {
    "date": sa.func.coalesce(_d.issue_date, sa.func.date(_d.taken_in_at)),
    "kind": _d.kind,
    "number": _d.number,
    "amount": sa.cast(_d.total, sa.Float),
    "sender": sa.func.lower(_SENDER),
    "receiver": sa.func.lower(_RECEIVER),
    "client": sa.func.lower(t.client.c.name),
    "source": t.source.c.path,
}
_JOINED = t.document.outerjoin(t.client, t.client.c.id == _d.client_id).outerjoin(
    t.source, t.source.c.id == _d.source_id
)


def keys(
    connection: sa.Connection, wanted: Wanted, sort: str = "", descending: bool = False
) -> array[int]:
    """The rowids of all documents that fit, in order; without ``sort`` the newest first."""
    query = sa.select(_ROWID).select_from(_JOINED if sort in ("client", "source") else t.document)
    for condition in _conditions(wanted):
        query = query.where(condition)
    if sort == "state":
        order: Any = whereabouts(wanted.others)
    else:
        order = _SORTS.get(sort, _d.id)
    if sort == "":
        # Both are the order of taking in. All rowids come fastest out of the index on ids, those
        # that the table itself must be read for in its own order.
        reads_rows = bool(wanted.places or wanted.text)
        query = query.order_by(_ROWID.desc() if reads_rows else _d.id.desc())
    else:
        query = query.order_by(order.desc() if descending else order, _d.id.desc())
    return array("q", connection.execute(query).scalars())


def rows(
    connection: sa.Connection, some: Collection[int], others: Sequence[str] = ()
) -> dict[int, DocumentRow]:
    """The lines with these rowids; those that are gone are left out."""
    query = sa.select(
        _ROWID.label("key"),
        *(_d.id, _d.kind, _d.direction, _d.number, _d.issue_date, _d.taken_in_at),
        *(_d.total, _d.currency, _d.client_id, _d.state, _d.reason, _d.file_name),
        _SENDER.label("sender"),
        _RECEIVER.label("receiver"),
        t.client.c.name.label("client"),
        t.source.c.path.label("source"),
        whereabouts(others).label("whereabouts"),
    ).select_from(_JOINED)
    found = connection.execute(query.where(_ROWID.in_(list(some))))
    return {row.key: _row(row) for row in found}


def keys_of(connection: sa.Connection, ids: Iterable[str]) -> dict[str, int]:
    """The rowid of each of these documents."""
    wanted = list(ids)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _PORTION):
        query = sa.select(_d.id, _ROWID).where(_d.id.in_(wanted[start : start + _PORTION]))
        found.update((id, key) for id, key in connection.execute(query))
    return found


def counts(connection: sa.Connection, others: Sequence[str]) -> dict[Whereabouts, int]:
    """How many documents are where; every place is there."""
    place = whereabouts(others)
    found = connection.execute(sa.select(place, sa.func.count()).group_by(place))
    numbers = {Whereabouts(name): number for name, number in found}
    return {each: numbers.get(each, 0) for each in Whereabouts}


def taken_in(connection: sa.Connection) -> int:
    """How many documents were taken in, ever."""
    return connection.execute(sa.select(sa.func.count()).select_from(t.document)).scalar_one()


def whereabouts(others: Sequence[str]) -> sa.ColumnElement[str]:
    """The place of a document, as SQL. The sets in it are few rows, or asked by an index."""
    any_delivery = sa.exists().where(
        _out.document_id == _d.id, _FIRST, _out.client_id == _d.client_id
    )
    return sa.case(
        (_d.state != DocumentState.READY, _d.state),
        (_d.id.in_(_stopped(others, by_others=False)), Whereabouts.STOPPED_YOU.value),
        (_d.id.in_(_stopped(others, by_others=True)), Whereabouts.STOPPED_OTHERS.value),
        (_d.id.in_(_in_states(_GOING)), Whereabouts.ON_ITS_WAY.value),
        # Ready, and the next run makes its delivery.
        (sa.not_(any_delivery), Whereabouts.ON_ITS_WAY.value),
        (_d.id.in_(_cancelled()), Whereabouts.CANCELLED.value),
        else_=Whereabouts.DELIVERED.value,
    )


def _in_states(states: Collection[DeliveryState]) -> sa.Select[Any]:
    """The documents with a delivery in one of ``states`` that no re-send took the place of. Only
    what ended without arriving, or arrived, is ever re-sent; the first is asked for here."""
    again = t.delivery.alias("again")
    superseded = sa.exists().where(
        again.c.client_id == _out.client_id,
        again.c.document_id == _out.document_id,
        again.c.link_id == _out.link_id,
        again.c.id > _out.id,
    )
    return sa.select(_out.document_id).where(
        _out.state.in_(states), sa.or_(_out.state.not_in(_ENDED), sa.not_(superseded))
    )


def _stopped(others: Sequence[str], *, by_others: bool) -> sa.Select[Any]:
    code = sa.func.coalesce(_out.error["code"].as_string(), "")
    mine = code.in_(others) if by_others else code.not_in(others)
    return _in_states(_STOPPED).where(mine)


def _cancelled() -> sa.Select[Any]:
    """Cancelled for the client it has now: what was withdrawn from another one does not count."""
    arrived = t.delivery.alias("arrived")
    elsewhere = sa.exists().where(
        arrived.c.client_id == _out.client_id,
        arrived.c.document_id == _out.document_id,
        arrived.c.state == DeliveryState.DELIVERED,
    )
    own = t.document.alias("own")
    of_client = sa.exists().where(own.c.id == _out.document_id, own.c.client_id == _out.client_id)
    return _in_states((DeliveryState.CANCELLED,)).where(of_client, sa.not_(elsewhere))


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.client_id:
        found.append(_d.client_id == wanted.client_id)
    if wanted.source_id:
        found.append(_d.source_id == wanted.source_id)
    if wanted.places:
        found.append(_at(wanted.places, wanted.others))
    if wanted.text:
        found.append(_says(wanted.text))
    return found


def _at(places: Sequence[Whereabouts], others: Sequence[str]) -> sa.ColumnElement[bool]:
    """States of the document itself are asked by their index; the others need the deliveries."""
    own = [one.value for one in places if one.value in _OWN]
    of_deliveries = [one for one in places if one.value not in _OWN]
    found: list[sa.ColumnElement[bool]] = []
    if own:
        found.append(_d.state.in_(own))
    for one in of_deliveries:
        narrow = _NARROW.get(one)
        place = whereabouts(others) == one.value
        found.append(sa.and_(_d.id.in_(narrow(others)), place) if narrow else place)
    return sa.or_(*found)


_OWN = frozenset(state.value for state in DocumentState if state is not DocumentState.READY)
_NARROW: Mapping[Whereabouts, Callable[[Sequence[str]], sa.Select[Any]]] = {
    Whereabouts.STOPPED_YOU: lambda others: _stopped(others, by_others=False),
    Whereabouts.STOPPED_OTHERS: lambda others: _stopped(others, by_others=True),
    Whereabouts.CANCELLED: lambda others: _cancelled(),
}


def _says(text: str) -> sa.ColumnElement[bool]:
    places = (_d.number, _d.file_name, _d.path, _SENDER, _RECEIVER, _d.account)
    # SQLite folds the case of ASCII letters only.
    spellings = {text, text.lower(), text.upper(), text.title()} if not text.isascii() else {text}
    return sa.or_(
        *(each.contains(said, autoescape=True) for each in places for said in sorted(spellings))
    )


def _row(row: sa.Row[Any]) -> DocumentRow:
    return DocumentRow(
        id=row.id,
        kind=DocumentKind(row.kind),
        direction=Direction(row.direction) if row.direction else None,
        number=row.number,
        issue_date=row.issue_date,
        taken_in_at=row.taken_in_at,
        sender=row.sender,
        receiver=row.receiver,
        total=Decimal(row.total) if row.total else None,
        currency=row.currency,
        client_id=row.client_id or "",
        client=row.client or "",
        state=DocumentState(row.state),
        reason=row.reason,
        whereabouts=Whereabouts(row.whereabouts),
        file_name=row.file_name,
        source=row.source or "",
    )
