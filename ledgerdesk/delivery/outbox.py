"""The outbox: deliveries are made, aimed again and withdrawn in the transaction of the change that
asks for it, each with its line in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.connectors.base import MAIL_LANE
from ledgerdesk.delivery.routes import Route, Routes
from ledgerdesk.delivery.targets import aimed, queued
from ledgerdesk.errors import (
    FormatDiffers,
    LedgerDeskError,
    NameTaken,
    RouteChanged,
    Scope,
    UnknownId,
    Withdrawn,
    to_record,
)
from ledgerdesk.model import (
    Delivery,
    DeliveryState,
    Document,
    DocumentState,
    Stage,
)
from ledgerdesk.store import deliveries, documents, journal, lanes
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.journal import Entry

__all__ = [
    "MAIL_LANE",
    "enqueue",
    "enqueue_all",
    "reaim",
    "refresh",
    "resend",
    "retry",
    "unblock",
    "withdraw",
]

_SET_UP = (Scope.ACCOUNT, Scope.CONFIGURATION, Scope.LINK, Scope.DELIVERY)


def enqueue(c: sa.Connection, document: Document, at: datetime) -> list[Delivery]:
    """One delivery per link that covers the ready document; the new ones and those brought back.

    Idempotent: a link that has its delivery gets no second one, and what waits for a link that no
    longer covers the document is withdrawn. A delivery that cannot be aimed yet, or whose
    connection needs a person, is blocked from the start.
    """
    return enqueue_all(c, [document], at)


def enqueue_all(c: sa.Connection, ready: Iterable[Document], at: datetime) -> list[Delivery]:
    """As ``enqueue``, for many: clients, links and set-ups are read once."""
    routes, stops = Routes(c), deliveries.stops(c)
    made: list[Delivery] = []
    back: list[Delivery] = []
    superseded: list[Delivery] = []
    for document in {one.id: one for one in ready}.values():
        before = deliveries.first_by_link(c, document.id)
        for route in routes.of(document):
            known = before.pop(route.link.id, None)
            if known is None:
                made.append(_new(route, document, at, stops))
            elif _is_withdrawn(known):
                back.append(aimed(known, route, document))
        if document.state is DocumentState.READY:
            superseded += before.values()
    deliveries.insert(c, *made)
    for one in back:
        deliveries.update(c, one)
    _journal(c, [*_withdrawn(c, superseded), *back, *made], at)
    return [*back, *made]


def resend(
    c: sa.Connection, delivery: Delivery, document: Document, reason: str, at: datetime
) -> Delivery:
    """A deliberate second delivery: a row and a remote name of its own, with a person's reason.

    Raises UnknownId when the link's accounting package is no longer there.
    """
    route, stops = Routes(c).by_link(delivery), deliveries.stops(c)
    made = replace(_new(route, document, at, stops), reason=reason)
    deliveries.insert(c, made)
    _journal(c, [made], at, resent=delivery.id)
    return made


def refresh(
    c: sa.Connection, at: datetime, *, client_id: str = "", configuration_id: str = ""
) -> None:
    """The set-up changed: what is blocked there is aimed again, and goes out when that helped."""
    waiting = deliveries.blocked(
        c, scopes=_SET_UP, client_id=client_id, configuration_id=configuration_id
    )
    routes = Routes(c)
    changed: list[Delivery] = []
    for delivery in waiting:
        again = _aim_again(c, delivery, routes)
        if again is not None and again != delivery:
            deliveries.update(c, again)
            changed.append(again)
    _journal(c, changed, at)


def reaim(c: sa.Connection, at: datetime, configuration_id: str) -> None:
    """The package may go another way now (by mail instead of SFTP): what still waits and cannot be
    there yet is aimed that way. Where the way is the same, targets stay as they were frozen."""
    routes = Routes(c)
    changed: list[Delivery] = []
    for delivery in deliveries.waiting(c, configuration_id):
        if delivery.stage is not Stage.NONE or delivery.target is None:
            continue
        route = routes.by_link(delivery)
        again = aimed(delivery, route, documents.get(c, delivery.document_id))
        if again.target is None or _way(again) != _way(delivery):
            deliveries.update(c, again)
            changed.append(again)
    _journal(c, changed, at)


def retry(c: sa.Connection, delivery: Delivery, at: datetime) -> Delivery:
    """Due now: queued, unless it still cannot be aimed."""
    must_be_aimed = _has_met(delivery, FormatDiffers) or _has_met(delivery, RouteChanged)
    if delivery.target is None or must_be_aimed:
        again = _aim_again(c, delivery, Routes(c)) or delivery
    else:
        again = queued(delivery)
    if again != delivery:
        deliveries.update(c, again)
        _journal(c, [again], at)
    return again


def unblock(
    c: sa.Connection,
    at: datetime,
    *,
    connection_id: str = "",
    lane: str = "",
    configuration_id: str = "",
    link_id: str = "",
) -> int:
    """A sign-in or a set-up was put right: what was blocked for it is queued again.

    Give one of the four; returns how many were queued. Lanes of a connection lose their pause, and
    what waited there for a later attempt is due now.
    """
    if connection_id:
        found = deliveries.blocked(
            c, scopes=(Scope.CONNECTION, Scope.ACCOUNT), connection_id=connection_id
        )
        lanes.hurry(c, lanes.lanes_of(c, connection_id))
    elif lane:
        found = deliveries.blocked(c, scopes=(Scope.CONNECTION, Scope.ACCOUNT), lane=lane)
        lanes.hurry(c, [lane])
    elif configuration_id:
        found = deliveries.blocked(
            c, scopes=(Scope.CONFIGURATION,), configuration_id=configuration_id
        )
    else:
        found = deliveries.blocked(c, scopes=(Scope.LINK,), link_id=link_id)
    return sum(retry(c, one, at).state is DeliveryState.QUEUED for one in found)


def withdraw(c: sa.Connection, document_id: str, at: datetime) -> None:
    """Cancels what was not sent yet. What may be there already is probed first: the dispatcher
    cancels it when it is not."""
    _journal(c, _withdrawn(c, deliveries.of_document(c, document_id)), at)


def withdrawn_now(delivery: Delivery) -> Delivery:
    """``delivery`` as it is once its document was taken back."""
    return replace(
        delivery,
        state=DeliveryState.CANCELLED,
        stage=Stage.NONE,
        error=to_record(Withdrawn()),
        block_scope="",
        next_attempt_at=None,
    )


# --- one delivery -------------------------------------------------------------------------------


def _withdrawn(c: sa.Connection, candidates: Iterable[Delivery]) -> list[Delivery]:
    """Those that were not sent yet and cannot be there."""
    withdrawn = [
        withdrawn_now(one)
        for one in candidates
        if one.state in (*deliveries.WAITING, DeliveryState.BLOCKED) and one.stage is Stage.NONE
    ]
    for one in withdrawn:
        deliveries.update(c, one)
    return withdrawn


def _new(route: Route, document: Document, at: datetime, stops: Sequence[Delivery]) -> Delivery:
    bare = Delivery(
        id=new_id(),
        document_id=document.id,
        link_id=route.link.id,
        client_id=route.client.id,
        configuration_id=route.configuration.id,
        connection_id=route.connection.id,
        kind=route.link.kind,
        lane="",
        state=DeliveryState.QUEUED,
        created_at=at,
    )
    made = aimed(bare, route, document)
    stop = deliveries.stopping(stops, made)
    if made.state is DeliveryState.BLOCKED or stop is None:
        return made
    # What an attempt met stops this one too, until a person puts it right.
    return replace(
        made, state=DeliveryState.BLOCKED, error=stop.error, block_scope=stop.block_scope
    )


def _aim_again(c: sa.Connection, delivery: Delivery, routes: Routes) -> Delivery | None:
    """None: it may be at its old target already, its link leads nowhere any more, or what blocks
    it is not where it is aimed. What a person holds stays held, wherever it is aimed."""
    if delivery.stage is not Stage.NONE:
        return None
    try:
        route = routes.by_link(delivery)
    except UnknownId:
        return None
    again = aimed(delivery, route, documents.get(c, delivery.document_id))
    if delivery.target is None or _has_met(delivery, FormatDiffers):
        return again
    if _has_met(delivery, RouteChanged):
        return again
    if (again.target, again.connection_id) == (delivery.target, delivery.connection_id):
        return None
    held = delivery.block_scope == Scope.DELIVERY and not _has_met(delivery, NameTaken)
    if held and again.state is DeliveryState.QUEUED:
        return replace(
            again,
            state=DeliveryState.BLOCKED,
            error=delivery.error,
            block_scope=delivery.block_scope,
        )
    return again


def _has_met(delivery: Delivery, error: type[LedgerDeskError]) -> bool:
    return bool(delivery.error.get("code") == error.code)


def _way(delivery: Delivery) -> str:
    """Which of a connector's ways it was aimed at; most have one."""
    return delivery.target.extra.get("route", "") if delivery.target else ""


def _is_withdrawn(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.CANCELLED and _has_met(delivery, Withdrawn)


def _journal(c: sa.Connection, changed: Iterable[Delivery], at: datetime, **more: str) -> None:
    journal.append(c, *(entry_of(one, **more) for one in changed), at=at)


def entry_of(delivery: Delivery, **more: str | int) -> Entry:
    """The journal's line about a delivery as it is now. Names and paths are personal."""
    facts: dict[str, str | int] = {
        "delivery": delivery.id,
        "document": delivery.document_id,
        "client": delivery.client_id,
        "configuration": delivery.configuration_id,
        **more,
    }
    if delivery.error:
        facts["error"] = str(delivery.error["code"])
    personal = {"remote": delivery.remote} if delivery.remote else {}
    return Entry(f"delivery.{delivery.state}", facts, personal)
