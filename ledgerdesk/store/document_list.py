"""Documents as a list shows them: filtered and sorted by SQL, read in portions of a few hundred.

Every document is in exactly one place (``Whereabouts``): what was taken in is the sum of them. For
one that is ready the deliveries tell; of those of one link the newest counts.

A ``+`` before a column keeps SQLite from its index. Deliveries are looked for by their document:
few have the same one, but a client has thousands, and without statistics SQLite takes either index.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
_CODE = sa.func.coalesce(_out.error["code"].as_string(), "")
_ANY_DELIVERY = sa.exists().where(
    _out.document_id == _d.id, FIRST, sa.text("+delivery.client_id = document.client_id")
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
    found = _fitting(connection, wanted)
    fit = rowids.everything(connection, t.document) if found is None else found
    if sort == "state":
        return _by_place(connection, fit, wanted.others, descending, is_all=found is None)
    if sort in _SORTS:
        order = _SORTS[sort]
        query = sa.select(_ROWID).select_from(
            _JOINED if sort in ("client", "source") else t.document
        )
        if found is not None:
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
    # Nearly all are ready: these are what is left of all.
    own = sa.select(_d.state, sa.func.count()).where(_d.state.in_(_OWN)).group_by(_d.state)
    numbers: dict[str, int] = {state: number for state, number in connection.execute(own)}
    ready = taken_in(connection) - sum(numbers.values())
    told = _told(connection, others)
    found = {each: numbers.get(each.value, 0) + len(told.get(each, ())) for each in Whereabouts}
    found[Whereabouts.DELIVERED] = ready - sum(map(len, told.values()))
    return found


def taken_in(connection: sa.Connection) -> int:
    """How many documents were taken in, ever."""
    return connection.execute(sa.select(sa.func.count()).select_from(t.document)).scalar_one()


def whereabouts(others: Sequence[str]) -> sa.ColumnElement[str]:
    """The place of a document, as SQL. The sets in it are few rows, or asked by an index."""
    return sa.case(
        (_d.state != DocumentState.READY, _d.state),
        (_d.id.in_(_stopped(others, by_others=False)), Whereabouts.STOPPED_YOU.value),
        (_d.id.in_(_stopped(others, by_others=True)), Whereabouts.STOPPED_OTHERS.value),
        (_d.id.in_(_in_states(_GOING)), Whereabouts.ON_ITS_WAY.value),
        # Ready, and the next run makes its delivery.
        (sa.not_(_ANY_DELIVERY), Whereabouts.ON_ITS_WAY.value),
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
    mine = _CODE.in_(others) if by_others else _CODE.not_in(others)
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
    c: sa.Connection, others: Sequence[str], last: Whereabouts = Whereabouts.CANCELLED
) -> dict[Whereabouts, array[int]]:
    """The ready documents that are not delivered, by place, ascending: as ``whereabouts`` says.
    Places after ``last`` are not asked for.

    A document whose deliveries all arrived need not be looked at, and nearly all are like that.
    """
    told: dict[Whereabouts, array[int]] = {}
    seen = rowids.union(_in_state(c, one) for one in _OWN)
    for place, keys in _places(c, others):
        if last in told and place is not last:
            break
        new = rowids.without(array("q", sorted(keys)), seen)
        told[place] = rowids.union([told[place], new]) if place in told else new
        seen = rowids.union([seen, new])
    return told


def _places(
    c: sa.Connection, others: Sequence[str]
) -> Iterator[tuple[Whereabouts, Collection[int]]]:
    """The documents that may be at each place; what came before has precedence."""

    def where(*is_there: sa.ColumnElement[bool]) -> Collection[int]:
        return c.scalars(sa.select(_ROWID).where(*is_there)).all()

    # Read once: the rows of deliveries are wide.
    stopped = _in_states(_STOPPED).join(t.document, _d.id == _out.document_id)
    found = c.execute(stopped.with_only_columns(_ROWID, _CODE.in_(others))).all()
    yield Whereabouts.STOPPED_YOU, {key for key, by_others in found if not by_others}
    yield Whereabouts.STOPPED_OTHERS, {key for key, by_others in found if by_others}
    yield Whereabouts.ON_ITS_WAY, where(_d.id.in_(_in_states(_GOING)))
    yield Whereabouts.ON_ITS_WAY, where(_d.id.in_(_UNMADE), sa.not_(_ANY_DELIVERY))
    yield Whereabouts.CANCELLED, where(_d.id.in_(_cancelled()))


def _by_place(
    c: sa.Connection, fit: array[int], others: Sequence[str], descending: bool, *, is_all: bool
) -> array[int]:
    """Those of ``fit`` by the name of the place, the newest of each first. ``is_all``: all fit."""
    places = {**_told(c, others), **{one: _in_state(c, one) for one in _OWN}}
    delivered = rowids.without(fit, rowids.union(places.values()))
    if not is_all:
        places = {one: rowids.intersection([fit, keys]) for one, keys in places.items()}
    places[Whereabouts.DELIVERED] = delivered
    found: array[int] = array("q")
    for place in sorted(places, reverse=descending):
        places[place].reverse()
        found.extend(places[place])
    return found


# --- conditions -----------------------------------------------------------------------------------


def _fitting(c: sa.Connection, wanted: Wanted) -> array[int] | None:
    """What fits all conditions, ascending; None: there is none."""
    found: list[array[int]] = []
    if wanted.client_id:
        found.append(rowids.read_each(c, _d.client_id, [wanted.client_id], _ROWID))
    if wanted.source_id:
        found.append(rowids.read_each(c, _d.source_id, [wanted.source_id], _ROWID))
    if wanted.text:
        found.append(rowids.documents_saying(c, wanted.text))
    fit = rowids.intersection(found) if found else None
    return _at(c, fit, frozenset(wanted.places), wanted.others) if wanted.places else fit


def _at(
    c: sa.Connection,
    fit: array[int] | None,
    places: Collection[Whereabouts],
    others: Sequence[str],
) -> array[int]:
    """Those of ``fit``, or of all, that are in ``places``. States of the document itself are asked
    by their index; the others need the deliveries; delivered is what is nowhere else."""
    told = {one: _in_state(c, one) for one in _OWN}
    if any(one not in _OWN for one in places):
        is_stopped = set(places) <= {*_OWN, Whereabouts.STOPPED_YOU, Whereabouts.STOPPED_OTHERS}
        last = Whereabouts.STOPPED_OTHERS if is_stopped else Whereabouts.CANCELLED
        told |= _told(c, others, last)
    if Whereabouts.DELIVERED in places:
        whole = rowids.everything(c, t.document) if fit is None else fit
        return rowids.without(
            whole, rowids.union(keys for one, keys in told.items() if one not in places)
        )
    there = rowids.union(keys for one, keys in told.items() if one in places)
    return there if fit is None else rowids.intersection([fit, there])


def _in_state(c: sa.Connection, place: Whereabouts) -> array[int]:
    return rowids.ascending(rowids.read_each(c, _d.state, [place.value], _d.id))


_OWN = tuple(
    Whereabouts(state.value) for state in DocumentState if state is not DocumentState.READY
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
