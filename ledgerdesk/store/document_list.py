"""Documents as a list shows them: filtered and sorted by SQL, read in portions of a few hundred.

Every document is in exactly one place (``Whereabouts``): what was taken in is the sum of them. For
one that is ready the deliveries tell; of those of one link the newest counts.

A ``+`` before a column keeps SQLite from its index. Deliveries are looked for by their document: few
have the same one, but a client has thousands, and without statistics SQLite takes either index.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ledgerdesk.model import DeliveryState, Direction, DocumentKind, DocumentState
from ledgerdesk.model.listing import DocumentRow, Wanted, Whereabouts
from ledgerdesk.store import rowids
from ledgerdesk.store import tables as t
from ledgerdesk.store.deliveries import FIRST

_PORTION = 500


_d = t.document.c
_out = t.delivery.c
_ROWID = rowids.rowid(t.document)
# As the index spells it; SQLite would take the larger one on states. With a delivery of its own
# client a document may still be among them.
_UNMADE: sa.Select[Any] = (
    sa.select(sa.literal_column("document.id"))
    .select_from(sa.text("document INDEXED BY ix_document_unmade"))
    .where(sa.text("document.state = 'ready' AND document.made_for IS NOT document.client_id"))
)
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
    found = list(_conditions(connection, wanted))
    fit = rowids.intersection(found) if found else rowids.everything(connection, t.document)
    if sort == "state":
        return _by_place(connection, fit, wanted.others, descending)
    if sort in _SORTS:
        order = _SORTS[sort]
        query = sa.select(_ROWID).select_from(
            _JOINED if sort in ("client", "source") else t.document
        )
        if found:
            query = query.where(_ROWID.in_(rowids.given(fit)))
        query = query.order_by(order.desc() if descending else order, _d.id.desc())
        return array("q", connection.execute(query).scalars())
    fit.reverse()
    return fit


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
    query = sa.select(_d.state, sa.func.count()).group_by(_d.state)
    numbers: dict[str, int] = {state: number for state, number in connection.execute(query)}
    ready = numbers.pop(DocumentState.READY.value, 0)
    told = _told(connection, others)
    found = {each: numbers.get(each.value, 0) + len(told.get(each, ())) for each in Whereabouts}
    found[Whereabouts.DELIVERED] = ready - sum(map(len, told.values()))
    return found


def taken_in(connection: sa.Connection) -> int:
    """How many documents were taken in, ever."""
    return connection.execute(sa.select(sa.func.count()).select_from(t.document)).scalar_one()


def whereabouts(others: Sequence[str]) -> sa.ColumnElement[str]:
    """The place of a document, as SQL. The sets in it are few rows, or asked by an index."""
    any_delivery = sa.exists().where(
        _out.document_id == _d.id, FIRST, sa.text("+delivery.client_id = document.client_id")
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
        again.c.document_id == _out.document_id,
        sa.text("+again.client_id = delivery.client_id"),
        sa.text("+again.link_id = delivery.link_id"),
        sa.text("+again.id > delivery.id"),
        sa.text("again.reason <> ''"),
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
    first, again = (
        sa.exists().where(
            arrived.c.document_id == _out.document_id,
            sa.text("+arrived.client_id = delivery.client_id"),
            sa.text("+arrived.state = 'delivered'"),
            sa.text(which),
        )
        for which in ("arrived.reason = ''", "arrived.reason <> ''")
    )
    own = t.document.alias("own")
    of_client = sa.exists().where(own.c.id == _out.document_id, own.c.client_id == _out.client_id)
    return _in_states((DeliveryState.CANCELLED,)).where(of_client, sa.not_(sa.or_(first, again)))


# --- where many of them are -----------------------------------------------------------------------


def _told(
    c: sa.Connection, others: Sequence[str], states: Collection[DeliveryState] = ()
) -> dict[Whereabouts, array[int]]:
    """The ready documents that are not delivered, by place, ascending; of those only the ones with
    a delivery in ``states`` where these are given.

    A document whose deliveries all arrived need not be looked at, and nearly all are like that.
    """
    wanted = states or [one for one in DeliveryState if one is not DeliveryState.DELIVERED]
    ids: Any = sa.select(_out.document_id).where(_out.state.in_(wanted))
    if not states:
        ids = ids.union_all(_UNMADE)
    query = sa.select(_ROWID, whereabouts(others)).where(
        _d.state == DocumentState.READY, _d.id.in_(ids)
    )
    found: dict[int, str] = {key: place for key, place in c.execute(query)}
    told: dict[Whereabouts, array[int]] = {}
    for key, place in sorted(found.items()):
        if place != Whereabouts.DELIVERED:
            told.setdefault(Whereabouts(place), array("q")).append(key)
    return told


def _by_place(
    c: sa.Connection, fit: array[int], others: Sequence[str], descending: bool
) -> array[int]:
    """Those of ``fit`` by the name of the place, the newest of each first."""
    places = {**_told(c, others), **{one: _in_state(c, one) for one in _OWN}}
    delivered = rowids.without(fit, rowids.union(places.values()))
    places = {one: rowids.intersection([fit, keys]) for one, keys in places.items()}
    places[Whereabouts.DELIVERED] = delivered
    found: array[int] = array("q")
    for place in sorted(places, reverse=descending):
        found.extend(reversed(places[place]))
    return found


# --- conditions -----------------------------------------------------------------------------------


def _conditions(c: sa.Connection, wanted: Wanted) -> Iterable[array[int]]:
    """What fits each condition, ascending."""
    if wanted.client_id:
        yield rowids.read_each(c, _d.client_id, [wanted.client_id], _ROWID)
    if wanted.source_id:
        yield rowids.read_each(c, _d.source_id, [wanted.source_id], _ROWID)
    if wanted.places:
        yield _at(c, frozenset(wanted.places), wanted.others)
    if wanted.text:
        yield rowids.documents_saying(c, wanted.text)


def _at(c: sa.Connection, places: Collection[Whereabouts], others: Sequence[str]) -> array[int]:
    """States of the document itself are asked by their index; the others need the deliveries."""
    of_deliveries = [one for one in places if one not in _OWN]
    found = [_in_state(c, one) for one in places if one in _OWN]
    if of_deliveries:
        narrow = [_NARROW.get(one, ()) for one in of_deliveries]
        states = {state for some in narrow for state in some} if all(narrow) else set()
        told = _told(c, others, states)
        found += [told[one] for one in of_deliveries if one in told]
        if Whereabouts.DELIVERED in places:
            elsewhere = [_in_state(c, one) for one in _OWN]
            gone = rowids.union([*elsewhere, *told.values()])
            found.append(rowids.without(rowids.everything(c, t.document), gone))
    return rowids.union(found)


def _in_state(c: sa.Connection, place: Whereabouts) -> array[int]:
    return rowids.ascending(rowids.read_each(c, _d.state, [place.value], _d.id))


_OWN = tuple(
    Whereabouts(state.value) for state in DocumentState if state is not DocumentState.READY
)
_NARROW: Mapping[Whereabouts, Collection[DeliveryState]] = {
    Whereabouts.STOPPED_YOU: _STOPPED,
    Whereabouts.STOPPED_OTHERS: _STOPPED,
    Whereabouts.CANCELLED: (DeliveryState.CANCELLED,),
}


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
