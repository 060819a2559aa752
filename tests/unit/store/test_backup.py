"""Backup and restore: one file, checked before anything is touched, and nothing is ever lost."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledgerdesk.errors import (
    BackupNotWritten,
    BackupUnusable,
    DatabaseDamaged,
    DatabaseNewer,
    DiskFull,
    EngineBusy,
)
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import backup, journal, open_books
from ledgerdesk.store import tables as t
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.restore import restore
from tests.unit.store.conftest import RunBeside

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOCUMENTS = {
    "delivered": ("ready", ["delivered"]),
    "delivered, and cancelled elsewhere": ("ready", ["delivered", "cancelled"]),
    "duplicate": ("duplicate", []),
    "queued": ("ready", ["queued"]),
    "delivered at one of two": ("ready", ["delivered", "retrying"]),
    "rejected": ("ready", ["rejected"]),
    "unknown": ("ready", ["unknown"]),
    "cancelled": ("ready", ["cancelled"]),
    "held": ("held", []),
    "unassigned": ("unassigned", []),
    "no_destination": ("no_destination", []),
}
KEPT = set(DOCUMENTS) - {"delivered", "delivered, and cancelled elsewhere", "duplicate"}


def sha256(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def set_up(c: sa.Connection) -> None:
    c.execute(t.client.insert().values(id="c", name="Bakkerij Voorbeeld", created_at=AT))
    c.execute(t.configuration.insert().values(id="f", name="F", connector_id="x", created_at=AT))
    c.execute(t.connection.insert().values(id="k", connector_id="x", created_at=AT))
    for number in range(2):
        values = {"id": f"l{number}", "client_id": "c", "configuration_id": "f", "kind": "invoices"}
        c.execute(t.link.insert().values(**values, created_at=AT))


def add(c: sa.Connection, name: str, state: str, deliveries: list[str]) -> None:
    values: dict[str, Any] = {"id": name, "sha256": sha256(name), "size": len(name)}
    c.execute(t.document.insert().values(**values, state=state, taken_in_at=AT))
    for number, one in enumerate(deliveries):
        row = {"id": f"{name}/{number}", "document_id": name, "link_id": f"l{number}", "state": one}
        row |= {"client_id": "c", "configuration_id": "f", "connection_id": "k"}
        c.execute(t.delivery.insert().values(**row, created_at=AT))


@pytest.fixture
def filled(folder: DataFolder) -> DataFolder:
    """A closed data folder with a document in every state."""
    with open_books(folder) as books:
        books.write(set_up)
        for name, (state, deliveries) in DOCUMENTS.items():
            Blobs(folder.blobs).keep(name.encode())
            books.write(partial(add, name=name, state=state, deliveries=deliveries))
        books.write(lambda c: journal.append(c, journal.Entry("t"), at=AT))
    return folder


@pytest.fixture
def file(filled: DataFolder, tmp_path: Path) -> Path:
    """A backup of ``filled``."""
    file = tmp_path / "out" / "firm.backup"
    file.parent.mkdir()
    backup.write(filled, file)
    return file


@pytest.fixture
def other(tmp_path: Path) -> DataFolder:
    """Another computer's data folder with one client of its own."""
    folder = DataFolder(tmp_path / "other")
    with open_books(folder) as books:
        books.write(lambda c: c.execute(t.client.insert().values(id="o", name="O", created_at=AT)))
    return folder


def clients(folder: DataFolder) -> list[str]:
    with open_books(folder) as books, books.read() as c:
        return list(c.execute(sa.select(t.client.c.name)).scalars())


def names(file: Path) -> list[str]:
    with tarfile.open(file) as archive:
        return archive.getnames()


def tree(folder: DataFolder) -> dict[str, bytes]:
    return {
        path.relative_to(folder.root).as_posix(): path.read_bytes()
        for path in folder.root.rglob("*")
        if path.is_file() and not path.name.endswith((".lock", "-shm", "-wal"))
    }


# --- writing ------------------------------------------------------------------------------------


