"""A package that watches a folder arranged as WinBooks wants it."""

from __future__ import annotations

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.packages._files import FolderPackage
from ledgerdesk.practice.packages.base import client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.setup.answers import Wished

_BELOW = {Direction.PURCHASE: "inbound", Direction.SALE: "outbound", None: "statements"}


class Folder(FolderPackage):
    id = "folder"
    connector_id = "folder"
    name = "Practice package (folder)"

    def form(self, kind: ExportKind) -> Wished:
        return {"values": {"path": str(self.root), "layout": "winbooks"}}

    def belongs(self, expected: Expected) -> str:
        return f"Data/{client_of(expected).file_number}/{_BELOW[expected.direction]}"
