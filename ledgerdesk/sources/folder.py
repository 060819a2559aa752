"""A folder on this computer, on a share, or kept in step by a cloud program."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ledgerdesk.errors import (
    ConnectionTrouble,
    ItemChanging,
    ItemGone,
    ItemUnreadable,
    LedgerDeskError,
    PlaceMissing,
)
from ledgerdesk.i18n import N_
from ledgerdesk.model import Check
from ledgerdesk.setup.fields import Field, FieldKind
from ledgerdesk.sources import patterns
from ledgerdesk.sources._walk import DONE, File, shown, unreadable, walk
from ledgerdesk.sources.base import Context, Fetched, Item, Session, SourceKind

_KEPT = 512 * 1024 * 1024
"""Larger files, films mostly, are told of but not copied."""
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


class FolderSource(SourceKind):
    id = "folder"
    label = N_("Folder")
    fields = (
        Field(
            "path",
            N_("Folder"),
            FieldKind.FOLDER,
            help=N_("A folder of this computer or of the network; its sub-folders belong to it."),
        ),
    )
    help = N_("Looks in a folder and its sub-folders. Nothing there is changed or deleted.")

    def path(self, values: Mapping[str, str]) -> str:
        return os.path.normpath(values["path"])

    def open(self, context: Context) -> FolderSession:
        return FolderSession(context)


class FolderSession(Session):
    """Items are files: the key is the path below the root, the version size and time."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._root = context.source.path
        self._rules = patterns.read_rules(context.source)

    def verify(self) -> Iterator[Check]:
        """Raises PlaceMissing or ItemUnreadable."""
        self._enter()
        yield Check(N_("The folder is there"), True, self._root)
        if self.context.source.after == "move":
            allowed = os.access(self._root, os.W_OK)
            yield Check(N_("Documents can be moved to LedgerDesk/done"), allowed, self._root)

    def look(self, cursor: Mapping[str, Any]) -> Iterator[Item]:
        """Raises PlaceMissing, ItemUnreadable or ConnectionTrouble for the folder itself."""
        self._enter()
        self.troubles = []
        try:
            for file in walk(self._root, self.troubles.append):
                yield _item(file)
        except OSError as error:
            raise _root_trouble(self._root, error) from error

    def fetch(self, item: Item) -> Fetched:
        try:
            with open(item.place, "rb") as stream:
                before = os.fstat(stream.fileno())
                if before.st_size > _KEPT:
                    content, sha256 = None, hashlib.file_digest(stream, "sha256").hexdigest()
                else:
                    content, sha256 = stream.read(), ""
                after = os.fstat(stream.fileno())
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ItemGone(path=item.path) from error
        except OSError as error:
            raise unreadable(item.place, error) from error
        size = before.st_size if content is None else len(content)
        if size != item.size or any(_version(each) != item.version for each in (before, after)):
            raise ItemChanging(path=item.path)
        hints, copy = patterns.hints_of(self.context.source, self._rules, item.path)
        return Fetched(content, sha256, size, hints, copy)

    def acknowledge(self, item: Item) -> None:
        if self.context.source.after != "move":
            return
        try:
            self._move(item)
        except FileNotFoundError:
            return  # moved already, or taken away by somebody: it is in the books
        except OSError as error:
            raise unreadable(item.place, error) from error

    def _move(self, item: Item) -> None:
        """To LedgerDesk/done, under its own path; never over another file."""
        if _version(os.stat(item.place, follow_symlinks=False)) != item.version:
            return  # somebody wrote it anew: that one has not been taken in
        relative = os.path.relpath(item.place, self._root)
        target = os.path.join(self._root, *DONE, relative)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        stem, suffix = os.path.splitext(target)
        number = 1
        while not _moved(item.place, target):
            number += 1
            target = f"{stem} ({number}){suffix}"

    def _enter(self) -> None:
        try:
            with os.scandir(self._root):
                return
        except OSError as error:
            raise _root_trouble(self._root, error) from error


def _moved(place: str, target: str) -> bool:
    """False: there is a file of that name already."""
    if os.name == "nt":
        try:
            os.rename(place, target)
        except FileExistsError:
            return False
        return True
    try:
        os.link(place, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            return False
        os.rename(place, target)
        return True
    with suppress(FileNotFoundError):
        os.unlink(place)
    return True


def _item(file: File) -> Item:
    return Item(
        key=shown(file.relative),
        version=f"{file.size}:{file.changed_ns}",
        path=shown(file.relative),
        size=file.size,
        changed_at=_moment(file.changed_ns),
        place=file.path,
        shown=shown(file.path),
    )


def _moment(nanoseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _version(about: os.stat_result) -> str:
    return f"{about.st_size}:{about.st_mtime_ns}"


def _root_trouble(root: str, error: OSError) -> LedgerDeskError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return PlaceMissing(path=root)
    reason = error.strerror or str(error)
    if isinstance(error, PermissionError):
        return ItemUnreadable(path=root, reason=reason)
    return ConnectionTrouble(path=root, host=root, reason=reason)
