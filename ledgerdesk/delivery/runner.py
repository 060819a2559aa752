"""Makes runs for the owner of the engine: looks into the sources, sends through the lanes."""

from __future__ import annotations

import threading
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from ledgerdesk.delivery.counts import Counts
from ledgerdesk.delivery.dispatcher import Busy, Dispatcher
from ledgerdesk.delivery.plan import Plan, Trigger
from ledgerdesk.delivery.sync import Run
from ledgerdesk.model import Cancel, Network, Progress
from ledgerdesk.store import runs
from ledgerdesk.vault import Vault

if TYPE_CHECKING:
    from ledgerdesk.intake.look import Doors
    from ledgerdesk.intake.taking_in import Intake

PATIENCE, PATIENCE_OF_A_PERSON = 2.0, 20.0
"""Seconds a run waits for another one's look before it sends without looking itself: a share that
does not answer must not stop the sending."""


class Runner:
    """One for a data folder. Runs may overlap: each leaves alone what another one works at."""

    def __init__(self, intake: Intake, doors: Doors, vault: Vault, network: Network) -> None:
        self.busy = Busy()
        self._intake = intake
        self._books = intake.books
        self._doors = doors
        self._vault = vault
        self._network = network
        self._looking = threading.Lock()
        self._heard_again = False

    def run(
        self,
        plan: Plan,
        executor: Executor,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        *,
        listens: bool = True,
    ) -> Counts:
        """One run; see sync.Run. ``executor`` serves the lanes side by side."""
        if listens:
            self._hear_again()
        intake = self._intake
        dispatcher = Dispatcher(
            *(intake.books, self._vault, intake.blobs, self._network, intake.clock, executor),
            busy=self.busy,
        )

        def send(now: Plan) -> int:
            asks = now.trigger is not Trigger.RETRY
            return dispatcher.run(cancel, progress, only=now.configurations, asks=asks).delivered

        run = Run(intake.books, intake.clock, lambda now: self._look(now, progress, cancel), send)
        return run.until_done(plan, listens=listens)

    def _look(self, plan: Plan, progress: Progress | None, cancel: Cancel | None) -> int:
        """One look at a time."""
        from ledgerdesk.intake.look import look

        patience = PATIENCE_OF_A_PERSON if plan.by_person else PATIENCE
        if not self._looking.acquire(timeout=patience):
            return 0
        try:
            return look(
                self._intake, doors=self._doors, ids=plan.sources, progress=progress, cancel=cancel
            ).taken_in
        finally:
            self._looking.release()

    def _hear_again(self) -> None:
        """Once: what a former owner heard and never answered is asked for again."""
        if not self._heard_again:
            self._books.write(runs.reopen)
            self._heard_again = True
