"""The books: opening, creating and upgrading the database of one data folder."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from ledgerdesk.errors import DatabaseDamaged, DatabaseNewer, DataFolderUnusable
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import tables as t
from ledgerdesk.store.engine import Books, converted, make_engine
from ledgerdesk.store.lock import engine_lock

__all__ = ["Books", "engine_lock", "open_books"]

_KNOWN = ("0001",)


@contextmanager
def open_books(
    folder: DataFolder, *, owner: bool = False, holding_lock: bool = False, practice: bool = False
) -> Iterator[Books]:
    """The books of ``folder``, made or upgraded first where needed.

    ``owner`` runs the engine (its writer checkpoints); ``holding_lock`` says that the caller has
    the engine lock already. Raises DatabaseDamaged, DatabaseNewer, DataFolderUnusable, EngineBusy.
    """
    prepare(folder, holding_lock=holding_lock, practice=practice)
    books = Books(folder.database, owner=owner)
    try:
        yield books
    finally:
        books.close()


def prepare(folder: DataFolder, *, holding_lock: bool = False, practice: bool = False) -> None:
    """Makes sure the database is there and at the newest schema."""
    try:
        folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataFolderUnusable(path=str(folder.root), reason=error.strerror or "") from error
    revision = read_revision(folder.database)
    if revision == t.HEAD:
        return
    with nullcontext() if holding_lock else engine_lock(folder, timeout=30):
        revision = read_revision(folder.database)
        if revision == "":
            _create(folder.database, practice=practice)
        elif revision != t.HEAD:
            _upgrade(folder, revision)


def read_revision(path: Path) -> str:
    """The schema's revision; "" when there is no database yet. Raises DatabaseDamaged or -Newer."""
    if not path.exists() or path.stat().st_size == 0:
        return ""
    try:
        raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            raw.close()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return ""
        raise DataFolderUnusable(path=str(path.parent), reason=str(error)) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(path=str(path), reason=str(error)) from error
    revision = str(row[0]) if row else ""
    if revision and revision not in _KNOWN:
        raise DatabaseNewer()
    return revision


def quick_check(books: Books) -> None:
    """Asks SQLite to look at every page. Raises DatabaseDamaged with what it found."""
    with books.read() as connection:
        answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if answer != "ok":
        raise DatabaseDamaged(path=str(books.path), reason=str(answer))


def _create(path: Path, *, practice: bool) -> None:
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
    finally:
        engine.dispose()


def _upgrade(folder: DataFolder, revision: str) -> None:
    from ledgerdesk.store import backup, migrate

    backup.copy_database(folder.database, folder.backups / f"before-{t.HEAD}-from-{revision}.db")
    migrate.upgrade(folder.database)
