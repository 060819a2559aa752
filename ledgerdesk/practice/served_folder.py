"""A folder as an SFTP client sees it: the folder is ``/``, and nothing outside it exists."""

from __future__ import annotations

import errno
import os
import posixpath
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

from paramiko import (
    ServerInterface,
    SFTPAttributes,
    SFTPHandle,
    SFTPServer,
    SFTPServerInterface,
)
from paramiko.sftp import SFTP_EOF, SFTP_FAILURE, SFTP_OK

T = TypeVar("T")

_BINARY = getattr(os, "O_BINARY", 0)
_PATH_MARKS = "\\:" if os.name == "nt" else ""
# Between looking whether a name is free and taking it, no other connection may take it.
_renaming = threading.Lock()


class ServedFolder(SFTPServerInterface):
    """One signed-in client's view of ``root``. Method names are paramiko's."""

    def __init__(self, server: ServerInterface, root: Path) -> None:
        super().__init__(server)
        self._root = root.resolve()

    def canonicalize(self, path: str) -> str:
        return posixpath.normpath(posixpath.join("/", path)).replace("//", "/")

    def list_folder(self, path: str) -> list[SFTPAttributes] | int:
        def listing() -> list[SFTPAttributes]:
            with os.scandir(self._local(path)) as entries:
                return [
                    SFTPAttributes.from_stat(e.stat(follow_symlinks=False), e.name) for e in entries
                ]

        return _answer(listing)

    def stat(self, path: str) -> SFTPAttributes | int:
        return _answer(lambda: SFTPAttributes.from_stat(os.stat(self._local(path))))

    def lstat(self, path: str) -> SFTPAttributes | int:
        return _answer(lambda: SFTPAttributes.from_stat(os.lstat(self._local(path))))

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> SFTPHandle | int:
        return _answer(lambda: _OpenFile(self._local(path), flags))

    def remove(self, path: str) -> int:
        return _done(lambda: os.remove(self._local(path)))

    def rename(self, oldpath: str, newpath: str) -> int:
        """Never over another file, as OpenSSH's plain rename."""
        with _renaming:
            if self._is_taken(newpath):
                return SFTP_FAILURE
            return _done(lambda: os.rename(self._local(oldpath), self._local(newpath)))

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        """Over another file, as OpenSSH's extension of that name."""
        with _renaming:
            return _done(lambda: os.replace(self._local(oldpath), self._local(newpath)))

    def mkdir(self, path: str, attr: SFTPAttributes) -> int:
        return _done(lambda: os.mkdir(self._local(path)))

    def rmdir(self, path: str) -> int:
        return _done(lambda: os.rmdir(self._local(path)))

    def chattr(self, path: str, attr: SFTPAttributes) -> int:
        return _done(lambda: SFTPServer.set_file_attr(str(self._local(path)), attr))

    def _is_taken(self, path: str) -> bool:
        try:
            return os.path.lexists(self._local(path))
        except OSError:
            return False

    def _local(self, path: str) -> Path:
        """Raises PermissionError for a name that would lead out of the folder."""
        names = [name for name in self.canonicalize(path).split("/") if name]
        local = self._root.joinpath(*names)
        # A link leads elsewhere, on Windows also a backslash or a drive letter inside a name.
        inside = local.resolve().is_relative_to(self._root)
        if not inside or any(mark in name for name in names for mark in _PATH_MARKS):
            raise PermissionError(errno.EACCES, "outside the served folder", path)
        return local


class _OpenFile(SFTPHandle):
    """Unbuffered: a size asked for between two writes is true."""

    def __init__(self, path: Path, flags: int) -> None:
        """Raises OSError when the file cannot be opened so."""
        super().__init__(flags)
        self._path = path
        descriptor = os.open(path, flags | _BINARY, 0o666)
        mode = {os.O_WRONLY: "wb", os.O_RDWR: "r+b"}.get(flags & (os.O_WRONLY | os.O_RDWR), "rb")
        self._stream: IO[bytes] = os.fdopen(descriptor, mode, buffering=0)
        self._append = bool(flags & os.O_APPEND)

    def read(self, offset: int, length: int) -> bytes | int:
        def block() -> bytes | int:
            self._stream.seek(offset)
            return self._stream.read(length) or SFTP_EOF

        return _answer(block)

    def write(self, offset: int, data: Any) -> int:
        def whole() -> None:
            if not self._append:
                self._stream.seek(offset)
            left = memoryview(data)
            while left:
                left = left[self._stream.write(left) :]

        return _done(whole)

    def stat(self) -> SFTPAttributes | int:
        return _answer(lambda: SFTPAttributes.from_stat(os.fstat(self._stream.fileno())))

    def chattr(self, attr: SFTPAttributes) -> int:
        return _done(lambda: SFTPServer.set_file_attr(str(self._path), attr))

    def close(self) -> None:
        self._stream.close()


def _answer(ask: Callable[[], T]) -> T | int:
    try:
        return ask()
    except OSError as error:
        return SFTPServer.convert_errno(error.errno or errno.EIO)


def _done(act: Callable[[], None]) -> int:
    try:
        act()
    except OSError as error:
        return SFTPServer.convert_errno(error.errno or errno.EIO)
    return SFTP_OK
