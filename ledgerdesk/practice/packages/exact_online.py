"""Exact Online: invoices as documents, statements through the digital postbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.packages.base import Arrival, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.vendors.exact_online import ExactOnlineServer
from ledgerdesk.setup.answers import Wished

_TYPES = {Direction.PURCHASE: "20", Direction.SALE: "10", None: "2000"}
"""The vendor's numbers of kinds of documents; None stands for a bank statement."""


class ExactOnline(PracticePackage):
    id = "exact_online"
    connector_id = "exact_online"
    name = "Practice Exact Online"

    def start(self, opening: ExitStack) -> None:
        divisions = 1 + len(self.clients)
        server = ExactOnlineServer(self.site.folder, divisions=divisions)
        self.server = opening.enter_context(server)
        opening.enter_context(led_to(self.connector_id, self.server.url))
        # The first is the office's own.
        own = list(self.server.books.divisions.values())[1:]
        for division, client in zip(own, self.clients, strict=True):
            division.name = client.business.name
            division.vat_number = client.business.number

    def form(self, kind: ExportKind) -> Wished:
        (app,) = self.server.sign_ins.apps.values()
        return {
            "values": {
                "country": "be",
                "client_id": app.client_id,
                "redirect_uri": app.redirect_uri,
            },
            "secrets": {"client_secret": app.client_secret},
        }

    def belongs(self, expected: Expected) -> str:
        return f"{client_of(expected).business.name} › {_TYPES[expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        """One per file; a document whose file is missing is one without content."""
        books = self.server.books
        for one in (*books.documents, *books.messages):
            folder = f"{books.divisions[one.division].name} › {one.type}"
            for content in [file.content for file in one.files] or [b""]:
                yield self.arrival(folder, f"{folder} › {one.subject}", content)
