"""An engine in simulated time: its waits move both clocks, things happen when they are to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from ledgerdesk.delivery.arrivals import Arrivals
from ledgerdesk.delivery.counts import Counts
from ledgerdesk.delivery.engine import Ended, Engine
from ledgerdesk.delivery.plan import Plan
from ledgerdesk.delivery.schedules import Schedules
from ledgerdesk.delivery.sync import Run
from ledgerdesk.model import Cancel
from ledgerdesk.net.conditions import Answer
from ledgerdesk.sources.watch import FolderWatch
from ledgerdesk.store import runs
from ledgerdesk.store.runs import MadeRun
from tests.unit.delivery.world import World

SOON = 20.0
"""Seconds after which a test gives up; nothing waits for them."""


@dataclass
class FakeConditions:
    has_network: Answer = Answer.YES
    is_metered: Answer = Answer.UNKNOWN
    uses_battery: Answer = Answer.UNKNOWN
    asked: int = 0

    def network(self) -> Answer:
        return self.has_network

    def metered(self) -> Answer:
        self.asked += 1
        return self.is_metered

    def on_battery(self) -> Answer:
        return self.uses_battery


class SilentWatch(FolderWatch):
    """Tells of what a test says, and has no threads."""

    def watch(self, roots: object) -> None:
        self.roots = frozenset(roots)  # type: ignore[call-overload]

    def stirred(self, root: str) -> None:
        self._changed(root)


@dataclass
class Simulation:
    """``work`` looks and sends; ``happens`` at so many seconds by the steady clock."""

    world: World
    hears: bool = False
    conditions: FakeConditions = field(default_factory=FakeConditions)
    look: Callable[[Plan], int] = lambda plan: 0
    send: Callable[[Plan], int] = lambda plan: 0
    waits: list[float] = field(default_factory=list)
    made: list[tuple[datetime, Plan]] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    steady: float = 0.0
    settles: bool = True

    def __post_init__(self) -> None:
        self.schedules = Schedules(self.world.books, self.world.clock)
        self._happenings: list[tuple[float, Callable[[], object]]] = []
        self._end = 0.0
        self.busy: set[str] = set()
        self.engine = self._engine()

    def _engine(self) -> Engine:
        def watching(changed: Callable[[str], None]) -> FolderWatch:
            self.folder_watch = SilentWatch(changed)
            return self.folder_watch

        world = self.world
        return Engine(
            world.books,
            world.clock,
            self.conditions,
            self._work,
            lambda: self.busy,
            hears=self.hears,
            told=lambda plan, ended: self.ended.append(ended),
            arrivals=Arrivals(world.books, lambda: self.steady, self.wake, watching),
            waiter=self,
            monotonic=lambda: self.steady,
            jitter=Random(1),
        )

    def _work(self, plan: Plan, cancel: Cancel) -> Counts:
        self.made.append((self.world.clock.now(), plan))
        run = Run(self.world.books, self.world.clock, self.look, self.send)
        return run.until_done(plan, listens=False)

    # --- a waiter -------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self.settles:
            wait(list(self.engine._running), SOON)
        self.world.clock.forward(seconds=seconds)
        self.steady += seconds
        while self._happenings and self._happenings[0][0] <= self.steady:
            self._happenings.pop(0)[1]()
        if self.steady >= self._end:
            self.engine.stop()

    def wake(self) -> None:
        return None

    def stop(self) -> None:
        return None

    # --- a test's -------------------------------------------------------------------------------

    def after(self, happening: Callable[[], object], **how_far: float) -> None:
        """It happens so long after the start, in the order in which they are said."""
        self._happenings.append((timedelta(**how_far).total_seconds(), happening))

    def sleep(self, *, steady_too: bool, **how_long: float) -> None:
        """The computer sleeps: one clock or both go on."""
        self.world.clock.forward(**how_long)
        if steady_too:
            self.steady += timedelta(**how_long).total_seconds()
            self._end += timedelta(**how_long).total_seconds()

    def run(self, **how_long: float) -> None:
        """The engine serves for so long; then it has ended."""
        self._end = self.steady + timedelta(**how_long).total_seconds()
        self.engine.serve()

    def restart(self) -> None:
        self.engine = self._engine()

    @property
    def plans(self) -> list[Plan]:
        return [plan for _, plan in self.made]

    @property
    def triggers(self) -> list[str]:
        return [plan.trigger.value for plan in self.plans]

    def kept(self) -> list[MadeRun]:
        """The runs in the books, newest first."""
        with self.world.books.read() as c:
            return runs.made(c, 10_000)