def test_only_what_is_not_delivered_is_in_it(file: Path) -> None:
    assert sorted(names(file)) == sorted(["ledgerdesk.db", *(f"blobs/{sha256(n)}" for n in KEPT)])


def test_exactly_the_file_is_written(filled: DataFolder, file: Path) -> None:
    assert list(file.parent.iterdir()) == [file]
    left = {path.name for path in filled.root.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert left - {"engine.lock"} == {"blobs", "ledgerdesk.db"}


def test_its_size_is_told(filled: DataFolder, file: Path) -> None:
    assert backup.write(filled, file) == file.stat().st_size


def test_it_can_be_written_while_others_write(filled: DataFolder, tmp_path: Path) -> None:
    with open_books(filled) as books:
        change = t.client.update().values(name="Changed")
        books.write(lambda c: c.execute(change))
        backup.write(filled, tmp_path / "now.backup")
    restore(DataFolder(tmp_path / "new"), tmp_path / "now.backup", AT)
    assert clients(DataFolder(tmp_path / "new")) == ["Changed"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_may_read_a_backup(filled: DataFolder, tmp_path: Path) -> None:
    backup.write(filled, tmp_path / "b")
    backup.copy_database(filled.database, tmp_path / "c.db")
    assert [(tmp_path / name).stat().st_mode & 0o077 for name in ("b", "c.db")] == [0, 0]


@pytest.mark.parametrize("name", ["ledgerdesk.db", "engine.lock", "blobs/x", "new"])
def test_the_data_folder_itself_is_never_overwritten(filled: DataFolder, name: str) -> None:
    before = tree(filled)
    with pytest.raises(BackupNotWritten):
        backup.write(filled, filled.root / name)
    assert tree(filled) == before


def test_a_place_that_is_not_there_is_told(filled: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(BackupNotWritten):
        backup.write(filled, tmp_path / "none" / "b")


def test_a_full_disk_keeps_the_former_backup(
    filled: DataFolder, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    before = file.read_bytes()
    monkeypatch.setattr(backup, "_pack", full)
    with pytest.raises(DiskFull):
        backup.write(filled, file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.allow_log("ledgerdesk.store.backup")
def test_content_that_is_gone_does_not_stop_a_backup(filled: DataFolder, tmp_path: Path) -> None:
    Blobs(filled.blobs).remove(sha256("held"))
    backup.write(filled, tmp_path / "b")
    assert f"blobs/{sha256('held')}" not in names(tmp_path / "b")


def test_a_damaged_database_makes_no_backup(filled: DataFolder, tmp_path: Path) -> None:
    content = bytearray(filled.database.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    filled.database.write_bytes(content)
    with pytest.raises(DatabaseDamaged):
        backup.write(filled, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_kill_while_copying_leaves_no_copy_under_its_name(
    filled: DataFolder, beside: RunBeside
) -> None:
    code = """
from datetime import UTC, datetime
from ledgerdesk.store import backup
backup.daily(folder, datetime(2026, 3, 1, tzinfo=UTC))
"""
    assert beside(code, LEDGERDESK_FAILPOINT="backup.copied").wait(30) == -signal.SIGKILL
    assert list(filled.backups.glob("daily*")) == []
    backup.sweep(filled)
    assert list(filled.backups.iterdir()) == []


@pytest.mark.allow_log("ledgerdesk.store.backup")
def test_a_full_disk_does_not_stop_the_owner(
    filled: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "sync", full)
    with open_books(filled, owner=True, now=AT) as books:
        books.write(lambda c: None)
    assert list(filled.backups.iterdir()) == []


# --- restoring ----------------------------------------------------------------------------------


def test_everything_comes_back_in_an_empty_place(file: Path, tmp_path: Path) -> None:
    new = DataFolder(tmp_path / "new")
    assert restore(new, file, AT) is None
    assert clients(new) == ["Bakkerij Voorbeeld"]
    assert {Blobs(new.blobs).read(sha256(name)).decode() for name in KEPT} == KEPT
    with open_books(new) as books, books.read() as c:
        assert journal.verify(c).ok


def test_the_former_books_are_kept(file: Path, other: DataFolder) -> None:
    kept = restore(other, file, AT)
    assert clients(other) == ["Bakkerij Voorbeeld"]
    assert kept is not None
    with closing(sqlite3.connect(kept)) as raw:
        assert raw.execute("SELECT name FROM client").fetchall() == [("O",)]


def test_what_was_only_in_the_log_of_changes_is_kept(
    file: Path, other: DataFolder, beside: RunBeside
) -> None:
    code = """
with open_books(folder) as books:
    books.write(lambda c: c.exec_driver_sql("UPDATE client SET name='Late'"))
    import os; os.kill(os.getpid(), 9)
"""
    assert beside(f"folder = DataFolder(pathlib.Path({str(other.root)!r}))" + code).wait(30) == -9
    assert other.database.with_name("ledgerdesk.db-wal").stat().st_size > 0
    kept = restore(other, file, AT)
    assert clients(other) == ["Bakkerij Voorbeeld"]
    assert kept is not None
    with closing(sqlite3.connect(kept)) as raw:
        assert raw.execute("SELECT name FROM client").fetchall() == [("Late",)]


def test_restoring_twice_in_a_second_keeps_both(file: Path, other: DataFolder) -> None:
    kept = [restore(other, file, AT) for _ in range(2)]
    assert len(set(kept)) == 2
    assert all(one is not None and one.exists() for one in kept)


def test_a_damaged_database_is_kept_beside_the_restored_one(file: Path, other: DataFolder) -> None:
    harmed = b"\xff" * 4096 + other.database.read_bytes()[4096:]
    other.database.write_bytes(harmed)
    log = other.database.with_name("ledgerdesk.db-wal")
    log.write_bytes(b"its log")
    kept = restore(other, file, AT)
    assert kept is not None
    assert kept.read_bytes() == harmed
    assert kept.with_name(kept.name + "-wal").read_bytes() == b"its log"
    assert clients(other) == ["Bakkerij Voorbeeld"]


def test_a_missing_database_is_restored(file: Path, filled: DataFolder) -> None:
    filled.database.unlink()
    assert restore(filled, file, AT) is None
    assert clients(filled) == ["Bakkerij Voorbeeld"]


def test_open_books_elsewhere_are_not_replaced(file: Path, other: DataFolder) -> None:
    with open_books(other) as books, books.read() as c:
        c.execute(sa.select(t.client.c.id)).all()
        before = tree(other)
        with pytest.raises(EngineBusy):
            restore(other, file, AT)
        assert tree(other) == before
    assert clients(other) == ["O"]


def test_a_kill_in_the_middle_leaves_the_former_books(
    file: Path, other: DataFolder, beside: RunBeside
) -> None:
    code = f"""
from datetime import UTC, datetime
from ledgerdesk.store.restore import restore
folder = DataFolder(pathlib.Path({str(other.root)!r}))
restore(folder, pathlib.Path({str(file)!r}), datetime.now(UTC))
"""
    killed = beside(code, LEDGERDESK_FAILPOINT="restore.set_aside")
    assert killed.wait(30) == -signal.SIGKILL
    assert clients(other) == ["O"]
    with open_books(other, owner=True, now=AT):
        pass
    assert list(other.root.glob(".restore-*")) == []


# --- what is refused ----------------------------------------------------------------------------

Member = tuple[tarfile.TarInfo, bytes]


def repack(file: Path, change: Callable[[list[Member]], None]) -> None:
    with tarfile.open(file) as archive:
        members = [(one, archive.extractfile(one).read()) for one in archive]  # type: ignore[union-attr]
    change(members)
    with tarfile.open(file, "w") as archive:
        for member, content in members:
            if member.isreg():
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def member(
    name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> Member:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made, content


def with_member(*arguments: Any, **more: Any) -> Callable[[list[Member]], None]:
    return lambda members: members.append(member(*arguments, **more))


def change_blob(members: list[Member]) -> None:
    members[-1] = (members[-1][0], b"other")


def change_database(content: Callable[[bytes], bytes]) -> Callable[[list[Member]], None]:
    def change(members: list[Member]) -> None:
        members[0] = (members[0][0], content(members[0][1]))

    return change


def foreign_database(_: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as raw:
        raw.execute("CREATE TABLE photos (id)")
        return raw.serialize()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(with_member("../evil"), id="up"),
        pytest.param(with_member("/tmp/evil"), id="absolute"),
        pytest.param(with_member("blobs/../../evil"), id="up from blobs"),
        pytest.param(with_member(f"blobs/{'a' * 64}/../x"), id="up from a blob"),
        pytest.param(with_member("engine.lock"), id="another file of ours"),
        pytest.param(with_member("ledgerdesk.db-wal"), id="a log of changes"),
        pytest.param(with_member(f"blobs/{'A' * 64}"), id="capitals"),
        pytest.param(
            with_member(f"blobs/{'b' * 64}", b"", tarfile.SYMTYPE, "/etc/passwd"), id="symlink"
        ),
        pytest.param(
            with_member(f"blobs/{'b' * 64}", b"", tarfile.LNKTYPE, "ledgerdesk.db"), id="hard link"
        ),
        pytest.param(with_member(f"blobs/{'b' * 64}", b"", tarfile.FIFOTYPE), id="pipe"),
        pytest.param(with_member("blobs", b"", tarfile.DIRTYPE), id="folder"),
        pytest.param(with_member("ledgerdesk.db"), id="two databases"),
        pytest.param(with_member(f"blobs/{'c' * 64}"), id="a name that is not its hash"),
        pytest.param(change_blob, id="a changed document"),
        pytest.param(lambda members: members.pop(0), id="no database"),
        pytest.param(change_database(lambda data: data[: len(data) // 2]), id="half a database"),
        pytest.param(change_database(lambda data: b""), id="an empty database"),
        pytest.param(change_database(lambda data: b"text" * 2000), id="no database inside"),
        pytest.param(change_database(foreign_database), id="a foreign database"),
        pytest.param(
            change_database(lambda data: data[:8192] + b"\xff" * 16 + data[8208:]),
            id="a damaged page",
        ),
    ],
)
def test_what_is_not_a_whole_backup_changes_nothing(
    file: Path, other: DataFolder, change: Callable[[list[Member]], None]
) -> None:
    repack(file, change)
    before = tree(other)
    with pytest.raises(BackupUnusable):
        restore(other, file, AT)
    assert tree(other) == before
    assert sorted(path.name for path in other.root.parent.iterdir() if "evil" in path.name) == []


def test_a_repacked_backup_is_still_good(file: Path, other: DataFolder) -> None:
    """The negative control of the test above."""
    repack(file, lambda members: None)
    restore(other, file, AT)
    assert clients(other) == ["Bakkerij Voorbeeld"]


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_a_backup_that_was_cut_changes_nothing(file: Path, other: DataFolder, size: int) -> None:
    os.truncate(file, size)
    before = tree(other)
    with pytest.raises(BackupUnusable):
        restore(other, file, AT)
    assert tree(other) == before


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"%PDF-1.7", b"\x1f\x8b\x08\x00" * 300])
def test_another_kind_of_file_changes_nothing(
    tmp_path: Path, other: DataFolder, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content * 100)
    with pytest.raises(BackupUnusable):
        restore(other, tmp_path / "file", AT)
    assert clients(other) == ["O"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path, other: DataFolder) -> None:
    with pytest.raises(BackupUnusable):
        restore(other, tmp_path / "none", AT)


def test_a_newer_backup_changes_nothing(
    filled: DataFolder, other: DataFolder, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(filled.database)) as raw:
        raw.execute("UPDATE alembic_version SET version_num='9999'")
        raw.commit()
    backup.write(filled, tmp_path / "newer")
    before = tree(other)
    with pytest.raises(DatabaseNewer):
        restore(other, tmp_path / "newer", AT)
    assert tree(other) == before
