"""The migrated schema is the fresh one, and old databases open."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ledgerdesk import store
from ledgerdesk.errors import DatabaseDamaged
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import journal, migrate, open_books
from ledgerdesk.store import tables as t
from ledgerdesk.store.engine import make_engine
from tests.unit.store.conftest import ROOT, RunBeside

KEPT = ROOT / "tests" / "data" / "store"


def schema(path: Path) -> dict[tuple[str, str], object]:
    """Tables with their columns, keys and references; indexes and triggers with their text."""
    with closing(sqlite3.connect(path)) as raw:
        found: dict[tuple[str, str], object] = {}
        for kind, name, sql in raw.execute("SELECT type, name, sql FROM sqlite_master"):
            if kind == "table":
                columns = sorted(row[1:] for row in raw.execute(f"PRAGMA table_info({name})"))
                keys = raw.execute(f"PRAGMA foreign_key_list({name})")
                found[kind, name] = (columns, sorted(row[2:] for row in keys))
            elif sql is not None:
                found[kind, name] = " ".join(sql.split())
        return found


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    path = tmp_path / "migrated.db"
    migrate.upgrade(path)
    return path


def test_the_migrated_schema_is_the_fresh_one(folder: DataFolder, migrated: Path) -> None:
    with open_books(folder):
        pass
    fresh = schema(folder.database)
    assert schema(migrated) == fresh
    assert {name for kind, name in fresh if kind == "trigger"} == {
        "journal_no_update",
        "journal_no_delete",
        "journal_personal_no_update",
    }


def test_nothing_is_left_to_migrate(migrated: Path) -> None:
    engine = make_engine(migrated)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, t.metadata) == []
    engine.dispose()


def test_every_constraint_has_a_name(migrated: Path) -> None:
    """Batch migrations can only change what has a name."""
    with closing(sqlite3.connect(migrated)) as raw:
        tables = raw.execute("SELECT name, sql FROM sqlite_master WHERE type='table'").fetchall()
    for name, sql in tables:
        loose = [
            line
            for line in sql.splitlines()
            if line.strip().startswith(("PRIMARY KEY", "FOREIGN KEY", "UNIQUE", "CHECK"))
        ]
        assert loose == [], name


@pytest.fixture(params=sorted(KEPT.glob("revision_*.db.gz")), ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, folder: DataFolder) -> DataFolder:
    folder.database.write_bytes(gzip.decompress(request.param.read_bytes()))
    return folder


def test_there_is_a_database_of_every_revision() -> None:
    kept = {path.name.split("_")[1].split(".")[0] for path in KEPT.glob("revision_*.db.gz")}
    assert kept == set(store._KNOWN)


def test_an_old_database_opens_with_all_that_is_in_it(old: DataFolder, tmp_path: Path) -> None:
    with open_books(old) as books, books.read() as c:
        assert c.execute(sa.select(t.client.c.name)).scalars().all() == ["Bakkerij Voorbeeld"]
        assert c.execute(sa.select(sa.func.count()).select_from(t.secret)).scalar() == 1
        assert journal.verify(c) == journal.Verdict(True, 3, None)
    migrate.upgrade(tmp_path / "fresh.db")
    assert schema(old.database) == schema(tmp_path / "fresh.db")


# --- a later revision, made up here -------------------------------------------------------------

REBUILDS = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table("journal") as batch:
        batch.alter_column("what", type_=sa.String(200))
    with op.batch_alter_table("client") as batch:
        batch.alter_column("name", type_=sa.String(200))
    {more}
"""


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Adds a revision 0002 that rebuilds two tables, in a copy of the migrations."""

    def add(more: str = "pass") -> None:
        import shutil

        scripts = tmp_path / "store" / "migrations"
        shutil.copytree(Path(migrate.__file__).parent / "migrations", scripts)
        (scripts / "versions" / "rev_0002_later.py").write_text(REBUILDS.format(more=more))
        monkeypatch.setattr(migrate, "__file__", str(tmp_path / "store" / "migrate.py"))
        monkeypatch.setattr(store, "_KNOWN", ("0001", "0002"))
        monkeypatch.setattr(t, "HEAD", "0002")

    return add


def test_a_rebuilt_table_keeps_its_rows_references_and_triggers(
    old: DataFolder, next_revision
) -> None:
    next_revision()
    with open_books(old) as books:
        with books.read() as c:
            assert journal.verify(c).ok
            assert c.exec_driver_sql("SELECT count(*) FROM client_identifier").scalar() == 1
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            books.write(lambda c: c.exec_driver_sql("DELETE FROM journal"))
    assert store.read_revision(old.database) == "0002"


def test_the_database_is_copied_before_it_is_migrated(old: DataFolder, next_revision) -> None:
    next_revision()
    with open_books(old):
        pass
    copy = old.backups / "before-0002-from-0001.db"
    assert store.read_revision(copy) == "0001"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ("op.execute('INSERT INTO nowhere VALUES (1)')", sqlite3.OperationalError),
        ("op.execute('DELETE FROM client')", DatabaseDamaged),
    ],
)
def test_a_failing_migration_changes_nothing(
    old: DataFolder, next_revision, more: str, error: type[Exception]
) -> None:
    before = schema(old.database)
    next_revision(more)
    with pytest.raises(error), open_books(old):
        pass
    assert store.read_revision(old.database) == "0001"
    assert schema(old.database) == before


def test_a_kill_while_migrating_leaves_the_old_or_the_new(
    old: DataFolder, next_revision, tmp_path: Path, beside: RunBeside
) -> None:
    next_revision("from ledgerdesk.failpoint import failpoint; failpoint('migrating')")
    code = f"""
from ledgerdesk import store
from ledgerdesk.store import migrate, tables
migrate.__file__ = {str(tmp_path / "store" / "migrate.py")!r}
store._KNOWN, tables.HEAD = ("0001", "0002"), "0002"
with open_books(folder): pass
"""
    assert beside(code, LEDGERDESK_FAILPOINT="migrating").wait(60) == -signal.SIGKILL
    assert store.read_revision(old.database) == "0001"
    again = beside(code)
    assert again.wait(60) == 0
    assert store.read_revision(old.database) == "0002"
    assert os.listdir(old.backups) == ["before-0002-from-0001.db"]
