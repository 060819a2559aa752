"""Looks at an installation and says what is wrong: versions, data folder, books, key store.

Changes nothing and makes nothing: a folder that is not there yet is no fault.
"""

from __future__ import annotations

import platform
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from ledgerdesk import __version__, app
from ledgerdesk.documents.rule_sets import RuleSets
from ledgerdesk.errors import KeyringUnusable, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.paths import DataFolder

_PACKAGES = ("PySide6-Essentials", "SQLAlchemy", "lxml", "paramiko", "cryptography", "keyring")
_ROOM_NEEDED = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    checks: tuple[Check, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(one.ok for one in self.checks)


def wal_safe(version: tuple[int, ...]) -> bool:
    """Whether SQLite is free of the rare WAL-reset fault (3.7.0 to 3.51.2, with two backports);
    see facts/reliability.md §2."""
    return (
        version >= (3, 51, 3)
        or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6)
        <= version
        < (
            3,
            45,
        )
    )


def examine(given: str | Path | None) -> Report:
    """The check list; each line with what was found. Raises nothing: what fails is a line."""
    folder = app.data_folder(given)
    checks = [
        Check(N_("LedgerDesk"), True, f"{__version__}, Python {platform.python_version()}"),
        _data_folder(folder),
        _books(folder),
        _key_store(folder),
        _connectors(),
        _rules(folder),
    ]
    facts = {
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "data_dir": str(folder.root),
        "sqlite": {
            "version": sqlite3.sqlite_version,
            "journal_mode": _journal_mode(folder),
            "wal_safe": wal_safe(sqlite3.sqlite_version_info),
        },
        "rules": RuleSets(folder.rules).version,
        "packages": {name: _version(name) for name in _PACKAGES},
    }
    return Report(tuple(checks), facts)


def _data_folder(folder: DataFolder) -> Check:
    place = next(one for one in (folder.root, *folder.root.parents) if one.exists())
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Check(N_("Data folder"), False, f"{folder.root}: {error.strerror}")
    room = f"{folder.root} ({free / 1e9:.1f} GB)"
    return Check(N_("Data folder"), free >= _ROOM_NEEDED, room)


def _books(folder: DataFolder) -> Check:
    name = N_("Books")
    mode = _journal_mode(folder) or translate(N_("not made yet"))
    about = f"SQLite {sqlite3.sqlite_version}, {mode}"
    if not folder.database.exists():
        return Check(name, True, about)
    try:
        with app.open_desk(folder.root) as desk:
            from ledgerdesk.store import journal, quick_check

            quick_check(desk.books)
            with desk.books.read() as connection:
                verdict = journal.verify(connection)
    except LedgerDeskError as error:
        return Check(name, False, error.text())
    if not verdict.ok:
        changed = translate(N_("The history was changed: entry {first_bad} does not fit."))
        return Check(name, False, changed.format(first_bad=verdict.first_bad))
    return Check(name, True, about)


def _key_store(folder: DataFolder) -> Check:
    """Which key store would be used. Nothing is read from it: that could ask for a password."""
    from ledgerdesk.key_store import SystemKeyStore

    name = N_("Key store")
    if folder.practice_key.exists():
        return Check(name, True, translate(N_("a file: this is a practice folder")))
    try:
        return Check(name, True, SystemKeyStore().describe())
    except KeyringUnusable as error:
        return Check(name, False, error.text())


def _connectors() -> Check:
    from ledgerdesk import connectors

    found = connectors.all_connectors()
    return Check(N_("Integrations"), bool(found), ", ".join(one.id for one in found))


def _rules(folder: DataFolder) -> Check:
    """Which releases of the official rules are used, and whether this machine can run them."""
    from ledgerdesk.documents.rules_process import can_run

    version = RuleSets(folder.rules).version
    if not version or not can_run():
        return Check(N_("Rules for invoices"), True, translate(N_("not installed: not checked")))
    return Check(N_("Rules for invoices"), True, version)


def _journal_mode(folder: DataFolder) -> str | None:
    if not folder.database.exists():
        return None
    try:
        uri = f"{folder.database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as raw:
            return str(raw.execute("PRAGMA journal_mode").fetchone()[0])
    except sqlite3.Error:
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
