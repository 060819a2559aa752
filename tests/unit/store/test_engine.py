"""The connections of the books, and the one thread that writes."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledgerdesk.errors import DatabaseDamaged, DataFolderUnusable, DiskFull
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, journal, open_books
from ledgerdesk.store import tables as t
from ledgerdesk.store.engine import Work, open_raw, ours
from tests.unit.store.conftest import RunBeside

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def put(key: str, value: str = "x") -> Work[sa.CursorResult[Any]]:
    return lambda c: c.execute(t.meta.insert().values(key=key, value=value))


def tell(**facts: object) -> Work[None]:
    return lambda c: journal.append(c, journal.Entry("test", facts), at=AT)


def keys(books: Books) -> set[str]:
    with books.read() as c:
        return set(c.execute(sa.select(t.meta.c.key)).scalars())


@pytest.fixture
def commits(books: Books) -> list[int]:
    """One entry per commit, holding nothing."""
    seen: list[int] = []
    # The engine is made by the first change.
    books.write(lambda c: None)
    sa.event.listen(books._writer._engine, "commit", lambda connection: seen.append(1))
    return seen


@pytest.fixture
def held_up(books: Books):
    """The writer waits inside a change until the test lets it go on."""
    inside, go_on = threading.Event(), threading.Event()

    def wait(c: sa.Connection) -> None:
        inside.set()
        assert go_on.wait(20)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(books.write, wait)
        assert inside.wait(20)
        yield go_on
        go_on.set()
        waiting.result(20)


# --- connections --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 10_000),
        ("mmap_size", 0),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("secure_delete", 1),
    ],
)
def test_the_writing_connection_is_durable(books: Books, pragma: str, value: object) -> None:
    asked = books.write(lambda c: c.exec_driver_sql(f"PRAGMA {pragma}").scalar())
    assert asked == value


@pytest.mark.parametrize(("owner", "pages"), [(True, 1000), (False, 0)])
def test_only_the_owner_checkpoints_while_others_are_open(
    folder: DataFolder, owner: bool, pages: int
) -> None:
    with open_books(folder, owner=owner) as books:
        asked = books.write(lambda c: c.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar())
    assert asked == pages


def test_the_log_of_changes_goes_home_without_any_owner(folder: DataFolder) -> None:
    log = folder.database.with_name(folder.database.name + "-wal")
    with open_books(folder) as books:
        for number in range(3):
            books.write(put(f"key-{number}"))
        assert log.stat().st_size > 0
    assert not log.exists()


def test_the_owner_keeps_the_log_of_changes_small(folder: DataFolder) -> None:
    log = folder.database.with_name(folder.database.name + "-wal")
    big = "x" * 100_000
    with open_books(folder, owner=True) as books:
        for number in range(120):
            books.write(put(f"key-{number}", big))
        assert log.stat().st_size < 8_000_000 < 120 * len(big)


def test_a_reading_connection_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        open_raw(tmp_path / "none.db", read_only=True).execute("SELECT 1 FROM sqlite_master")
    assert list(tmp_path.iterdir()) == []


def test_a_reading_connection_refuses_changes(books: Books) -> None:
    with pytest.raises(DataFolderUnusable), books.read() as c:
        c.execute(t.meta.insert().values(key="k", value="v"))


def test_reading_leaves_every_byte_as_it_was(folder: DataFolder) -> None:
    with open_books(folder) as books:
        books.write(put("k"))
    before = {path.name: path.read_bytes() for path in folder.root.iterdir()}
    with open_books(folder) as books:
        assert "k" in keys(books)
    after = {path.name: path.read_bytes() for path in folder.root.iterdir()}
    assert {name: after[name] for name in before} == before


def test_a_reader_sees_one_moment_only(books: Books) -> None:
    with books.read() as c:
        before = c.execute(sa.select(sa.func.count()).select_from(t.meta)).scalar()
        books.write(put("later"))
        assert c.execute(sa.select(sa.func.count()).select_from(t.meta)).scalar() == before
    assert "later" in keys(books)


def test_a_reference_to_nothing_is_refused(books: Books) -> None:
    row = t.client_identifier.insert().values(scheme="iban", value="x", client_id="nobody")
    with pytest.raises(sqlite3.IntegrityError):
        books.write(lambda c: c.execute(row))


# --- the writer ---------------------------------------------------------------------------------


def test_a_change_is_on_the_disk_when_write_returns(books: Books, folder: DataFolder) -> None:
    assert books.write(lambda c: put("k")(c).rowcount) == 1
    other = open_raw(folder.database, read_only=True)
    assert other.execute("SELECT value FROM meta WHERE key='k'").fetchone() == ("x",)
    other.close()


def test_waiting_changes_are_committed_together(
    books: Books, commits: list[int], held_up: threading.Event
) -> None:
    with ThreadPoolExecutor(20) as pool:
        writes = [pool.submit(books.write, put(f"key-{number}")) for number in range(20)]
        while books._writer._queue.qsize() < 20:
            pass
        held_up.set()
        for write in writes:
            write.result(20)
    assert {f"key-{number}" for number in range(20)} <= keys(books)
    assert len(commits) <= 2


def test_one_after_the_other_each_has_its_commit(books: Books, commits: list[int]) -> None:
    for number in range(5):
        books.write(put(f"key-{number}"))
    assert len(commits) == 5


def test_a_failing_change_is_undone_alone(books: Books, held_up: threading.Event) -> None:
    def fails(c: sa.Connection) -> None:
        put("half")(c)
        raise ValueError("no")

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(books.write, put("first"))
        failing = pool.submit(books.write, fails)
        last = pool.submit(books.write, put("last"))
        held_up.set()
        first.result(20)
        last.result(20)
        with pytest.raises(ValueError, match="no"):
            failing.result(20)
    assert {"first", "last"} <= keys(books)
    assert "half" not in keys(books)


def test_a_faulty_statement_is_undone_alone(books: Books, held_up: threading.Event) -> None:
    def faulty(c: sa.Connection) -> None:
        put("half")(c)
        c.exec_driver_sql("SELECT 1 FROM nowhere")

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(books.write, faulty)
        good = pool.submit(books.write, put("good"))
        held_up.set()
        good.result(20)
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            failing.result(20)
    assert "good" in keys(books)
    assert "half" not in keys(books)


def wait_until_awaited(is_awaited: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_awaited():
        assert time.monotonic() < deadline


def test_a_patient_change_lets_another_go_before_its_rest(books: Books) -> None:
    order: list[str] = []
    begun = threading.Event()

    def much(c: sa.Connection, is_awaited: Callable[[], bool]) -> bool:
        order.append("much")
        begun.set()
        if order == ["much"]:
            wait_until_awaited(is_awaited)
            return False
        return True

    def work_through() -> None:
        while not books.write_patiently(much):
            pass

    with ThreadPoolExecutor(2) as pool:
        patient = pool.submit(work_through)
        assert begun.wait(20)
        pool.submit(books.write, lambda c: order.append("small")).result(20)
        patient.result(20)
    assert order == ["much", "small", "much"]


def test_a_patient_change_has_its_turn_beside_a_flood_of_others(books: Books) -> None:
    done = threading.Event()

    def flood() -> None:
        while not done.is_set():
            books.write(lambda c: None)

    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(flood) for _ in range(3)]
        patient = pool.submit(books.write_patiently, lambda c, is_awaited: put("patient")(c))
        try:
            patient.result(20)
        finally:
            done.set()
        for other in others:
            other.result(20)
    assert "patient" in keys(books)


def test_patient_changes_of_several_are_all_kept(books: Books, held_up: threading.Event) -> None:
    with ThreadPoolExecutor(3) as pool:
        writes = [
            pool.submit(books.write_patiently, lambda c, _awaited, n=number: put(f"key-{n}")(c))
            for number in range(3)
        ]
        while books._writer._queue.qsize() < 3:
            pass
        held_up.set()
        for write in writes:
            write.result(20)
    assert {"key-0", "key-1", "key-2"} <= keys(books)


def test_closing_waits_for_a_patient_change(folder: DataFolder) -> None:
    with open_books(folder):
        pass
    books = Books(folder.database)
    begun = threading.Event()

    def much(c: sa.Connection, is_awaited: Callable[[], bool]) -> None:
        begun.set()
        wait_until_awaited(is_awaited)  # closing is a reason to come to an end, too
        put("much")(c)

    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(books.write_patiently, much)
        assert begun.wait(20)
        books.close()
        patient.result(20)
    with open_books(folder) as again:
        assert "much" in keys(again)


def test_a_change_cannot_wait_for_another_change(books: Books) -> None:
    with pytest.raises(RuntimeError, match="another change"):
        books.write(lambda c: books.write(put("inner")))


def test_closed_books_take_no_change(folder: DataFolder) -> None:
    with open_books(folder) as books:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        books.write(put("late"))


def test_a_full_disk_is_told_and_the_work_goes_on_after_it(books: Books) -> None:
    def limit(pages: int):
        return lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar()

    def big(c: sa.Connection) -> None:
        c.execute(t.meta.insert().values(key="big", value="x" * 500_000))

    count = books.write(lambda c: int(c.exec_driver_sql("PRAGMA page_count").scalar_one()))
    books.write(limit(count))
    with pytest.raises(DiskFull):
        books.write(big)
    books.write(limit(count + 1000))
    books.write(big)
    assert "big" in keys(books)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_CORRUPT_INDEX", DatabaseDamaged),
        ("SQLITE_NOTADB", DatabaseDamaged),
        ("SQLITE_IOERR_WRITE", DataFolderUnusable),
        ("SQLITE_READONLY_DIRECTORY", DataFolderUnusable),
        ("SQLITE_FULL", DiskFull),
    ],
)
def test_errors_of_sqlite_become_ours(name: str, kind: type[Exception], tmp_path: Path) -> None:
    error = sqlite3.OperationalError("whatever the text says")
    error.sqlite_errorname = name
    assert type(ours(error, tmp_path / "x.db")) is kind


# --- several processes --------------------------------------------------------------------------

WRITES = """
from datetime import UTC, datetime
from ledgerdesk.store import journal
with open_books(folder) as books:
    for number in range(60):
        entry = journal.Entry("test", {"by": sys.argv[0], "number": number})
        books.write(lambda c: journal.append(c, entry, at=datetime.now(UTC)))
