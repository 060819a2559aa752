"""Work off the window's thread: an own pool, handles that live in that thread, cancel tokens.

Nothing here, and nothing that is handed in as work, touches a widget from another thread. A result
or an error arrives as a value in the window's thread; progress is pulled by a timer, so ten
thousand steps a second cost the window no more than ten.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal, Slot
from shiboken6 import isValid

from ledgerdesk.errors import Cancelled, LedgerDeskError, UnexpectedTrouble

T = TypeVar("T")

_THREADS = 4
_PULL_MS = 100
_QUIT_MS = 60_000
"""The window is hidden by then; a delivery on its way may come to its end."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work is. ``total`` None: nobody knows."""

    label: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Result:
    value: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """``bug`` is the original of something that is not in the error tree."""

    error: LedgerDeskError
    bug: BaseException | None = None


class Job:
    """What running work sees of the window: a ``model.Cancel`` and a ``model.Progress`` in one."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._step: Step | None = None

    def cancel(self) -> None:
        self._stopped.set()

    @property
    def is_cancelled(self) -> bool:
        return self._stopped.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled once somebody stopped the work."""
        if self._stopped.is_set():
            raise Cancelled()

    def step(self, label: str, done: int, total: int | None) -> None:
        self._step = Step(label, done, total)

    def take_step(self) -> Step | None:
        """The newest step that was not taken yet."""
        step, self._step = self._step, None
        return step


Work = Callable[[Job], T]


def outcome(work: Work[T], job: Job) -> Result | Failure:
    """Runs ``work``; whatever it raises comes back as a value. Bugs are logged, redacted."""
    try:
        job.raise_if_cancelled()
        return Result(work(job))
    except LedgerDeskError as error:
        return Failure(error)
    except BaseException as error:
        from ledgerdesk import log

        log.bug(error)
        return Failure(UnexpectedTrouble(kind=type(error).__name__), error)


class Task(QObject):
    """The handle of one piece of work, made in the window's thread.

    ``finished`` comes after ``done`` or ``failed``, also when the result was dropped. The result is
    dropped when the task was cancelled or when ``owner`` is gone.
    """

    done = Signal(object)
    failed = Signal(object)
    progressed = Signal(object)
    finished = Signal()
    _ended = Signal(object)

    def __init__(self, work: Work[Any], owner: QObject | None, parent: QObject) -> None:
        super().__init__(parent)
        self.job = Job()
        self.failure: Failure | None = None
        self.is_running = True
        self._work: Work[Any] | None = work
        self._owner = owner
        # Emitted in the pool's thread: Qt brings it over by itself.
        self._ended.connect(self._take)

    def cancel(self) -> None:
        """The work stops at its next look; neither ``done`` nor ``failed`` comes any more."""
        self.job.cancel()

    def run(self) -> None:
        """In the pool's thread."""
        assert self._work is not None
        ended = outcome(self._work, self.job)
        if isValid(self):
            self._ended.emit(ended)

    def pull(self) -> None:
        step = self.job.take_step()
        if step is not None and self._is_wanted():
            self.progressed.emit(step)

    @Slot(object)
    def _take(self, ended: Result | Failure) -> None:
        self.is_running = False
        self._work = None
        if self._is_wanted():
            if isinstance(ended, Result):
                self.done.emit(ended.value)
            else:
                self.failure = ended
                self.failed.emit(ended.error)
        self.finished.emit()

    def _is_wanted(self) -> bool:
        return not self.job.is_cancelled and (self._owner is None or isValid(self._owner))


class Background(QObject):
    """The window's own pool of threads.

    ``failed`` brings the errors nobody else takes, ``bug`` the exceptions outside the error tree.
    """

    failed = Signal(object)
    bug = Signal(object)

    def __init__(self, parent: QObject | None = None, threads: int = _THREADS) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._tasks: set[Task] = set()
        self._timer = QTimer(self, interval=_PULL_MS)
        self._timer.timeout.connect(self._pull)

    def run(
        self,
        work: Work[T],
        on_done: Callable[[T], object] | None = None,
        on_failed: Callable[[LedgerDeskError], object] | None = None,
        *,
        on_progress: Callable[[Step], object] | None = None,
        owner: QObject | None = None,
    ) -> Task:
        """Runs ``work(job)`` in a thread; the callbacks run in the window's thread.

        They are not called any more once ``owner`` (a page, a dialog) is deleted. Without
        ``on_failed`` an error goes to ``failed``.
        """
        task = Task(work, owner, self)
        if on_done is not None:
            task.done.connect(on_done)
        task.failed.connect(on_failed if on_failed is not None else self.failed)
        if on_progress is not None:
            task.progressed.connect(on_progress)
        task.finished.connect(self._forget)
        self._tasks.add(task)
        self._timer.start()
        self._pool.start(task.run)
        return task

    @property
    def is_idle(self) -> bool:
        return not self._tasks

    def stop(self) -> bool:
        """At the end: cancels all, drops what has not begun, waits. False: something still runs."""
        for task in self._tasks:
            task.cancel()
        self._pool.clear()
        return self._pool.waitForDone(_QUIT_MS)

    @Slot()
    def _pull(self) -> None:
        for task in list(self._tasks):
            task.pull()

    @Slot()
    def _forget(self) -> None:
        task = self.sender()
        assert isinstance(task, Task)
        self._tasks.discard(task)
        if not self._tasks:
            self._timer.stop()
        if task.failure is not None and task.failure.bug is not None:
            self.bug.emit(task.failure.bug)
        task.deleteLater()
