"""A package with three mailboxes per client."""

from __future__ import annotations

from ledgerdesk.model import Direction, ExportKind
from ledgerdesk.practice.packages._mail import MailPackage
from ledgerdesk.practice.packages.base import client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.setup.answers import Wished

_BOXES = {Direction.PURCHASE: "purchases", Direction.SALE: "sales", None: "bank"}
_FIELDS = {
    "purchase_address": Direction.PURCHASE,
    "sales_address": Direction.SALE,
    "statement_address": None,
}


class Email(MailPackage):
    id = "email"
    connector_id = "email"
    name = "Practice package (e-mail)"
    domain = "package.example"

    def form(self, kind: ExportKind) -> Wished:
        return {
            "values": {
                field: f"[accounting_file_id]-{_BOXES[direction]}@{self.domain}"
                for field, direction in _FIELDS.items()
            }
        }

    def mailbox(self, expected: Expected) -> str:
        return f"{client_of(expected).file_number}-{_BOXES[expected.direction]}@{self.domain}"
