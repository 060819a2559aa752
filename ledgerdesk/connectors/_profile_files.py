"""Where profiles come from: those in the wheel, and the firm's own, which win.

Files are read again whenever they change, so that a profile imported by another process is taken up
by the next session.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from ledgerdesk.connectors._profile import RestProfile
from ledgerdesk.connectors._profile_format import from_table, toml
from ledgerdesk.errors import ProfileInvalid, UnknownId
from ledgerdesk.paths import own_profiles

BUILT_IN = Path(__file__).parent / "profiles"
_MERGED = ("profile", "upload")


def ids() -> tuple[str, ...]:
    """Every integration that has a profile."""
    return tuple(sorted(path.stem for path in BUILT_IN.glob("*.toml")))


def load(id: str) -> RestProfile:
    """The profile in force. Raises UnknownId, or ProfileInvalid for a file changed by hand."""
    path = own_file(id)
    if path is not None:
        try:
            state = path.stat()
            return _parsed(path, state.st_mtime_ns, state.st_size, id)
        except FileNotFoundError:
            pass
    return _built_in(id)


def text(id: str) -> str:
    """The file in force as it was written, comments and all. Raises UnknownId."""
    path = own_file(id)
    if path is not None and path.exists():
        return path.read_text("utf-8")
    return _built_in_path(id).read_text("utf-8")


def completed(text: str) -> RestProfile:
    """``text`` as a profile; tables it leaves out are those of the built-in one of the same id.

    Raises ProfileInvalid, or UnknownId where no integration has a profile of that id.
    """
    given = toml(text)
    head = given.get("profile")
    id = head.get("id") if isinstance(head, dict) else None
    if not isinstance(id, str):
        return from_table(given)
    return from_table(_over(toml(_built_in_path(id).read_text("utf-8")), given))


def own_file(id: str) -> Path | None:
    """Where the firm's own profile of this id is kept; None where there is no firm."""
    folder = own_profiles()
    return folder / f"{id}.toml" if folder else None


@lru_cache(64)
def _parsed(path: Path, changed_at: int, size: int, id: str) -> RestProfile:
    try:
        profile = completed(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise ProfileInvalid(key=os.fspath(path), reason=str(error)) from error
    if profile.id != id:
        raise ProfileInvalid(key="profile.id", reason=f"{profile.id} ≠ {id}")
    return profile


@lru_cache(64)
def _built_in(id: str) -> RestProfile:
    return from_table(toml(_built_in_path(id).read_text("utf-8")))


def _built_in_path(id: str) -> Path:
    if id not in ids():
        raise UnknownId(what="profile", id=id)
    return BUILT_IN / f"{id}.toml"


def _over(under: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    both = {**under, **given}
    for name in _MERGED:
        one, two = under.get(name), given.get(name)
        if isinstance(one, dict) and isinstance(two, dict):
            both[name] = {**one, **two}
    return both
