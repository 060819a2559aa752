"""PingWin: the vendor publishes no API; the fields are those of the integration's own form."""

from __future__ import annotations

from ledgerdesk.connectors._route_fields import with_routes
from ledgerdesk.connectors._routes import RoutedConnector
from ledgerdesk.i18n import N_
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope


class PingwinConnector(RoutedConnector):
    id = "pingwin"
    label = N_("PingWin")
    fields = with_routes(
        Field(
            "api_key",
            N_("API key"),
            FieldKind.PASSWORD,
            secret=True,
            scope=FieldScope.CLIENT,
            help=N_(
                "In the PingWin desktop client, open the file and go to File parameters: the API "
                "key stands there."
            ),
        ),
        Field("clid", N_("CLID"), help=N_("Ask PingWin support for this identifier by e-mail.")),
        Field(
            "file_id",
            N_("File ID"),
            scope=FieldScope.CLIENT,
            template="text",
            help=N_(
                "In the PingWin desktop client: File parameters → File information, in the upper "
                "right corner."
            ),
        ),
    )
    account = ("clid",)
    administration_noun = N_("File")
    help = N_("For PingWin. Its desktop client shows what is asked for here.")
    sources = ("support.banqup.com, article 283637",)
