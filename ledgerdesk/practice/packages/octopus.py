"""Octopus: invoices to the dossier's mailbox, statements through its web service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.firm import SampleClient
from ledgerdesk.practice.packages._mail import MailPackage, client_mailbox
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.packages.base import Arrival, Own, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.vendors.octopus import OctopusServer
from ledgerdesk.setup.answers import Wished


class Octopus(MailPackage):
    id = "octopus"
    connector_id = "octopus"
    name = "Practice Octopus"
    domain = "octopus.example"

    def start(self, opening: ExitStack) -> None:
        super().start(opening)
        self.server = opening.enter_context(OctopusServer(self.site.folder))
        opening.enter_context(led_to(self.connector_id, self.server.url))
        for number, client in enumerate(self.clients, 41):
            self.server.dossiers[str(number)] = client.business.name

    def form(self, kind: ExportKind) -> Wished:
        if kind is ExportKind.INVOICES:
            return {}
        return {
            "values": {
                "software_house_id": self.server.software_house,
                "username": self.server.user,
            },
            "secrets": {"password": self.server.password},
        }

    def own(self, client: SampleClient, kind: ExportKind) -> Own:
        if kind is ExportKind.STATEMENTS:
            return Own()
        return Own({"mailbox": client_mailbox(client, self.domain)})

    def belongs(self, expected: Expected) -> str:
        if expected.direction is None:
            return f"{client_of(expected).business.name} CODA"
        return super().belongs(expected)

    def arrivals(self) -> Iterator[Arrival]:
        yield from super().arrivals()
        for number, one in enumerate(self.server.statements, 1):
            # The text travelled as JSON: every character was one byte.
            content = one.content.encode("latin-1")
            dossier = self.server.dossiers.get(one.dossier, one.dossier)
            yield self.arrival(f"{dossier} CODA", f"{dossier} › CODA {number}", content)
