"""Documents as they came, stored unchanged under their SHA-256: temporary file, fsync, rename."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from ledgerdesk.errors import ContentGone, DataFolderUnusable, DiskFull


class Blobs:
    """The content-addressed store in one folder. Safe from several threads and processes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    def keep(self, content: bytes, sha256: str = "") -> str:
        """Durably keeps ``content``; returns its SHA-256. A second call for the same is free."""
        sha256 = sha256 or hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        try:
            if path.stat().st_size == len(content):
                return sha256
        except OSError:
            pass
        part = path.with_name(f".{sha256}.{secrets.token_hex(4)}.part")
        try:
            self._write(part, path, content)
        except OSError as error:
            part.unlink(missing_ok=True)
            if error.errno == 28:
                raise DiskFull() from error
            raise DataFolderUnusable(path=str(self._root), reason=error.strerror or "") from error
        return sha256

    def _write(self, part: Path, path: Path, content: bytes) -> None:
        try:
            opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileNotFoundError:
            part.parent.mkdir(parents=True, exist_ok=True)
            opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(opened, view) :]
            os.fsync(opened)
        finally:
            os.close(opened)
        os.replace(part, path)

    def read(self, sha256: str) -> bytes:
        """The unchanged bytes. Raises ContentGone when they are missing or not the same any more."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise ContentGone(path=str(self.path(sha256))) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ContentGone(path=str(self.path(sha256)))
        return content

    def sweep(self) -> None:
        """Removes half-written files of earlier runs. The caller holds the engine lock."""
        for part in self._root.glob("??/.*.part"):
            part.unlink(missing_ok=True)
