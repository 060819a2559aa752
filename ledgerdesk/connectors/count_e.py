"""Count-e: the vendor publishes no API; the fields are those of the integration's own form."""

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


class CountEConnector(RoutedConnector):
    id = "count_e"
    label = N_("Count-e")
    fields = with_routes(
        username(N_("The user name with which you sign in to Count-e.")),
        password(N_("The password with which you sign in to Count-e.")),
        service_address(
            "api_url",
            N_("API URL"),
            N_("The address at which the Count-e API of this account is reached."),
        ),
        Field(
            "database",
            N_("Database"),
            scope=FieldScope.CLIENT,
            template="text",
            help=N_("The Count-e database that belongs to this account."),
        ),
        Field(
            "client_number",
            N_("Client number"),
            scope=FieldScope.CLIENT,
            template="text",
            help=N_(
                "The number by which Count-e knows the client. Variables may be used, as in "
                "[accounting_file_id]."
            ),
        ),
    )
    account = ("username", "api_url")
    help = N_("For Count-e, online or on your own computers.")
    sources = ("support.banqup.com, articles 283656 and 428976",)
