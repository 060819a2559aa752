"""When LedgerDesk runs by itself, under a person's hands: one service for the command line and the
window. ``engine`` does what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from ledgerdesk.delivery import brake, calendar, rules
from ledgerdesk.delivery.calendar import Calendar
from ledgerdesk.delivery.forecast import Forecast, forecasts
from ledgerdesk.delivery.rules import Wanted
from ledgerdesk.delivery.schedule import Schedule
from ledgerdesk.delivery.zones import zone_named
from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Clock
from ledgerdesk.store import Books, configurations, journal, runs, schedules
from ledgerdesk.store.journal import Entry
from ledgerdesk.store.runs import MadeRun
from ledgerdesk.store.schedules import OVERALL, Pause, Rule

__all__ = ["MadeRun", "Pause", "RuleShown", "Schedules", "Shown", "Wanted"]

HOUR, TODAY, OPEN_END = "hour", "today", "on"
"""How long a pause lasts, in one word."""


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule as a person sees it; ``name`` is the accounting package's, "" for the overall one.
    ``since`` None: it is the default, and nothing has run by it yet."""

    configuration_id: str
    name: str
    schedule: Schedule
    since: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """``zone`` is the calendar in force, ``zone_chosen`` the one a person named. ``runs`` are the
    last ones, newest first."""

    overall: RuleShown
    own: tuple[RuleShown, ...]
    zone: str
    zone_chosen: str
    pause: Pause | None
    runs: tuple[MadeRun, ...]


class Schedules:
    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def shown(self, limit: int = 20) -> Shown:
        """With the last ``limit`` runs."""
        at = self._clock.now()
        with self._books.read() as c:
            return _shown(c, calendar.read(c, at), at, limit)

    def set(
        self, wanted: Wanted, configuration_id: str = OVERALL, zone: str | None = None
    ) -> Shown:
        """Changes the overall rule, or gives an accounting package one of its own. It holds from
        now on: nothing is made up for the time before.

        ``zone`` names the calendar of all rules; "" is this computer's. Raises InvalidValue or
        UnknownId.
        """
        if zone:
            zone_named(zone)

        def change(before: Schedule) -> Schedule:
            tells_when = wanted.every is not None or wanted.times is not None
            # Where nothing ran by itself, the hours and days of an office are meant.
            base = rules.DEFAULT if tells_when and not before.is_on else before
            return rules.changed(base, wanted)

        return self._change(configuration_id, change, zone)

    def by_hand(self, configuration_id: str = OVERALL) -> Shown:
        """Nothing is sent there by itself any more. Raises UnknownId."""
        return self._change(configuration_id, lambda before: rules.BY_HAND)

    def as_overall(self, configuration_id: str) -> Shown:
        """The package follows the overall rule again. Raises UnknownId."""
        at = self._clock.now()

        def work(c: sa.Connection) -> None:
            configurations.get(c, configuration_id)
            schedules.remove(c, configuration_id)
            entry = Entry("schedule.changed", {"configuration": configuration_id, "rule": ""})
            journal.append(c, entry, at=at)

        self._books.write(work)
        return self.shown()

    # --- pausing --------------------------------------------------------------------------------

    def pause(self, text: str = HOUR) -> Shown:
        """Nothing runs by itself for an ``hour``, for ``today``, until a moment (``2026-11-24
        14:00``), or, with ``on``, until ``resume``. What a person sends goes on.

        Raises InvalidValue.
        """
        at = self._clock.now()
        with self._books.read() as c:
            until = _until(text, at, calendar.read(c, at))
        facts = {"until": "" if until is None else until.isoformat(timespec="seconds")}
        self._keep_pause(Pause(at, until), Entry("schedule.paused", facts))
        return self.shown()

    def resume(self) -> Shown:
        """What the pause left out is made up by one run."""
        self._keep_pause(None, Entry("schedule.resumed", {}))
        return self.shown()

    # --- the brake, and how long it takes ---------------------------------------------------------

    def allow(self, configuration_id: str = "") -> int:
        """A person's yes to all that waits, of one accounting package or of all: the next run
        sends it, however much it is. How many the brake had held. Raises UnknownId."""
        at = self._clock.now()

        def work(c: sa.Connection) -> int:
            if configuration_id:
                configurations.get(c, configuration_id)
            return brake.let_go(c, at, configuration_id)

        return self._books.write(work)

    def forecasts(self) -> list[Forecast]:
        """How long what waits will take within the vendors' limits, the longest first."""
        at = self._clock.now()
        with self._books.read() as c:
            return forecasts(c, at)

    # --- how ------------------------------------------------------------------------------------

    def _change(
        self,
        configuration_id: str,
        change: Callable[[Schedule], Schedule],
        zone: str | None = None,
    ) -> Shown:
        at = self._clock.now()

        def work(c: sa.Connection) -> None:
            if configuration_id:
                configurations.get(c, configuration_id)
            known = calendar.read(c, at).rules
            before = known.get(configuration_id) or known[OVERALL]
            values = rules.to_values(change(before.schedule))
            schedules.put(c, configuration_id, Rule(values, at))
            if zone is not None:
                schedules.set_zone(c, zone)
            facts = {"configuration": configuration_id, "rule": json.dumps(values)}
            journal.append(c, Entry("schedule.changed", facts), at=at)

        self._books.write(work)
        return self.shown()

    def _keep_pause(self, pause: Pause | None, entry: Entry) -> None:
        at = self._clock.now()

        def work(c: sa.Connection) -> None:
            schedules.set_pause(c, pause)
            journal.append(c, entry, at=at)

        self._books.write(work)


def _shown(c: sa.Connection, known: Calendar, at: datetime, limit: int) -> Shown:
    names = {one.id: one.name for one in configurations.listed(c, limit=None)}
    kept = schedules.rules(c)

    def rule(configuration_id: str) -> RuleShown:
        slot = known.next_of(configuration_id, at)
        return RuleShown(
            configuration_id,
            names.get(configuration_id, ""),
            known.rules[configuration_id].schedule,
            kept[configuration_id].since if configuration_id in kept else None,
            slot.at if slot else None,
        )

    own = [rule(one) for one in known.rules if one != OVERALL]
    return Shown(
        rule(OVERALL),
        tuple(sorted(own, key=lambda one: one.name.casefold())),
        known.zone.key,
        known.zone_name,
        known.pause_at(at),
        tuple(runs.made(c, limit)),
    )


def _until(text: str, at: datetime, known: Calendar) -> datetime | None:
    """When a pause ends; None: when somebody resumes."""
    wanted = text.strip().lower()
    if wanted == HOUR:
        return at + timedelta(hours=1)
    if wanted == OPEN_END:
        return None
    local = at.astimezone(known.zone)
    if wanted == TODAY:
        tomorrow = local.date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), known.zone).astimezone(UTC)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise _no_moment(text) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=known.zone)
    if moment <= at:
        raise _no_moment(text)
    return moment.astimezone(UTC)


def _no_moment(text: str) -> InvalidValue:
    name = translate(N_("the end of the pause"))
    hint = translate(N_("Give hour, today, on, or a moment to come, as 2026-11-24T14:00."))
    return InvalidValue(field="until", value=text, name=name, hint=hint)
