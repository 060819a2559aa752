"""The engine lock: an operating-system lock, never a pid file. It dies with its owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import filelock

from ledgerdesk.errors import DataFolderUnusable, EngineBusy
from ledgerdesk.paths import DataFolder

_MOMENT = 0.5
"""Longer than ``engine_running`` holds the lock."""


@contextmanager
def engine_lock(folder: DataFolder, *, timeout: float = _MOMENT) -> Iterator[None]:
    """Held by whoever takes in, probes, sends and schedules; also by migrations and restore.

    Raises EngineBusy when another process holds it for longer than ``timeout`` seconds.
    """
    lock = filelock.FileLock(folder.engine_lock, timeout=timeout)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise EngineBusy() from error
    except OSError as error:
        raise DataFolderUnusable(path=str(folder.root), reason=error.strerror or "") from error
    try:
        yield
    finally:
        lock.release()


def engine_running(folder: DataFolder) -> bool:
    """Whether somebody holds the engine lock right now. Makes no data folder."""
    if not folder.engine_lock.exists():
        return False
    lock = filelock.FileLock(folder.engine_lock)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
