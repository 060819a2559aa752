"""Lyanthe, by mail: an address per administration and direction, subjects of its own."""

from __future__ import annotations

from collections.abc import Iterator

from ledgerdesk.model import Direction, DocumentKind, ExportKind
from ledgerdesk.practice.firm import SampleClient
from ledgerdesk.practice.packages._mail import MailPackage, content_of
from ledgerdesk.practice.packages.base import Arrival, Own, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.setup.answers import Wished

_ENDINGS = {Direction.PURCHASE: "p", Direction.SALE: "s", None: ""}
_SUBJECTS = {
    (DocumentKind.INVOICE, Direction.PURCHASE): "Purchase",
    (DocumentKind.INVOICE, Direction.SALE): "Sales",
    (DocumentKind.CREDIT_NOTE, Direction.PURCHASE): "#RBP",
    (DocumentKind.CREDIT_NOTE, Direction.SALE): "#RBS",
}


class Lyanthe(MailPackage):
    id = "lyanthe"
    connector_id = "lyanthe"
    name = "Practice Lyanthe"
    domain = "lyanthe.example"

    def form(self, kind: ExportKind) -> Wished:
        return {"values": {"route": "mailbox"}}

    def own(self, client: SampleClient, kind: ExportKind) -> Own:
        return Own({"mailbox": self._mailbox(client)})

    def belongs(self, expected: Expected) -> str:
        mailbox = self._mailbox(client_of(expected), _ENDINGS[expected.direction])
        assert expected.direction is not None
        return f"{mailbox} {_SUBJECTS[expected.kind, expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        for address, place, mail in self.site.post.mails(self.domain):
            yield self.arrival(f"{address} {mail['Subject']}", place, content_of(mail))

    def _mailbox(self, client: SampleClient, ending: str = "") -> str:
        return f"{client.business.enterprise_number}-99{ending}@{self.domain}"
