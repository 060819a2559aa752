"""BoCount and BoCount Dynamics: the vendor publishes no API; fields as the vendor's partners ask
for them. It reads statements and invoices from folders too, by the company's number."""

from __future__ import annotations

from ledgerdesk.connectors._route_fields import (
    password,
    service_address,
    username,
    with_routes,
)
from ledgerdesk.connectors._routes import RoutedConnector
from ledgerdesk.i18n import N_
from ledgerdesk.setup.fields import Field, FieldScope


class BocountConnector(RoutedConnector):
    id = "bocount"
    label = N_("BoCount")
    fields = with_routes(
        service_address(
            "base_url",
            N_("Base URL"),
            N_(
                "The address of the BoCount web service of your office. It differs per accountant: "
                "ask BoCount for it."
            ),
        ),
        username(
            N_(
                "The user name for the web service of this dossier, as BoCount issued it. It is "
                "not the one you work with yourself."
            ),
            FieldScope.CLIENT,
        ),
        password(
            N_("The password for the web service of this dossier, as BoCount issued it."),
            FieldScope.CLIENT,
        ),
        Field(
            "company_number",
            N_("Company number"),
            default="[enterprise_identifier]",
            scope=FieldScope.CLIENT,
            template="text",
            help=N_(
                "The VAT number of the dossier, as BoCount knows it. Usually the client's own: "
                "[enterprise_identifier]."
            ),
        ),
    )
    account = ("base_url",)
    help = N_(
        "For BoCount. Without the web service: have BoCount watch a folder, and fill in the "
        "enterprise number of each company there."
    )
    sources = (
        "intercom-help.eu/unifiedpost, article 31669",
        "docs.bocount.net (CODA company information)",
    )
