"""Dropbox: provable, since the vendor tells the hash of what it holds, and of what it once held.

The sign-in is the firm's own, in the browser; its document lands in a folder from which the
accounting package, or whoever keeps the books, takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from ledgerdesk.connectors._dropbox_paths import DEFAULT_FOLDER, rooted
from ledgerdesk.connectors._registrations import registration
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    STATEMENT_FORMATS,
    Connector,
    Context,
    Format,
    RegisterStep,
    Session,
    TargetRequest,
)
from ledgerdesk.errors import MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryClass, ExportKind, Target
from ledgerdesk.setup.fields import Field, FieldScope

if TYPE_CHECKING:
    from ledgerdesk.net.oauth import AuthorizationServer

REDIRECT_URIS = tuple(f"http://localhost:{port}/" for port in (53682, 53683, 53684))
"""Compared byte for byte by the vendor, port and slash included: that is why they are fixed."""

SCOPES = ("account_info.read", "files.metadata.read", "files.content.write")
_WEB = "https://www.dropbox.com"
_REGISTERED = registration("dropbox").get("app_key", "")
_REGISTER = (
    RegisterStep(N_("Sign in there with the Dropbox of your firm and choose “Create app”.")),
    RegisterStep(
        N_(
            "Choose “Scoped access” and “App folder”: LedgerDesk then sees no other folder. "
            "Choose “Full Dropbox” only if your package reads a folder that exists already."
        )
    ),
    RegisterStep(
        N_("Give it a name that nobody else has: this word and the name of your firm."),
        "LedgerDesk",
    ),
    RegisterStep(N_("Under “Permissions” tick these three and press “Submit”."), ", ".join(SCOPES)),
    *(
        RegisterStep(N_("Under “Settings”, “Redirect URIs”, add this address."), uri)
        for uri in REDIRECT_URIS
    ),
    RegisterStep(N_("Leave “Allow public clients” on “Allow”.")),
    RegisterStep(N_("Copy the “App key” from there: LedgerDesk asks for it next.")),
)


class DropboxConnector(Connector):
    id = "dropbox"
    label = N_("Dropbox")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = (
        Field(
            "app_key",
            N_("App key"),
            default=_REGISTERED,
            pattern=r"[A-Za-z0-9]{8,40}",
            advanced=bool(_REGISTERED),
            help=N_(
                "Stands on the page of your app in Dropbox's App Console, under Settings. "
                "It is no password: with it alone nobody can sign in."
            ),
        ),
        Field(
            "folder",
            N_("Folder"),
            default=DEFAULT_FOLDER,
            scope=FieldScope.CONFIGURATION,
            template="path",
            pattern=r'[^:*?"<>|]+',
            help=N_(
                "Where the documents go in Dropbox, with variables if you like. Missing folders "
                "are made. Dropbox takes no colon, asterisk, question or quotation mark in it, and "
                "none of < > |"
            ),
        ),
    )
    authorization = "oauth"
    sources = (
        "https://www.dropbox.com/developers/documentation/http/documentation",
        "https://developers.dropbox.com/oauth-guide",
    )
    delivery_class = DeliveryClass.A
    help = N_("Documents appear in a folder of your Dropbox. Nothing is overwritten.")
    terms_url = "https://www.dropbox.com/terms"
    register_url = "https://www.dropbox.com/developers/apps"
    register = () if _REGISTERED else _REGISTER

    def account_key(self, values: Mapping[str, str]) -> str:
        """Before anybody signed in; afterwards the account's own key (Session.whose) stands."""
        return values["app_key"]

    def authorization_server(
        self, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> AuthorizationServer:
        """Public client with PKCE; the refresh token stays the same until it is revoked."""
        from ledgerdesk.connectors._dropbox_answers import API, registration_trouble
        from ledgerdesk.net.endpoints import base
        from ledgerdesk.net.oauth import AuthorizationServer, TokenRules

        if not values.get("app_key"):
            raise MissingValue(field="app_key", name=translate(N_("App key")))
        return AuthorizationServer(
            authorize_url=f"{base(self.id, _WEB)}/oauth2/authorize",
            token_url=f"{base(self.id, API)}/oauth2/token",
            client_id=values["app_key"],
            redirect_uri=REDIRECT_URIS[0],
            spare_redirects=REDIRECT_URIS[1:],
            scope=SCOPES,
            extra={"token_access_type": "offline"},
            rules=TokenRules(rotates=False, explain=registration_trouble),
        )

    def target(self, request: TargetRequest) -> Target:
        folder = request.naming.path(request.values.get("folder") or DEFAULT_FOLDER)
        return Target(rooted(folder), request.naming.file_name())

    def open(self, context: Context) -> Session:
        """Connects at the first request. Raises MissingValue without an app key."""
        from ledgerdesk.connectors._dropbox_session import DropboxSession

        server = self.authorization_server(context.values, context.secrets)
        return DropboxSession(context, server)
