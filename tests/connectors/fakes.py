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

from tests.helpers.parcels import files
from tests.helpers.smtp import SmtpServer
from tests.helpers.sshd import Sshd

WRONG = "Volkomen-Fout-ñ-42"


class Fake(ABC):
    """``values`` and ``secrets`` sign in; ``more`` is what else the context needs.

    ``address`` names the values that hold host and port, where there is a line to be lost;
    ``secret`` the one whose wrong value the destination refuses.
    """

    values: Mapping[str, str]
    secrets: Mapping[str, str] = {}
    more: Mapping[str, Any] = {}
    address: ClassVar[tuple[str, str] | None] = None
    secret: ClassVar[str] = ""

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


def without_hidden(folder: Path) -> list[bytes]:
    found = files(folder).items()
    return [content for path, content in found if not Path(path).name.startswith(".")]


FAKES: dict[str, Callable[[pytest.FixtureRequest], Fake]] = {
    "folder": lambda request: FakeFolder(request.getfixturevalue("tmp_path")),
    "sftp": lambda request: FakeSftp(request.getfixturevalue("sshd")),
    "email": lambda request: FakeMail(request.getfixturevalue("smtp_server")),
}
