"""Onea: a key per dossier, one XML invoice per request; its profile lies in profiles/onea.toml.

The way to the key is the mission article's.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledgerdesk.connectors._route_fields import API
from ledgerdesk.connectors._routes import RoutedConnector
from ledgerdesk.i18n import N_
from ledgerdesk.model import DeliveryClass, Standing
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope


class OneaConnector(RoutedConnector):
    id = "onea"
    label = N_("Onea")
    fields = (
        Field(
            "api_key",
            N_("API key"),
            FieldKind.PASSWORD,
            secret=True,
            scope=FieldScope.CLIENT,
            help=N_(
                "Sign in to the Onea platform of your accounting software (eis.onea.be for Exact, "
                "vis.onea.be for Venice, ois.onea.be for Octopus). Select the dossier at the top "
                "right, click the key icon: the API key is one of the company's fields and can be "
                "copied. Each dossier has its own."
            ),
        ),
    )
    authorization = "form"
    has_administrations = False
    uses_mail_account = False
    delivery_class = DeliveryClass.C
    standing = Standing.DOCUMENTED_OLD
    account = ()
    help = N_(
        "Onea takes XML invoices, one by one, and passes them on to the accounting software behind "
        "it. A key cannot be tried without sending: the first document proves it."
    )
    sources = (
        "help.onea.be, “Onea Transfer” (revisions up to 2017)",
        "dev.onea.be/api/oneatransfer",
    )

    def route(self, values: Mapping[str, str]) -> str:
        return API

    def signs_in(self, values: Mapping[str, str]) -> bool:
        """There is no account: each dossier has a key of its own."""
        return False

    def account_key(self, values: Mapping[str, str]) -> str:
        return "transfer.onea.be"
