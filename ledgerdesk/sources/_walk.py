"""Walking a folder: what counts as a document there, and what never does."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ledgerdesk.errors import ItemUnreadable, LedgerDeskError

# Where taken documents are moved to, below the root: never looked into.
DONE = ("LedgerDesk", "done")

_IGNORED = (
    *("~$*", "*.tmp", "*.temp", "*.part", "*.partial", "*.crdownload", "*.download", "*.filepart"),
    *(".*", "thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"),
)
_IGNORED_FOLDERS = (".*", "$recycle.bin", "system volume information", "__macosx")
_MOUNT_POINT = 0xA0000003  # a Windows junction: may lead out of the root, or round in a circle


@dataclass(frozen=True, slots=True)
class File:
    """``relative`` has / on every system; ``path`` opens it."""

    relative: str
    path: str
    size: int
    changed_ns: int


def ignored(name: str) -> bool:
    """Files that programs and systems leave beside documents, or are still writing."""
    lower = name.lower()
    return any(fnmatch.fnmatchcase(lower, pattern) for pattern in _IGNORED)


def ignored_folder(prefix: str, name: str) -> bool:
    """Folders that hold no documents, and the one taken documents are moved to; ``prefix`` is
    where the folder lies below the root, with / at its end."""
    lower = name.lower()
    if prefix == f"{DONE[0]}/" and lower == DONE[1]:
        return True
    return any(fnmatch.fnmatchcase(lower, pattern) for pattern in _IGNORED_FOLDERS)


def walk(root: str, trouble: Callable[[LedgerDeskError], None]) -> Iterator[File]:
    """Every file below ``root`` that may be a document, in order of name, folders last.

    Links are not followed: what they lead to is either seen anyway or outside. A folder that
    cannot be read is reported, the others go on. Raises OSError for the root itself.
    """
    pending: list[tuple[str, str]] = [("", root)]
    while pending:
        prefix, folder = pending.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            if not prefix:
                raise
            trouble(unreadable(folder, error))
            continue
        folders = []
        for entry in entries:
            try:
                if _is_folder(entry, prefix):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif not ignored(entry.name) and entry.is_file(follow_symlinks=False):
                    yield _file(entry, prefix)
            except FileNotFoundError:
                continue
            except OSError as error:
                trouble(unreadable(entry.path, error))
        pending += reversed(folders)


def unreadable(path: str, error: OSError) -> ItemUnreadable:
    return ItemUnreadable(path=shown(path), reason=error.strerror or str(error))


def shown(path: str) -> str:
    """``path`` as it can be kept and printed: file names need not be text."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_folder(entry: os.DirEntry[str], prefix: str) -> bool:
    """A folder to look into."""
    if not entry.is_dir(follow_symlinks=False):
        return False
    if getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == _MOUNT_POINT:
        return False
    return not ignored_folder(prefix, entry.name)


def _file(entry: os.DirEntry[str], prefix: str) -> File:
    about = entry.stat(follow_symlinks=False)
    if os.name == "nt" or not stat.S_ISREG(about.st_mode):
        # Windows: what the folder remembers of a file that is being written may be old.
        about = os.stat(entry.path, follow_symlinks=False)
    return File(prefix + entry.name, entry.path, about.st_size, about.st_mtime_ns)
