"""Looking after a data folder: what needs a person, restoring a backup, forgetting old copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledgerdesk import connectors
from ledgerdesk.delivery.counts import Counts, count
from ledgerdesk.errors import (
    NotPickedUp,
    Scope,
    UnknownId,
    to_record,
)
from ledgerdesk.intake import gap_texts
from ledgerdesk.intake.radar import Radar, Report
from ledgerdesk.model import (
    Configuration,
    Connection,
    ConnectionState,
    DeliveryState,
    SourceState,
)
from ledgerdesk.model.radar import GapKind, NumberGap
from ledgerdesk.setup.ending import ending_of
from ledgerdesk.store import (
    Books,
    configurations,
    confirmations,
    deliveries,
    delivery_list,
    retention,
    sources,
)
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.delivery_list import Group

_DAYS_A_MONTH = 30.44
_SIGNED_OUT = (ConnectionState.REAUTHENTICATE, ConnectionState.BLOCKED)
_STANDS_STILL = (
    DeliveryState.BLOCKED,
    DeliveryState.UNKNOWN,
    DeliveryState.REJECTED,
    DeliveryState.RETRYING,
)


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing a person has to look at, and what it stops.

    ``what`` is ``connection``, ``source``, ``delivery`` or ``gap`` (something is missing); ``id``
    is its own, of deliveries with the same cause the oldest one's, of gaps the account. ``error``
    is a kept error. ``state`` and ``scope`` are those of deliveries. ``configuration_id`` and
    ``client_id`` say where it is put right, "" for nowhere. ``since`` is when the first of these
    deliveries failed first.
    """

    what: str
    id: str
    name: str
    error: Mapping[str, Any]
    how_many: int = 1
    state: str = ""
    scope: str = ""
    configuration_id: str = ""
    client_id: str = ""
    next_attempt_at: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    counts: Counts
    attention: tuple[Attention, ...]
    last_look_at: datetime | None
    missing: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class Restored:
    """``kept`` is where the former database lies; ``sign_in_again``: the key is not here."""

    kept: Path | None
    sign_in_again: bool


def status(books: Books, now: datetime, radar: Radar | None = None) -> Status:
    """What waits, what is missing, and each cause once: one fix releases all it stops."""
    with books.read() as connection:
        missing = radar.whole(connection) if radar is not None else Report()
        found = sources.listed(connection, limit=None)
        looks = [one.last_look_at for one in found if one.last_look_at is not None]
        return Status(
            count(connection),
            (
                *_attention(connection, (DeliveryState.BLOCKED, DeliveryState.UNKNOWN), now),
                *_missing(missing),
            ),
            max(looks, default=None),
            missing,
        )


def problems(books: Books, now: datetime, radar: Radar | None = None) -> tuple[Attention, ...]:
    """As ``attention`` of the status, with what was rejected and what is tried again by itself."""
    with books.read() as connection:
        found = tuple(_attention(connection, _STANDS_STILL, now))
        return (*found, *_missing(radar.whole(connection) if radar is not None else Report()))


def _attention(
    connection: sa.Connection, states: Sequence[DeliveryState], now: datetime
) -> Iterator[Attention]:
    groups = delivery_list.groups(connection, states)
    accounts = configurations.connections(connection, limit=None)
    signed_out = [one for one in accounts if one.state in _SIGNED_OUT]
    packages = configurations.listed(connection, limit=None)
    told = {one.id for one in signed_out}
    for account in signed_out:
        stopped = [one for one in groups if _stopped_by(one) == account.id]
        how_many = sum(one.how_many for one in stopped)
        yield _of_connection(account, packages, account.error, how_many)
    for account in accounts:
        ending = None if account.id in told else ending_of(account, now)
        if ending:
            yield _of_connection(account, packages, ending, 0)
    for source in sources.listed(connection, limit=None):
        if source.state not in (SourceState.OK, SourceState.UNTESTED):
            yield Attention("source", source.id, source.path, source.error)
    yield from _not_picked_up(connection, packages, {one.id: one for one in accounts}, now)
    for group in groups:
        if _stopped_by(group) not in told:
            yield _of_group(connection, group)


