"""The fields of integrations that offer several ways: those of a way not chosen are never asked."""

from __future__ import annotations

from dataclasses import replace

from ledgerdesk.connectors.email import EmailConnector
from ledgerdesk.connectors.folder import FolderConnector
from ledgerdesk.connectors.sftp import SftpConnector
from ledgerdesk.i18n import N_
from ledgerdesk.setup.fields import Choice, Field, FieldKind, FieldScope

ROUTE = "route"
API, MAILBOX, SFTP, FOLDER = "api", "mailbox", "sftp", "folder"
SFTP_PREFIX = "sftp_"

URL = r"https?://[^\s/?#@]+(?:/[^\s?#@]*)?"

_ADDRESS = next(one for one in EmailConnector.fields if one.name == "purchase_address")
_PATH = next(one for one in FolderConnector.fields if one.name == "path")


_MAILBOX_HELP = N_(
    "The address at which the package takes documents for the dossier; ask the vendor. Variables "
    "may be used, as in [accounting_file_id]@box.example; the client's own address wins."
)


def with_routes(
    *service: Field, default: str = API, mailbox_help: str = _MAILBOX_HELP
) -> tuple[Field, ...]:
    """``route`` first, then the fields of the web service, and those of each other way."""
    return (
        _route(default),
        *(replace(one, visible_when={ROUTE: (API,)}) for one in service),
        replace(
            _ADDRESS,
            name="mailbox",
            label=N_("Mailbox"),
            required=True,
            visible_when={ROUTE: (MAILBOX,)},
            help=mailbox_help,
        ),
        *(
            replace(one, name=SFTP_PREFIX + one.name, visible_when={ROUTE: (SFTP,)})
            for one in SftpConnector.fields
        ),
        replace(_PATH, scope=FieldScope.CLIENT, visible_when={ROUTE: (FOLDER,)}),
        *(
            replace(one, visible_when={ROUTE: (FOLDER,)})
            for one in FolderConnector.fields
            if one is not _PATH
        ),
    )


def username(help: str, scope: FieldScope = FieldScope.CONNECTION, pattern: str = "") -> Field:
    return Field("username", N_("User name"), scope=scope, help=help, pattern=pattern)


def password(help: str, scope: FieldScope = FieldScope.CONNECTION) -> Field:
    return Field(
        "password", N_("Password"), FieldKind.PASSWORD, secret=True, scope=scope, help=help
    )


def service_address(name: str, label: str, help: str) -> Field:
    return Field(name, label, FieldKind.URL, pattern=URL, help=help)


def _route(default: str) -> Field:
    return Field(
        ROUTE,
        N_("Way"),
        FieldKind.CHOICE,
        default=default,
        choices=(
            Choice(API, N_("Web service of the vendor, with a profile you complete")),
            Choice(MAILBOX, N_("Mailbox of the dossier")),
            Choice(SFTP, N_("SFTP server")),
            Choice(FOLDER, N_("Local or network folder")),
        ),
        help=N_(
            "The vendor does not publish how its web service takes documents: ask for it and "
            "complete the profile, or choose a way that works at once."
        ),
    )
