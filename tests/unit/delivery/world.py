"""A small firm on a real data folder: clients, destinations, documents, a clock one can turn.

``FakeConnector`` is a destination that does what a test tells it and remembers what it saw.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    STATEMENT_FORMATS,
    Connector,
    Context,
    Format,
    Session,
    TargetRequest,
)
from ledgerdesk.delivery import outbox
from ledgerdesk.delivery.desk import Desk
from ledgerdesk.delivery.dispatcher import Busy, Dispatcher, Sent
from ledgerdesk.model import (
    Assurance,
    Cancel,
    Check,
    Client,
    Configuration,
    Connection,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Direction,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    Evidence,
    ExportKind,
    Facts,
    Found,
    KindSetup,
    Link,
    MailAccount,
    Parcel,
    Probe,
    Profile,
    Progress,
    Target,
)
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import (
    clients,
    configurations,
    deliveries,
    documents,
    journal,
    lanes,
    open_books,
)
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.lanes import LaneState
from ledgerdesk.vault import FileKeyStore, Owner, Vault

START = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


@dataclass
class TurnableClock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def forward(self, **how_far: float) -> None:
        self.at += timedelta(**how_far)


class LongestJitter(random.Random):
    """Always waits the longest that is allowed."""

    def uniform(self, a: float, b: float) -> float:
        return b


@dataclass
class FakeDestination:
    """What the fake does: ``answer`` to a parcel, ``found`` by a probe, ``said`` when it is asked
    later; and what it saw. ``before`` is run at every call with the administration it concerns."""

    answer: Callable[[Parcel], Evidence] = lambda parcel: arrived(parcel)
    found: Callable[[Parcel], Probe] = lambda parcel: Probe(Found.CANNOT_TELL)
    said: Callable[[Parcel, str], Evidence | None] = lambda parcel, remote: None
    opened: Callable[[Context], None] = lambda context: None
    before: Callable[[Context, str], None] = lambda context, administration: None
    contexts: list[Context] = field(default_factory=list)
    sent: list[Parcel] = field(default_factory=list)
    probed: list[Parcel] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def arrived(parcel: Parcel) -> Evidence:
    return Evidence(Assurance.ACKNOWLEDGED, f"remote-{parcel.uid}", {"size": parcel.size})


class FakeConnector(Connector):
    id = "fake"
    label = "Fake"
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = ()
    delivery_class = DeliveryClass.A

    def __init__(self, destination: FakeDestination) -> None:
        self.destination = destination

    def account_key(self, values: Mapping[str, str]) -> str:
        return values.get("host", "")

    def target(self, request: TargetRequest) -> Target:
        place = request.naming.path(request.values.get("place", "in"))
        return Target(place, request.naming.file_name())

    def open(self, context: Context) -> Session:
        self.destination.opened(context)
        self.destination.contexts.append(context)
        return FakeSession(context, self.destination)


class FakeSession(Session):
    def __init__(self, context: Context, destination: FakeDestination) -> None:
        super().__init__(context)
        self._destination = destination

    def verify(self) -> Iterator[Check]:
        yield Check("fine", True)

    def send_one(self, parcel: Parcel) -> Evidence:
        self._destination.before(self.context, parcel.administration_id)
        self._destination.sent.append(parcel)
        return self._destination.answer(parcel)

    def probe(self, parcel: Parcel) -> Probe:
        self._destination.before(self.context, parcel.administration_id)
        self._destination.probed.append(parcel)
        return self._destination.found(parcel)

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        self._destination.before(self.context, parcel.administration_id)
        self._destination.asked.append(remote)
        return self._destination.said(parcel, remote)


class World:
    """Close it when done."""

    def __init__(self, root: Path, clock: TurnableClock | None = None) -> None:
        self.clock = clock or TurnableClock()
        self.folder = DataFolder(root)
        self._open = ExitStack()
        self.books = self._open.enter_context(
            open_books(self.folder, owner=True, holding_lock=True, practice=True)
        )
        self.vault = Vault(self.books, self.folder, FileKeyStore(self.folder), holding_lock=True)
        self.blobs = Blobs(self.folder.blobs)
        self.network = Sockets(loopback_only=True)
        self.desk = Desk(self.books, self.clock)
        self.jitter: random.Random = LongestJitter()

    def close(self) -> None:
        self._open.close()

    # --- the firm -------------------------------------------------------------------------------

    def client(self, name: str = "Bakkerij De Smet", **more: Any) -> Client:
        given = {"file_number": "100234", "share": True, **more}
        made = Client(new_id(), name, self.clock.now(), **given)
        self.books.write(lambda c: clients.insert(c, made))
        return made

    def connection(
        self,
        connector_id: str,
        values: Mapping[str, str],
        secrets: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Connection:
        made = Connection(
            new_id(), connector_id, "somebody", new_id(), values, self.clock.now(), **more
        )
        if secrets:
            self.vault.prepare()

        def keep(c: Any) -> None:
            configurations.insert_connection(c, made)
            self.vault.seal(c, Owner("connection", made.id), secrets or {})

        self.books.write(keep)
        return made

    def configuration(
        self, connection: Connection, values: Mapping[str, str] | None = None, **more: Any
    ) -> Configuration:
        """Takes both kinds of documents in the same way."""
        given = {"format": "as-received", "values": values or {}, **more}
        kinds = {kind: KindSetup(kind, connection.id, **given) for kind in ExportKind}
        made = Configuration(new_id(), "Package", connection.connector_id, self.clock.now(), kinds)
        self.books.write(lambda c: configurations.insert(c, made))
        return made

    def mail_account(self, values: Mapping[str, str], **more: Any) -> MailAccount:
        made = MailAccount(values, self.clock.now(), **more)
        self.books.write(lambda c: configurations.set_mail_account(c, made))
        return made

    def link(self, client: Client, configuration: Configuration, **more: Any) -> Link:
        given = {"kind": ExportKind.INVOICES, **more}
        kind = given.pop("kind")
        made = Link(new_id(), client.id, configuration.id, kind, self.clock.now(), **given)
        self.books.write(lambda c: clients.insert_link(c, made))
        return made

    def folder_destination(self, path: Path | str, **more: Any) -> Configuration:
        return self.configuration(self.connection("folder", {}), {"path": str(path)}, **more)

    # --- documents ------------------------------------------------------------------------------

    def document(self, client: Client, body: bytes = b"<Invoice/>", **more: Any) -> Document:
        """A ready purchase invoice; fields of Facts and of Document may be given."""
        facts = {
            "kind": DocumentKind.INVOICE,
            "format": DocumentFormat.UBL,
            "profile": Profile.PEPPOL_BIS_3,
            "number": "F-1",
            "issue_date": date(2026, 3, 31),
        }
        facts |= {name: more.pop(name) for name in list(more) if name in Facts.__slots__}
        given = {"direction": Direction.PURCHASE, "state": DocumentState.READY, **more}
        made = Document(
            id=new_id(),
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
            path="/in/invoice.xml",
            member="",
            file_name=given.pop("file_name", "invoice.xml"),
            facts=Facts(**facts),  # type: ignore[arg-type]
            taken_in_at=self.clock.now(),
            client_id=client.id,
            **given,
        )
        self.blobs.keep(body, made.sha256)
        self.books.write(lambda c: documents.insert(c, [made]))
        return made

    def enqueue(self, *made: Document) -> list[Delivery]:
        at = self.clock.now()

        def work(c: Any) -> list[Delivery]:
            return [one for document in made for one in outbox.enqueue(c, document, at)]

        return self.books.write(work)

    def queued(self, client: Client, number: int = 1, **more: Any) -> list[Delivery]:
        made = [
            self.document(client, f"<Invoice>{n}</Invoice>".encode(), **more) for n in range(number)
        ]
        return self.enqueue(*made)

    # --- sending --------------------------------------------------------------------------------

    def run(
        self,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
        executor: Executor | None = None,
    ) -> Sent:
        with ThreadPoolExecutor(4) as own:
            return self.dispatcher(executor or own).run(cancel, progress)

    def dispatcher(self, executor: Executor, busy: Busy | None = None) -> Dispatcher:
        from ledgerdesk import connectors

        return Dispatcher(
            self.books,
            self.vault,
            self.blobs,
            self.network,
            self.clock,
            executor,
            connectors_get=connectors.get,
            jitter=self.jitter,
            busy=busy,
        )

    # --- looking --------------------------------------------------------------------------------

    def delivery(self, delivery_id: str) -> Delivery:
        with self.books.read() as c:
            return deliveries.get(c, delivery_id)

    def deliveries(self) -> list[Delivery]:
        with self.books.read() as c:
            return deliveries.listed(c)

    def states(self) -> list[DeliveryState]:
        return [one.state for one in self.deliveries()]

    def codes(self) -> list[str]:
        return [str(one.error.get("code", "")) for one in self.deliveries()]

    def lane(self, name: str) -> LaneState:
        with self.books.read() as c:
            return lanes.lane_state(c, name)

    def told(self) -> list[str]:
        """What the journal tells, oldest first; the chain itself must hold."""
        with self.books.read() as c:
            assert journal.verify(c).ok
            return [one.what for one in journal.recent(c, {}, 10_000)]

    def accounts(self) -> list[Connection]:
        with self.books.read() as c:
            return configurations.connections(c)

    def get_client(self, client_id: str) -> Client:
        with self.books.read() as c:
            return clients.get(c, client_id)

    def change_client(self, client: Client) -> None:
        at = self.clock.now()

        def work(c: Any) -> None:
            clients.update(c, client)
            outbox.refresh(c, at, client_id=client.id)

        self.books.write(work)

    def change_configuration(self, configuration: Configuration) -> None:
        at = self.clock.now()

        def work(c: Any) -> None:
            configurations.update(c, configuration)
            outbox.refresh(c, at, configuration_id=configuration.id)

        self.books.write(work)

    def change_documents(self, changed: Sequence[Document]) -> None:
        def work(c: Any) -> None:
            for one in changed:
                documents.update(c, one)

        self.books.write(work)
