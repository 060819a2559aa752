"""ClearFacts: uploads with a personal token, made for programs like this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    Connector,
    Context,
    Format,
    Session,
    TargetRequest,
)
from ledgerdesk.errors import DirectionUnknown
from ledgerdesk.i18n import N_
from ledgerdesk.model import DeliveryClass, ExportKind, Standing, Target
from ledgerdesk.setup.fields import Field, FieldKind


class ClearFactsConnector(Connector):
    id = "clearfacts"
    label = N_("ClearFacts")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS
    }
    fields = (
        Field(
            "token",
            N_("Personal access token"),
            FieldKind.PASSWORD,
            secret=True,
            help=N_(
                "In ClearFacts, or the portal of your office that is built on it: your profile → "
                "Personal access tokens → New token. Tick “Upload a document in your name” and "
                "“Request the list of companies you have access to”. It is shown once: copy it."
            ),
        ),
    )
    has_administrations = True
    administration_noun = N_("Administration")
    asks_whose = True
    delivery_class = DeliveryClass.C
    standing = Standing.DOCUMENTED
    help = N_(
        "ClearFacts takes PDF, JPEG and XML (UBL, e-FFF), as purchase or as sale, and answers with "
        "a number for each document."
    )
    sources = ("developer.clearfacts.be",)

    def account_key(self, values: Mapping[str, str]) -> str:
        return "api.clearfacts.be"

    def target(self, request: TargetRequest) -> Target:
        """Raises DirectionUnknown."""
        if request.direction is None:
            raise DirectionUnknown()
        return Target(request.direction, request.naming.file_name())

    def open(self, context: Context) -> Session:
        from ledgerdesk.connectors._clearfacts_api import ClearFactsSession

        return ClearFactsSession(context)
