"""A package that reads a Dropbox, into which the firm signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.packages.base import JOURNALS, Arrival, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.vendors.dropbox import APP_KEY, DropboxServer
from ledgerdesk.setup.answers import Wished


class Dropbox(PracticePackage):
    id = "dropbox"
    connector_id = "dropbox"
    name = "Practice Dropbox"

    def start(self, opening: ExitStack) -> None:
        self.server = opening.enter_context(DropboxServer(self.site.folder))
        opening.enter_context(led_to(self.connector_id, self.server.url))

    def form(self, kind: ExportKind) -> Wished:
        folder = "Practice/[accounting_file_id]/[invoice_type]"
        return {"values": {"app_key": APP_KEY, "folder": folder}}

    def belongs(self, expected: Expected) -> str:
        number = client_of(expected).file_number
        return f"/Practice/{number}/{JOURNALS[expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        for path, content in sorted(self.server.files.items()):
            yield self.arrival(path.rpartition("/")[0], path, content)
