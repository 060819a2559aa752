"""Zenvoices: invoices by mail, and proof by reading its inbox back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from ledgerdesk.connectors._mail import DEFAULT_SUBJECT, mail_target
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    MAIL_LANE,
    Connector,
    Context,
    Format,
    Session,
    TargetRequest,
)
from ledgerdesk.i18n import N_
from ledgerdesk.model import DeliveryClass, ExportKind, Standing, Target
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope


class ZenvoicesConnector(Connector):
    id = "zenvoices"
    label = N_("Zenvoices")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS
    }
    fields = (
        Field(
            "tenant",
            N_("Organisation code"),
            help=N_("The name of your organisation as you type it when you sign in to Zenvoices."),
        ),
        Field(
            "username",
            N_("User name"),
            help=N_(
                "The same as you sign in to Zenvoices with, or better a user for programs alone "
                "(Manage → Organisation → Users, with the API permission: it costs nothing)."
            ),
        ),
        Field(
            "password",
            N_("Password"),
            FieldKind.PASSWORD,
            secret=True,
            help=N_("The same as you sign in to Zenvoices with."),
        ),
        Field(
            "mailbox",
            N_("Mailbox of the administration"),
            FieldKind.EMAIL,
            required=False,
            scope=FieldScope.CLIENT,
            template="text",
            pattern=r"[^\s@<>,;]+@[^\s@<>,;]+",
            help=N_("The address Zenvoices shows for documents of this administration."),
        ),
        Field(
            "subject",
            N_("Subject"),
            required=False,
            default=f"{DEFAULT_SUBJECT} [uid]",
            scope=FieldScope.CONFIGURATION,
            template="text",
            advanced=True,
            help=N_(
                "The subject of every mail, with variables. [uid] is the mark by which the mail is "
                "found again in Zenvoices; it is added when you leave it out."
            ),
        ),
    )
    has_administrations = True
    administration_noun = N_("Administration")
    delivery_class = DeliveryClass.B
    standing = Standing.DOCUMENTED
    uses_mail_account = True
    confirms = True
    help = N_(
        "Zenvoices takes documents by mail. LedgerDesk sends each from your office's mail account "
        "and reads Zenvoices' inbox afterwards: there you see that it arrived."
    )
    sources = ("zenvoices.com/blog/public-api-docs", "app.zenvoices.com/swagger/public-v1")

    def signs_in(self, values: Mapping[str, str]) -> bool:
        """By mail, and yet with a sign-in: that of the web service."""
        return True

    def account_key(self, values: Mapping[str, str]) -> str:
        return f"{values.get('username', '')}@{values.get('tenant', '')}".lower()

    def lane_key(self, values: Mapping[str, str]) -> str:
        return MAIL_LANE

    def target(self, request: TargetRequest) -> Target:
        """Raises AddressMissing, AddressUnusable, EmptyVariable or BadTemplate."""
        target = mail_target(request, "mailbox", N_("invoices"))
        subject, uid = target.extra["subject"], request.delivery_id[-8:]
        if uid not in subject:
            return replace(target, extra={**target.extra, "subject": f"{subject} {uid}"})
        return target

    def open(self, context: Context) -> Session:
        from ledgerdesk.connectors._zenvoices_api import ZenvoicesSession

        return ZenvoicesSession(context)
