"""Looking: the stand-in's ``get_metadata``, ``list_revisions``, ``list_folder`` and its rest."""

from __future__ import annotations

import posixpath
import secrets
from dataclasses import dataclass, replace
from typing import Any

from ledgerdesk.practice.vendors._dropbox_arguments import BadInput, fields
from ledgerdesk.practice.vendors._dropbox_files import Drive, StoredFile, StoredFolder
from ledgerdesk.practice.vendors._dropbox_uploads import CallRefused

_METADATA: dict[str, type] = {
    "path": str,
    "include_media_info": bool,
    "include_deleted": bool,
    "include_has_explicit_shared_members": bool,
}
_LIST: dict[str, type] = {
    **_METADATA,
    "recursive": bool,
    "limit": int,
    "include_mounted_folders": bool,
    "include_non_downloadable_files": bool,
    "include_restorable_info": bool,
}
_REVISIONS: dict[str, type] = {
    "path": str,
    "mode": dict,
    "limit": int,
    "before_rev": str,
    "include_restorable_info": bool,
}
_LARGEST_PAGE = 2000


@dataclass(frozen=True)
class _Place:
    drive: Drive
    path: str
    recursive: bool
    limit: int
    start: int = 0


class Looks:
    """Remembers how far each listing has come."""

    def __init__(self) -> None:
        self._cursors: dict[str, _Place] = {}

    def metadata(self, drive: Drive, argument: Any) -> dict[str, Any]:
        given = fields(argument, _METADATA, ("path",))
        path = given["path"]
        if path in ("", "/"):
            raise BadInput("request body: path: The root folder is unsupported.")
        if given.get("include_deleted") and not drive.find(path) and drive.revisions(path):
            return {".tag": "deleted", **_named(drive.revisions(path)[0].path)}
        return _tagged(_found(drive, path))

    def revisions(self, drive: Drive, argument: Any) -> dict[str, Any]:
        given = fields(argument, _REVISIONS, ("path",))
        limit, mode = given.get("limit", 10), given.get("mode", {".tag": "path"})
        if not 1 <= limit <= 100:
            raise BadInput("request body: limit: expected 1 to 100")
        if mode not in ({".tag": "path"}, {".tag": "id"}):
            raise BadInput("request body: mode: invalid")
        there = drive.find(given["path"])
        if isinstance(there, StoredFolder):
            raise _not_there("not_file")
        found = drive.revisions(given["path"])
        if not found:
            raise _not_there("not_found")
        entries = [one.metadata() for one in found[:limit]]
        more = len(found) > limit
        return {"is_deleted": there is None, "entries": entries, "has_more": more}

    def list(self, drive: Drive, argument: Any) -> dict[str, Any]:
        given = fields(argument, _LIST, ("path",))
        path, limit = given["path"], given.get("limit", _LARGEST_PAGE)
        if path == "/":
            raise BadInput("request body: path: Specify the root folder as an empty string.")
        if not 1 <= limit <= _LARGEST_PAGE:
            raise BadInput(f"request body: limit: expected 1 to {_LARGEST_PAGE}")
        if path and isinstance(_found(drive, path), StoredFile):
            raise _not_there("not_folder")
        return self._page(_Place(drive, path, given.get("recursive", False), limit))

    def list_more(self, drive: Drive, argument: Any) -> dict[str, Any]:
        place = self._cursors.get(fields(argument, {"cursor": str}, ("cursor",))["cursor"])
        if place is None or place.drive is not drive:
            raise BadInput("request body: cursor: invalid")
        return self._page(place)

    def _page(self, place: _Place) -> dict[str, Any]:
        inside = place.drive.below(place.path, recursive=place.recursive)
        end = place.start + place.limit
        cursor = secrets.token_urlsafe(24)
        self._cursors[cursor] = replace(place, start=min(end, len(inside)))
        entries = [_tagged(one) for one in inside[place.start : end]]
        return {"entries": entries, "cursor": cursor, "has_more": end < len(inside)}


def _found(drive: Drive, path: str) -> StoredFile | StoredFolder:
    if not path.startswith("/"):
        raise BadInput(f"request body: path: '{path}' did not match pattern")
    found = drive.find(path)
    if found is None:
        raise _not_there("not_found")
    return found


def _tagged(found: StoredFile | StoredFolder) -> dict[str, Any]:
    tag = "file" if isinstance(found, StoredFile) else "folder"
    return {".tag": tag, **found.metadata()}


def _named(path: str) -> dict[str, str]:
    name = posixpath.basename(path)
    return {"name": name, "path_lower": path.lower(), "path_display": path}


def _not_there(tag: str) -> CallRefused:
    return CallRefused(f"path/{tag}", {".tag": "path", "path": {".tag": tag}})
