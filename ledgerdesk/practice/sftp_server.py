"""An SFTP server on loopback, in this process: real SSH, a folder on disk behind it."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from ledgerdesk.practice.kept import HOST, kept, kept_password, listener
from ledgerdesk.practice.served_folder import ServedFolder

USERNAME = "practice"
# Seconds between two looks whether the server was closed.
_LOOK = 0.05


@dataclass
class SignIns:
    """How often a client offered a password since the server started."""

    accepted: int = 0
    refused: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, right: bool) -> None:
        """Every connection has a thread of its own."""
        with self._counting:
            self.accepted += right
            self.refused += not right


class SftpServer:
    """Serves ``folder/files``; host key, password and port lie in ``folder`` and stay the same.

    ``host port username password fingerprint`` are what a client needs. A plain rename refuses to
    overwrite, as OpenSSH's; sizes are true; a name cannot lead out of the folder.
    """

    host = HOST
    username = USERNAME

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.files.mkdir(parents=True, exist_ok=True)
        self.password = kept_password(folder)
        kept(folder / "host_key", _new_host_key)
        self._host_key = paramiko.Ed25519Key.from_private_key_file(str(folder / "host_key"))
        # As OpenSSH prints it: SHA256:…
        self.fingerprint: str = self._host_key.fingerprint
        self.sign_ins = SignIns()
        self._transports: list[paramiko.Transport] = []
        self._closing = threading.Event()
        self._socket = listener(folder)
        self._socket.settimeout(_LOOK)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="practice-sftp", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the server and every connection, as when its machine goes down."""
        self._closing.set()
        self._thread.join()
        self._socket.close()
        for transport in self._transports:
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            # Nobody came, or who came is gone again.
            with contextlib.suppress(OSError):
                connection, _ = self._socket.accept()
                self._transports = [t for t in self._transports if t.is_active()]
                self._transports.append(self._serve(connection))

    def _serve(self, connection: socket.socket) -> paramiko.Transport:
        """A thread of the connection's own does the rest; it cannot keep the process alive."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(connection)
        transport.add_server_key(self._host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, ServedFolder, self.files)
        door = _Door(self.username, self.password, self.sign_ins)
        # With an event start_server does not wait for the client.
        transport.start_server(event=threading.Event(), server=door)
        return transport


class _Door(paramiko.ServerInterface):
    """Lets in who knows the password, to SFTP and nothing else. Method names are paramiko's."""

    def __init__(self, username: str, password: str, sign_ins: SignIns) -> None:
        self._expected = f"{username}\0{password}".encode()
        self._sign_ins = sign_ins

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        right = secrets.compare_digest(f"{username}\0{password}".encode(), self._expected)
        self._sign_ins.count(right)
        return AUTH_SUCCESSFUL if right else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if kind == "session":
            return OPEN_SUCCEEDED
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


def _new_host_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
