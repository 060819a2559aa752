"""Onea, with a key per dossier."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.firm import SampleClient
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.packages.base import Arrival, Own, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.vendors.onea import OneaServer
from ledgerdesk.setup.answers import Wished

_WAYS = {Direction.PURCHASE: "incoming", Direction.SALE: "outgoing"}


class Onea(PracticePackage):
    id = "onea"
    connector_id = "onea"
    name = "Practice Onea"

    def start(self, opening: ExitStack) -> None:
        self.server = opening.enter_context(OneaServer(self.site.folder))
        opening.enter_context(led_to(self.connector_id, self.server.url))
        self._keys = {
            one.file_number: self.server.add_key(one.business.name) for one in self.clients
        }

    def form(self, kind: ExportKind) -> Wished:
        return {}

    def own(self, client: SampleClient, kind: ExportKind) -> Own:
        return Own(secrets={"api_key": self._keys[client.file_number]})

    def belongs(self, expected: Expected) -> str:
        assert expected.direction is not None
        return f"{client_of(expected).business.name} › {_WAYS[expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        for one in self.server.documents:
            folder = f"{self.server.keys.get(one.key, one.key)} › {one.direction}"
            yield self.arrival(folder, f"{folder} › {one.uuid}", one.content)
