"""A firm with clients, packages and deliveries in every state, for the pages that show these."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledgerdesk.app import Desk
from ledgerdesk.delivery import outbox, outcomes
from ledgerdesk.errors import LedgerDeskError, OutcomeUnknown, Scope, to_record
from ledgerdesk.model import (
    Assurance,
    Client,
    Configuration,
    Delivery,
    DeliveryState,
    Direction,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    Evidence,
    ExportKind,
    Facts,
    Profile,
)
from ledgerdesk.setup.clients import ClientForm
from ledgerdesk.setup.links import LinkForm
from ledgerdesk.store import deliveries, documents
from ledgerdesk.store.ids import new_id


class SendingFirm:
    """Everything is made through the services, but for documents, which need no reading here."""

    def __init__(self, desk: Desk, root: Path) -> None:
        self.desk = desk
        self.root = root
        self._numbers = 0

    def package(self, name: str = "Import", folder: str = "import") -> Configuration:
        place = self.root / folder
        place.mkdir(exist_ok=True)
        made = self.desk.installer.add(
            "folder",
            name,
            kind=ExportKind.INVOICES,
            format="as-received",
            values={"path": str(place)},
            accept_terms=True,
        )
        return made.configuration

    def client(self, name: str, package: Configuration, **more: Any) -> Client:
        made = self.desk.clients.add(ClientForm(name=name, **more))
        self.desk.links.link(made.id, LinkForm(package.id))
        return made

    def delivery(self, client: Client, number: str = "", **more: Any) -> Delivery:
        """One that waits to be sent; its document is a purchase invoice of 121 euro."""
        document = self.document(client, number, **more)
        at = datetime.now(UTC)
        return self.desk.books.write(lambda c: outbox.enqueue(c, document, at))[0]

    def document(
        self, client: Client, number: str = "", state: DocumentState = DocumentState.READY
    ) -> Document:
        self._numbers += 1
        body = f"<Invoice>{self._numbers}</Invoice>".encode()
        made = Document(
            id=new_id(),
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
            path="/in/invoice.xml",
            member="",
            file_name=f"invoice-{self._numbers}.xml",
            facts=Facts(
                kind=DocumentKind.INVOICE,
                format=DocumentFormat.UBL,
                profile=Profile.PEPPOL_BIS_3,
                number=number or f"F-{self._numbers}",
                issue_date=date(2026, 3, 31),
                total=Decimal("121.00"),
                currency="EUR",
            ),
            state=state,
            taken_in_at=datetime.now(UTC),
            direction=Direction.PURCHASE,
            client_id=client.id,
        )
        self.desk.blobs.keep(body, made.sha256)
        self.desk.books.write(lambda c: documents.insert(c, [made]))
        return made

    # --- states -----------------------------------------------------------------------------------

    def arrived(
        self, delivery: Delivery, assurance: Assurance = Assurance.VERIFIED, **facts: Any
    ) -> Delivery:
        evidence = Evidence(assurance, "/import/F-1.xml", facts)
        at = datetime.now(UTC)
        self.desk.books.write(lambda c: outcomes.delivered(c, delivery.id, evidence, at))
        return self.now(delivery)

    def blocked(
        self, made: Sequence[Delivery], error: LedgerDeskError, scope: Scope
    ) -> list[Delivery]:
        return [
            self.put(one, DeliveryState.BLOCKED, error=to_record(error), block_scope=scope)
            for one in made
        ]

    def possibly_sent(self, delivery: Delivery) -> Delivery:
        error = OutcomeUnknown(reason="connection reset")
        return self.put(delivery, DeliveryState.UNKNOWN, error=to_record(error))

    def put(self, delivery: Delivery, state: DeliveryState, **more: Any) -> Delivery:
        made = replace(delivery, state=state, **more)

        def work(c: sa.Connection) -> None:
            deliveries.update(c, made)

        self.desk.books.write(work)
        return made

    def now(self, delivery: Delivery) -> Delivery:
        return self.desk.deliveries.get(delivery.id).delivery

    def states(self) -> list[DeliveryState]:
        """Of all deliveries, oldest first."""
        return [one.delivery.state for one in self.desk.deliveries.listed()]