"""


def test_two_processes_write_beside_each_other(
    folder: DataFolder, books: Books, beside: RunBeside
) -> None:
    others = [beside(WRITES) for _ in range(2)]
    for number in range(60):
        books.write(tell(number=number))
    for other in others:
        assert other.wait(60) == 0, other.stderr and other.stderr.read()
    with books.read() as c:
        assert journal.verify(c) == journal.Verdict(True, 180, None)


def test_a_change_of_another_process_is_noticed(books: Books, beside: RunBeside) -> None:
    before = books.data_version()
    assert books.data_version() == before
    change = "with open_books(folder) as b: b.write(lambda c: c.exec_driver_sql(sys.stdin.read()))"
    process = beside(change)
    process.communicate("INSERT INTO meta VALUES ('theirs', '')", timeout=30)
    assert process.returncode == 0
    assert books.data_version() != before


def test_a_kill_between_writes_loses_nothing_that_was_acknowledged(
    folder: DataFolder, books: Books, beside: RunBeside, seed: int
) -> None:
    code = """
from datetime import UTC, datetime
from ledgerdesk.store import journal
with open_books(folder) as books:
    while True:
        books.write(lambda c: journal.append(c, journal.Entry("t"), at=datetime.now(UTC)))
        print(".", end="", flush=True)
"""
    acknowledged = 0
    for round_ in range(4):
        process = beside(code)
        assert process.stdout is not None
        acknowledged += len(process.stdout.read(1 + (seed + 7 * round_) % 40))
        process.kill()
        acknowledged += len(process.stdout.read())
        process.wait()
    with books.read() as c:
        verdict = journal.verify(c)
    assert verdict.ok
    # The last change of each round may be kept without its dot.
    assert acknowledged <= verdict.rows <= acknowledged + 4


def test_readers_see_errors_of_a_damaged_file_as_damage(folder: DataFolder) -> None:
    with open_books(folder) as books:
        pass
    content = bytearray(folder.database.read_bytes())
    content[4096 : len(content)] = b"\x5a" * (len(content) - 4096)
    folder.database.write_bytes(content)
    books = Books(folder.database)
    with pytest.raises(DatabaseDamaged), books.read() as c:
        c.execute(sa.select(t.document.c.id)).all()
    books.close()
