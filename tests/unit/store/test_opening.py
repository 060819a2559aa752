"""Making, opening and refusing a data folder's database; the engine lock."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledgerdesk import store
from ledgerdesk.errors import DatabaseDamaged, DatabaseNewer, DataFolderUnusable, EngineBusy
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import engine_lock, engine_running, is_practice, open_books, prepare
from ledgerdesk.store import tables as t
from tests.unit.store.conftest import RunBeside

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

HOLD = """
with engine_lock(folder):
    print("held", flush=True)
    sys.stdin.read()
"""


def content(folder: DataFolder) -> dict[str, bytes]:
    """Every file but the lock, and SQLite's own beside the database while they are empty."""
    return {
        path.relative_to(folder.root).as_posix(): path.read_bytes()
        for path in folder.root.rglob("*")
        if path.is_file() and path.suffix not in (".lock", ".db-shm")
        if not (path.suffix == ".db-wal" and path.stat().st_size == 0)
    }


@pytest.fixture
def filled(folder: DataFolder) -> DataFolder:
    """A database of some size, closed."""
    with open_books(folder) as books:
        rows = [{"key": f"key-{number}", "value": "v" * 500} for number in range(400)]
        books.write(lambda c: c.execute(t.meta.insert(), rows))
    return folder


# --- a new folder -------------------------------------------------------------------------------


def test_a_new_folder_gets_an_id_of_its_own(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        with open_books(DataFolder(tmp_path / name)) as books, books.read() as c:
            ids.add(c.exec_driver_sql("SELECT value FROM meta WHERE key='folder_id'").scalar_one())
    assert len(ids) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_may_read_the_books(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "open" / "data")
    before = os.umask(0)
    try:
        with open_books(folder) as books:
            books.write(lambda c: None)
            files = [folder.root, *folder.root.glob("ledgerdesk.db*")]
            rights = {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files}
    finally:
        os.umask(before)
    assert len(rights) >= 2
    assert set(rights.values()) == {0}


@pytest.mark.parametrize("practice", [True, False])
def test_a_practice_folder_is_marked_as_such(folder: DataFolder, practice: bool) -> None:
    with open_books(folder, practice=practice) as books, books.read() as c:
        assert is_practice(c) is practice


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataFolderUnusable):
        prepare(DataFolder(tmp_path / "file" / "data"))


def test_a_relative_folder_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_books(DataFolder(Path("data"))):
        assert (tmp_path / "data" / "ledgerdesk.db").exists()


def test_signs_with_a_meaning_in_addresses_are_fine(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "100% A&B?mode=ro #1 é")
    with open_books(folder) as books:
        books.write(lambda c: None)
    assert folder.database.stat().st_size > 0


def test_a_start_that_was_killed_while_making_it_begins_again(
    folder: DataFolder, beside: RunBeside
) -> None:
    killed = beside("open_books(folder).__enter__()", LEDGERDESK_FAILPOINT="store.created")
    assert killed.wait(30) == -signal.SIGKILL
    assert folder.database.exists()
    with open_books(folder) as books, books.read() as c:
        assert c.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar_one() == 1


# --- what is refused ----------------------------------------------------------------------------


def test_a_newer_database_is_refused_and_nothing_changes(filled: DataFolder) -> None:
    raw = sqlite3.connect(filled.database)
    raw.execute("UPDATE alembic_version SET version_num='9999'")
    raw.commit()
    raw.close()
    before = content(filled)
    with pytest.raises(DatabaseNewer), open_books(filled, owner=True):
        pass
    assert content(filled) == before


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def no_database(path: Path) -> None:
    path.write_bytes(b"<html>the synchronised folder's error page</html>" * 100)


def foreign(path: Path) -> None:
    path.unlink()
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE photos (id)")
    raw.close()


