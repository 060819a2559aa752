"""The engine: one loop that runs what is due by itself, for the window and for ``ledgerdesk run``.

It waits until the next moment, at most half a minute, and is never awake more than once a second.
Work is done in threads of its own, so a destination or a share that does not answer holds up
nothing but itself. Its owner holds the engine lock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import Protocol

from ledgerdesk.delivery.agenda import Agenda
from ledgerdesk.delivery.arrivals import Arrivals
from ledgerdesk.delivery.counts import Counts
from ledgerdesk.delivery.plan import Plan, Reason, Trigger
from ledgerdesk.delivery.waking import Jump, Pulse
from ledgerdesk.errors import (
    Cancelled,
    DiskFull,
    EngineBusy,
    LedgerDeskError,
    UnexpectedTrouble,
)
from ledgerdesk.model import Cancel, Clock
from ledgerdesk.net.conditions import Answer, Conditions
from ledgerdesk.store import Books, runs

log = logging.getLogger(__name__)

LONGEST_WAIT = 30.0
SHORTEST_WAIT = 1.0
"""Seconds between two looks at the clocks."""
NETWORK_WITHIN = 60.0
"""Seconds the network may take to be there after waking; then it is tried without."""
SETTLES = (10.0, 30.0)
"""Seconds between that and the first run: programs, shares and Wi-Fi wake one by one."""
SIDE_BY_SIDE = 4
"""Runs at a time: more than one only while something does not answer."""

Ended = Counts | LedgerDeskError


class Work(Protocol):
    """What the engine has done: ``app.Desk`` does it."""

    def __call__(self, plan: Plan, cancel: Cancel) -> Counts:
        """One run. Raises from the error tree only."""
        ...


class Waiter(Protocol):
    def wait(self, seconds: float) -> None:
        """Returns after so long, or when woken, but never sooner than SHORTEST_WAIT."""
        ...

    def wake(self) -> None: ...

    def stop(self) -> None:
        """Nothing waits any more."""
        ...


class RealWaiter:
    def __init__(self) -> None:
        self._woken = threading.Event()
        self._stopped = threading.Event()

    def wait(self, seconds: float) -> None:
        began = time.monotonic()
        self._woken.wait(seconds)
        self._woken.clear()
        rest = SHORTEST_WAIT - (time.monotonic() - began)
        if rest > 0:
            self._stopped.wait(rest)

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()


class Stop:
    """Implements model.Cancel for all that the engine began."""

    def __init__(self) -> None:
        self._set = threading.Event()

    def set(self) -> None:
        self._set.set()

    @property
    def is_set(self) -> bool:
        return self._set.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled once the engine is to end."""
        if self._set.is_set():
            raise Cancelled()


