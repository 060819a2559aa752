"""What is to be run next by itself, and when: schedules, later attempts, what a stop cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledgerdesk import settings
from ledgerdesk.delivery import calendar, rules
from ledgerdesk.delivery.calendar import Calendar
from ledgerdesk.delivery.plan import Plan, Reason, Trigger
from ledgerdesk.delivery.schedule import Due, Slot
from ledgerdesk.delivery.zones import local_zone
from ledgerdesk.errors import Interrupted, to_record
from ledgerdesk.model import Clock
from ledgerdesk.net.conditions import Answer, Conditions
from ledgerdesk.store import Books, lanes, runs, schedules
from ledgerdesk.store import settings as kept_settings
from ledgerdesk.store.schedules import OVERALL, Rule

LATE = timedelta(minutes=2)
"""A slot that begins later than that was missed, and the run makes it up."""
AGAIN = timedelta(minutes=5)
"""After a run that failed as a whole: a full disk, say."""
ASK_AGAIN = timedelta(seconds=30)
"""Between two questions to the computer about its network and power."""
RETRY_REST = timedelta(seconds=15)
"""Between two runs of later attempts: what cannot be done must not spin."""


class Agenda:
    """Used by one thread. ``busy`` tells the lanes that are at work."""

    def __init__(
        self,
        books: Books,
        clock: Clock,
        conditions: Conditions,
        busy: Callable[[], Iterable[str]],
    ) -> None:
        self._books = books
        self._clock = clock
        self._conditions = conditions
        self._busy = busy
        self._calendar: Calendar | None = None
        self._version = -1
        self._late: list[tuple[str, Due]] = []
        self._next_slot_at: datetime | None = None
        self._retries: set[str] = set()
        self._next_retry_at: datetime | None = None
        self._retried_at: datetime | None = None
        self._handed: set[tuple[str, str]] = set()
        self._why = Reason.NOT_RUNNING
        self._again: tuple[datetime, Plan] | None = None
        self._asked_at: datetime | None = None
        self._answered = Reason.ON_TIME

    def begin(self) -> None:
        """The engine starts: the default schedule holds from now on where there is none; what an
        earlier owner began and never ended is made up for, what it heard is heard again."""
        at = self._clock.now()
        cut_off = self._books.write(lambda c: self._begin(c, at))
        if cut_off:
            self._again = (at, Plan(Trigger.CATCH_UP, Reason.CUT_OFF))

    def jumped(self, reason: Reason) -> None:
        """The computer slept or its clock was changed: all moments are computed again."""
        self._why = reason
        self._calendar = self._asked_at = None
        if self._again is not None:
            self._again = (self._clock.now(), self._again[1])

    def failed(self, plan: Plan) -> None:
        """A run that nobody asked for ended badly as a whole: once more, a little later."""
        at = self._clock.now() + AGAIN
        self._again = (at, replace(plan, trigger=Trigger.CATCH_UP, reason=Reason.FAILED))

    def changed(self) -> bool:
        """Whether anybody changed the books since the last look; reads them again then."""
        version = self._books.data_version()
        if version == self._version and self._calendar is not None:
            return False
        self._version = version
        self._read()
        return True

    @property
    def is_on(self) -> bool:
        return self._calendar is not None and self._calendar.is_on

    def next_plan(self) -> Plan | None:
        """What is to be run now, each slot once; None: nothing."""
        now = self._clock.now()
        moments = (self._next_slot_at, self._next_retry_at)
        if self._has_travelled() or any(one is not None and one <= now for one in moments):
            self._read()
        plan = self._wanted(now)
        if plan is None:
            return None
        held = self._held(now)
        if held is not Reason.ON_TIME:
            self._why = held
            return None
        return self._handed_out(plan, now)

    def next_at(self) -> datetime | None:
        """The next moment at which there may be something to run."""
        again = self._again[0] if self._again else None
        moments = (self._next_slot_at, self._next_retry_at, again)
        return min((one for one in moments if one is not None), default=None)

    # --- reading ----------------------------------------------------------------------------------

    def _begin(self, c: sa.Connection, at: datetime) -> int:
        if OVERALL not in schedules.rules(c):
            schedules.put(c, OVERALL, Rule(rules.to_values(rules.DEFAULT), at))
        runs.reopen(c)
        cut_off = runs.cut_off(c)
        for one in cut_off:
            runs.end(c, one.id, at, {}, to_record(Interrupted()))
        return len(cut_off)

    def _read(self) -> None:
        now = self._clock.now()
        busy = frozenset(self._busy())
        with self._books.read() as c:
            known = calendar.read(c, now)
            self._retries, self._next_retry_at = lanes.retries(c, now, busy)
        self._handed -= {(one, key) for one, ran in known.ran.items() for key in ran}
        self._calendar = known
        self._late = known.due(now)
        self._next_slot_at = known.next_at(now)

    def _has_travelled(self) -> bool:
        known = self._calendar
        return known is None or (not known.zone_name and known.zone != local_zone())

    # --- deciding ---------------------------------------------------------------------------------

    def _wanted(self, now: datetime) -> Plan | None:
        due = [each for each in self._late if (each[0], each[1].slot.key) not in self._handed]
        if due:
            return self._of_slots(due, now)
        if self._again is not None and self._again[0] <= now:
            return self._again[1]
        rests = self._retried_at is not None and abs(now - self._retried_at) < RETRY_REST
        if self._retries and not rests:
            return Plan(Trigger.RETRY, configurations=frozenset(self._retries), looks=False)
        return None

    def _of_slots(self, due: list[tuple[str, Due]], now: datetime) -> Plan:
        assert self._calendar is not None
        slots: tuple[tuple[str, Slot], ...] = tuple((one, late.slot) for one, late in due)
        missed = sum(late.missed + (now - late.slot.at > LATE) for _, late in due)
        return Plan(
            trigger=Trigger.CATCH_UP if missed else Trigger.SCHEDULE,
            reason=self._reason() if missed else Reason.ON_TIME,
            missed=missed,
            configurations=self._calendar.covered([one for one, _ in due]),
            slots=slots,
        )

    def _reason(self) -> Reason:
        return self._why if self._why is not Reason.ON_TIME else Reason.BUSY

    def _held(self, now: datetime) -> Reason:
        """Why nothing may run by itself now; ``ON_TIME``: it may."""
        assert self._calendar is not None
        if self._calendar.pause_at(now) is not None:
            return Reason.PAUSED
        if self._asked_at is None or abs(now - self._asked_at) >= ASK_AGAIN:
            self._asked_at, self._answered = now, self._told_by_computer()
        return self._answered

    def _told_by_computer(self) -> Reason:
        with self._books.read() as c:
            metered = kept_settings.get(c, settings.PAUSE_ON_METERED)
            battery = kept_settings.get(c, settings.PAUSE_ON_BATTERY)
        if metered == "yes" and self._conditions.metered() is Answer.YES:
            return Reason.METERED
        if battery == "yes" and self._conditions.on_battery() is Answer.YES:
            return Reason.BATTERY
        return Reason.ON_TIME

    def _handed_out(self, plan: Plan, now: datetime) -> Plan:
        if plan.trigger is Trigger.RETRY:
            self._retried_at = now
            return plan
        self._handed.update((one, slot.key) for one, slot in plan.slots)
        self._why, self._again = Reason.ON_TIME, None
        return plan
