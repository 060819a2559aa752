"""The services of one data folder as the window has them: opened off its thread, watched, closed.

One thread keeps the folder open for as long as the window lives: it holds the engine lock (or waits
for it, beside another LedgerDesk), looks once a second whether anybody changed the books, and
closes everything in the thread that opened it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from ledgerdesk.errors import Cancelled, EngineBusy, LedgerDeskError, UnexpectedTrouble
from ledgerdesk.ui.background import Background, Job, Step, Task
from ledgerdesk.ui.serving import LANES, Serving, Told

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.counts import Counts

T = TypeVar("T")

WATCH_EVERY = 1.0
"""Seconds between two looks at the books' version, and at the engine lock of another."""


class OpenDesk(QObject):
    """What pages work with. Signals, all in the window's thread:

    ``opened`` (the services are there; again when this window becomes the engine's owner),
    ``failed`` (they cannot be opened: a LedgerDeskError), ``changed`` (somebody changed the books,
    at most once a second), ``sending_changed`` (bool), ``progressed`` (a Step of the run), ``sent``
    (the Counts of a run), ``not_sent`` (the LedgerDeskError that ended it), ``ran`` (a Plan and
    what came of it: a run that nobody began in this window), ``settings_changed`` (all settings by
    key: language and appearance follow at once; emitted by whoever changed one).

    With ``serves`` it runs by itself what is due, while this window owns the engine.
    """

    opened = Signal()
    failed = Signal(object)
    changed = Signal()
    sending_changed = Signal(bool)
    progressed = Signal(object)
    sent = Signal(object)
    not_sent = Signal(object)
    ran = Signal(object, object)
    settings_changed = Signal(object)
    _arrived = Signal(object)
    _broke = Signal(object)
    _changed = Signal(bool)

    def __init__(
        self,
        given: str | Path | None,
        background: Background,
        parent: QObject | None = None,
        *,
        serves: bool = False,
    ) -> None:
        super().__init__(parent)
        self.background = background
        self.desk: Desk | None = None
        self._given = given
        self._serves = serves
        self._keeper: _Keeper | None = None
        self._run: Task | None = None
        # Emitted in the keeper's thread: Qt brings them over by itself.
        self._arrived.connect(self._take)
        self._broke.connect(self._not_opened)
        self._changed.connect(self._notice)

    # --- opening, closing -----------------------------------------------------------------------

    def open(self) -> None:
        """Begins to open; ``opened`` or ``failed`` tells the end."""
        if self._keeper is not None:
            self._keeper.stop()
        self.desk = None
        told = Told(self.ran.emit, self.background.failed.emit) if self._serves else None
        self._keeper = _Keeper(
            self._given, self._arrived.emit, self._broke.emit, self._changed.emit, told
        )
        self._keeper.start()

    def close(self) -> None:
        """Ends the run that goes on, lets go of the books and the lock. Returns when it is done."""
        self.cancel_sending()
        if self._keeper is not None:
            self._keeper.begin_to_stop()
        self.background.stop()
        self.desk = None
        if self._keeper is not None:
            self._keeper.stop()
            self._keeper = None

    @property
    def is_open(self) -> bool:
        return self.desk is not None

    @property
    def is_owner(self) -> bool:
        """Whether this window runs the engine; else another LedgerDesk does."""
        return self.desk is not None and self.desk.is_owner

    # --- working --------------------------------------------------------------------------------

    def run(
        self,
        work: Callable[[Desk, Job], T],
        on_done: Callable[[T], object] | None = None,
        on_failed: Callable[[LedgerDeskError], object] | None = None,
        *,
        on_progress: Callable[[Step], object] | None = None,
        owner: QObject | None = None,
    ) -> Task:
        """``work(desk, job)`` in the background (see Background.run). The books must be open."""
        desk = self.desk
        if desk is None:
            raise RuntimeError("the books are not open")
        return self.background.run(
            lambda job: work(desk, job),
            on_done,
            on_failed,
            on_progress=on_progress,
            owner=owner,
        )

    @property
    def is_sending(self) -> bool:
        return self._run is not None

    @property
    def is_busy(self) -> bool:
        """Whether anything is being sent, by a person or by itself."""
        return self.is_sending or (self._keeper is not None and self._keeper.is_busy)

    def send_now(self) -> None:
        """Looks, takes in and sends what is due, here or by the LedgerDesk that owns the engine."""
        if self._run is not None or self.desk is None:
            return
        self._run = self.run(_send, self.sent.emit, self._ended_badly, on_progress=self._progress)
        self._run.finished.connect(self._run_ended)
        self.sending_changed.emit(True)

    def cancel_sending(self) -> None:
        """What is being sent comes to a safe end; the rest waits for the next run."""
        if self._run is not None:
            self._run.cancel()

    @Slot(object)
    def _progress(self, step: Step) -> None:
        self.progressed.emit(step)

    @Slot(object)
    def _ended_badly(self, error: LedgerDeskError) -> None:
        if not isinstance(error, Cancelled):
            self.not_sent.emit(error)

    @Slot()
    def _run_ended(self) -> None:
        self._run = None
        self.sending_changed.emit(False)
        self.changed.emit()

    # --- what the keeper tells ------------------------------------------------------------------

    @Slot(object)
    def _take(self, desk: Desk) -> None:
        self.desk = desk
        self.opened.emit()

    @Slot(object)
    def _not_opened(self, error: LedgerDeskError) -> None:
        self.desk = None
        self.failed.emit(error)

    @Slot(bool)
    def _notice(self, is_asked: bool) -> None:
        self.changed.emit()
        if is_asked:
            self.send_now()


