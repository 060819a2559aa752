"""The books: opening, creating and upgrading the database of one data folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.errors import DatabaseDamaged, DatabaseNewer, DataFolderUnusable
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.paths import DataFolder
from ledgerdesk.store.engine import Books, bare, converted, make_engine, open_raw
from ledgerdesk.store.lock import engine_lock, engine_running
from ledgerdesk.store.place import network_drive

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["Books", "engine_lock", "engine_running", "is_practice", "open_books", "prepare"]

_KNOWN = ("0001",)
"""The revisions of the schema, the newest last: it is ``tables.HEAD``, told without SQLAlchemy."""
_GONE = N_("It is empty or gone, while documents or backups of it are there.")
_REMOTE = N_("It is on a network drive ({drive}); the books must be on a disk of this computer.")
_FOREIGN = N_("It is not a database of LedgerDesk.")


@contextmanager
def open_books(
    folder: DataFolder,
    *,
    owner: bool = False,
    holding_lock: bool = False,
    practice: bool = False,
    now: datetime | None = None,
) -> Iterator[Books]:
    """The books of ``folder``, made or upgraded first where needed.

    ``holding_lock`` says that the caller has the engine lock already. ``owner`` runs the engine:
    its writer checkpoints, and it begins by looking at every page and at the day's backup (``now``,
    else the wall clock). Raises DatabaseDamaged, DatabaseNewer, DataFolderUnusable, EngineBusy.
    """
    prepare(folder, holding_lock=holding_lock, practice=practice)
    books = Books(folder.database, owner=owner)
    try:
        if owner:
            _look_after(folder, books, now or datetime.now(UTC))
        yield books
    finally:
        books.close()


def prepare(folder: DataFolder, *, holding_lock: bool = False, practice: bool = False) -> None:
    """Makes sure the database is there and at the newest schema."""
    try:
        folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataFolderUnusable(path=str(folder.root), reason=error.strerror or "") from error
    if drive := network_drive(folder.root):
        reason = translate(_REMOTE).format(drive=drive)
        raise DataFolderUnusable(path=str(folder.root), reason=reason)
    if _revision_in(folder) == _KNOWN[-1]:
        return
    with nullcontext() if holding_lock else engine_lock(folder, timeout=30):
        revision = _revision_in(folder)
        if revision == "":
            _create(folder.database, practice=practice)
        elif revision != _KNOWN[-1]:
            _upgrade(folder, revision)


def read_revision(path: Path) -> str:
    """The schema's revision; "" when there is no database yet. Changes nothing.

    Raises DatabaseDamaged, DatabaseNewer, DataFolderUnusable, EngineBusy.
    """
    if not path.exists() or path.stat().st_size == 0:
        return ""
    with converted(path), closing(open_raw(path, read_only=True)) as raw:
        tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
        if not tables:
            # Killed while it was made: the file is there, its first transaction is not.
            return ""
        row = None
        if {"alembic_version", "meta"} <= tables:
            row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise DatabaseDamaged(path=str(path), reason=translate(_FOREIGN))
    revision = str(row[0])
    if revision not in _KNOWN:
        raise DatabaseNewer()
    return revision


def is_practice(connection: sa.Connection) -> bool:
    """Whether the books are a practice folder's: loopback only, nothing in them is secret."""
    row = bare(connection).execute("SELECT value FROM meta WHERE key = 'practice'").fetchone()
    return row is not None and row[0] == "1"


def quick_check(books: Books) -> None:
    """Asks SQLite to look at every page. Raises DatabaseDamaged with what it found."""
    with books.read_bare() as connection:
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise DatabaseDamaged(path=str(books.path), reason=str(answer))


def _revision_in(folder: DataFolder) -> str:
    """As read_revision; a database that is gone is damage, never a new beginning."""
    revision = read_revision(folder.database)
    if revision == "" and any(any(place.glob("*")) for place in (folder.blobs, folder.backups)):
        raise DatabaseDamaged(path=str(folder.database), reason=translate(_GONE))
    return revision


def _look_after(folder: DataFolder, books: Books, now: datetime) -> None:
    from ledgerdesk.store import backup
    from ledgerdesk.store.blobs import Blobs

    quick_check(books)
    backup.sweep(folder)
    backup.daily(folder, now)
    Blobs(folder.blobs).sweep()


def _create(path: Path, *, practice: bool) -> None:
    import sqlalchemy as sa

    from ledgerdesk.store import tables as t

    try:
        # SQLite gives its other files the same rights.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise DataFolderUnusable(path=str(path.parent), reason=error.strerror or "") from error
    engine = make_engine(path)
    try:
        with converted(path), engine.connect() as connection, connection.begin():
            t.metadata.create_all(connection)
            for trigger in t.TRIGGERS:
                connection.exec_driver_sql(trigger)
            connection.exec_driver_sql(
                "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
                "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
            )
            connection.execute(
                sa.text("INSERT INTO alembic_version VALUES (:head)"), {"head": t.HEAD}
            )
            facts = {
                "folder_id": secrets.token_hex(8),
                "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "practice": "1" if practice else "",
            }
            connection.execute(
                t.meta.insert(), [{"key": key, "value": value} for key, value in facts.items()]
            )
            failpoint("store.created")
    finally:
        engine.dispose()


def _upgrade(folder: DataFolder, revision: str) -> None:
    from ledgerdesk.store import backup, migrate

    name = f"before-{_KNOWN[-1]}-from-{revision}.db"
    backup.copy_database(folder.database, folder.backups / name)
    migrate.upgrade(folder.database)
