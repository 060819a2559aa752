"""The practice firm set up in a practice folder, through the same services a person uses."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ledgerdesk.model import DocumentKind, ExportKind
from ledgerdesk.practice.firm import Destination, Firm
from ledgerdesk.practice.mail_server import MailServer
from ledgerdesk.practice.plan import INBOX, SCANS, SCANS_PATTERN
from ledgerdesk.practice.sftp_server import SftpServer

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

UPLOAD_PATH = "Invoice_import/[accounting_file_id]/[invoice_type]"
ADDRESSES = {
    "purchase_address": "[accounting_file_id]-purchases@package.example",
    "sales_address": "[accounting_file_id]-sales@package.example",
    "statement_address": "[accounting_file_id]-bank@package.example",
}


class Servers:
    """The practice servers. ``down`` runs while the firm is set up and is closed afterwards."""

    def __init__(self, folder: Path) -> None:
        with ExitStack() as opening:
            self.sftp = opening.enter_context(SftpServer(folder / "sftp"))
            self.mail = opening.enter_context(MailServer(folder / "mail"))
            self.down = opening.enter_context(SftpServer(folder / "down"))
            self._open = opening.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()


@dataclass(frozen=True, slots=True)
class Office:
    """``client_ids`` by file number."""

    client_ids: Mapping[str, str]


def set_up(desk: Desk, firm: Firm, servers: Servers, arriving: Path) -> Office:
    """Mail account, three accounting packages, ten linked clients, two sources."""
    packages = {
        Destination.SFTP: _sftp_package(desk, "Practice package (SFTP)", servers.sftp),
        Destination.MAIL: _mail_package(desk, servers.mail),
        Destination.DOWN: _sftp_package(desk, "Practice package (server down)", servers.down),
    }
    from ledgerdesk.setup.clients import ClientForm
    from ledgerdesk.setup.links import LinkForm

    ids = {}
    for sample in firm.clients:
        business = sample.business
        form = ClientForm(
            name=business.name,
            vat=[business.number],
            iban=[business.iban],
            file_number=sample.file_number,
            language=business.language,
        )
        client = desk.clients.add(form)
        desk.links.link(client.id, LinkForm(packages[sample.destination]))
        ids[sample.file_number] = client.id
    _add_sources(desk, arriving)
    servers.down.close()
    return Office(ids)


def _sftp_package(desk: Desk, name: str, server: SftpServer) -> str:
    values = {
        "host": server.host,
        "port": str(server.port),
        "username": server.username,
        "upload_path": UPLOAD_PATH,
    }
    added = desk.installer.add(
        "sftp",
        name,
        kind=ExportKind.INVOICES,
        format="as-received",
        values=values,
        secrets={"password": server.password},
        accept_host_key=server.fingerprint,
        accept_terms=True,
    )
    return _with_statements(desk, added.configuration.id, {"upload_path": UPLOAD_PATH})


def _mail_package(desk: Desk, server: MailServer) -> str:
    account = {
        "provider": "smtp",
        "host": server.host,
        "port": str(server.port),
        "security": "starttls",
        "username": server.username,
        "from_address": server.username,
    }
    desk.mail_accounts.set(account, {"password": server.password}, server.ca_pem)
    added = desk.installer.add(
        "email",
        "Practice package (e-mail)",
        kind=ExportKind.INVOICES,
        format="as-received",
        values=ADDRESSES,
        accept_terms=True,
    )
    return _with_statements(desk, added.configuration.id, ADDRESSES)


def _with_statements(desk: Desk, configuration_id: str, values: Mapping[str, str]) -> str:
    desk.installer.edit(
        configuration_id,
        kind=ExportKind.STATEMENTS,
        format="as-received",
        values=values,
        accept_terms=True,
    )
    return configuration_id


def _add_sources(desk: Desk, arriving: Path) -> None:
    from ledgerdesk.intake.desk import SourceForm

    desk.sources.add(SourceForm(type="folder", values={"path": str(arriving / INBOX)}))
    scans = {"path": str(arriving / SCANS)}
    desk.sources.add(
        SourceForm(
            type="folder", values=scans, pattern=SCANS_PATTERN, kind=DocumentKind.INVOICE.value
        )
    )
