"""Sends everything that is due, lane beside lane, on an executor that is handed in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field
from random import Random

import sqlalchemy as sa

from ledgerdesk import connectors
from ledgerdesk.connectors.base import Connector
from ledgerdesk.delivery.budgets import forget_old_calls
from ledgerdesk.delivery.lane import Lane
from ledgerdesk.delivery.outbox import entry_of
from ledgerdesk.delivery.sessions import Services
from ledgerdesk.errors import Cancelled, Interrupted, LedgerDeskError, to_record
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Cancel,
    Clock,
    DeliveryState,
    Network,
    NeverCancelled,
    Progress,
)
from ledgerdesk.store import Books, confirmations, deliveries, journal, lanes
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.vault import Vault

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one run did: ``delivered`` in this run, ``counts`` of all deliveries at its end."""

    delivered: int = 0
    cancelled: bool = False
    counts: Mapping[DeliveryState, int] = field(default_factory=dict)


class Busy:
    """The lanes at work in this process: a second run leaves them alone, whatever holds them up."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lanes: set[str] = set()

    def now(self) -> frozenset[str]:
        with self.lock:
            return frozenset(self.lanes)

    def ended(self, lane: str) -> None:
        with self.lock:
            self.lanes.discard(lane)


class Dispatcher:
    """The engine's sending half; its owner holds the engine lock. Several runs of one owner share
    their ``busy`` lanes.

    ``executor`` runs one task per lane that has something due. ``run`` waits for them, so it must
    not itself be called from a thread of that executor.
    """

    def __init__(
        self,
        books: Books,
        vault: Vault,
        blobs: Blobs,
        network: Network,
        clock: Clock,
        executor: Executor,
        connectors_get: Callable[[str], Connector] = connectors.get,
        jitter: Random | None = None,
        busy: Busy | None = None,
    ) -> None:
        self._services = Services(
            books, vault, blobs, network, clock, connectors_get, jitter or Random()
        )
        self._executor = executor
        self._busy = busy or Busy()

    def run(
        self,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
        *,
        only: Collection[str] | None = None,
        asks: bool = True,
    ) -> Sent:
        """Probes what an earlier run left unfinished, sends what is due, and ends: it never waits
        for a later attempt. Raises what the books raise, after every lane came to its end.

        ``only``: to these configurations. Without ``asks`` no destination is asked what became of
        earlier documents, unless something is sent there.
        """
        books, clock = self._services.books, self._services.clock
        cancel = cancel or NeverCancelled()
        with self._busy.lock:
            # Between these, no lane of another run may begin.
            books.write(self._begin)
            with books.read() as c:
                due = lanes.due_lanes(c, clock.now(), only, asks=asks)
                due = [name for name in due if name not in self._busy.lanes]
                total = lanes.due_count(c, due, clock.now(), only)
            self._busy.lanes.update(due)
        told = _Told(progress, total)
        tasks = [
            self._executor.submit(
                self._run_lane, Lane(name, self._services, cancel, told, only), name
            )
            for name in due
        ]
        wait(tasks)
        delivered = sum(_result(task) for task in tasks)
        with books.read() as c:
            return Sent(delivered, _is_cancelled(cancel), deliveries.counts(c))

    def _run_lane(self, lane: Lane, name: str) -> int:
        try:
            return lane.run()
        finally:
            self._busy.ended(name)

    def _begin(self, c: sa.Connection) -> None:
        at = self._services.clock.now()
        forget_old_calls(c, at)
        confirmations.end_overdue(c, at)
        left = lanes.recover(c, at, to_record(Interrupted()), self._busy.lanes)
        entries = [entry_of(deliveries.get(c, one)) for one in left]
        journal.append(c, *entries, at=at)


class _Told:
    """Counts for the progress bar; lanes call it from their threads, one at a time."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        if self._progress is None:
            return
        with self._lock:
            self._done += 1
            total = max(self._total, self._done)
            self._progress.step(translate(N_("Sending documents")), self._done, total)


def _result(task: Future[int]) -> int:
    """A lane only fails with the books: then nothing after it can be kept either."""
    error = task.exception()
    if error is None:
        return task.result()
    if not isinstance(error, LedgerDeskError):
        log.error("a lane ended with something unexpected", exc_info=error)
    raise error


def _is_cancelled(cancel: Cancel) -> bool:
    try:
        cancel.raise_if_cancelled()
    except Cancelled:
        return True
    return False
