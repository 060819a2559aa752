"""Lyanthe: mail is the documented way in; how its web service takes documents is not published."""

from __future__ import annotations

from ledgerdesk.connectors._mail_profile import LYANTHE
from ledgerdesk.connectors._route_fields import MAILBOX, password, username, with_routes
from ledgerdesk.connectors._routes import RoutedConnector
from ledgerdesk.i18n import N_
from ledgerdesk.model import Standing


class LyantheConnector(RoutedConnector):
    id = "lyanthe"
    label = N_("Lyanthe")
    fields = with_routes(
        username(N_("The user name with which you sign in to Lyanthe.")),
        password(N_("The password with which you sign in to Lyanthe.")),
        default=MAILBOX,
        mailbox_help=N_(
            "The mailbox of the administration, as Lyanthe shows it: ten digits, then -99, then "
            "@ and your organisation. Give it as it stands; LedgerDesk adds p for purchases and s "
            "for sales."
        ),
    )
    mail_rules = LYANTHE
    account = ("username",)
    administration_noun = N_("Administration")
    standing = Standing.DOCUMENTED
    help = N_(
        "For Lyanthe, by mail to the mailbox of each administration. It does not take an XML "
        "without the PDF inside."
    )
    sources = ("lyanthe.zendesk.com (11940283447058, 19384680558994)",)