def _not_picked_up(
    connection: sa.Connection,
    packages: Sequence[Configuration],
    accounts: Mapping[str, Connection],
    now: datetime,
) -> Iterator[Attention]:
    """Folders that never empty, where the firm asked to watch them."""
    for package in packages:
        for kind, setup in package.kinds.items():
            account = accounts.get(setup.connection_id)
            values = {**(account.values if account else {}), **setup.values}
            try:
                days = connectors.get(package.connector_id).watched_days(values)
            except UnknownId:
                days = 0
            if not days:
                continue
            limit = now - timedelta(days=days)
            count, oldest = confirmations.left_lying(connection, package.id, kind, limit)
            if oldest is None or oldest.delivered_at is None:
                continue
            error = NotPickedUp(
                path=oldest.target.place if oldest.target else oldest.remote,
                days=(now - oldest.delivered_at).days,
                count=count,
            )
            yield Attention(
                "connection",
                setup.connection_id,
                package.name,
                to_record(error),
                scope=Scope.CONFIGURATION,
                configuration_id=package.id,
            )


def _missing(report: Report) -> Iterator[Attention]:
    """What the radar found, once for each account and kind; days that came twice only where both
    may reach the books."""
    for one in report.accounts:
        account = one.account
        name = f"{one.client} · {gap_texts.grouped(account.account)}"
        for kind in GapKind:
            found = [gap for gap in one.gaps if gap.kind is kind and not gap.settled]
            if found:
                error = to_record(gap_texts.of_gaps(found))
                id = f"{account.account} {account.currency} {kind}"
                yield Attention("gap", id, name, error, 0, client_id=account.client_id)
    by_client: dict[str, list[NumberGap]] = {}
    for gap in report.sales:
        by_client.setdefault(gap.client_id, []).append(gap)
    for client_id, missing in by_client.items():
        name = report.clients[client_id]
        error = to_record(gap_texts.of_sales(name, missing))
        yield Attention("gap", f"{client_id} sales", name, error, 0, client_id=client_id)


def _stopped_by(group: Group) -> str:
    """The connection whose sign-in stops these; "" when it is something else."""
    return group.first.connection_id if group.first.block_scope == Scope.CONNECTION else ""


def _of_connection(
    account: Connection,
    packages: Sequence[Configuration],
    error: Mapping[str, Any],
    how_many: int,
) -> Attention:
    using = (
        one.id
        for one in packages
        if account.id in [setup.connection_id for setup in one.kinds.values()]
    )
    return Attention(
        "connection",
        account.id,
        account.account,
        error,
        how_many,
        scope=Scope.CONNECTION,
        configuration_id=next(using, ""),
    )


def _of_group(connection: sa.Connection, group: Group) -> Attention:
    first = group.first
    package = configurations.get(connection, first.configuration_id, removed=True)
    return Attention(
        "delivery",
        first.id,
        package.name,
        first.error,
        group.how_many,
        state=first.state,
        scope=first.block_scope,
        configuration_id=first.configuration_id,
        client_id=first.client_id if group.clients == 1 else "",
        next_attempt_at=group.next_attempt_at,
        since=next((one.started_at for one in deliveries.attempts(connection, first.id)), None),
    )


def forget_old_copies(books: Books, blobs: Blobs, now: datetime, months: int) -> int:
    """Removes stored documents ``months`` after their last delivery; returns how many.

    Never a copy that is open somewhere, or that never went out; rows and receipts stay.
    """
    limit = now - timedelta(days=months * _DAYS_A_MONTH)
    with books.read() as connection:
        old = retention.delivered_before(connection, limit)
    kept = [sha256 for sha256 in old if blobs.path(sha256).exists()]
    for sha256 in kept:
        blobs.remove(sha256)
    return len(kept)