class Engine:
    """``work`` makes a run, ``busy`` tells the lanes at work. ``hears``: it looks every second
    whether another process asks for a run; else somebody calls ``wake``. ``told`` is called in the
    loop's thread after every run, with what it brought or the error that ended it.
    """

    def __init__(
        self,
        books: Books,
        clock: Clock,
        conditions: Conditions,
        work: Work,
        busy: Callable[[], Iterable[str]],
        *,
        hears: bool = True,
        told: Callable[[Plan, Ended], object] = lambda plan, ended: None,
        arrivals: Arrivals | None = None,
        waiter: Waiter | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Random | None = None,
    ) -> None:
        self._books = books
        self._clock = clock
        self._conditions = conditions
        self._work = work
        self._hears = hears
        self._told = told
        self._waiter = waiter or RealWaiter()
        self._monotonic = monotonic
        self._jitter = jitter or Random()
        self._stop = Stop()
        self._agenda = Agenda(books, clock, conditions, busy)
        self._arrivals = arrivals or Arrivals(books, monotonic, self._waiter.wake)
        self._running: dict[Future[Counts], Plan] = {}
        self._network_until: float | None = None
        self._settled_at: float | None = None

    # --- from any thread ------------------------------------------------------------------------

    def stop(self) -> None:
        """What is being sent comes to a safe end, the rest is left for the next time; then
        ``serve`` returns."""
        self._stop.set()
        self._waiter.stop()

    def wake(self) -> None:
        """Something may have changed: it looks now instead of later."""
        self._waiter.wake()

    # --- the loop -------------------------------------------------------------------------------

    def serve(self) -> None:
        """Returns after ``stop``. Raises what the books raise when they cannot be read."""
        self._agenda.begin()
        pulse, waited = Pulse(self._clock, self._monotonic), 0.0
        try:
            with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="run") as threads:
                try:
                    while not self._stop.is_set:
                        jump = pulse.beat(waited)
                        if jump is not None:
                            self._jumped(jump)
                        waited = self._turn(threads)
                        self._waiter.wait(waited)
                finally:
                    self._stop.set()
            self._collect()
        finally:
            self._arrivals.stop()

    def _turn(self, threads: ThreadPoolExecutor) -> float:
        """How long to wait for the next one. Books that cannot be written now are no end."""
        try:
            self._look_around(threads)
        except (DiskFull, EngineBusy) as error:
            log.warning("the books cannot be used now: %s", error.code)
            self._agenda.jumped(Reason.FAILED)
            return LONGEST_WAIT
        return self._next_wait()

    def _look_around(self, threads: ThreadPoolExecutor) -> None:
        self._collect()
        if self._agenda.changed():
            self._answer(threads)
            self._arrivals.follow(self._agenda.is_on)
        if not self._is_settled() or len(self._running) >= SIDE_BY_SIDE:
            return
        plan = self._agenda.next_plan() or self._arrivals.next_plan()
        if plan is not None:
            self._start(threads, plan)

    def _answer(self, threads: ThreadPoolExecutor) -> None:
        """A person who asks in another process is heard at once, whatever else goes on."""
        with self._books.read() as c:
            if not runs.unclaimed(c):
                return
        at = self._clock.now()
        heard = self._books.write(lambda c: runs.claim(c, at))
        answers = tuple(one.id for one in heard)
        self._start(threads, Plan(Trigger.REQUEST, answers=answers))

    def _start(self, threads: ThreadPoolExecutor, plan: Plan) -> None:
        log.info("run: %s %s", plan.trigger, plan.reason)
        if plan.looks and not plan.sources:
            self._arrivals.looked()
        self._running[threads.submit(self._work, plan, self._stop)] = plan

    def _collect(self) -> None:
        """What came of the runs that ended."""
        for future in [one for one in self._running if one.done()]:
            plan = self._running.pop(future)
            error = future.exception()
            if error is None:
                self._arrivals.ended(plan)
                self._told(plan, future.result())
                continue
            if not isinstance(error, LedgerDeskError):
                log.error("a run ended with something unexpected", exc_info=error)
                error = UnexpectedTrouble(kind=type(error).__name__)
            if not plan.by_person and not isinstance(error, Cancelled):
                self._agenda.failed(plan)
            self._told(plan, error)

    # --- waking ---------------------------------------------------------------------------------

    def _jumped(self, jump: Jump) -> None:
        log.info("clocks: %.0f seconds went by unseen", jump.seconds)
        self._agenda.jumped(Reason.CLOCK if jump.is_back else Reason.ASLEEP)
        if not jump.is_back:
            self._network_until = self._monotonic() + NETWORK_WITHIN
            self._settled_at = None

    def _is_settled(self) -> bool:
        """Not while the computer is still waking: a run without its network only makes errors."""
        if self._network_until is None:
            return True
        now = self._monotonic()
        if self._settled_at is None:
            no_network = self._conditions.network() is Answer.NO
            if no_network and now < self._network_until:
                return False
            self._settled_at = now + self._jitter.uniform(*SETTLES)
        if now < self._settled_at:
            return False
        self._network_until = self._settled_at = None
        return True

    def _next_wait(self) -> float:
        longest = SHORTEST_WAIT if self._hears or self._running else LONGEST_WAIT
        if self._network_until is not None:
            return min(longest, 5.0)
        seconds = [longest, self._arrivals.next_in()]
        at = self._agenda.next_at()
        if at is not None:
            seconds.append((at - self._clock.now()).total_seconds())
        return max(SHORTEST_WAIT, min(seconds))
