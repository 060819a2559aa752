"""One practice account's Dropbox: its files, and the vendor's rules on writing them.

Paths keep their spelling and are compared without case. The rules are those of the vendor's
``WriteMode`` and ``UploadError`` (shared/facts, Dropbox).
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

_BLOCK = 4 * 1024 * 1024
_NAMES_KEPT_BACK = frozenset({"desktop.ini", "thumbs.db", ".ds_store", ".dropbox", "icon\r"})
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def hash_of(content: bytes) -> str:
    """The vendor's content hash: SHA-256 over the digests of 4 MiB blocks."""
    blocks = (content[at : at + _BLOCK] for at in range(0, len(content), _BLOCK))
    digests = b"".join(hashlib.sha256(block).digest() for block in blocks)
    return hashlib.sha256(digests).hexdigest()


class WriteRefused(Exception):
    """``reason`` is a ``WriteError`` as it stands in the vendor's JSON."""

    def __init__(self, tag: str, **more: Any) -> None:
        self.reason = {".tag": tag, **more}
        super().__init__(tag)

    @classmethod
    def conflict(cls, what: str) -> WriteRefused:
        return cls("conflict", conflict={".tag": what})


@dataclass(frozen=True)
class StoredFile:
    path: str
    content: bytes = field(repr=False)
    id: str
    rev: str
    client_modified: datetime
    server_modified: datetime

    @property
    def key(self) -> str:
        return self.path.lower()

    def metadata(self) -> dict[str, Any]:
        return {
            "name": posixpath.basename(self.path),
            "path_lower": self.key,
            "path_display": self.path,
            "id": self.id,
            "client_modified": self.client_modified.strftime(_TIME),
            "server_modified": self.server_modified.strftime(_TIME),
            "rev": self.rev,
            "size": len(self.content),
            "is_downloadable": True,
            "content_hash": hash_of(self.content),
        }


@dataclass(frozen=True)
class StoredFolder:
    path: str
    id: str

    def metadata(self) -> dict[str, Any]:
        name = posixpath.basename(self.path)
        return {
            "name": name,
            "path_lower": self.path.lower(),
            "path_display": self.path,
            "id": self.id,
        }


@dataclass(frozen=True)
class Commit:
    """Where and how a content is to be written: the vendor's ``CommitInfo``."""

    path: str
    mode: str = "add"
    rev: str = ""
    autorename: bool = False
    strict_conflict: bool = False
    client_modified: datetime | None = None


class Drive:
    """``quota`` is in bytes; below a folder in ``read_only`` nothing may be written."""

    def __init__(self) -> None:
        self.quota: int | None = None
        self.read_only: set[str] = set()
        self._entries: dict[str, StoredFile | StoredFolder] = {}
        self._revisions: dict[str, list[StoredFile]] = {}
        self._numbers = count(1)

    @property
    def contents(self) -> Mapping[str, bytes]:
        """Every file there: path → content. The verdict on what arrived."""
        files = [one for one in self._entries.values() if isinstance(one, StoredFile)]
        return {one.path: one.content for one in files}

    def find(self, path: str) -> StoredFile | StoredFolder | None:
        return self._entries.get(path.lower())

    def below(self, path: str, *, recursive: bool) -> list[StoredFile | StoredFolder]:
        """What lies in the folder ``path`` (``""`` is the root), in the order of its names."""
        start = f"{path.lower()}/"
        inside = sorted(key for key in self._entries if key.startswith(start))
        return [self._entries[key] for key in inside if recursive or "/" not in key[len(start) :]]

    def write(self, commit: Commit, content: bytes, now: datetime) -> StoredFile:
        """Raises WriteRefused. What is there with the same content already is not written again."""
        self._check_path(commit.path)
        there = self.find(commit.path)
        if isinstance(there, StoredFolder):
            raise WriteRefused.conflict("folder")
        if there is None:
            return self._put(commit, commit.path, content, now)
        same = there.content == content
        if same and not commit.strict_conflict:
            return there
        replaces = commit.mode == "overwrite" or (
            commit.mode == "update" and commit.rev == there.rev
        )
        if replaces:
            return self._put(commit, there.path, content, now)
        if commit.autorename:
            return self._put(commit, self._free_name(commit), content, now)
        raise WriteRefused.conflict("file")

    def remove(self, path: str) -> None:
        """As a person or a package does, behind the back of whoever delivered. Its revisions
        stay, as they do at the vendor's for a month and more."""
        del self._entries[path.lower()]

    def revisions(self, path: str) -> list[StoredFile]:
        """All that ever stood at ``path``, the latest first."""
        return self._revisions.get(path.lower(), [])[::-1]

    # --- how ------------------------------------------------------------------------------------

    def _check_path(self, path: str) -> None:
        names = path.split("/")[1:]
        if any(not name.strip() or name in (".", "..") or "\\" in name for name in names):
            raise WriteRefused("malformed_path", malformed_path=path)
        if any(len(name) > 255 for name in names):
            raise WriteRefused("malformed_path", malformed_path=path)
        if any(name.lower() in _NAMES_KEPT_BACK for name in names):
            raise WriteRefused("disallowed_name")
        if any(_is_in(path, folder) for folder in self.read_only):
            raise WriteRefused("no_write_permission")

    def _put(self, commit: Commit, path: str, content: bytes, now: datetime) -> StoredFile:
        used = sum(len(one) for one in self.contents.values())
        if self.quota is not None and used + len(content) > self.quota:
            raise WriteRefused("insufficient_space")
        self._make_folders(posixpath.dirname(path))
        file = StoredFile(
            path, content, self._id(), self._rev(), commit.client_modified or now, now
        )
        self._entries[file.key] = file
        self._revisions.setdefault(file.key, []).append(file)
        return file

    def _make_folders(self, folder: str) -> None:
        if folder == "/":
            return
        self._make_folders(posixpath.dirname(folder))
        there = self.find(folder)
        if isinstance(there, StoredFile):
            raise WriteRefused.conflict("file_ancestor")
        if there is None:
            self._entries[folder.lower()] = StoredFolder(folder, self._id())

    def _free_name(self, commit: Commit) -> str:
        stem, ending = posixpath.splitext(commit.path)
        numbers = (f" ({number})" for number in count(2))
        marks = iter((" (conflicted copy)",)) if commit.mode == "update" else numbers
        return next(
            name for name in (f"{stem}{mark}{ending}" for mark in marks) if not self.find(name)
        )

    def _id(self) -> str:
        return f"id:practice{next(self._numbers):014}"

    def _rev(self) -> str:
        return f"{next(self._numbers):015x}"


def _is_in(path: str, folder: str) -> bool:
    return path.lower().startswith(folder.lower().rstrip("/") + "/")
