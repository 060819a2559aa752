"""A firm that takes documents in: an empty data folder, clients, links, and real documents.

The businesses and documents are those of the practice world, made from the run's seed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from ledgerdesk.intake.desk import SourceForm, Sources
from ledgerdesk.intake.look import Report, look
from ledgerdesk.intake.routing import reroute
from ledgerdesk.intake.taking_in import Intake
from ledgerdesk.intake.triage import Triage
from ledgerdesk.model import (
    Client,
    Configuration,
    Connection,
    Delivery,
    Document,
    ExportKind,
    Hints,
    KindSetup,
    Link,
    Profile,
    Source,
)
from ledgerdesk.paths import DataFolder
from ledgerdesk.practice.coda import coda
from ledgerdesk.practice.firm import Business, make_firm
from ledgerdesk.practice.invoices import Invoice, Ledger
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.pdf import text_pdf
from ledgerdesk.practice.statements import BankStatement, make_statement
from ledgerdesk.practice.ubl import ubl
from ledgerdesk.store import (
    clients,
    configurations,
    deliveries,
    documents,
    journal,
    open_books,
    sources,
)
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.sources import KnownItem

START = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
BOTH = (ExportKind.INVOICES, ExportKind.STATEMENTS)


@dataclass
class TurnableClock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def forward(self, **how_far: float) -> None:
        self.at += timedelta(**how_far)


class Papers:
    """Businesses and their documents: ``who[0]`` to ``who[9]`` may be clients, the rest not."""

    def __init__(self, seed: int) -> None:
        firm = make_firm(seed)
        self._chance = Random(f"{seed}/papers")
        self._ledger = Ledger(self._chance)
        self.who = [one.business for one in firm.clients]
        self.others = list(firm.suppliers)

    def story(self, supplier: Business, customer: Business) -> Invoice:
        return self._ledger.invoice(supplier, customer)

    def invoice(self, supplier: Business, customer: Business) -> bytes:
        return xml(self.story(supplier, customer))

    def statement(self, holder: Business) -> BankStatement:
        return make_statement(self._chance, holder, tuple(self.others))

    def bank_file(self, *holders: Business) -> bytes:
        return coda(self.statement(holder) for holder in holders)


def xml(story: Invoice, indent: str = "  ") -> bytes:
    return document(ubl(story, Profile.PEPPOL_BIS_3), indent)


def without_number(business: Business) -> Business:
    """As a consumer: a document that names it says nothing that routing could use."""
    return replace(business, number="")


def more_expensive(story: Invoice) -> Invoice:
    """The same invoice number with another amount."""
    first = replace(story.lines[0], price=story.lines[0].price + Decimal("1.00"))
    return replace(story, lines=(first, *story.lines[1:]))


def pdf(text: str = "Factuur") -> bytes:
    return text_pdf([text])


class Office:
    """The services of one data folder beside each other, on a clock one can turn."""

    def __init__(self, data_dir: Path, clock: TurnableClock | None = None) -> None:
        self._stack = ExitStack()
        self.folder = DataFolder(data_dir)
        self.books = self._stack.enter_context(open_books(self.folder))
        self.blobs = Blobs(self.folder.blobs)
        self.clock = clock or TurnableClock()
        self.intake = Intake(self.books, self.blobs, self.clock)
        self.triage = Triage(self.books, self.blobs, self.clock)
        self.sources = Sources(self.books, self.clock)

    def close(self) -> None:
        self._stack.close()

    # --- the firm ---------------------------------------------------------------------------

    def client(self, business: Business | None = None, **values: Any) -> Client:
        """A client in the books, sharing on; with the number and account of ``business``."""
        values = {"name": f"Client {new_id()}", "share": True} | values
        if business is not None:
            values = {
                "company_numbers": (business.number,),
                "ibans": (business.iban,),
            } | values
        made = Client(id=new_id(), created_at=START, **values)
        self.books.write(lambda c: clients.insert(c, made))
        return made

    def change(self, client: Client, **values: Any) -> Client:
        """As setting up does it: the change and routing in one transaction."""
        changed = replace(client, **values)

        def work(c: Any) -> None:
            clients.update(c, changed)
            reroute(c, self.clock.now())

        self.books.write(work)
        return changed

    def configuration(self, place: Path, kinds: Sequence[ExportKind] = BOTH) -> Configuration:
        connection = Connection(
            new_id(), "folder", str(place), str(place) + new_id(), {"path": str(place)}, START
        )
        setups = {
            kind: KindSetup(kind, connection.id, "as-received", values={"path": str(place)})
            for kind in kinds
        }
        made = Configuration(new_id(), "Package", "folder", START, setups)

        def work(c: Any) -> None:
            configurations.insert_connection(c, connection)
            configurations.insert(c, made)

        self.books.write(work)
        return made

    def link(self, client: Client, configuration: Configuration, **values: Any) -> list[Link]:
        """For every kind the configuration has; routing is looked at again."""
        made = [
            Link(new_id(), client.id, configuration.id, kind, START, **values)
            for kind in configuration.kinds
        ]

        def work(c: Any) -> None:
            for one in made:
                clients.insert_link(c, one)
            reroute(c, self.clock.now())

        self.books.write(work)
        return made

    # --- coming in --------------------------------------------------------------------------

    def add(self, path: Path, hints: Hints | None = None) -> list[Document]:
        return self.intake.add_files([path], hints)

    def take(
        self, folder: Path, content: bytes, hints: Hints | None = None, name: str = "x.xml"
    ) -> list[Document]:
        """Takes ``content`` in as a file of its own below ``folder``."""
        place = folder / new_id()
        place.mkdir(parents=True)
        (place / name).write_bytes(content)
        return self.add(place / name, hints)

    def watch(self, root: Path, **values: Any) -> Source:
        root.mkdir(parents=True, exist_ok=True)
        form = SourceForm(values={"path": str(root)}, **values)
        return self.sources.add(form).source

    def lay(self, path: Path, content: bytes, age: float = 3600) -> Path:
        """A file that was last written ``age`` seconds ago by the office's clock."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        then = (self.clock.now() - timedelta(seconds=age)).timestamp()
        os.utime(path, (then, then))
        return path

    def look(self, **how: Any) -> Report:
        return look(self.intake, **how)

    # --- what the books say -----------------------------------------------------------------

    def documents(self) -> list[Document]:
        with self.books.read() as c:
            return documents.listed(c, limit=None)

    def document(self, document_id: str) -> Document:
        return self.triage.get(document_id)

    def deliveries(self, document_id: str = "") -> list[Delivery]:
        with self.books.read() as c:
            found = deliveries.listed(c, limit=None)
        return [one for one in found if document_id in ("", one.document_id)]

    def items(self, source: Source) -> dict[str, KnownItem]:
        with self.books.read() as c:
            return sources.items(c, source.id)

    def source(self, source: Source) -> Source:
        with self.books.read() as c:
            return sources.get(c, source.id)

    def told(self, document_id: str) -> list[str]:
        """What the journal says of one document, oldest first."""
        with self.books.read() as c:
            return [one.what for one in journal.recent(c, {"document": document_id}, 100)]


def states(found: Sequence[Document]) -> list[tuple[str, str]]:
    return [(one.state.value, one.reason) for one in found]


def day(text: str) -> date:
    return date.fromisoformat(text)
