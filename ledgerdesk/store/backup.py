"""Backups: one file with the database and the blobs of everything not delivered; never the key."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ledgerdesk.errors import DatabaseDamaged, DataFolderUnusable
from ledgerdesk.paths import DataFolder
from ledgerdesk.store.blobs import Blobs

_DAILY = 7


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy through SQLite's backup interface, checked, synced, then renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    original = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=10)
    copy = sqlite3.connect(part)
    try:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        answer = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(path=str(source), reason=str(error)) from error
    finally:
        copy.close()
        original.close()
    if answer != "ok":
        raise DatabaseDamaged(path=str(source), reason=str(answer))
    _sync(part)
    os.replace(part, target)


def write(folder: DataFolder, file: Path, blobs: Iterable[str]) -> int:
    """Writes exactly ``file``; returns its size in bytes. ``blobs`` are the SHA-256 to include."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as work:
            copy = Path(work) / "ledgerdesk.db"
            copy_database(folder.database, copy)
            part = Path(work) / "backup.tar"
            store = Blobs(folder.blobs)
            with tarfile.open(part, "w") as archive:
                archive.add(copy, "ledgerdesk.db")
                for sha256 in blobs:
                    path = store.path(sha256)
                    if path.exists():
                        archive.add(path, f"blobs/{sha256}")
            _sync(part)
            os.replace(part, file)
    except OSError as error:
        raise DataFolderUnusable(path=str(file), reason=error.strerror or str(error)) from error
    return file.stat().st_size


def restore(folder: DataFolder, file: Path) -> Path | None:
    """Puts a backup in place. Returns where the former database was kept, if there was one.

    The caller holds the engine lock. Raises DatabaseDamaged when ``file`` is no backup of ours.
    """
    folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=folder.root, prefix=".restore-") as work:
        database = Path(work) / "ledgerdesk.db"
        try:
            with tarfile.open(file) as archive:
                _extract(archive, "ledgerdesk.db", database)
                for member in archive.getmembers():
                    if member.isfile() and member.name.startswith("blobs/"):
                        with archive.extractfile(member) or open(os.devnull, "rb") as content:
                            Blobs(folder.blobs).keep(content.read())
        except (tarfile.TarError, KeyError, OSError) as error:
            raise DatabaseDamaged(path=str(file), reason=str(error)) from error
        _check(database, file)
        kept = _set_aside(folder)
        os.replace(database, folder.database)
    return kept


def daily(folder: DataFolder, now: datetime) -> None:
    """One copy of the database a day; the newest seven stay."""
    today = folder.backups / f"daily-{now:%Y-%m-%d}.db"
    if not today.exists():
        copy_database(folder.database, today)
    for old in sorted(folder.backups.glob("daily-*.db"))[:-_DAILY]:
        old.unlink(missing_ok=True)


def _extract(archive: tarfile.TarFile, name: str, target: Path) -> None:
    content = archive.extractfile(archive.getmember(name))
    if content is None:
        raise KeyError(name)
    with content, target.open("wb") as out:
        shutil.copyfileobj(content, out)
        out.flush()
        os.fsync(out.fileno())


def _check(database: Path, file: Path) -> None:
    from ledgerdesk.store import read_revision

    if not read_revision(database):
        raise DatabaseDamaged(path=str(file), reason="no LedgerDesk database inside")


def _set_aside(folder: DataFolder) -> Path | None:
    if not folder.database.exists():
        return None
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    kept = folder.root / f"ledgerdesk.db.replaced-{stamp}"
    for suffix in ("-wal", "-shm", ""):
        path = folder.database.with_name(folder.database.name + suffix)
        if path.exists():
            os.replace(path, kept.with_name(kept.name + suffix))
    return kept


def _sync(path: Path) -> None:
    with path.open("rb+") as opened:
        os.fsync(opened.fileno())
