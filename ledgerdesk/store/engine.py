"""Opening the books: connections with the right pragmas, and one writer that commits in groups.

Pragmas and their reasons: facts/reliability.md §2. Reads use a read-only connection; every change
goes through ``Books.write``, where one thread owns the writing connection.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from ledgerdesk.errors import DatabaseDamaged, DataFolderUnusable, DiskFull, EngineBusy

T = TypeVar("T")
Work = Callable[[sa.Connection], T]

_BUSY_MS = 10_000
_GROUP = 200


def make_engine(path: Path, *, read_only: bool = False, checkpoints: bool = False) -> sa.Engine:
    """An engine for one SQLite file. Only the engine's own writer may move pages out of the WAL."""

    def connect() -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        raw = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        raw.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA mmap_size=0")
        if not read_only:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=FULL")
            raw.execute("PRAGMA secure_delete=ON")
            raw.execute("PRAGMA fullfsync=ON")
            raw.execute("PRAGMA checkpoint_fullfsync=ON")
            raw.execute(f"PRAGMA wal_autocheckpoint={1000 if checkpoints else 0}")
        return raw

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.QueuePool)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@contextmanager
def converted(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into ours, once, at this edge."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _ours(error.orig or error, path) from error
    except sqlite3.DatabaseError as error:
        raise _ours(error, path) from error


def _ours(error: BaseException, path: Path) -> Exception:
    text = str(error)
    if isinstance(error, sqlite3.IntegrityError) or "append-only" in text:
        return sqlite3.IntegrityError(text)
    if "full" in text:
        return DiskFull()
    if "locked" in text or "busy" in text:
        return EngineBusy()
    if "unable to open" in text or "readonly" in text:
        return DataFolderUnusable(path=str(path.parent), reason=text)
    if "malformed" in text or "not a database" in text or "disk I/O" in text:
        return DatabaseDamaged(path=str(path), reason=text)
    return sqlite3.DatabaseError(text)


class Writer:
    """The one thread that writes. Callers' changes are committed together, each in a savepoint:
    one that fails is undone alone, and nobody is told "done" before the commit is on the disk."""

    def __init__(self, engine: sa.Engine, path: Path) -> None:
        self._engine = engine
        self._path = path
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def run(self, work: Work[T]) -> T:
        """The result of ``work`` after its commit. Raises what ``work`` raised, undone."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a change may not wait for another change")
        future: Future[T] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
                self._thread.start()
            self._queue.put((work, future))
        return future.result()

    def stop(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _loop(self) -> None:
        going = True
        while going:
            group: list[tuple[Work[Any], Future[Any]]] = []
            item = self._queue.get()
            while True:
                if item is None:
                    going = False
                    break
                group.append(item)
                if len(group) >= _GROUP or self._queue.empty():
                    break
                item = self._queue.get()
            if group:
                self._commit(group)

    def _commit(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with converted(self._path), self._engine.connect() as connection, connection.begin():
                for work, future in group:
                    try:
                        with connection.begin_nested():
                            done.append((future, work(connection)))
                    except sa.exc.OperationalError:
                        raise
                    except Exception as error:
                        future.set_exception(_unwrapped(error))
        except BaseException as error:
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for future, result in done:
            future.set_result(result)


def _unwrapped(error: Exception) -> Exception:
    if isinstance(error, sa.exc.DBAPIError) and isinstance(error.orig, sqlite3.IntegrityError):
        return error.orig
    return error


class Books:
    """The database of one data folder. Close it when done."""

    def __init__(self, path: Path, *, owner: bool = False) -> None:
        self.path = path
        self._writing = make_engine(path, checkpoints=owner)
        self._reading = make_engine(path, read_only=True)
        self._writer = Writer(self._writing, path)

    def write(self, work: Work[T]) -> T:
        """Runs ``work(connection)`` in one transaction; returns after it is durably kept."""
        return self._writer.run(work)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A read-only connection in one consistent snapshot."""
        with converted(self.path), self._reading.connect() as connection, connection.begin():
            yield connection

    def data_version(self) -> int:
        """Changes when another process changed the books (``PRAGMA data_version``)."""
        with converted(self.path), self._reading.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        self._writer.stop()
        self._reading.dispose()
        self._writing.dispose()
