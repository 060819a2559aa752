"""Wings Online, by the mailbox of the dossier."""

from __future__ import annotations

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.packages._mail import MailPackage
from ledgerdesk.setup.answers import Wished


class WingsOnline(MailPackage):
    id = "wings_online"
    connector_id = "wings_online"
    name = "Practice Wings Online"
    domain = "wings.example"

    def form(self, kind: ExportKind) -> Wished:
        given = super().form(kind)
        return {"values": {**given["values"], "route": "mailbox"}}