def without_revision(path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute("DELETE FROM alembic_version")
    raw.commit()
    raw.close()


def first_page_gone(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(b"\0" * 4096 + data[4096:])


@pytest.mark.parametrize(
    "harm", [cut_short, no_database, foreign, without_revision, first_page_gone]
)
def test_a_damaged_database_is_refused_and_kept(filled: DataFolder, harm) -> None:
    harm(filled.database)
    before = filled.database.read_bytes()
    with pytest.raises(DatabaseDamaged), open_books(filled, owner=True):
        pass
    assert filled.database.read_bytes() == before


def test_flipped_bytes_in_any_page_are_noticed_by_the_owner(filled: DataFolder) -> None:
    """The header of each page: what SQLite itself can notice (the journal covers its own rows)."""
    whole = filled.database.read_bytes()
    pages = range(4096, len(whole), 4096)
    noticed = 0
    for page in pages:
        harmed = bytearray(whole)
        harmed[page : page + 8] = b"\xff" * 8
        filled.database.write_bytes(harmed)
        try:
            with open_books(filled, owner=True, now=NOW):
                pass
        except DatabaseDamaged:
            noticed += 1
        assert filled.database.read_bytes()[page : page + 8] == b"\xff" * 8
    assert noticed == len(pages)


@pytest.mark.parametrize("place", ["blobs", "backups"])
@pytest.mark.parametrize("harm", [Path.unlink, lambda path: os.truncate(path, 0)])
def test_a_database_that_is_gone_is_no_new_beginning(filled: DataFolder, place: str, harm) -> None:
    left = filled.root / place / "something"
    left.parent.mkdir()
    left.write_text("x")
    harm(filled.database)
    with pytest.raises(DatabaseDamaged), open_books(filled):
        pass
    assert not filled.database.exists() or filled.database.stat().st_size == 0


def test_an_empty_file_alone_is_a_new_beginning(folder: DataFolder) -> None:
    folder.database.touch()
    with open_books(folder) as books, books.read() as c:
        assert c.exec_driver_sql("SELECT count(*) FROM client").scalar_one() == 0


def test_every_revision_that_ships_is_known() -> None:
    versions = Path(store.__file__).parent / "migrations" / "versions"
    shipped = sorted(path.name.split("_")[1] for path in versions.glob("rev_*.py"))
    assert list(store._KNOWN) == shipped
    assert shipped[-1] == t.HEAD


# --- the owner's start --------------------------------------------------------------------------


def test_the_owner_makes_one_backup_a_day_and_keeps_seven(filled: DataFolder) -> None:
    for day in (1, 1, 2, 3, 4, 5, 6, 7, 8, 9):
        with open_books(filled, owner=True, now=NOW.replace(day=day)):
            pass
    kept = sorted(path.name for path in filled.backups.iterdir())
    assert kept == [f"daily-2026-03-0{day}.db" for day in range(3, 10)]


def test_others_make_no_backup(filled: DataFolder) -> None:
    with open_books(filled):
        pass
    assert not filled.backups.exists()


# --- the engine lock ----------------------------------------------------------------------------


def test_a_second_engine_is_refused(folder: DataFolder, beside: RunBeside) -> None:
    holder = beside(HOLD)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert engine_running(folder)
    with pytest.raises(EngineBusy), engine_lock(folder, timeout=0):
        pass
    holder.communicate("", timeout=30)
    with engine_lock(folder):
        assert engine_running(folder)
    assert not engine_running(folder)


def test_a_second_engine_in_the_same_process_is_refused(folder: DataFolder) -> None:
    with engine_lock(folder), pytest.raises(EngineBusy), engine_lock(folder, timeout=0):
        pass


def test_a_kill_frees_the_lock(folder: DataFolder, beside: RunBeside) -> None:
    holder = beside(HOLD)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    with engine_lock(folder, timeout=1):
        pass


def test_asking_who_runs_makes_no_folder(tmp_path: Path) -> None:
    assert not engine_running(DataFolder(tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


def test_the_first_database_is_made_once_by_many(folder: DataFolder, beside: RunBeside) -> None:
    code = """
sys.stdin.read(1)
with open_books(folder) as books, books.read() as c:
    print(c.exec_driver_sql("SELECT value FROM meta WHERE key='folder_id'").scalar_one())
"""
    others = [beside(code) for _ in range(3)]
    ids = {other.communicate("x", timeout=60)[0] for other in others}
    assert len(ids) == 1
    assert ids != {""}
