"""Yuki, in Belgium and the Netherlands: documents go to the archive of an administration.

Labels and the way to the key are the mission article's own. Every purchase, sale and statement is
one call (``UploadDocument``); whether one arrived is read from its folder, by its unique name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ledgerdesk.connectors._yuki_faults import ZONE
from ledgerdesk.connectors._yuki_folders import FOLDER_FIELDS, chosen, field_for
from ledgerdesk.connectors._yuki_session import YukiSession
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    STATEMENT_FORMATS,
    Connector,
    Context,
    Format,
    TargetRequest,
)
from ledgerdesk.i18n import N_
from ledgerdesk.model import DeliveryClass, ExportKind, Limit, Target
from ledgerdesk.setup.fields import Choice, Field, FieldKind

_CALLS_A_DAY = 1000
_NOT_TOLD_APART = 10
"""A portal's key signs in, and lists its domains, before it is known which domain is charged."""


class YukiConnector(Connector):
    id = "yuki"
    label = N_("Yuki")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = (
        Field(
            "country",
            N_("Country"),
            FieldKind.CHOICE,
            default="be",
            choices=(Choice("be", N_("Belgium")), Choice("nl", N_("Netherlands"))),
            help=N_("Where you sign in: at yukiworks.be or at yukiworks.nl."),
        ),
        Field(
            "access_key",
            N_("Yuki API key"),
            FieldKind.PASSWORD,
            secret=True,
            help=N_(
                "Go to yukiworks.be, click More in the menu on the left and choose Settings. On "
                "the card Integrations, click Web services: the page lists your API keys, with the "
                "name of the administration under Company. Use a key of the type Domain."
            ),
        ),
        *FOLDER_FIELDS,
    )
    has_administrations = True
    administration_noun = N_("Administration")
    delivery_class = DeliveryClass.B
    limits = (Limit(_CALLS_A_DAY - _NOT_TOLD_APART, 86_400, per_scope=True, zone=ZONE),)
    confirms = True
    keeps_session = True
    asks_whose = True
    sources = (
        "https://api.yukiworks.be/ws/Archive.asmx?WSDL",
        "https://support.yuki.nl/en/support/solutions/articles/80000787845",
    )
    help = N_(
        "A key of the type Domain shows every administration of the domain to choose from; it "
        "needs the right Archive. Yuki takes 1,000 requests a day for each domain."
    )

    def account_key(self, values: Mapping[str, str]) -> str:
        """Until the key was used once; from then on its domain says whose it is (whose)."""
        return f"yukiworks.{values['country']}"

    def target(self, request: TargetRequest) -> Target:
        """Raises DirectionUnknown."""
        folder = chosen(request.values, field_for(request.kind, request.direction))
        return Target(folder.label, request.naming.file_name(), {"folder": folder.id})

    def open(self, context: Context) -> YukiSession:
        """Signs in at the first request."""
        return YukiSession(context)
