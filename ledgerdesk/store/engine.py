"""Opening the books: connections with the right pragmas, and one writer that commits in groups.

Pragmas and their reasons: facts/reliability.md §2. Reads use a read-only connection; every change
goes through ``Books.write``, where one thread owns the writing connection.

SQLAlchemy is imported when a connection of it is first asked for: what the window needs for its
first list is read without (``Books.read_bare``), and so stands there in half the time.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ledgerdesk.errors import DatabaseDamaged, DataFolderUnusable, DiskFull, EngineBusy

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")
Work = Callable[["sa.Connection"], T]

_BUSY_MS = 10_000
_GROUP = 200
_WAL_KEPT = 16 * 1024 * 1024
_WAL_PAGES = 1000


def open_raw(
    path: Path, *, read_only: bool = False, checkpoints: bool = False, foreign_keys: bool = True
) -> sqlite3.Connection:
    """One connection with the pragmas of the books. A read-only one never creates the file."""
    mode = "ro" if read_only else "rwc"
    raw = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        raw.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        raw.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        raw.execute("PRAGMA mmap_size=0")
        if not read_only:
            _make_durable(raw, path)
            # Elsewhere the log of changes is emptied by the last connection that closes.
            raw.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES if checkpoints else 0}")
    except BaseException:
        raw.close()
        raise
    return raw


def _make_durable(raw: sqlite3.Connection, path: Path) -> None:
    mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise DataFolderUnusable(path=str(path.parent), reason=f"journal_mode={mode}")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA fullfsync=ON")
    raw.execute("PRAGMA checkpoint_fullfsync=ON")
    raw.execute("PRAGMA secure_delete=ON")
    raw.execute(f"PRAGMA journal_size_limit={_WAL_KEPT}")


def make_engine(
    path: Path, *, read_only: bool = False, checkpoints: bool = False, foreign_keys: bool = True
) -> sa.Engine:
    """An engine for one SQLite file. Only the engine's own writer may move pages out of the WAL."""
    import sqlalchemy as sa

    def connect() -> sqlite3.Connection:
        return open_raw(
            path, read_only=read_only, checkpoints=checkpoints, foreign_keys=foreign_keys
        )

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.QueuePool)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@contextmanager
def converted(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into ours, once, at this edge."""
    try:
        yield
    except Exception as error:
        told = _unwrapped(error, path)
        if told is error:
            raise
        raise told from error


def ours(error: BaseException, path: Path) -> Exception:
    """What SQLite's ``error`` about the database at ``path`` is in our tree.

    A broken rule of the tables, and a fault in a statement, are bugs: they stay what they are.
    """
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith("SQLITE_FULL"):
        return DiskFull()
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return EngineBusy()
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or name == "SQLITE_IOERR_SHORT_READ":
        return DatabaseDamaged(path=str(path), reason=str(error))
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_PERM")):
        return DataFolderUnusable(path=str(path.parent), reason=str(error))
    if isinstance(error, sqlite3.Error):
        return error
    return sqlite3.DatabaseError(str(error))


@dataclass(frozen=True, slots=True)
class Change:
    work: Work[Any]
    future: Future[Any]
    is_patient: bool


class Writer:
    """The one thread that writes. Callers' changes are committed together, each in a savepoint:
    one that fails is undone alone, and nobody is told "done" before the commit is on the disk.

    A patient change has a commit of its own: it begins when no other waits, and after every group
    of others one has its turn. It asks ``is_awaited`` and ends early, so that others wait for a
    portion of it only.
    """

    def __init__(self, path: Path, *, checkpoints: bool) -> None:
        self._path = path
        self._checkpoints = checkpoints
        self._engine: sa.Engine | None = None
        self._queue: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self._patient: deque[Change] = deque()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, work: Work[T], *, patient: bool = False) -> T:
        """The result of ``work`` after its commit. Raises what ``work`` raised, undone."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a change may not wait for another change")
        future: Future[T] = Future()
        with self._lock:
            if self._stopped:
                raise RuntimeError("the books are closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
                self._thread.start()
            self._queue.put(Change(work, future, patient))
        return future.result()

    def is_awaited(self) -> bool:
        """Whether a change waits for the one that is made now."""
        return not self._queue.empty()

    def stop(self) -> None:
        """Returns after everything that was handed in is committed."""
        with self._lock:
            self._stopped = True
            if self._thread is not None:
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def dispose(self) -> None:
        """Closes its connection; after ``stop``."""
        if self._engine is not None:
            self._engine.dispose()

    def _loop(self) -> None:
        going = True
        while going or self._patient:
            if going:
                going, group = self._waiting()
                if group:
                    self._commit(group)
            if self._patient:
                self._commit([self._patient.popleft()])

    def _waiting(self) -> tuple[bool, list[Change]]:
        """Whether more may come, and what waits, without the patient ones; blocks until there is
        something to do."""
        group: list[Change] = []
        while len(group) < _GROUP:
            if self._queue.empty() and (group or self._patient):
                break
            change = self._queue.get()
            if change is None:
                return False, group
            (self._patient if change.is_patient else group).append(change)
        return True, group

    def _commit(self, group: list[Change]) -> None:
        done: list[tuple[Change, Any]] = []
        try:
            if self._engine is None:
                self._engine = make_engine(self._path, checkpoints=self._checkpoints)
            with converted(self._path), self._engine.connect() as connection, connection.begin():
                for change in group:
                    try:
                        done.append((change, _alone(connection, change.work)))
                    except Exception as error:
                        if not bare(connection).in_transaction:
                            # A full disk ends the whole transaction: nothing of it is kept.
                            raise
                        change.future.set_exception(_unwrapped(error, self._path))
        except BaseException as error:
            for change in group:
                if not change.future.done():
                    change.future.set_exception(error)
            return
        for change, result in done:
            change.future.set_result(result)


def _alone(connection: sa.Connection, work: Work[T]) -> T:
    """Runs ``work`` in a savepoint of its own, on the bare connection: it is made very often."""
    below = bare(connection)
    below.execute("SAVEPOINT change")
    try:
        result = work(connection)
    except BaseException:
        if below.in_transaction:
            below.execute("ROLLBACK TO change")
            below.execute("RELEASE change")
        raise
    below.execute("RELEASE change")
    return result


def bare(connection: sa.Connection) -> sqlite3.Connection:
    """The driver's own connection below ``connection``, in the same transaction."""
    below = connection.connection.driver_connection
    assert isinstance(below, sqlite3.Connection)
    return below


def _unwrapped(error: Exception, path: Path) -> Exception:
    """Ours for what the driver raised, wrapped by SQLAlchemy or not; anything else as it is."""
    raised = getattr(error, "orig", None) or error
    return ours(raised, path) if isinstance(raised, sqlite3.Error) else error


class Books:
    """The database of one data folder. Close it when done."""

    def __init__(self, path: Path, *, owner: bool = False) -> None:
        self.path = path
        self._writer = Writer(path, checkpoints=owner)
        self._reading: sa.Engine | None = None
        self._reading_lock = threading.Lock()
        self._watching: sqlite3.Connection | None = None
        self._watch_lock = threading.Lock()

    def write(self, work: Work[T]) -> T:
        """Runs ``work(connection)`` in one transaction; returns after it is durably kept.

        Raises what ``work`` raised, then nothing of it is kept; DiskFull, EngineBusy (another
        process holds the books for long), DataFolderUnusable, DatabaseDamaged.
        """
        return self._writer.run(work)

    def write_patiently(self, work: Callable[[sa.Connection, Callable[[], bool]], T]) -> T:
        """As ``write``, for whoever has very much to write. ``work(connection, is_awaited)`` asks
        between two portions whether somebody else waits, and ends there then; its caller comes
        again with the rest, in the next transaction."""
        writer = self._writer
        return writer.run(lambda connection: work(connection, writer.is_awaited), patient=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A read-only connection in one consistent snapshot."""
        with self._reading_lock:
            if self._reading is None:
                self._reading = make_engine(self.path, read_only=True)
        with converted(self.path), self._reading.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read_bare(self) -> Iterator[sqlite3.Connection]:
        """As ``read``, a connection of the driver itself, without SQLAlchemy."""
        with converted(self.path), closing(open_raw(self.path, read_only=True)) as connection:
            connection.execute("BEGIN")
            yield connection

    def data_version(self) -> int:
        """A number that changes whenever anybody changed the books, this process included."""
        with self._watch_lock, converted(self.path):
            # The number only means something on one and the same connection.
            if self._watching is None:
                self._watching = open_raw(self.path, read_only=True)
            return int(self._watching.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Waits for the changes that were handed in. The writing connection closes last: when no
        other process has the books open, it brings the log of changes home and removes it."""
        self._writer.stop()
        with self._watch_lock:
            if self._watching is not None:
                self._watching.close()
                self._watching = None
        if self._reading is not None:
            self._reading.dispose()
        self._writer.dispose()
