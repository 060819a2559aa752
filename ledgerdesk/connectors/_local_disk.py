"""The disks this computer sees: its own, shares and mapped drives. See _publish.Disk."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from ledgerdesk.errors import (
    ConnectionTrouble,
    LedgerDeskError,
    NameTaken,
    PathTooLong,
    PlaceFull,
    PlaceMissing,
    PlaceNotWritable,
)
from ledgerdesk.model import Target

_KINDS: dict[int | None, type[LedgerDeskError]] = {
    errno.ENOSPC: PlaceFull,
    errno.EDQUOT: PlaceFull,
    errno.EACCES: PlaceNotWritable,
    errno.EPERM: PlaceNotWritable,
    errno.EROFS: PlaceNotWritable,
    errno.ENAMETOOLONG: PathTooLong,
    errno.EEXIST: NameTaken,
    errno.ENOENT: PlaceMissing,
    errno.ENOTDIR: PlaceMissing,
    errno.ENODEV: PlaceMissing,
    errno.EISDIR: NameTaken,
}
# FAT, exFAT and some shares know no hard links.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
# Windows: somebody, often a virus scanner, has the file open for a moment.
_IN_USE = (32, 33)
# Without a switch in its registry it answers "not found" to anything longer.
_WINDOWS_LIMIT = 259


class LocalDisk:
    id = "folder"
    reads_back = True
    facts: Mapping[str, str] = {}

    def enter(self, target: Target, *, create: bool) -> str:
        root = target.extra.get("root", target.place)
        if not os.path.isabs(root) or not os.path.isdir(root):
            raise PlaceMissing(path=root)
        whole = self.join(target.place, target.name)
        if os.name == "nt" and len(whole) > _WINDOWS_LIMIT:
            raise PathTooLong(path=whole)
        if create:
            with converted(target.place):
                os.makedirs(target.place, exist_ok=True)
        return target.place

    def make_root(self, root: str) -> None:
        """Raises PlaceMissing when not even the parent is there, or a file has the name."""
        with converted(root):
            with suppress(FileExistsError):
                os.mkdir(root)
            if not os.path.isdir(root):
                raise PlaceMissing(path=root)

    def join(self, folder: str, name: str) -> str:
        return os.path.join(folder, name)

    def size(self, path: str) -> int | None:
        with converted(path):
            try:
                return os.stat(path, follow_symlinks=False).st_size
            except FileNotFoundError:
                return None

    def sha256(self, path: str) -> str:
        with converted(path), open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def write(self, path: str, chunks: Iterator[bytes]) -> None:
        with converted(path), open(path, "wb", buffering=0) as stream:
            for chunk in chunks:
                written = stream.write(chunk)
                while written < len(chunk):
                    written += stream.write(chunk[written:])
            os.fsync(stream.fileno())

    def publish(self, temporary: str, final: str) -> None:
        with converted(final):
            if os.name == "nt":
                os.rename(temporary, final)
                return
            try:
                os.link(temporary, final)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                # Two steps, where nothing better exists; the name is ours alone anyway.
                if os.path.lexists(final):
                    raise NameTaken(path=final) from error
                os.rename(temporary, final)
            else:
                # Published already: a leftover must not make it look otherwise.
                with suppress(OSError):
                    os.unlink(temporary)
            _keep_names(os.path.dirname(final))

    def remove(self, path: str) -> bool:
        with converted(path):
            try:
                os.unlink(path)
            except FileNotFoundError:
                return False
            return True


@contextmanager
def converted(path: str) -> Iterator[None]:
    """The operating system's errors about ``path`` in our own words."""
    try:
        yield
    except OSError as error:
        kind = _KINDS.get(error.errno, ConnectionTrouble)
        if getattr(error, "winerror", None) in _IN_USE:
            kind = ConnectionTrouble
        reason = error.strerror or str(error)
        raise kind(path=path, host=path, reason=reason) from error


def _keep_names(folder: str) -> None:
    """The new name survives a power cut. Not every share can do this; the file is there anyway."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
