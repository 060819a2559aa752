"""Documents as they came, stored unchanged under their SHA-256: temporary file, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from ledgerdesk.errors import ContentGone, DataFolderUnusable, DiskFull
from ledgerdesk.failpoint import failpoint

_SURELY_LEFT_BEHIND = 3600.0
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Blobs:
    """The content-addressed store in one folder. Safe from several threads and processes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    def keep(self, content: bytes, sha256: str = "") -> str:
        """Durably keeps ``content``; returns its SHA-256, which the caller may know already.

        What is there is kept; where it is damaged, it is written again. Raises DiskFull or
        DataFolderUnusable.
        """
        sha256 = sha256 or hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        part = path.with_name(f".{sha256}.{secrets.token_hex(4)}.part")
        try:
            if not _holds(path, content):
                self._write(part, path, content)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            if error.errno in _NO_ROOM:
                raise DiskFull() from error
            if not _holds(path, content):
                # On Windows a reader keeps the same content from being put in place once more.
                reason = error.strerror or type(error).__name__
                raise DataFolderUnusable(path=str(self._root), reason=reason) from error
        return sha256

    def _write(self, part: Path, path: Path, content: bytes) -> None:
        try:
            opened = os.open(part, _NEW_FILE, 0o600)
        except FileNotFoundError:
            part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(self._root)
            opened = os.open(part, _NEW_FILE, 0o600)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(opened, view) :]
            os.fsync(opened)
        finally:
            os.close(opened)
        failpoint("blobs.written")
        os.replace(part, path)
        sync_folder(path.parent)

    def read(self, sha256: str) -> bytes:
        """The unchanged bytes. Raises ContentGone when they are missing or not the same."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise ContentGone(path=str(self.path(sha256))) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ContentGone(path=str(self.path(sha256)))
        return content

    def remove(self, sha256: str) -> None:
        """Removes what is not needed any more; it may be gone already."""
        with contextlib.suppress(OSError):
            self.path(sha256).unlink(missing_ok=True)

    def all(self) -> Iterator[str]:
        """The SHA-256 of everything kept."""
        for path in self._root.glob("??/*"):
            if not path.name.startswith("."):
                yield path.name

    def sweep(self, older_than: float = _SURELY_LEFT_BEHIND) -> None:
        """Removes half-written files of earlier runs: nobody writes one for so many seconds."""
        newest = time.time() - older_than
        for part in self._root.glob("??/.*.part"):
            with contextlib.suppress(OSError):
                if part.stat().st_mtime <= newest:
                    part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes a rename in ``folder`` survive a power cut, where the system offers that."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
