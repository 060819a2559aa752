"""The folders of an SFTP server, read: listed, fetched, moved aside; over the connector's own line.

File names there need not be text: they are carried as Python carries foreign bytes in names, and
travel back as the very bytes the server told.
"""

from __future__ import annotations

import posixpath
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledgerdesk.connectors._publish import CHUNK
from ledgerdesk.connectors._sftp_disk import SftpDisk
from ledgerdesk.errors import (
    ConnectionTrouble,
    ItemGone,
    ItemUnreadable,
    LedgerDeskError,
    NameTaken,
    PlaceMissing,
    PlaceNotWritable,
    ServerTrouble,
    TimedOut,
)
from ledgerdesk.sources._walk import ignored, ignored_folder, shown

if TYPE_CHECKING:
    from paramiko import SFTPAttributes

DEEPEST = 40
MOST_ENTRIES = 2_000_000
"""A server that shows links as what they lead to can show a tree without an end."""

_READ_AHEAD = 64
_SLOWEST = 16 * 1024
"""Bytes a second: a line that drips slower is as good as none."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """``relative`` and ``path`` (from the server's root) may hold bytes that are no text."""

    relative: str
    path: str
    size: int
    changed_at: int

    @property
    def version(self) -> str:
        return f"{self.size}:{self.changed_at}"


class SftpTree(SftpDisk):
    """See connectors._sftp_disk.SftpDisk for the line itself."""

    def walk(
        self, root: str, trouble: Callable[[LedgerDeskError], None], tick: Callable[[], None]
    ) -> Iterator[RemoteFile]:
        """Every file below ``root`` that may be a document, in order of name, folders last; each
        folder is asked for once. Links are not followed. A folder that cannot be read is reported,
        the others go on.

        Raises PlaceMissing and ItemUnreadable for the root, ServerTrouble for a tree without an
        end, and what a lost line raises.
        """
        pending, seen = [""], 0
        while pending:
            prefix = pending.pop()
            tick()
            folder = posixpath.join(root, prefix)
            try:
                entries = self._entries(folder)
            except LedgerDeskError as error:
                if not prefix or not _is_its_own(error):
                    raise
                if not isinstance(error, PlaceMissing):
                    trouble(error)
                continue
            seen += len(entries)
            if seen > MOST_ENTRIES:
                raise ServerTrouble(host=self._login.host, answer=f"> {MOST_ENTRIES} files")
            folders = []
            for one in sorted(entries, key=lambda entry: entry.filename):
                name, mode = one.filename, one.st_mode or 0
                if stat.S_ISDIR(mode):
                    if prefix.count("/") < DEEPEST and not ignored_folder(prefix, name):
                        folders.append(f"{prefix}{name}/")
                elif stat.S_ISREG(mode) and not ignored(name):
                    yield _file(one, prefix + name, posixpath.join(folder, name))
            pending += reversed(folders)

    def read(self, path: str, most: int, tick: Callable[[], None]) -> tuple[bytes, str, str]:
        """The content, at most ``most`` bytes of it, and the file's version before and after.

        Raises ItemGone, ItemUnreadable, and what a lost line raises.
        """
        with (
            self._one(path),
            self._asking(path) as client,
            client.open(_wire(path), "rb") as stream,
        ):
            before = stream.stat()
            size = min(before.st_size or 0, most)
            until = time.monotonic() + 2 * self._login.read_timeout + size / _SLOWEST
            stream.prefetch(size, max_concurrent_requests=_READ_AHEAD)
            parts: list[bytes] = []
            length = 0
            while length < most and (part := stream.read(min(CHUNK, most - length))):
                parts.append(part)
                length += len(part)
                tick()
                if time.monotonic() > until:
                    raise TimedOut(host=self._login.host, reason="")
            return b"".join(parts), _version(before), _version(stream.stat())

    def version(self, path: str) -> str:
        """Raises ItemGone, ItemUnreadable, and what a lost line raises."""
        with self._one(path), self._asking(path) as client:
            return _version(client.lstat(_wire(path)))

    def move(self, path: str, target: str) -> bool:
        """Never over another file: False when there is one of that name. Raises ItemGone,
        ItemUnreadable, and what a lost line raises."""
        with self._one(path), self._asking(path) as client:
            self.make_folders(posixpath.dirname(target))
            try:
                # Not posix_rename: that one overwrites.
                client.rename(_wire(path), _wire(target))
            except (FileNotFoundError, TimeoutError):
                raise
            except OSError:
                if self.size(target) is not None:
                    return False
                raise
        return True

    # --- how ------------------------------------------------------------------------------------

    def _entries(self, folder: str) -> list[SFTPAttributes]:
        with self._asking(folder) as client:
            try:
                return list(_listed(client, _wire(folder)))
            except PermissionError as error:
                raise ItemUnreadable(path=shown(folder), reason=str(error)) from error

    @contextmanager
    def _one(self, path: str) -> Iterator[None]:
        """What goes wrong with one file is told of it alone."""
        try:
            yield
        except PlaceMissing as error:
            raise ItemGone(path=shown(path)) from error
        except (PlaceNotWritable, ServerTrouble, NameTaken) as error:
            said = error.params.get("answer") or error.text()
            raise ItemUnreadable(path=shown(path), reason=said) from error


def _listed(client: Any, folder: bytes) -> Iterator[SFTPAttributes]:
    """As paramiko's listdir_attr, which gives up on a whole folder for one name that is no UTF-8.

    A name that would lead somewhere else is not told.
    """
    from paramiko import SFTPAttributes, SFTPError
    from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR

    kind, answer = client._request(CMD_OPENDIR, folder)
    if kind != CMD_HANDLE:
        raise SFTPError("no handle")
    handle = answer.get_binary()
    told = 0
    while told <= MOST_ENTRIES:
        try:
            kind, answer = client._request(CMD_READDIR, handle)
        except EOFError:
            break
        if kind != CMD_NAME:
            raise SFTPError("no names")
        count = answer.get_int()
        for _ in range(count):
            name = answer.get_binary().decode("utf-8", "surrogateescape")
            answer.get_binary()  # the line ``ls -l`` would show
            entry = SFTPAttributes._from_msg(answer, name)  # type: ignore[attr-defined]
            if name not in ("", ".", "..") and not set(name) & set("/\0"):
                yield entry
        told += count
    client._request(CMD_CLOSE, handle)


def _is_its_own(error: LedgerDeskError) -> bool:
    """The server's answer about one folder, not the end of the line."""
    is_answer = isinstance(error, ServerTrouble)
    return is_answer or not isinstance(error, ConnectionTrouble)


def _file(entry: SFTPAttributes, relative: str, path: str) -> RemoteFile:
    return RemoteFile(relative, path, entry.st_size or 0, entry.st_mtime or 0)


def _version(about: SFTPAttributes) -> str:
    return f"{about.st_size or 0}:{about.st_mtime or 0}"


def _wire(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
