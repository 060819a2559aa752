"""The engine of the window: what is due is run by itself, in threads of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgerdesk.errors import LedgerDeskError, UnexpectedTrouble

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.counts import Counts
    from ledgerdesk.delivery.plan import Plan
    from ledgerdesk.model import Cancel

LANES = 8
"""Destinations served side by side."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of it, in the engine's threads: of every run that ended, and of the end of the
    engine itself when the books could no longer be read."""

    ran: Callable[[Plan, Counts | LedgerDeskError], object]
    broke: Callable[[LedgerDeskError], object]


class Serving:
    """Lives as long as one opened data folder that this window owns."""

    def __init__(self, desk: Desk, told: Told) -> None:
        self._desk = desk
        self._told = told
        self._running = 0
        self._lock = threading.Lock()
        self._engine = desk.engine(self._work, hears=False, told=told.ran)
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """The books changed: it looks now instead of later."""
        self._engine.wake()

    def begin_to_stop(self) -> None:
        self._engine.stop()

    def stop(self) -> None:
        """Returns when what was on its way has come to a safe end."""
        self._engine.stop()
        self._thread.join()

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on."""
        return self._running > 0

    def _work(self, plan: Plan, cancel: Cancel) -> Counts:
        from ledgerdesk.ui.executor import PoolExecutor

        self._count(1)
        try:
            with PoolExecutor(LANES) as executor:
                return self._desk.run(None, cancel, executor, plan=plan, listens=False)
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._lock:
            self._running += more

    def _serve(self) -> None:
        try:
            self._engine.serve()
        except LedgerDeskError as error:
            self._told.broke(error)
        except Exception as error:
            from ledgerdesk import log

            log.bug(error)
            self._told.broke(UnexpectedTrouble(kind=type(error).__name__))
