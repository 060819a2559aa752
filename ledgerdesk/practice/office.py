"""The practice firm set up in a practice folder, through the same services a person uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ledgerdesk.model import DocumentKind
from ledgerdesk.practice.firm import Firm, SampleClient
from ledgerdesk.practice.mail_server import MailServer
from ledgerdesk.practice.packages import all_packages
from ledgerdesk.practice.packages._mail import Post
from ledgerdesk.practice.packages.base import Arrival, PracticePackage, Site
from ledgerdesk.practice.plan import INBOX, SCANS, SCANS_PATTERN

if TYPE_CHECKING:
    from ledgerdesk.app import Desk


class Office:
    """The firm, its mail server and its accounting packages, each with a server of its own.

    A context manager: the servers run inside. ``client_ids`` are by file number.
    """

    def __init__(self, firm: Firm, folder: Path) -> None:
        self.firm = firm
        self.client_ids: dict[str, str] = {}
        self.packages: dict[str, PracticePackage] = {}
        self._folder = folder
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self.post = Post(opening.enter_context(MailServer(self._folder / "mail")))
            for kind in all_packages():
                site = Site(self._folder / kind.id, self.firm.clients, self.post)
                self.packages[kind.id] = opening.enter_context(kind(site))
            self._opened = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def set_up(self, desk: Desk, arriving: Path) -> None:
        """Mail account, accounting packages, linked clients, two sources."""
        _set_mail_account(desk, self.post.server)
        for package in self.packages.values():
            package.connect(desk)
        for client in self.firm.clients:
            self.client_ids[client.file_number] = client_id = _add(desk, client)
            self.packages[client.destination.id].link(desk, client_id, client)
        _add_sources(desk, arriving)
        for package in self.packages.values():
            package.settled()

    def arrivals(self) -> Iterator[Arrival]:
        """Everything there is on the servers, wanted or not."""
        for package in self.packages.values():
            yield from package.arrivals()
        yield from self.post.strays()


def _set_mail_account(desk: Desk, server: MailServer) -> None:
    account = {
        "provider": "smtp",
        "host": server.host,
        "port": str(server.port),
        "security": "starttls",
        "username": server.username,
        "from_address": server.username,
    }
    desk.mail_accounts.set(account, {"password": server.password}, server.ca_pem)


def _add(desk: Desk, client: SampleClient) -> str:
    from ledgerdesk.setup.clients import ClientForm

    business = client.business
    form = ClientForm(
        name=business.name,
        vat=[business.number],
        iban=[business.iban],
        file_number=client.file_number,
        language=business.language,
    )
    return desk.clients.add(form).id


def _add_sources(desk: Desk, arriving: Path) -> None:
    from ledgerdesk.intake.desk import SourceForm

    desk.sources.add(SourceForm(type="folder", values={"path": str(arriving / INBOX)}))
    scans = {"path": str(arriving / SCANS)}
    desk.sources.add(
        SourceForm(
            type="folder", values=scans, pattern=SCANS_PATTERN, kind=DocumentKind.INVOICE.value
        )
    )
