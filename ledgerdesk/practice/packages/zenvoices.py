"""Zenvoices, by mail; what its mail server takes stands in the inbox of its web service."""

from __future__ import annotations

from contextlib import ExitStack

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.packages._mail import MailPackage
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.vendors.zenvoices import ZenvoicesServer
from ledgerdesk.setup.answers import Wished


class Zenvoices(MailPackage):
    id = "zenvoices"
    connector_id = "zenvoices"
    name = "Practice Zenvoices"
    domain = "zenvoices.example"

    def start(self, opening: ExitStack) -> None:
        super().start(opening)
        self.server = opening.enter_context(ZenvoicesServer(self.site.folder))
        opening.enter_context(led_to(self.connector_id, self.server.url))
        self.server.collect = self._collect
        for number, client in enumerate(self.clients, 7):
            self.server.administrations[str(number)] = client.business.name

    def form(self, kind: ExportKind) -> Wished:
        given = super().form(kind)
        account = {"tenant": self.server.tenant, "username": self.server.user}
        return {
            "values": {**given["values"], **account},
            "secrets": {"password": self.server.password},
        }

    def _collect(self) -> None:
        """Hands in what came since the last time."""
        for _, _, mail in list(self.site.post.mails(self.domain))[len(self.server.inbox) :]:
            self.server.receive(mail["Subject"], mail["From"], mail["To"])
