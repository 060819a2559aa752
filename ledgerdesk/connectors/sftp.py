"""An SFTP server: provable, since the file can be looked at before and after it gets its name.

Labels, help and the default path are the mission article's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ledgerdesk.connectors._layouts import LAYOUT, below
from ledgerdesk.connectors._pick_up import WATCH, watched_days
from ledgerdesk.connectors._publish import Publisher, literal_root, try_out
from ledgerdesk.connectors._sftp_disk import SftpDisk
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    STATEMENT_FORMATS,
    Connector,
    Context,
    Format,
    Session,
    TargetRequest,
)
from ledgerdesk.errors import MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check, DeliveryClass, Evidence, ExportKind, Parcel, Probe, Target
from ledgerdesk.net.ssh import Login
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope

DEFAULT_PATH = "Invoice_import/"
DEFAULT_PORT = "22"


class SftpConnector(Connector):
    id = "sftp"
    label = N_("SFTP")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = (
        Field("username", N_("User name"), help=N_("The user name of your SSH account.")),
        Field(
            "password",
            N_("Password"),
            FieldKind.PASSWORD,
            required=False,
            secret=True,
            help=N_("The password of your SSH account. With a private key: its passphrase."),
        ),
        Field(
            "host",
            N_("Host"),
            FieldKind.HOST,
            help=N_("The host name or IP address of the SFTP server."),
        ),
        Field(
            "port",
            N_("Port"),
            FieldKind.PORT,
            default=DEFAULT_PORT,
            help=N_(
                "The port on which the server listens for SFTP connections. The default is 22, but "
                "another port can be used if your SFTP server has a custom configuration."
            ),
        ),
        Field(
            "upload_path",
            N_("Upload path"),
            default=DEFAULT_PATH,
            scope=FieldScope.CONFIGURATION,
            template="path",
            help=N_(
                "Give your own path to which the documents are uploaded. If it is not given, the "
                "default path Invoice_import/ is used. Missing folders are made."
            ),
        ),
        LAYOUT,
        WATCH,
        Field(
            "private_key",
            N_("Private key"),
            FieldKind.MULTILINE,
            required=False,
            secret=True,
            advanced=True,
            help=N_("Instead of a password: the whole text of a private key, as OpenSSH or PEM."),
        ),
    )
    delivery_class = DeliveryClass.A
    help = N_(
        "If your server only lets known IP addresses in, allow the address of this office: "
        "LedgerDesk connects from this computer."
    )

    def account_key(self, values: Mapping[str, str]) -> str:
        port = values.get("port") or DEFAULT_PORT
        return f"{values['username']}@{values['host'].lower()}:{port}"

    def target(self, request: TargetRequest) -> Target:
        """Raises EmptyVariable, BadTemplate or DirectionUnknown."""
        place = request.naming.path(below(_upload_path(request.values), request))
        return Target(place, request.naming.file_name())

    def watched_days(self, values: Mapping[str, str]) -> int:
        return watched_days(values)

    def open(self, context: Context) -> SftpSession:
        """Connects at the first request. Raises MissingValue without password and key."""
        return SftpSession(context)


class SftpSession(Session):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._disk = SftpDisk(_login(context), context.network)
        self._publisher = Publisher(self._disk, context)

    def verify(self) -> Iterator[Check]:
        """Raises HostKeyUnknown, HostKeyChanged, ServerTooOld, CredentialsRejected,
        PrivateKeyUnusable, PlaceNotWritable, PlaceFull or ConnectionTrouble."""
        self._disk.reach()
        facts = self._disk.facts
        yield Check(N_("The server answers"), True, facts["host"])
        yield Check(N_("It is the server you approved"), True, facts["host_key"])
        self._disk.sign_in()
        yield Check(N_("Signed in"), True, self.context.values["username"])
        root = self._disk.full(literal_root(_upload_path(self.context.values)))
        self._disk.make_folders(root)
        yield Check(N_("The folder is there"), True, root)
        try_out(self._disk, root)
        yield Check(N_("LedgerDesk may write in it"), True)

    def send_one(self, parcel: Parcel) -> Evidence:
        return self._publisher.send(parcel)

    def probe(self, parcel: Parcel) -> Probe:
        return self._publisher.probe(parcel)

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        return self._publisher.picked_up(parcel, remote)

    def close(self) -> None:
        self._disk.close()


def _upload_path(values: Mapping[str, str]) -> str:
    """As SFTP writes paths: slashes, and no ``~``, which servers do not know."""
    path = (values.get("upload_path") or DEFAULT_PATH).replace("\\", "/")
    return path.removeprefix("~/")


def _login(context: Context) -> Login:
    values, given = context.values, context.secrets
    password, key = given.get("password", ""), given.get("private_key", "")
    if not password and not key:
        raise MissingValue(field="password", name=translate(N_("Password")))
    return Login(
        host=values["host"],
        port=int(values.get("port") or DEFAULT_PORT),
        username=values["username"],
        password=password,
        private_key=key,
        approved=context.approved_host_key,
        connect_timeout=context.connect_timeout,
        read_timeout=context.read_timeout,
    )
