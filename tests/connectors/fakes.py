"""What each connector talks to in the conformance suite: a real server, or a fake that is strict.

A connector without an entry in ``FAKES`` fails the suite. ``arrived`` is the verdict, read from the
other side: the content of every document the destination has.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ledgerdesk import paths
from ledgerdesk.practice.vendors.clearfacts import ClearFactsServer
from ledgerdesk.practice.vendors.dropbox import APP_KEY, DropboxServer
from ledgerdesk.practice.vendors.exact_online import ExactOnlineServer
from ledgerdesk.practice.vendors.onea import OneaServer
from ledgerdesk.practice.vendors.rest_profile import RestProfileServer, Ways, paper
from ledgerdesk.practice.vendors.yuki import YukiServer
from ledgerdesk.practice.vendors.zenvoices import ZenvoicesServer
from tests.helpers import exact_online
from tests.helpers.dropbox import signed_in
from tests.helpers.parcels import files
from tests.helpers.smtp import SmtpServer
from tests.helpers.sshd import Sshd

WRONG = "Volkomen-Fout-ñ-42"


class Endpoint:
    """Where a connector finds its vendor, for the length of one test."""

    def __init__(self, patch: pytest.MonkeyPatch, connector_id: str, url: str) -> None:
        self._patch = patch
        self._name = f"LEDGERDESK_ENDPOINT_{connector_id.upper()}"
        self.lead_to(url)

    def lead_to(self, url: str) -> None:
        self._patch.setenv(self._name, url)


class Fake(ABC):
    """``values`` and ``secrets`` sign in; ``more`` is what else the context needs, and
    ``administration`` the one that parcels go to.

    ``address`` names the values that hold host and port, ``endpoint`` is the connector's address
    where that is the vendor's own: one of them, where there is a line to be lost. ``secret`` is the
    one whose wrong value the destination refuses. ``remembers``: it tells what it once had, too.
    ``acknowledges``: its answer to a document names it; ``knows_doubles``: and names it again when
    it comes twice. ``asks_first``: something harmless is asked there before a document leaves.
    """

    values: Mapping[str, str]
    secrets: Mapping[str, str] = {}
    more: Mapping[str, Any] = {}
    administration: str = ""
    address: ClassVar[tuple[str, str] | None] = None
    endpoint: Endpoint | None = None
    secret: ClassVar[str] = ""
    remembers: ClassVar[bool] = False
    acknowledges: ClassVar[bool] = False
    knows_doubles: ClassVar[bool] = False
    asks_first: ClassVar[bool] = True

    @abstractmethod
    def arrived(self) -> list[bytes]: ...

    def published(self) -> list[bytes]:
        """What a package would find: without files that are still on their way."""
        return self.arrived()

    def sign_ins(self) -> int:
        """How often somebody tried to sign in."""
        return 0

    def elsewhere(self, host: str, port: int) -> dict[str, str]:
        """The values, but for the server."""
        if self.endpoint is not None:
            self.endpoint.lead_to(f"http://{host}:{port}")
            return dict(self.values)
        assert self.address is not None
        host_field, port_field = self.address
        return {**self.values, host_field: host, port_field: str(port)}


class FakeFolder(Fake):
    def __init__(self, folder: Path) -> None:
        self._folder = folder / "import"
        self._folder.mkdir()
        self.values = {"path": str(self._folder)}

    def arrived(self) -> list[bytes]:
        return list(files(self._folder).values())

    def published(self) -> list[bytes]:
        return without_hidden(self._folder)


class FakeSftp(Fake):
    address = ("host", "port")
    secret = "password"

    def __init__(self, server: Sshd) -> None:
        self._server = server
        self.values = {
            "host": server.host,
            "port": str(server.port),
            "username": server.username,
            "upload_path": "",
        }
        self.secrets = {"password": server.password}
        self.more = {"approved_host_key": server.fingerprint}

    def arrived(self) -> list[bytes]:
        return list(files(self._server.home).values())

    def published(self) -> list[bytes]:
        return without_hidden(self._server.home)

    def sign_ins(self) -> int:
        return self._server.sign_in_attempts()


class FakeMail(Fake):
    address = ("mail_host", "mail_port")
    secret = "mail_password"

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self.values = {
            "purchase_address": "purchases@box.example",
            "subject": "Invoice",
            "mail_host": server.host,
            "mail_port": str(server.port),
            "mail_security": server.mode,
            "mail_username": server.username,
            "mail_from_address": server.username,
        }
        self.secrets = {"mail_password": server.password}
        self.more = {"ca_pem": server.ca_pem}

    def arrived(self) -> list[bytes]:
        contents = []
        for mail in self._server.messages():
            (part,) = mail.message.iter_attachments()
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            contents.append(content)
        return contents

    def sign_ins(self) -> int:
        return self._server.counters.sign_ins


class FakeOctopus(FakeMail):
    """The mailbox of a dossier: the way for invoices."""

    def __init__(self, server: SmtpServer) -> None:
        super().__init__(server)
        self.values = {**self.values, "mailbox": "dossier@box.example"}


class FakeZenvoices(FakeMail):
    """Mail on the way out, the web service to look whether it came in."""

    def __init__(
        self, server: SmtpServer, vendor: ZenvoicesServer, patch: pytest.MonkeyPatch
    ) -> None:
        super().__init__(server)
        self._vendor = vendor
        vendor.collect = self._collect
        Endpoint(patch, "zenvoices", vendor.url)
        self.values = {
            **self.values,
            "tenant": vendor.tenant,
            "username": vendor.user,
            "mailbox": "in@zenvoices.example",
        }
        self.secrets = {**self.secrets, "password": vendor.password}

    def _collect(self) -> None:
        for mail in self._server.messages()[len(self._vendor.inbox) :]:
            self._vendor.receive(mail.message["Subject"], mail.message["From"], mail.message["To"])


class FakeOnea(Fake):
    secret = "api_key"
    acknowledges = True
    asks_first = False

    def __init__(self, server: OneaServer, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        self.endpoint = Endpoint(patch, "onea", server.url)
        self.values = {}
        self.secrets = {"api_key": server.add_key()}
        server.looks_inside = False

    def arrived(self) -> list[bytes]:
        return [one.content for one in self._server.documents]

    def sign_ins(self) -> int:
        return self._server.refused


class FakeClearFacts(Fake):
    secret = "token"
    acknowledges = True

    def __init__(self, server: ClearFactsServer, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        self.endpoint = Endpoint(patch, "clearfacts", server.url)
        self.values = {}
        self.secrets = {"token": server.add_token()}
        server.looks_inside = False
        self.administration = next(iter(server.dossiers))

    def arrived(self) -> list[bytes]:
        return [one.content for one in self._server.files]

    def sign_ins(self) -> int:
        return self._server.refused


class FakeDropbox(Fake):
    remembers = True

    def __init__(self, server: DropboxServer, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        self.endpoint = Endpoint(patch, "dropbox", server.url)
        self.values = {"app_key": APP_KEY, "folder": "In/[enterprise_name]"}
        self.more = {"tokens": signed_in()}

    def arrived(self) -> list[bytes]:
        return list(self._server.files.values())


class FakeYuki(Fake):
    secret = "access_key"

    def __init__(self, server: YukiServer, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        self.endpoint = Endpoint(patch, "yuki", server.url)
        self.values = {"country": "be"}
        self.secrets = {"access_key": server.domain_key}
        self.administration = server.first.administrations[0].id

    def arrived(self) -> list[bytes]:
        return [one.content for one in self._server.documents]

    def sign_ins(self) -> int:
        return self._server.office.authentications


class FakeExactOnline(Fake):
    remembers = True

    def __init__(self, server: ExactOnlineServer, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        self.endpoint = Endpoint(patch, "exact_online", server.url)
        tokens = exact_online.sign_in(server)
        self.values = exact_online.VALUES
        self.secrets = {
            **exact_online.SECRETS,
            "access": tokens.access,
            "refresh": tokens.refresh,
        }
        self.more = {"tokens": exact_online.MemoryKeeper(tokens)}
        self.administration = exact_online.DIVISION

    def arrived(self) -> list[bytes]:
        return self._server.files()


class FakeService(Fake):
    """The web service of a vendor without documentation, with the profile a firm imported."""

    acknowledges = True
    knows_doubles = True

    def __init__(
        self,
        id: str,
        ways: Ways,
        values: Mapping[str, str],
        secret: str,
        request: pytest.FixtureRequest,
    ) -> None:
        patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        self._server: RestProfileServer = request.getfixturevalue("make_rest_profile")(ways)
        self.endpoint = Endpoint(patch, id, self._server.url)
        self.secret = secret  # type: ignore[misc]
        account, company = self._server.account, next(iter(self._server.account.companies))
        known = {"username": account.username, "company": company, "address": self._server.address}
        self.values = {
            "route": "api",
            **{name: value.format_map(known) for name, value in values.items()},
        }
        by_key = ways.auth in ("bearer", "header", "query")
        self.secrets = {secret: account.key if by_key else account.password}
        self.administration = company
        folder = request.getfixturevalue("tmp_path") / "profiles"
        folder.mkdir()
        is_typed = "{address}" in values.values()
        text = paper(id, ways, "" if is_typed else self._server.address)
        (folder / f"{id}.toml").write_text(text)
        patch.setattr(paths, "_own_profiles", [folder])

    def arrived(self) -> list[bytes]:
        return self._server.contents

    def sign_ins(self) -> int:
        return self._server.sign_ins


class FakeRouteMailbox(FakeMail):
    def __init__(self, server: SmtpServer) -> None:
        super().__init__(server)
        mailbox = {"route": "mailbox", "mailbox": self.values["purchase_address"]}
        self.values = {**self.values, **mailbox}


class FakeRouteSftp(FakeSftp):
    address = ("sftp_host", "sftp_port")
    secret = "sftp_password"

    def __init__(self, server: Sshd) -> None:
        super().__init__(server)
        prefixed = {f"sftp_{name}": value for name, value in self.values.items()}
        self.values = {"route": "sftp", **prefixed}
        self.secrets = {"sftp_password": server.password}


class FakeRouteFolder(FakeFolder):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.values = {"route": "folder", **self.values}


def without_hidden(folder: Path) -> list[bytes]:
    found = files(folder).items()
    return [content for path, content in found if not Path(path).name.startswith(".")]


def _service(
    id: str, ways: Ways, secret: str, **values: str
) -> Callable[[pytest.FixtureRequest], Fake]:
    return lambda request: FakeService(id, ways, values, secret, request)


FAKES: dict[str, Callable[[pytest.FixtureRequest], Fake]] = {
    "folder": lambda request: FakeFolder(request.getfixturevalue("tmp_path")),
    "sftp": lambda request: FakeSftp(request.getfixturevalue("sshd")),
    "email": lambda request: FakeMail(request.getfixturevalue("smtp_server")),
    "octopus": lambda request: FakeOctopus(request.getfixturevalue("smtp_server")),
    "zenvoices": lambda request: FakeZenvoices(
        request.getfixturevalue("smtp_server"),
        request.getfixturevalue("zenvoices_server"),
        request.getfixturevalue("monkeypatch"),
    ),
    "onea": lambda request: FakeOnea(
        request.getfixturevalue("onea_server"), request.getfixturevalue("monkeypatch")
    ),
    "clearfacts": lambda request: FakeClearFacts(
        request.getfixturevalue("clearfacts_server"), request.getfixturevalue("monkeypatch")
    ),
    "dropbox": lambda request: FakeDropbox(
        request.getfixturevalue("dropbox_server"), request.getfixturevalue("monkeypatch")
    ),
    "yuki": lambda request: FakeYuki(
        request.getfixturevalue("yuki_server"), request.getfixturevalue("monkeypatch")
    ),
    "bocount": _service(
        *("bocount", Ways("basic", "multipart"), "password"),
        base_url="{address}",
        username="{username}",
        company_number="{company}",
    ),
    "bocount:mailbox": lambda request: FakeRouteMailbox(request.getfixturevalue("smtp_server")),
    "bocount:sftp": lambda request: FakeRouteSftp(request.getfixturevalue("sshd")),
    "bocount:folder": lambda request: FakeRouteFolder(request.getfixturevalue("tmp_path")),
    "count_e": _service(
        *("count_e", Ways("login", "json_base64", "skip_count"), "password"),
        api_url="{address}",
        username="{username}",
        database="boekhouding",
        client_number="{company}",
    ),
    "pingwin": _service(
        *("pingwin", Ways("header", "raw"), "api_key"), clid="C-1", file_id="{company}"
    ),
    "wings_online": _service(
        *("wings_online", Ways("query", "multipart"), "password"),
        username="{username}",
        internal_number="{company}",
    ),
    "lyanthe": _service(
        *("lyanthe", Ways("bearer", "json_base64"), "password"), username="{username}"
    ),
    "exact_online": lambda request: FakeExactOnline(
        request.getfixturevalue("exact_online_server"), request.getfixturevalue("monkeypatch")
    ),
}
