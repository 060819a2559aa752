"""Delivery by e-mail through the firm's own mail account: one document per mail, as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ledgerdesk.connectors._mail import DEFAULT_SUBJECT, MailSession, mail_target
from ledgerdesk.connectors._mail_profile import RECEIVER, profile
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    MAIL_LANE,
    STATEMENT_FORMATS,
    Connector,
    Context,
    Format,
    TargetRequest,
)
from ledgerdesk.errors import DirectionUnknown
from ledgerdesk.i18n import N_
from ledgerdesk.model import DeliveryClass, Direction, DocumentKind, ExportKind, Target
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope

_STATEMENTS = ("statement_address", N_("bank statements"))
_BY_DIRECTION = {
    Direction.PURCHASE: ("purchase_address", N_("purchases")),
    Direction.SALE: ("sales_address", N_("sales")),
}
# While it is typed: variables may stand in it, but it is one address.
_ADDRESS_TEMPLATE = r"[^\s@<>,;]+@[^\s@<>,;]+"


def _address(name: str, label: str, help: str) -> Field:
    return Field(
        name,
        label,
        FieldKind.EMAIL,
        required=False,
        scope=FieldScope.CLIENT,
        template="text",
        pattern=_ADDRESS_TEMPLATE,
        help=help,
    )


class EmailConnector(Connector):
    id = "email"
    label = N_("Email")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = (
        _address(
            "purchase_address",
            N_("Address for purchases"),
            N_(
                "Where purchase invoices and credit notes go: the mailbox your accounting package "
                "shows for the dossier. Variables may be used, as in "
                "[accounting_file_id]@mailbox.example; the client's own address wins."
            ),
        ),
        _address(
            "sales_address",
            N_("Address for sales"),
            N_(
                "Where sales invoices and credit notes go. Give the same address as for purchases "
                "if the package tells them apart by itself."
            ),
        ),
        _address(
            "statement_address",
            N_("Address for bank statements"),
            N_("Where bank statements go; many packages have a mailbox of their own for them."),
        ),
        Field(
            "subject",
            N_("Subject"),
            default=DEFAULT_SUBJECT,
            scope=FieldScope.CONFIGURATION,
            template="text",
            help=N_(
                "The subject of every mail, with variables. Some packages read the kind of "
                "document from it: see their instructions."
            ),
        ),
        RECEIVER,
    )
    authorization = "none"
    delivery_class = DeliveryClass.C
    uses_mail_account = True
    help = N_(
        "Sends each document in a mail of its own from your office's mail account. Most packages "
        "only take mail from senders they know: make your address known there first."
    )

    def account_key(self, values: Mapping[str, str]) -> str:
        return values.get("mail_from_address", "").lower()

    def lane_key(self, values: Mapping[str, str]) -> str:
        return MAIL_LANE

    def target(self, request: TargetRequest) -> Target:
        """Raises AddressMissing, AddressUnusable, DirectionUnknown, EmptyVariable, BadTemplate."""
        rules = profile(request.values.get(RECEIVER.name, ""))
        if request.kind is DocumentKind.STATEMENT:
            return mail_target(request, *_STATEMENTS, rules)
        if request.direction is None:
            raise DirectionUnknown()
        return mail_target(request, *_BY_DIRECTION[request.direction], rules)

    def open(self, context: Context) -> MailSession:
        """Connects at the first request. Raises MissingValue without a mail account, InvalidValue
        when its sender is no address."""
        return MailSession(context)
