"""Backups: one file with the database and the blobs of everything not delivered; never the key.

The file is a plain tar: ``ledgerdesk.db``, then ``blobs/<SHA-256>`` each, and the firm's own REST
profiles (``profiles/<id>.toml``). The head of the journal's chain is in the database.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO

from ledgerdesk.errors import (
    BackupNotWritten,
    DatabaseDamaged,
    DataFolderUnusable,
    DiskFull,
    LedgerDeskError,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.paths import DataFolder
from ledgerdesk.store.blobs import Blobs, sync_folder
from ledgerdesk.store.engine import converted, open_raw

DATABASE = "ledgerdesk.db"
BLOBS = "blobs/"
PROFILES = "profiles/"
"""The names inside a backup."""

_DAILY = 7
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_IN_THE_WAY = N_("It would overwrite the data folder itself.")

# Rejected, unknown and blocked count as not delivered. Duplicates are not for the books.
_NOT_DELIVERED = """
SELECT DISTINCT document.sha256 FROM document
WHERE document.state <> 'duplicate' AND (
    NOT EXISTS (SELECT 1 FROM delivery
                WHERE delivery.document_id = document.id AND delivery.state = 'delivered')
    OR EXISTS (SELECT 1 FROM delivery
               WHERE delivery.document_id = document.id
               AND delivery.state NOT IN ('delivered', 'cancelled')))
ORDER BY document.sha256
"""

_logger = logging.getLogger(__name__)


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy through SQLite's backup interface, checked, synced, then renamed.

    Raises DatabaseDamaged, DiskFull, DataFolderUnusable; ``target`` is as it was then.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _fill(source, part)
        sync(part)
        failpoint("backup.copied")
        os.replace(part, target)
        sync_folder(target.parent)
    except OSError as error:
        raise told(error, target.parent) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _fill(source: Path, part: Path) -> None:
    with (
        converted(source),
        closing(open_raw(source, read_only=True)) as original,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        answer = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if answer != "ok":
        raise DatabaseDamaged(path=str(source), reason=str(answer))


def daily(folder: DataFolder, now: datetime) -> None:
    """One copy of the database a day; the newest seven stay. A full disk does not stop the work:
    the log says so."""
    today = folder.backups / f"daily-{now:%Y-%m-%d}.db"
    if not today.exists():
        try:
            copy_database(folder.database, today)
        except (DiskFull, DataFolderUnusable) as error:
            _logger.warning("no backup today: %s", error)
            return
    for old in sorted(folder.backups.glob("daily-*.db"))[:-_DAILY]:
        with contextlib.suppress(OSError):
            old.unlink(missing_ok=True)


def sweep(folder: DataFolder) -> None:
    """Removes what a killed backup or restore left. The caller holds the engine lock."""
    for left in [*folder.root.glob(".restore-*"), *folder.root.glob(".backup-*")]:
        shutil.rmtree(left, ignore_errors=True)
    for part in folder.backups.glob(".*.part"):
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write(folder: DataFolder, file: Path) -> int:
    """Writes exactly ``file``; returns its size in bytes.

    Raises BackupNotWritten, DiskFull, DatabaseDamaged; a former ``file`` is as it was then.
    """
    file = file.absolute()
    inside = file.resolve().is_relative_to(folder.root.resolve())
    if inside and file.resolve().parent != folder.backups.resolve():
        raise BackupNotWritten(path=str(file), reason=translate(_IN_THE_WAY))
    part = file.with_name(f".{file.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=folder.root, prefix=".backup-") as work:
            copy = Path(work) / DATABASE
            copy_database(folder.database, copy)
            with open(os.open(part, _NEW, 0o600), "wb") as stream:
                _pack(stream, copy, Blobs(folder.blobs), folder.profiles)
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(part, file)
        sync_folder(file.parent)
    except OSError as error:
        if isinstance(told(error, file), DiskFull):
            raise DiskFull() from error
        raise BackupNotWritten(path=str(file), reason=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return file.stat().st_size


def _pack(stream: IO[bytes], database: Path, blobs: Blobs, profiles: Path) -> None:
    with closing(open_raw(database, read_only=True)) as copy:
        wanted = [row[0] for row in copy.execute(_NOT_DELIVERED)]
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, DATABASE, database)
        for sha256 in wanted:
            try:
                _add(archive, BLOBS + sha256, blobs.path(sha256))
            except FileNotFoundError:
                _logger.warning("not in the backup, its content is gone: %s", sha256)
        for path in sorted(profiles.glob("*.toml")):
            if is_profile_name(path.name):
                _add(archive, PROFILES + path.name, path)


def is_profile_name(name: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]*\.toml", name) is not None


def _add(archive: tarfile.TarFile, name: str, path: Path) -> None:
    """Without the owner's name and rights: they say nothing on another computer."""
    with path.open("rb") as content:
        member = tarfile.TarInfo(name)
        member.size = os.fstat(content.fileno()).st_size
        member.mode = 0o600
        archive.addfile(member, content)


def told(error: OSError, path: Path) -> LedgerDeskError:
    """The system's error as ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    return DataFolderUnusable(path=str(path), reason=error.strerror or str(error))


def sync(path: Path) -> None:
    """Makes the content of a file survive a power cut."""
    with path.open("rb+") as opened:
        os.fsync(opened.fileno())
