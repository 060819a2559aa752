"""What links lead to: the configuration, the connection and the connector behind them, and which
links a document takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date

import sqlalchemy as sa

from ledgerdesk import connectors
from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import UnknownId
from ledgerdesk.model import (
    Client,
    Configuration,
    Connection,
    Delivery,
    Document,
    DocumentState,
    ExportKind,
    KindSetup,
    Link,
    LinkRole,
    MailAccount,
)
from ledgerdesk.setup.contexts import mail_values, merged_values
from ledgerdesk.store import clients, configurations


@dataclass(frozen=True, slots=True)
class Route:
    """All that one link leads to. Raises UnknownId from ``route_of`` when a part is gone."""

    client: Client
    link: Link
    configuration: Configuration
    setup: KindSetup
    connection: Connection
    connector: Connector
    mail: MailAccount | None

    @property
    def values(self) -> dict[str, str]:
        """The connection's and configuration's values with the client's own on top."""
        merged = merged_values(self.connection, self.setup, self.link)
        return merged if self.mail is None else merged | mail_values(self.mail)

    @property
    def by_mail(self) -> bool:
        return self.connector.by_mail(self.connection.values)

    @property
    def administration_id(self) -> str:
        return self.link.administration_id or self.setup.administration_id


def route_of(
    connection: sa.Connection,
    client: Client,
    link: Link,
    connectors_get: Callable[[str], Connector] | None = None,
) -> Route:
    """Raises UnknownId when the configuration was removed or no longer takes this kind."""
    configuration = configurations.get(connection, link.configuration_id)
    setup = configuration.kinds.get(link.kind)
    if setup is None:
        raise UnknownId(what="configuration", id=link.configuration_id)
    connector = (connectors_get or connectors.get)(configuration.connector_id)
    used = configurations.connection(connection, setup.connection_id)
    mails = connector.by_mail(used.values)
    return Route(
        client,
        link,
        configuration,
        setup,
        used,
        connector,
        configurations.mail_account(connection) if mails else None,
    )


class Routes:
    """What links lead to, each part read once in one transaction."""

    def __init__(self, c: sa.Connection) -> None:
        self._c = c
        self._clients: dict[str, Client] = {}
        self._links: dict[tuple[str, ExportKind], Sequence[Link]] = {}
        self._routes: dict[str, Route] = {}

    def of(self, document: Document) -> list[Route]:
        """The routes a ready document takes."""
        kind = document.facts.kind.export
        if document.state is not DocumentState.READY or kind is None or not document.client_id:
            return []
        client = self._client(document.client_id)
        if not client.share or client.archived_at is not None:
            return []
        found: list[Route] = []
        for link in _covering(self._links_of(client.id, kind), _day(document)):
            # Where the accounting package is gone, or takes this kind no more: no destination.
            with suppress(UnknownId):
                found.append(self._to(client, link))
        return found

    def by_link(self, delivery: Delivery) -> Route:
        """The route of a delivery that was made before. Raises UnknownId."""
        if delivery.link_id in self._routes:
            return self._routes[delivery.link_id]
        link = clients.link(self._c, delivery.link_id)
        return self._to(self._client(delivery.client_id), link)

    def _client(self, client_id: str) -> Client:
        if client_id not in self._clients:
            self._clients[client_id] = clients.get(self._c, client_id)
        return self._clients[client_id]

    def _links_of(self, client_id: str, kind: ExportKind) -> Sequence[Link]:
        key = (client_id, kind)
        if key not in self._links:
            self._links[key] = clients.links_of(self._c, client_id, kind)
        return self._links[key]

    def _to(self, client: Client, link: Link) -> Route:
        if link.id not in self._routes:
            self._routes[link.id] = route_of(self._c, client, link)
        return self._routes[link.id]


def _covering(links: Sequence[Link], day: date) -> Sequence[Link]:
    """The main link of that day, the newest where two meet, and every copy."""
    covering = [one for one in links if one.covers(day)]
    main = [one for one in covering if one.role is LinkRole.MAIN]
    return [*main[-1:], *(one for one in covering if one.role is LinkRole.COPY)]


def _day(document: Document) -> date:
    return document.facts.issue_date or document.taken_in_at.astimezone(UTC).date()
