"""Putting a backup in place: looked through before anything is touched, and nothing gets lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from ledgerdesk.errors import BackupUnusable, DatabaseDamaged, DataFolderUnusable, DiskFull
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.paths import DataFolder
from ledgerdesk.store.backup import (
    BLOBS,
    DATABASE,
    PROFILES,
    is_profile_name,
    sweep,
    sync,
    told,
)
from ledgerdesk.store.blobs import Blobs, sync_folder
from ledgerdesk.store.engine import converted, open_raw

_STRANGER = N_("It is not a backup of LedgerDesk.")
_CHANGED = N_("A part of it is damaged or was changed: {name}")


def restore(folder: DataFolder, file: Path, now: datetime) -> Path | None:
    """Puts a backup in place. Returns where the former database was kept, if there was one.

    The caller holds the engine lock; afterwards ``Vault.check`` tells whether this computer has the
    key. Raises BackupUnusable, DatabaseNewer, DiskFull, EngineBusy when another process has the
    books open; nothing was changed then.
    """
    folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(folder)
    with tempfile.TemporaryDirectory(dir=folder.root, prefix=".restore-") as work:
        database = Path(work) / DATABASE
        try:
            with tarfile.open(file, "r:") as archive:
                _unpack(archive, file, database)
                _check(database, file)
                if folder.database.exists():
                    _close_log(folder.database)
                blobs = Blobs(folder.blobs)
                for sha256, content in _members(archive, BLOBS):
                    blobs.keep(content, sha256)
                _put_profiles(folder.profiles, dict(_members(archive, PROFILES)))
        except (tarfile.TarError, EOFError) as error:
            raise BackupUnusable(path=str(file), reason=translate(_STRANGER)) from error
        except OSError as error:
            if isinstance(told(error, file), DiskFull):
                raise DiskFull() from error
            raise BackupUnusable(path=str(file), reason=error.strerror or str(error)) from error
        kept = _set_aside(folder, now)
        failpoint("restore.set_aside")
        os.replace(database, folder.database)
        sync_folder(folder.root)
    return kept


def _unpack(archive: tarfile.TarFile, file: Path, database: Path) -> None:
    """Looks at every member first: only plain files under our own names, each once."""
    seen = set()
    for member in archive:
        blob = member.name.removeprefix(BLOBS)
        ours = member.name == DATABASE or (blob != member.name and _is_sha256(blob))
        profile = member.name.removeprefix(PROFILES)
        ours = ours or (profile != member.name and is_profile_name(profile))
        if not ours or not member.isreg() or member.sparse or member.name in seen:
            raise BackupUnusable(path=str(file), reason=translate(_STRANGER))
        seen.add(member.name)
    if DATABASE not in seen:
        raise BackupUnusable(path=str(file), reason=translate(_STRANGER))
    for sha256, content in _members(archive, BLOBS):
        if hashlib.sha256(content).hexdigest() != sha256:
            reason = translate(_CHANGED).format(name=sha256)
            raise BackupUnusable(path=str(file), reason=reason)
    packed = archive.extractfile(DATABASE)
    assert packed is not None
    with packed, database.open("wb") as out:
        shutil.copyfileobj(packed, out)
        out.flush()
        os.fsync(out.fileno())
    database.chmod(0o600)


def _members(archive: tarfile.TarFile, folder: str) -> Iterator[tuple[str, bytes]]:
    """What lies below ``folder`` in the archive: the name there, and the content."""
    for member in archive.getmembers():
        content = archive.extractfile(member) if member.name.startswith(folder) else None
        if content is not None:
            yield member.name.removeprefix(folder), content.read()


def _put_profiles(folder: Path, profiles: dict[str, bytes]) -> None:
    """Over those of the same name; others that are there stay."""
    if not profiles:
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in profiles.items():
        part = folder / f".{name}.part"
        part.write_bytes(content)
        sync(part)
        os.replace(part, folder / name)
    sync_folder(folder)


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _check(database: Path, file: Path) -> None:
    from ledgerdesk.store import read_revision

    try:
        if not read_revision(database):
            raise BackupUnusable(path=str(file), reason=translate(_STRANGER))
        answer = _looked_through(database)
    except (DatabaseDamaged, DataFolderUnusable) as error:
        reason = str(error.params.get("reason", ""))
        raise BackupUnusable(path=str(file), reason=reason) from error
    if answer != "ok":
        raise BackupUnusable(path=str(file), reason=answer)


def _set_aside(folder: DataFolder, now: datetime) -> Path | None:
    """A second name for the current database, so that there is one at every moment."""
    current = folder.database
    if not current.exists():
        return None
    kept = _free_name(folder.root, f"{current.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
    try:
        os.link(current, kept)
    except OSError:
        # No second names on this file system.
        shutil.copy2(current, kept)
        sync(kept)
    for suffix in ("-wal", "-shm"):
        # Left only beside a damaged database; it must never be read into the restored one.
        log = current.with_name(current.name + suffix)
        if log.exists():
            os.replace(log, kept.with_name(kept.name + suffix))
    return kept


def _close_log(database: Path) -> None:
    """Brings the log of changes home, unless the database is damaged: then both stay as they are.

    Raises EngineBusy while anybody has it open.
    """
    try:
        if _looked_through(database) != "ok":
            return
    except (DatabaseDamaged, DataFolderUnusable):
        return
    with converted(database), closing(open_raw(database)) as raw:
        raw.execute("PRAGMA busy_timeout=2000")
        raw.execute("PRAGMA journal_mode=DELETE")


def _looked_through(database: Path) -> str:
    """SQLite's answer to a whole check: ``ok``, or the first thing that is wrong."""
    with converted(database), closing(open_raw(database, read_only=True)) as raw:
        return str(raw.execute("PRAGMA integrity_check(1)").fetchone()[0])


def _free_name(folder: Path, name: str) -> Path:
    names = (folder / name, *(folder / f"{name}-{number}" for number in range(2, 100)))
    return next(one for one in names if not one.exists())
