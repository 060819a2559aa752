"""What the window shows about the accounting packages: one line each, and the ways to add one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import Told, from_record
from ledgerdesk.i18n import translate
from ledgerdesk.model import (
    Configuration,
    Connection,
    ConnectionState,
    DeliveryState,
    ExportKind,
    KindSetup,
    MailAccount,
)
from ledgerdesk.setup.ending import ending_of
from ledgerdesk.setup.links import is_active
from ledgerdesk.setup.pages import icon_of, standing_of
from ledgerdesk.setup.services import Services
from ledgerdesk.store import clients
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import tables as t

# The worst decides what is shown.
_WORST = (
    ConnectionState.REAUTHENTICATE,
    ConnectionState.BLOCKED,
    ConnectionState.UNTESTED,
    ConnectionState.OK,
)
_NEWEST = 200
"""Deliveries looked at for the last success: the newest made need not be the last that arrived."""


class Way(StrEnum):
    """How a package is added; each offers the integrations whose declarations fit."""

    ONLINE = "online"
    MAIL = "mail"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Package:
    """An accounting package in one line. ``ending`` is said of a sign-in that ends soon,
    ``standings`` how much is known of the way each kind of document takes,
    ``places`` what is filled in for it.

    ``label`` is its integration; ``accounts`` whose sign-in it uses (as ``connection_ids``, the one
    that is worst off first); ``clients`` how many send there today; ``more_kinds`` could be added.
    """

    configuration: Configuration
    label: str
    icon: str
    state: ConnectionState
    accounts: tuple[str, ...]
    connection_ids: tuple[str, ...]
    clients: int
    has_sign_in: bool
    uses_mail_account: bool
    more_kinds: tuple[ExportKind, ...] = ()
    formats: Mapping[ExportKind, str] | None = None
    standings: Mapping[ExportKind, str] | None = None
    places: Mapping[ExportKind, tuple[str, ...]] | None = None
    error: Told | None = None
    ending: Told | None = None
    last_success: datetime | None = None

    @property
    def id(self) -> str:
        return self.configuration.id

    @property
    def name(self) -> str:
        return self.configuration.name

    @property
    def kinds(self) -> tuple[ExportKind, ...]:
        return tuple(self.configuration.kinds)


class Packages:
    def __init__(self, services: Services) -> None:
        self._services = services

    def listed(self) -> list[Package]:
        """All that are in use, by name."""
        with self._services.books.read() as c:
            every = books_of.listed(c, limit=None)
            kept = {one.id: one for one in books_of.connections(c, limit=None)}
            mail = books_of.mail_account(c)
            linked = _linked(c, self._services)
            shown = [
                replace(
                    self._package(one, kept, mail),
                    clients=linked.get(one.id, 0),
                    last_success=_last_success(c, one.id),
                )
                for one in every
            ]
        return sorted(shown, key=lambda one: one.name.casefold())

    def restricted(self, way: Way) -> Services:
        """The services of a set-up that offers the integrations of ``way`` only."""
        offered = tuple(one for one in self._services.all_connectors() if _fits(one, way))
        return replace(self._services, all_connectors=lambda: offered)

    def _package(
        self, one: Configuration, kept: Mapping[str, Connection], mail: MailAccount | None
    ) -> Package:
        connector = self._services.connector(one.connector_id)
        ids = tuple(dict.fromkeys(setup.connection_id for setup in one.kinds.values()))
        used = sorted((kept[id] for id in ids if id in kept), key=lambda each: _rank(each.state))
        mails = any(connector.by_mail(each.values) for each in used)
        account_states = [mail.state] if mail and mails else []
        told = [from_record(each.error) for each in used if each.error]
        return Package(
            configuration=one,
            label=translate(connector.label),
            icon=icon_of(connector),
            state=_state(used, account_states, one.kinds.values()),
            accounts=tuple(each.account for each in used),
            connection_ids=tuple(each.id for each in used),
            clients=0,
            has_sign_in=any(connector.signs_in(each.values) for each in used),
            uses_mail_account=mails,
            more_kinds=tuple(each for each in connector.document_kinds if each not in one.kinds),
            formats={kind: _format(connector, setup) for kind, setup in one.kinds.items()},
            places={kind: tuple(_values(connector, setup)) for kind, setup in one.kinds.items()},
            standings={kind: standing_of(connector, kind) for kind in one.kinds},
            error=next((each for each in told if each), None),
            ending=next(self._endings(used), None),
        )

    def _endings(self, used: Iterable[Connection]) -> Iterator[Told]:
        now = self._services.clock.now()
        for one in used:
            told = from_record(ending_of(one, now) or {})
            if told is not None:
                yield told


def _rank(state: ConnectionState) -> int:
    return _WORST.index(state)


def _state(
    used: Iterable[Connection],
    account_states: Sequence[ConnectionState],
    setups: Iterable[KindSetup],
) -> ConnectionState:
    untested = [ConnectionState.UNTESTED for setup in setups if not setup.tested]
    found = {*(each.state for each in used), *account_states, *untested}
    return next((one for one in _WORST if one in found), ConnectionState.UNTESTED)


def _format(connector: Connector, setup: KindSetup) -> str:
    found = connector.format(setup.kind, setup.format)
    return translate(found.label) if found else setup.format


def _values(connector: Connector, setup: KindSetup) -> Iterator[str]:
    """What is filled in for this kind, choices in words."""
    for one in connector.fields:
        value = setup.values.get(one.name, "")
        labels = (translate(each.label) for each in one.choices if each.id == value)
        if value:
            yield next(labels, value)


def _fits(connector: Connector, way: Way) -> bool:
    if way is Way.ONLINE:
        return True
    mails = connector.by_mail({})
    return mails if way is Way.MAIL else connector.authorization == "none" and not mails


def _linked(c: sa.Connection, services: Services) -> dict[str, int]:
    today = services.today()
    pairs = {
        (one.configuration_id, one.client_id)
        for one in clients.all_links(c)
        if is_active(one, today)
    }
    counted: dict[str, int] = {}
    for configuration_id, _ in pairs:
        counted[configuration_id] = counted.get(configuration_id, 0) + 1
    return counted


def _last_success(c: sa.Connection, configuration_id: str) -> datetime | None:
    newest = (
        sa.select(t.delivery.c.delivered_at)
        .where(
            t.delivery.c.configuration_id == configuration_id,
            t.delivery.c.state == DeliveryState.DELIVERED,
        )
        .order_by(sa.literal_column("delivery.rowid").desc())
        .limit(_NEWEST)
        .subquery()
    )
    found: datetime | None = c.execute(sa.select(sa.func.max(newest.c.delivered_at))).scalar_one()
    return found
