"""The open lines of one lane: one session per account, kept for the run, closed at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from types import TracebackType
from typing import Self

from ledgerdesk.connectors.base import MAIL_LANE, Connector, Context, Session
from ledgerdesk.delivery.routes import Route, route_of
from ledgerdesk.model import Cancel, Clock, Delivery, Document, Network, Parcel, Stage
from ledgerdesk.setup.contexts import Doors, link_owner, setup_owner, stored_context
from ledgerdesk.store import Books, clients, configurations, deliveries, documents
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.vault import Owner, Vault


@dataclass(frozen=True)
class Services:
    """What delivering needs of the rest of the product. ``jitter`` decides the waits."""

    books: Books
    vault: Vault
    blobs: Blobs
    network: Network
    clock: Clock
    connectors_get: Callable[[str], Connector]
    jitter: Random = field(default_factory=Random)
    vault_lock: threading.Lock = field(default_factory=threading.Lock)

    def secrets(self, owner: Owner) -> dict[str, str]:
        """Raises KeyMissing, SecretMissing or KeyringUnusable. Key stores are asked by one thread
        at a time: not every one of them bears more."""
        with self.vault_lock:
            return self.vault.open(owner)


@dataclass(frozen=True)
class Shipment:
    """One delivery with all that sending it needs."""

    delivery: Delivery
    document: Document
    route: Route
    own_keys: str = ""

    @property
    def by_mail(self) -> bool:
        return self.route.by_mail

    @property
    def account(self) -> str:
        """What shares one session: a connection, or the mail account. Keys that a configuration or
        a client brings along (``own_keys``) have a session of their own."""
        shared = MAIL_LANE if self.by_mail else self.route.connection.id
        return f"{self.route.connector.id}:{shared}:{self.own_keys}"

    def parcel(self, blobs: Blobs) -> Parcel:
        delivery, document = self.delivery, self.document
        if delivery.target is None:
            raise ValueError(f"delivery {delivery.id} was never aimed")
        return Parcel(
            delivery_id=delivery.id,
            attempt=delivery.attempts,
            kind=document.facts.kind,
            direction=document.direction,
            format=document.facts.format,
            file_name=document.file_name,
            size=document.size,
            sha256=document.sha256,
            target=delivery.target,
            administration_id=self.route.administration_id,
            values=self.route.values,
            stage=delivery.stage,
            open=lambda: blobs.read(document.sha256),
            so_far=delivery.so_far,
            profile=document.facts.profile,
        )


class KeptStages:
    """Implements model.Stages on the books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def reached(self, delivery_id: str, stage: Stage, so_far: str = "") -> None:
        self._books.write(lambda c: deliveries.reached(c, delivery_id, stage, so_far))


class Sessions:
    """A context manager; used by the lane's thread alone."""

    def __init__(self, services: Services, cancel: Cancel) -> None:
        self._services = services
        self._cancel = cancel
        self._open: dict[str, Session] = {}
        self._worked: set[str] = set()
        self._routes: dict[tuple[str, str], tuple[Route, str]] = {}

    def shipment(self, delivery: Delivery) -> Shipment:
        """Raises UnknownId when a part of the set-up is gone, and what the vault raises."""
        with self._services.books.read() as c:
            document = documents.get(c, delivery.document_id)
        key = (delivery.link_id, delivery.connection_id)
        if key not in self._routes:
            route = self._route(delivery)
            self._routes[key] = (route, self._own_keys(route))
        return Shipment(delivery, document, *self._routes[key])

    def of(self, shipment: Shipment) -> Session:
        """The session of the shipment's account. Raises what opening it raises."""
        account = shipment.account
        if account not in self._open:
            self._open[account] = shipment.route.connector.open(self._context(shipment))
        return self._open[account]

    def worked(self, shipment: Shipment) -> None:
        self._worked.add(shipment.account)

    def has_worked(self, shipment: Shipment) -> bool:
        """Whether its open session already brought or found something."""
        return shipment.account in self._worked

    def drop(self, shipment: Shipment) -> None:
        """The next use opens a new one."""
        self._worked.discard(shipment.account)
        session = self._open.pop(shipment.account, None)
        if session is not None:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._open.values():
            session.close()
        self._open.clear()

    def _route(self, delivery: Delivery) -> Route:
        with self._services.books.read() as c:
            client = clients.get(c, delivery.client_id)
            route = route_of(
                c, client, clients.link(c, delivery.link_id), self._services.connectors_get
            )
            return replace(route, connection=configurations.connection(c, delivery.connection_id))

    def _own_keys(self, route: Route) -> str:
        if self._services.secrets(link_owner(route.link.id)):
            return f"link:{route.link.id}"
        owner = setup_owner(route.configuration.id, route.setup.kind)
        return f"configuration:{owner.id}" if self._services.secrets(owner) else ""

    def _context(self, shipment: Shipment) -> Context:
        route, services = shipment.route, self._services
        stages = KeptStages(services.books)
        doors = Doors(services.network, services.clock, stages, self._cancel, services.books)
        with services.vault_lock:
            return stored_context(
                route.connector,
                route.connection,
                doors,
                services.vault,
                configuration_id=route.configuration.id,
                setup=route.setup,
                link=route.link if shipment.own_keys.startswith("link:") else None,
                mail=route.mail,
            )
