"""Count-e, watching a folder."""

from __future__ import annotations

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.packages._files import FolderPackage
from ledgerdesk.practice.packages.base import JOURNALS, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.setup.answers import Wished


class CountE(FolderPackage):
    id = "count_e"
    connector_id = "count_e"
    name = "Practice Count-e"

    def form(self, kind: ExportKind) -> Wished:
        path = str(self.root / "[accounting_file_id]" / "[invoice_type]")
        return {"values": {"route": "folder", "path": path}}

    def belongs(self, expected: Expected) -> str:
        return f"{client_of(expected).file_number}/{JOURNALS[expected.direction]}"
