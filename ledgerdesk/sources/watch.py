"""Folders watched while LedgerDesk runs: what is written there is noticed at once.

The system tells of changes on its own disks; of a share it may tell nothing. So a watch only makes
things quick, and whoever uses it looks in every folder from time to time as well.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from ledgerdesk.sources._walk import DONE, ignored

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger(__name__)

LOOK_AFTER = 30.0
"""Seconds between two looks whether the folders are still the same ones."""

_TELLING = ("created", "modified", "moved", "closed")
_DONE = os.path.join(*DONE)
_STOP_WITHIN = 5.0


class FolderWatch:
    """Calls ``changed`` with the root in which something was written, from a thread of its own.

    A root that is not there, or goes away, is watched again once it is back, which counts as a
    change: files may lie there.
    """

    def __init__(self, changed: Callable[[str], None], look_after: float = LOOK_AFTER) -> None:
        self._changed = changed
        self._look_after = look_after
        self._wanted: frozenset[str] = frozenset()
        self._watched: dict[str, tuple[tuple[int, int], ObservedWatch]] = {}
        self._missing: set[str] = set()
        self._observer: BaseObserver | None = None
        self._stopped = threading.Event()
        self._again = threading.Condition()
        self._thread: threading.Thread | None = None

    def watch(self, roots: Collection[str]) -> None:
        """From now on these and no others. Returns at once: a share may take long to answer."""
        with self._again:
            if self._wanted == frozenset(roots):
                return
            self._wanted = frozenset(roots)
            if self._thread is None and roots and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._keep, name="folders", daemon=True)
                self._thread.start()
            self._again.notify()

    def stop(self) -> None:
        """Ends it, also when a share does not answer."""
        with self._again:
            self._stopped.set()
            self._again.notify()
        if self._thread is not None:
            self._thread.join(_STOP_WITHIN)

    @property
    def watched(self) -> frozenset[str]:
        """The roots the system tells of at present."""
        with self._again:
            return frozenset(self._watched)

    # --- in its own thread ------------------------------------------------------------------------

    def _keep(self) -> None:
        while True:
            with self._again:
                if self._stopped.is_set():
                    break
                wanted = self._wanted
            for root in set(self._watched) - wanted:
                self._leave(root)
            self._missing &= wanted
            for root in sorted(wanted):
                self._tend(root)
            with self._again:
                if not self._stopped.is_set() and self._wanted == wanted:
                    self._again.wait(self._look_after)
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(_STOP_WITHIN)

    def _tend(self, root: str) -> None:
        """Watches a root that is there, and lets go of one that is another one now."""
        there = _identity(root)
        kept = self._watched.get(root)
        if kept is not None and kept[0] == there:
            return
        if kept is not None:
            self._leave(root)
        if there is None:
            self._missing.add(root)
            return
        is_back = kept is not None or root in self._missing
        self._begin(root, there)
        if is_back:
            self._missing.discard(root)
            self._changed(root)

    def _begin(self, root: str, there: tuple[int, int]) -> None:
        try:
            watch = self._running().schedule(_handler(root, self._changed), root, recursive=True)
        except OSError as error:
            # Gone again, or more folders than the system watches: looking in remains.
            log.info("a folder cannot be watched: %s", error.strerror or error)
            return
        with self._again:
            self._watched[root] = (there, watch)

    def _leave(self, root: str) -> None:
        with self._again:
            _, watch = self._watched.pop(root)
        if self._observer is not None:
            with suppress(KeyError, OSError):
                self._observer.unschedule(watch)

    def _running(self) -> BaseObserver:
        if self._observer is None:
            from watchdog.observers import Observer

            self._observer = Observer()
            self._observer.start()
        return self._observer


def _identity(root: str) -> tuple[int, int] | None:
    try:
        about = os.stat(root)
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _handler(root: str, changed: Callable[[str], None]) -> _Handler:
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in _TELLING and not event.is_directory and _counts(root, event):
                changed(root)

    return Handler()


def _counts(root: str, event: FileSystemEvent) -> bool:
    """Not what LedgerDesk moved away itself, nor what programs leave beside documents."""
    path = os.fsdecode(event.dest_path or event.src_path)
    below = os.path.relpath(path, root)
    return not ignored(os.path.basename(path)) and not below.startswith(_DONE)


if TYPE_CHECKING:
    from watchdog.events import FileSystemEventHandler as _Handler
