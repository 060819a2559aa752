"""Yuki, with the key of a domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.packages.base import Arrival, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.vendors.yuki import FOLDERS, YukiServer
from ledgerdesk.setup.answers import Wished

_FOLDERS = {Direction.PURCHASE: "Purchase", Direction.SALE: "Sales", None: "Bank"}


class Yuki(PracticePackage):
    id = "yuki"
    connector_id = "yuki"
    name = "Practice Yuki"

    def start(self, opening: ExitStack) -> None:
        self.server = opening.enter_context(YukiServer(self.site.folder))
        opening.enter_context(led_to(self.connector_id, self.server.url))
        for client in self.clients:
            self.server.first.add(client.business.name, client.business.number)

    def form(self, kind: ExportKind) -> Wished:
        return {"values": {"country": "be"}, "secrets": {"access_key": self.server.domain_key}}

    def belongs(self, expected: Expected) -> str:
        return f"{client_of(expected).business.name} › {_FOLDERS[expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        domains = self.server.office.domains
        names = {one.id: one.name for domain in domains for one in domain.administrations}
        for one in self.server.documents:
            name = names.get(one.administration_id, one.administration_id)
            folder = f"{name} › {FOLDERS[one.folder]}"
            yield self.arrival(folder, f"{folder} › {one.file_name}", one.content)