def _send(desk: Desk, job: Job) -> Counts:
    if not desk.is_owner:
        return desk.ask_owner(job)
    from ledgerdesk.ui.executor import PoolExecutor

    with PoolExecutor(LANES) as executor:
        return desk.run(job, job, executor)


class _Keeper:
    """The thread that holds a data folder open. The callbacks are called in it."""

    def __init__(
        self,
        given: str | Path | None,
        arrived: Callable[[Desk], object],
        broke: Callable[[LedgerDeskError], object],
        changed: Callable[[bool], object],
        told: Told | None = None,
    ) -> None:
        self._given = given
        self._arrived = arrived
        self._broke = broke
        self._changed = changed
        self._told = told
        self._serving: Serving | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="desk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def begin_to_stop(self) -> None:
        """Nothing new is begun by itself; the books stay open for what still uses them."""
        if self._serving is not None:
            self._serving.begin_to_stop()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def is_busy(self) -> bool:
        serving = self._serving
        return serving is not None and serving.is_busy

    def _keep(self) -> None:
        try:
            with ExitStack() as kept:
                desk = self._open(kept)
                self._arrived(desk)
                while not self._watch(desk):
                    # What was opened beside the other one stays open: pages still read with it.
                    with suppress(EngineBusy):
                        desk = kept.enter_context(self._owned())
                        self._arrived(desk)
        except LedgerDeskError as error:
            self._broke(error)
        except Exception as error:
            from ledgerdesk import log

            log.bug(error)
            self._broke(UnexpectedTrouble(kind=type(error).__name__))

    def _open(self, kept: ExitStack) -> Desk:
        from ledgerdesk.app import open_desk

        try:
            return kept.enter_context(self._owned())
        except EngineBusy:
            return kept.enter_context(open_desk(self._given))

    def _owned(self) -> AbstractContextManager[Desk]:
        from ledgerdesk.app import own_desk

        return own_desk(self._given)

    def _watch(self, desk: Desk) -> bool:
        """True at the end; False when another LedgerDesk let go of the engine."""
        version = desk.books.data_version()
        try:
            while not self._stopped.wait(WATCH_EVERY):
                desk.load_the_rest()
                self._serve(desk)
                seen = desk.books.data_version()
                if seen != version:
                    version = seen
                    self._notice(desk)
                if not desk.is_owner and not desk.engine_is_running():
                    return False
            return True
        finally:
            self._stop_serving()

    def _serve(self, desk: Desk) -> None:
        """After the first list is there: what is due can wait a second, a person should not."""
        if self._told is not None and self._serving is None and desk.is_owner:
            self._serving = Serving(desk, self._told)
            self._serving.start()

    def _stop_serving(self) -> None:
        if self._serving is not None:
            self._serving.stop()
            self._serving = None

    def _notice(self, desk: Desk) -> None:
        if self._serving is not None:
            # It hears by itself who asks for a run.
            self._serving.wake()
            self._changed(False)
        else:
            self._changed(desk.is_owner and desk.is_asked())
