"""When folders are looked into beside the schedule: soon after something was written there, and
from time to time, because not every share tells. Only taken in; sending keeps to the schedule."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ledgerdesk import settings
from ledgerdesk.delivery.plan import Plan, Trigger
from ledgerdesk.sources.watch import FolderWatch
from ledgerdesk.store import Books, sources
from ledgerdesk.store import settings as kept_settings

FOLDER = "folder"
RESCAN = 900.0
"""Seconds after which every source is looked into in any case."""
PATIENCE = 60.0
"""Seconds after which a folder is looked into although it is still written to."""
TIMES = 6
"""Looks at what does not come to rest, before it waits for the next one of the schedule."""


@dataclass(slots=True)
class _Stir:
    """Something was written: ``first`` and ``last`` by the steady clock, so many looks ``left``."""

    first: float
    last: float
    left: int = TIMES


class Arrivals:
    """``wake`` is called, in a thread of the watch, when there is something new to plan."""

    def __init__(
        self,
        books: Books,
        monotonic: Callable[[], float],
        wake: Callable[[], object],
        watch: Callable[[Callable[[str], None]], FolderWatch] = FolderWatch,
    ) -> None:
        self._books = books
        self._monotonic = monotonic
        self._wake = wake
        self._watch = watch(self._stirred)
        self._lock = threading.Lock()
        self._stirs: dict[str, _Stir] = {}
        self._tried: dict[str, _Stir] = {}
        self._ids: dict[str, str] = {}
        self._rest = float(settings.STABLE_SECONDS.default)
        self._looked_at = monotonic()
        self._is_on = False

    def follow(self, is_on: bool) -> None:
        """The books changed: which folders there are, and whether LedgerDesk looks by itself."""
        with self._books.read() as c:
            found = sources.listed(c, limit=None)
            self._rest = float(kept_settings.get(c, settings.STABLE_SECONDS))
        self._is_on = is_on and bool(found)
        self._ids = {one.path: one.id for one in found if one.type == FOLDER} if is_on else {}
        self._watch.watch(self._ids)
        with self._lock:
            self._stirs = {root: one for root, one in self._stirs.items() if root in self._ids}

    def next_plan(self) -> Plan | None:
        """The folders that came to rest, or all sources when it is time; None: nothing yet."""
        if not self._is_on:
            return None
        now = self._monotonic()
        if now - self._looked_at >= RESCAN:
            self.looked()
            return Plan(Trigger.ARRIVAL, sends=False)
        with self._lock:
            ripe = {root: one for root, one in self._stirs.items() if self._ripe_at(one) <= now}
            for root in ripe:
                del self._stirs[root]
        self._tried.update({self._ids[root]: one for root, one in ripe.items()})
        ids = sorted(self._ids[root] for root in ripe)
        return Plan(Trigger.ARRIVAL, sources=ids, sends=False) if ids else None

    def next_in(self) -> float:
        """Seconds until ``next_plan`` may have something."""
        if not self._is_on:
            return RESCAN
        now = self._monotonic()
        with self._lock:
            moments = [self._ripe_at(one) for one in self._stirs.values()]
        return max(0.0, min([*moments, self._looked_at + RESCAN]) - now)

    def looked(self) -> None:
        """Every source is being looked into now."""
        self._looked_at = self._monotonic()

    def ended(self, plan: Plan) -> None:
        """A run ended: what was still written to in its folders is looked at once more."""
        tried = {one: self._tried.pop(one) for one in plan.sources if one in self._tried}
        if not tried:
            return
        with self._books.read() as c:
            waiting = sources.waiting(c)
        now = self._monotonic()
        with self._lock:
            for root, source_id in self._ids.items():
                before = tried.get(source_id)
                if before is not None and before.left > 1 and waiting.get(source_id):
                    self._stirs.setdefault(root, _Stir(now, now, before.left - 1))

    def stop(self) -> None:
        self._watch.stop()

    # --- how ------------------------------------------------------------------------------------

    def _stirred(self, root: str) -> None:
        now = self._monotonic()
        with self._lock:
            known = self._stirs.get(root)
            if known is not None:
                known.last = now
                return
            self._stirs[root] = _Stir(now, now)
        self._wake()

    def _ripe_at(self, one: _Stir) -> float:
        # A moment more than the rest: a file is stable once it has rested, not while it ends.
        return min(one.last + self._rest + 1.0, one.first + PATIENCE)
