"""Keeping blobs on a few threads: a disk flushes several files in the time it flushes one, and the
next file is read meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from ledgerdesk.store.blobs import Blobs

_THREADS = 4
_MOST_BYTES = 64 * 1024 * 1024
"""How much content may wait for the disk."""


class BlobKeeper:
    """``keep`` returns at once; after ``wait`` everything given is durably kept."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="blob")
        self._lock = threading.Lock()
        self._pending: list[Future[str]] = []
        self._bytes = 0
        self._error: BaseException | None = None

    def keep(self, content: bytes, sha256: str) -> None:
        """Raises what ``wait`` raises when much is waiting."""
        if self._bytes and self._bytes + len(content) > _MOST_BYTES:
            self.wait()
        with self._lock:
            self._bytes += len(content)
            self._pending.append(self._pool.submit(self._blobs.keep, content, sha256))

    def wait(self) -> None:
        """Raises DiskFull or DataFolderUnusable when one of them, at any time, could not be kept:
        nothing may point at it then."""
        with self._lock:
            pending, self._pending, self._bytes = self._pending, [], 0
        for one in pending:
            self._error = self._error or one.exception()
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown()
