"""The destinations the harness kills at: a folder, a real sshd, a real mail server."""

from __future__ import annotations

import shutil
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.model import Configuration
from ledgerdesk.practice.vendors._dropbox_files import Drive
from ledgerdesk.practice.vendors.dropbox import APP_KEY
from ledgerdesk.setup.tokens import keep_tokens
from tests.faults.harness import IN_ONE_REQUEST, MAILING, PUBLISHING, Place
from tests.helpers.dropbox import signed_in
from tests.unit.delivery.world import World

if TYPE_CHECKING:
    from ledgerdesk.practice.vendors.dropbox import DropboxServer
    from tests.helpers.smtp import SmtpProcess
    from tests.helpers.sshd import Sshd


class DiskPlace(Place):
    """A folder that can be looked into from here."""

    steps = PUBLISHING

    def __init__(self, disk: Path) -> None:
        self.disk = disk

    def arrived(self) -> Counter[bytes]:
        return Counter(
            path.read_bytes()
            for path in self.disk.rglob("*")
            if path.is_file() and not path.name.endswith(".part")
        )

    def leftovers(self) -> list[str]:
        return [path.name for path in self.disk.rglob("*.part")]

    def clear(self) -> None:
        for path in self.disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


class FolderPlace(DiskPlace):
    id = "folder"

    def configure(self, world: World) -> Configuration:
        return world.folder_destination(f"{self.disk}/[enterprise_name]")


class SftpPlace(DiskPlace):
    id = "sftp"

    def __init__(self, server: Sshd) -> None:
        super().__init__(server.home)
        self._server = server

    def configure(self, world: World) -> Configuration:
        server = self._server
        values = {"host": server.host, "port": str(server.port), "username": server.username}
        connection = world.connection(
            "sftp", values, {"private_key": server.private_key}, host_key=server.fingerprint
        )
        return world.configuration(connection, {"upload_path": "in/[enterprise_name]"})


class MailPlace(Place):
    id = "email"
    steps = MAILING

    def __init__(self, server: SmtpProcess) -> None:
        self._server = server

    def configure(self, world: World) -> Configuration:
        from ledgerdesk.setup.contexts import MAIL_OWNER

        server = self._server
        values = {
            "provider": "smtp",
            "host": server.host,
            "port": str(server.port),
            "security": server.mode,
            "username": server.username,
            "from_address": server.username,
        }
        world.mail_account(values, ca_pem=server.ca_pem)
        world.vault.prepare()
        secret = {"password": server.password}
        world.books.write(lambda c: world.vault.seal(c, MAIL_OWNER, secret))
        to = {"purchase_address": "aankoop@pakket.example"}
        return world.configuration(world.connection("email", {}), to)

    def arrived(self) -> Counter[bytes]:
        found: Counter[bytes] = Counter()
        for received in self._server.messages():
            for part in received.message.iter_attachments():
                found[bytes(part.get_payload(decode=True))] += 1
        return found

    def clear(self) -> None:
        self._server.reset()


class DropboxPlace(Place):
    """The stand-in, to which the connector's endpoint leads."""

    id = "dropbox"
    steps = IN_ONE_REQUEST

    def __init__(self, server: DropboxServer) -> None:
        # Before the forks: none of them has to load the SDK again.
        import_module("ledgerdesk.connectors._dropbox_session")
        self._server = server
        self._tokens = signed_in().read()

    def configure(self, world: World) -> Configuration:
        connection = world.connection("dropbox", {"app_key": APP_KEY})
        world.vault.prepare()
        world.books.write(lambda c: keep_tokens(c, world.vault, connection.id, self._tokens))
        return world.configuration(connection, {"folder": "in/[enterprise_name]"})

    def arrived(self) -> Counter[bytes]:
        return Counter(self._server.files.values())

    def clear(self) -> None:
        self._server.account.drive = Drive()
