"""Packages that find their documents in a folder: on an SFTP server, or on this computer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.packages.base import JOURNALS, Arrival, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.sftp_server import SftpServer
from ledgerdesk.setup.answers import Wished

UPLOAD_PATH = "Invoice_import/[accounting_file_id]/[invoice_type]"


class FilesPackage(PracticePackage):
    """``root`` is where its files lie on this computer's disk."""

    @property
    @abstractmethod
    def root(self) -> Path: ...

    def arrivals(self) -> Iterator[Arrival]:
        for path in sorted(self.root.rglob("*")):
            if path.is_file():
                place = path.relative_to(self.root)
                yield self.arrival(place.parent.as_posix(), place.as_posix(), path.read_bytes())


class SftpPackage(FilesPackage):
    """``prefix`` stands before the names of its fields."""

    prefix = ""

    def start(self, opening: ExitStack) -> None:
        self.server = opening.enter_context(SftpServer(self.site.folder))

    @property
    def root(self) -> Path:
        return self.server.files

    def form(self, kind: ExportKind) -> Wished:
        values = {
            "host": self.server.host,
            "port": str(self.server.port),
            "username": self.server.username,
            "upload_path": UPLOAD_PATH,
        }
        return {
            "values": {f"{self.prefix}{name}": value for name, value in values.items()},
            "secrets": {f"{self.prefix}password": self.server.password},
            "accept_host_key": self.server.fingerprint,
        }

    def belongs(self, expected: Expected) -> str:
        number = client_of(expected).file_number
        return f"Invoice_import/{number}/{JOURNALS[expected.direction]}"


class FolderPackage(FilesPackage):
    """Watches a folder of its own."""

    def start(self, opening: ExitStack) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    @property
    def root(self) -> Path:
        return self.site.folder
