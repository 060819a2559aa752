"""The disk of an SFTP server. See _publish.Disk.

One connection and one channel serve a whole session; after a lost connection the next request
makes a new one. SFTP version 3, which all servers speak, tells only four things apart: there is no
such file, permission denied, end of file, and failure.
"""

from __future__ import annotations

import hashlib
import posixpath
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ledgerdesk.connectors._publish import CHUNK
from ledgerdesk.errors import (
    LedgerDeskError,
    NameTaken,
    PlaceFull,
    PlaceMissing,
    PlaceNotWritable,
    ServerTrouble,
    SignInError,
)
from ledgerdesk.model import Network, Target
from ledgerdesk.net.ssh import Login, line_errors, open_sftp, reach, trouble
from ledgerdesk.net.ssh_sign_in import sign_in

if TYPE_CHECKING:
    from paramiko import SFTPClient, Transport

# Requests under way at once while a file is read back.
_READ_AHEAD = 64


class SftpDisk:
    id = "sftp"
    # The server has answered for every block and for the size; reading back doubles the time.
    reads_back = False

    def __init__(self, login: Login, network: Network) -> None:
        self._login = login
        self._network = network
        self._transport: Transport | None = None
        self._client: SFTPClient | None = None
        self._refused: SignInError | None = None
        self._home = ""
        self._made: set[str] = set()

    @property
    def facts(self) -> Mapping[str, str]:
        host = f"{self._login.host}:{self._login.port}"
        return {"host": host, "host_key": self._login.approved}

    # --- the line ----------------------------------------------------------------------------

    def reach(self) -> Transport:
        """Up to the host key; nothing of the account is sent. Raises what ``ssh.reach`` raises."""
        if self._transport is None:
            self._transport = reach(self._login, self._network)
        return self._transport

    def sign_in(self) -> SFTPClient:
        """Ready for files. Raises what ``reach`` and ``ssh_sign_in.sign_in`` raise.

        A refusal is final for this session: the next document must not be the next guess.
        """
        if self._refused is not None:
            raise self._refused
        if self._client is not None and _is_open(self._client):
            return self._client
        if self._client is not None:
            self.close()
        try:
            transport = self.reach()
            sign_in(transport, self._login)
            self._client = open_sftp(transport, self._login)
        except LedgerDeskError as error:
            self.close()
            if isinstance(error, SignInError):
                self._refused = error
            raise
        return self._client

    def close(self) -> None:
        """Never raises; the next request opens a new line."""
        transport, self._transport, self._client = self._transport, None, None
        self._made.clear()
        if transport is not None:
            with suppress(*line_errors()):
                transport.close()

    @contextmanager
    def _asking(
        self, path: str, failure: type[LedgerDeskError] = ServerTrouble
    ) -> Iterator[SFTPClient]:
        """Tells the server's refusals (``failure`` is its word for "it did not work") from a lost
        line. FileNotFoundError inside may be handled by the caller first."""
        client = self.sign_in()
        host = self._login.host
        try:
            yield client
        except line_errors() as error:
            is_answer = isinstance(error, OSError) and not isinstance(error, TimeoutError)
            if not is_answer or not _is_open(client):
                self.close()
                raise trouble(host, error) from error
            kind = failure
            if isinstance(error, FileNotFoundError):
                kind = PlaceMissing
                self._made.clear()
            elif isinstance(error, PermissionError):
                kind = PlaceNotWritable
            raise kind(path=path, host=host, answer=str(error)) from error

    # --- the disk ----------------------------------------------------------------------------

    def enter(self, target: Target, *, create: bool) -> str:
        folder = self.full(target.place)
        if create and folder not in self._made:
            self.make_folders(folder)
            self._made.add(folder)
        return folder

    def full(self, place: str) -> str:
        """``place`` from the root on: what is relative starts where the account arrives."""
        with self._asking(place) as client:
            if not self._home:
                self._home = client.normalize(".")
        return posixpath.normpath(posixpath.join(self._home, place))

    def make_folders(self, folder: str) -> None:
        """Raises PlaceNotWritable, or NameTaken when a file has the name of a folder."""
        with self._asking(folder) as client:
            try:
                found = client.stat(folder)
            except FileNotFoundError:
                pass
            else:
                if not stat.S_ISDIR(found.st_mode or stat.S_IFDIR):
                    raise NameTaken(path=folder)
                return
        parent = posixpath.dirname(folder)
        if parent == folder:
            raise PlaceMissing(path=folder)
        self.make_folders(parent)
        with self._asking(folder) as client:
            try:
                client.mkdir(folder)
            except OSError:
                # Another program may have made it in this moment; then this finds it.
                try:
                    client.stat(folder)
                except FileNotFoundError:
                    pass
                else:
                    return
                raise

    def join(self, folder: str, name: str) -> str:
        return posixpath.join(folder, name)

    def size(self, path: str) -> int | None:
        with self._asking(path) as client:
            try:
                return client.lstat(path).st_size
            except FileNotFoundError:
                return None

    def sha256(self, path: str) -> str:
        digest = hashlib.sha256()
        with self._asking(path) as client, client.open(path, "rb") as stream:
            stream.prefetch(max_concurrent_requests=_READ_AHEAD)
            while block := stream.read(CHUNK):
                digest.update(block)
        return digest.hexdigest()

    def write(self, path: str, chunks: Iterator[bytes]) -> None:
        with self._asking(path) as client:
            stream = client.open(path, "wb")
        with self._asking(path, PlaceFull), stream:
            # paramiko drops the answers to writes it did not wait for, so a full disk passes
            # unseen. The last write waits, and with it come the answers to all before it.
            stream.set_pipelined(True)
            last = b""
            for chunk in chunks:
                stream.write(last)
                last = chunk
            stream.set_pipelined(False)
            stream.write(last)

    def publish(self, temporary: str, final: str) -> None:
        with self._asking(final) as client:
            try:
                # Not posix_rename: that one overwrites.
                client.rename(temporary, final)
            except TimeoutError:
                raise
            except OSError:
                # The answer does not say why. A lost line surfaces here once more.
                if self.size(final) is not None:
                    raise NameTaken(path=final) from None
                raise

    def remove(self, path: str) -> bool:
        with self._asking(path) as client:
            try:
                client.remove(path)
            except FileNotFoundError:
                return False
            return True


def _is_open(client: SFTPClient) -> bool:
    channel = client.get_channel()
    return channel is not None and not channel.closed
