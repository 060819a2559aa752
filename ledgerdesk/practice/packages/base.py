"""What the practice packages share: how one is connected, linked, and read back.

A package sets itself up through the services a person uses, and reads what came from its server's
own store; it never asks our books.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.destinations import destination
from ledgerdesk.practice.firm import SampleClient
from ledgerdesk.practice.packages._consent import signed_in
from ledgerdesk.practice.plan import Expected
from ledgerdesk.setup.answers import Wished

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.practice.packages._mail import Post

JOURNALS = {Direction.PURCHASE: "AP", Direction.SALE: "AR", None: "BANK"}
"""As ``[invoice_type]`` writes them; None stands for a bank statement."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One document on a server. ``destination`` is the package's id, ``folder`` says for whom and
    for which journal it is there, ``place`` where exactly."""

    destination: str
    folder: str
    place: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Site:
    """What a package stands on: a ``folder`` of its own, the firm's ``clients``, the mail."""

    folder: Path
    clients: tuple[SampleClient, ...]
    post: Post


@dataclass(frozen=True, slots=True)
class Own:
    """What is a client's own: for its link."""

    values: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


class PracticePackage(ABC):
    """One accounting package; its server runs inside ``with``.

    ``connector_id`` is the integration by which it is reached; ``clients`` are those who use it.
    """

    id: ClassVar[str]
    connector_id: ClassVar[str]
    name: ClassVar[str]

    def __init__(self, site: Site) -> None:
        self.site = site
        self.clients = [one for one in site.clients if one.destination.id == self.id]
        self._opened = ExitStack()
        self._configuration_id = ""
        self._dossiers: dict[ExportKind, dict[str, str]] = {}

    @property
    def kinds(self) -> tuple[ExportKind, ...]:
        both = destination(self.id).statements
        return (ExportKind.INVOICES, ExportKind.STATEMENTS) if both else (ExportKind.INVOICES,)

    # --- its server -------------------------------------------------------------------------------

    @abstractmethod
    def start(self, opening: ExitStack) -> None:
        """Opens the server, with the dossiers of ``clients``; ``opening`` closes it."""

    def settled(self) -> None:
        """Every package is connected and every client linked: the day may begin."""
        return None

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self.start(opening)
            self._opened = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    # --- set up -----------------------------------------------------------------------------------

    @abstractmethod
    def form(self, kind: ExportKind) -> Wished:
        """What a person fills in to connect it for this kind of document."""

    def own(self, client: SampleClient, kind: ExportKind) -> Own:
        """What a person fills in for one client."""
        return Own()

    def connect(self, desk: Desk) -> str:
        """The id of the configuration. Raises what connecting raises."""
        first, *others = self.kinds
        wished = self._wished(first)
        needed = desk.installer.sign_in_to_add(self.connector_id, self.name, **wished)
        if needed is not None:
            wished["fresh"] = signed_in(desk.services, *needed)
        added = desk.installer.add(self.connector_id, self.name, **wished)
        self._configuration_id = added.configuration.id
        for kind in others:
            desk.installer.edit(self._configuration_id, **self._wished(kind))
        return self._configuration_id

    def link(self, desk: Desk, client_id: str, client: SampleClient) -> None:
        """Links one of ``clients``, known to the books as ``client_id``."""
        from ledgerdesk.setup.links import LinkForm

        for kind in self.kinds:
            own = self.own(client, kind)
            form = LinkForm(
                self._configuration_id,
                kind,
                administration_id=self.dossier(desk, client, kind),
                values=own.values,
                secrets=own.secrets,
            )
            desk.links.link(client_id, form)

    def dossier(self, desk: Desk, client: SampleClient, kind: ExportKind) -> str:
        """The one that bears the client's name, where the package shows some to choose from."""
        if kind not in self._dossiers:
            setup = desk.configurations.get(self._configuration_id).kinds[kind]
            found = desk.connections.administrations(setup.connection_id)
            self._dossiers[kind] = {one.name: one.id for one in found}
        dossiers = self._dossiers[kind]
        return dossiers[client.business.name] if dossiers else ""

    def _wished(self, kind: ExportKind) -> Wished:
        given: Wished = {"kind": kind, "format": "as-received", "accept_terms": True}
        return {**self.form(kind), **given}

    # --- read back --------------------------------------------------------------------------------

    @abstractmethod
    def belongs(self, expected: Expected) -> str:
        """The folder (as in Arrival) a delivered document must be in."""

    @abstractmethod
    def arrivals(self) -> Iterator[Arrival]:
        """Everything that came, wanted or not."""

    def arrival(self, folder: str, place: str, content: bytes) -> Arrival:
        return Arrival(self.id, folder, place, hashlib.sha256(content).hexdigest())


def client_of(expected: Expected) -> SampleClient:
    """Whose it is: what is delivered is somebody's."""
    assert expected.client is not None
    return expected.client
