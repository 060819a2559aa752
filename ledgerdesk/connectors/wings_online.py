"""Wings Online: the vendor publishes no API; fields of the older and the newer form together."""

from __future__ import annotations

from ledgerdesk.connectors._route_fields import password, username, with_routes
from ledgerdesk.connectors._routes import RoutedConnector
from ledgerdesk.i18n import N_
from ledgerdesk.setup.fields import Field, FieldScope


class WingsOnlineConnector(RoutedConnector):
    id = "wings_online"
    label = N_("Wings Online")
    fields = with_routes(
        username(
            N_("The user name for the API, as Wings issued it; newer ones begin with Wings8.")
        ),
        password(N_("The password for the API, as Wings issued it.")),
        Field(
            "home_directory",
            N_("Home directory"),
            required=False,
            scope=FieldScope.CONFIGURATION,
            help=N_("Given by Wings. Its last part is the code of the dossier."),
        ),
        Field(
            "internal_number",
            N_("Internal number"),
            scope=FieldScope.CLIENT,
            template="text",
            help=N_(
                "The number of the client in Wings: Manage → Settings. Variables may be used, as "
                "in [accounting_file_id]."
            ),
        ),
        Field(
            "purchase_journal",
            N_("Purchase journal"),
            required=False,
            scope=FieldScope.CONFIGURATION,
            help=N_("The code of the journal in Wings that takes purchase invoices."),
        ),
        Field(
            "sales_journal",
            N_("Sales journal"),
            required=False,
            scope=FieldScope.CONFIGURATION,
            help=N_("The code of the journal in Wings that takes sales invoices."),
        ),
    )
    account = ("username",)
    help = N_("For Wings Online. Wings sets the API up for your office and gives the credentials.")
    sources = (
        "intercom-help.eu/unifiedpost, article 31671",
        "support.banqup.com, articles 283648 and 428974",
    )
