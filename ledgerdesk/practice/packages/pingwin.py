"""PingWin, by the web service of a vendor that publishes nothing: with the profile it gave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.firm import SampleClient
from ledgerdesk.practice.packages.base import Arrival, Own, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.vendors.rest_profile import RestProfileServer, Ways, paper
from ledgerdesk.setup.answers import Wished

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

_WAYS = {Direction.PURCHASE: "incoming", Direction.SALE: "outgoing"}


class PingWin(PracticePackage):
    id = "pingwin"
    connector_id = "pingwin"
    name = "Practice PingWin"

    def start(self, opening: ExitStack) -> None:
        ways = Ways(auth="header", body="multipart")
        self.server = opening.enter_context(RestProfileServer(ways, self.site.folder))
        businesses = [one.business for one in self.clients]
        self.server.account.companies = {one.number: one.name for one in businesses}

    def connect(self, desk: Desk) -> str:
        """The firm imports the profile first: the vendor's addresses stand in it."""
        profile = self.site.folder / "profile.toml"
        text = paper(self.connector_id, self.server.ways, self.server.address)
        profile.write_text(text, "utf-8")
        desk.profiles.take_in(profile)
        return super().connect(desk)

    def form(self, kind: ExportKind) -> Wished:
        return {"values": {"route": "api", "clid": "PRACTICE-1"}}

    def own(self, client: SampleClient, kind: ExportKind) -> Own:
        file_id = {"file_id": client.business.number}
        return Own(file_id, {"api_key": self.server.account.key})

    def dossier(self, desk: Desk, client: SampleClient, kind: ExportKind) -> str:
        """None is chosen from a list: a file is named by its own id and key."""
        return ""

    def belongs(self, expected: Expected) -> str:
        assert expected.direction is not None
        return f"{client_of(expected).business.name} › {_WAYS[expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        companies = self.server.account.companies
        for one in self.server.documents:
            folder = f"{companies.get(one.company, one.company)} › {one.direction}"
            yield self.arrival(folder, f"{folder} › {one.uuid}", one.content)
