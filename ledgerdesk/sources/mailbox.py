"""A mailbox read with IMAP: the documents attached to its mails; no mail is changed.

A mail is known by what it says of itself (Message-ID, date, sender, way), not by the server's
number: a provider that rebuilds the mailbox brings nothing in twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Choice, Field, FieldKind
from ledgerdesk.setup.mail_account import NONE, STARTTLS, TLS, is_this_computer
from ledgerdesk.sources import patterns
from ledgerdesk.sources._mailbox_session import MailboxSession
from ledgerdesk.sources.base import Context, SourceKind

if TYPE_CHECKING:
    from ledgerdesk.net.oauth_server import AuthorizationServer

IMAP, MICROSOFT_365, GOOGLE = "imap", "microsoft365", "google"
_IN_BROWSER = (MICROSOFT_365, GOOGLE)
_HOSTS = {MICROSOFT_365: "outlook.office365.com", GOOGLE: "imap.gmail.com"}
_PORTS = {TLS: "993", STARTTLS: "143", NONE: "143"}


class MailboxSource(SourceKind):
    id = "mailbox"
    label = N_("Mailbox")
    fields = (
        Field(
            "provider",
            N_("Provider"),
            FieldKind.CHOICE,
            default=IMAP,
            choices=(
                Choice(IMAP, N_("Another provider (IMAP, with a password)")),
                Choice(MICROSOFT_365, N_("Microsoft 365")),
                Choice(GOOGLE, N_("Google Workspace or Gmail")),
            ),
            help=N_("Whose mail servers your office uses. If in doubt: another provider."),
        ),
        Field(
            "host",
            N_("Incoming mail server"),
            FieldKind.HOST,
            help=N_(
                "The IMAP server in your provider's instructions, as in imap.provider.example."
            ),
        ),
        Field(
            "security",
            N_("Encryption"),
            FieldKind.CHOICE,
            default=TLS,
            choices=(
                Choice(TLS, N_("TLS from the start (usual on port 993)")),
                Choice(STARTTLS, N_("STARTTLS (usual on port 143)")),
                Choice(NONE, N_("None (only to a server on this computer)")),
            ),
            help=N_("As in your provider's instructions. “SSL” there means TLS from the start."),
        ),
        Field(
            "port",
            N_("Port"),
            FieldKind.PORT,
            help=N_("The port in your provider's instructions: 993 with TLS, 143 with STARTTLS."),
        ),
        Field(
            "username",
            N_("User name"),
            help=N_("The name your mail program signs in with; most often the whole address."),
        ),
        Field(
            "password",
            N_("Password"),
            FieldKind.PASSWORD,
            secret=True,
            visible_when={"provider": (IMAP,)},
            help=N_("The password of this mailbox; where the provider wants one, an app password."),
        ),
        Field(
            "shared_mailbox",
            N_("Shared mailbox"),
            FieldKind.EMAIL,
            required=False,
            advanced=True,
            visible_when={"provider": _IN_BROWSER},
            help=N_("Its address, if the documents arrive in a mailbox you share with others."),
        ),
        Field(
            "folder",
            N_("Folder"),
            default="INBOX",
            help=N_("The folder of the mailbox to look in; its sub-folders do not belong to it."),
        ),
        Field(
            "client_id",
            N_("Application (client) id"),
            required=False,
            advanced=True,
            visible_when={"provider": _IN_BROWSER},
            help=N_("Of your own registration at Microsoft or Google, where your firm made one."),
        ),
        Field(
            "client_secret",
            N_("Client secret"),
            FieldKind.PASSWORD,
            required=False,
            secret=True,
            advanced=True,
            visible_when={"provider": (GOOGLE,)},
            help=N_("Google shows it beside the client id of a desktop app."),
        ),
        Field(
            "tenant",
            N_("Tenant"),
            required=False,
            advanced=True,
            pattern=r"[A-Za-z0-9.-]+",
            visible_when={"provider": (MICROSOFT_365,)},
            help=N_("Your organisation's domain or id at Microsoft; only if your IT asks for it."),
        ),
        Field(
            "ca_pem",
            N_("Certificate authority"),
            FieldKind.MULTILINE,
            required=False,
            advanced=True,
            help=N_("The certificate (PEM) of your office's own authority, if your IT has one."),
        ),
    )
    help = N_(
        "Takes the documents attached to the mails in one folder of a mailbox. No mail is changed, "
        "marked as read or removed."
    )

    def implied(self, given: Mapping[str, str]) -> dict[str, str]:
        provider = given.get("provider", "").strip().lower()
        security = given.get("security", "").strip().lower() or TLS
        implied = {"port": _PORTS.get(security, _PORTS[TLS])}
        return {**implied, **({"host": _HOSTS[provider]} if provider in _HOSTS else {})}

    def path(self, values: Mapping[str, str]) -> str:
        """Raises InvalidValue for a line in the clear to another computer."""
        host = values["host"]
        if values["security"] == NONE and not is_this_computer(host):
            hint = translate(N_("Without encryption only this computer itself can be reached."))
            name = translate(N_("Encryption"))
            raise InvalidValue(field="security", value=NONE, name=name, hint=hint)
        whose = values.get("shared_mailbox") or values["username"]
        return f"imap://{whose}@{host}:{values['port']}/{values['folder']}"

    def in_browser(self, values: Mapping[str, str]) -> bool:
        return values.get("provider") in _IN_BROWSER

    def authorization_server(
        self, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> AuthorizationServer:
        from ledgerdesk.net import mail_identity

        return mail_identity.authorization_server(values["provider"], values, secrets, reads=True)

    def open(self, context: Context) -> MailboxSession:
        return MailboxSession(context, patterns.read_rules(context.source))
