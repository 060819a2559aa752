"""Octopus: invoices by mail to the dossier's own mailbox, statements through its REST service.

The labels and the way to the mailbox are the mission article's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ledgerdesk.connectors._mail import DEFAULT_SUBJECT, MailSession, mail_target
from ledgerdesk.connectors.base import (
    AS_RECEIVED,
    CODA,
    INVOICE_FORMATS,
    MAIL_LANE,
    Connector,
    Context,
    Format,
    Session,
    TargetRequest,
)
from ledgerdesk.i18n import N_
from ledgerdesk.model import DeliveryClass, DocumentKind, ExportKind, Standing, Target
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope

_ADDRESS_TEMPLATE = r"[^\s@<>,;]+@[^\s@<>,;]+"
_INVOICES, _STATEMENTS = (ExportKind.INVOICES,), (ExportKind.STATEMENTS,)


class OctopusConnector(Connector):
    id = "octopus"
    label = N_("Octopus")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: (AS_RECEIVED, CODA),
    }
    fields = (
        Field(
            "mailbox",
            N_("Mailbox of the dossier"),
            FieldKind.EMAIL,
            required=False,
            scope=FieldScope.CLIENT,
            template="text",
            pattern=_ADDRESS_TEMPLATE,
            kinds=_INVOICES,
            help=N_(
                "Open Octopus Accounting and sign in. In the menu at the top: Manage → Dossiers. "
                "Select the dossier the documents are for; in its details, copy the value of the "
                "field “Mailbox” and paste it here. Each dossier has its own, and it changes when "
                "the dossier's folders are set up anew."
            ),
        ),
        Field(
            "subject",
            N_("Subject"),
            required=False,
            default=DEFAULT_SUBJECT,
            scope=FieldScope.CONFIGURATION,
            template="text",
            advanced=True,
            kinds=_INVOICES,
            help=N_("The subject of every mail, with variables."),
        ),
        Field(
            "software_house_id",
            N_("Software house id"),
            kinds=_STATEMENTS,
            help=N_(
                "Octopus gives each program an id of its own (a code with dashes). Ask for one "
                "with a mail to webservice@octopus.be."
            ),
        ),
        Field(
            "username",
            N_("User name"),
            kinds=_STATEMENTS,
            help=N_(
                "Your user name in Octopus, with the right to use web services (Manage → Users → "
                "Rights). Accountants' users need the web service module."
            ),
        ),
        Field(
            "password",
            N_("Password"),
            FieldKind.PASSWORD,
            secret=True,
            kinds=_STATEMENTS,
            help=N_("Your password in Octopus."),
        ),
    )
    has_administrations = True
    delivery_class = DeliveryClass.C
    standing = Standing.COMMUNITY
    standings: ClassVar[Mapping[ExportKind, Standing]] = {ExportKind.INVOICES: Standing.DOCUMENTED}
    uses_mail_account = True
    help = N_(
        "Invoices go by mail to the dossier's own mailbox: the way Octopus documents; they appear "
        "in its import screen, where the module for documents must be active. Statements (CODA) "
        "go through Octopus' web service: how is known from other programs only."
    )
    sources = (
        "login.octopus.be/manual (Beheer → Dossiers, authentication.htm)",
        "service.inaras.be/octopus-rest-api/swagger",
    )

    def by_mail(self, values: Mapping[str, str]) -> bool:
        return not values.get("username")

    def serves(self, kind: ExportKind, values: Mapping[str, str]) -> bool:
        return (kind is ExportKind.INVOICES) is self.by_mail(values)

    def account_key(self, values: Mapping[str, str]) -> str:
        return (values.get("username") or values.get("mail_from_address", "")).lower()

    def lane_key(self, values: Mapping[str, str]) -> str:
        return MAIL_LANE if self.by_mail(values) else super().lane_key(values)

    def target(self, request: TargetRequest) -> Target:
        """Raises AddressMissing, AddressUnusable, EmptyVariable or BadTemplate."""
        if request.kind is not DocumentKind.STATEMENT:
            return mail_target(request, "mailbox", N_("invoices"))
        return Target("coda", request.naming.file_name())

    def open(self, context: Context) -> Session:
        if self.by_mail(context.values):
            return MailSession(context)
        from ledgerdesk.connectors._octopus_api import OctopusSession

        return OctopusSession(context)
