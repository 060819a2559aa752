"""ClearFacts, with a personal token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.packages.base import Arrival, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.vendors.clearfacts import ClearFactsServer
from ledgerdesk.setup.answers import Wished

_TYPES = {Direction.PURCHASE: "PURCHASE", Direction.SALE: "SALE"}


class ClearFacts(PracticePackage):
    id = "clearfacts"
    connector_id = "clearfacts"
    name = "Practice ClearFacts"

    def start(self, opening: ExitStack) -> None:
        self.server = opening.enter_context(ClearFactsServer(self.site.folder))
        opening.enter_context(led_to(self.connector_id, self.server.url))
        self._token = self.server.add_token()
        for client in self.clients:
            business = client.business
            self.server.dossiers[business.enterprise_number] = business.name

    def form(self, kind: ExportKind) -> Wished:
        return {"secrets": {"token": self._token}}

    def belongs(self, expected: Expected) -> str:
        assert expected.direction is not None
        return f"{client_of(expected).business.name} › {_TYPES[expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        for one in self.server.files:
            dossier = self.server.dossiers.get(one.vat_number, one.vat_number)
            folder = f"{dossier} › {one.type}"
            yield self.arrival(folder, f"{folder} › {one.name}", one.content)
