"""Which planned runs are due: the rules, what ran, and the pause, as the books held them once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ledgerdesk.delivery import rules
from ledgerdesk.delivery.schedule import Due, Schedule, Slot, due, forgotten, next_slot
from ledgerdesk.delivery.zones import local_zone, zone_named
from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.store import configurations, schedules
from ledgerdesk.store.schedules import OVERALL, Pause, Rule

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule in force since then."""

    schedule: Schedule
    since: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """``rules`` by configuration, the overall one under ``OVERALL``; ``followers`` are the
    configurations that have none of their own, ``ran`` the slots that did run."""

    rules: Mapping[str, Planned]
    followers: frozenset[str]
    ran: Mapping[str, Mapping[str, datetime]]
    zone: ZoneInfo
    zone_name: str = ""
    pause: Pause | None = None

    @property
    def is_on(self) -> bool:
        """Whether LedgerDesk looks by itself."""
        return self.rules[OVERALL].schedule.is_on

    def pause_at(self, now: datetime) -> Pause | None:
        """The pause that holds now."""
        held = self.pause
        if held is None or (held.until is not None and held.until <= now):
            return None
        return held

    def due(self, now: datetime) -> list[tuple[str, Due]]:
        """Every rule with a slot up to ``now`` that did not run."""
        found = []
        for configuration_id, one in self.rules.items():
            ran = self.ran.get(configuration_id, {})
            late = due(one.schedule, self.zone, ran, one.since, now)
            if late is not None:
                found.append((configuration_id, late))
        return found

    def next_of(self, configuration_id: str, now: datetime) -> Slot | None:
        one = self.rules.get(configuration_id)
        if one is None:
            return None
        # The clock may have been set back: what ran already is not planned again.
        moment, ran = max(now, one.since), self.ran.get(configuration_id, {})
        slot = next_slot(one.schedule, self.zone, moment)
        while slot is not None and slot.key in ran:
            slot = next_slot(one.schedule, self.zone, slot.at)
        return slot

    def next_at(self, now: datetime) -> datetime | None:
        """When the next slot of any rule begins."""
        slots = [self.next_of(one, now) for one in self.rules]
        return min((one.at for one in slots if one), default=None)

    def covered(self, ids: list[str]) -> frozenset[str] | None:
        """The configurations that these rules send to; None: all there are."""
        if OVERALL not in ids:
            return frozenset(ids)
        left_out = self.rules.keys() - {OVERALL} - set(ids)
        return (self.followers | set(ids)) - {OVERALL} if left_out else None

    def forgettable(self, now: datetime) -> Iterator[tuple[str, str]]:
        """(configuration, key) of slots whose memory can go."""
        for configuration_id, slots in self.ran.items():
            yield from ((configuration_id, key) for key, at in slots.items() if forgotten(at, now))


def read(c: sa.Connection, now: datetime) -> Calendar:
    """As the books are now. Without an overall rule the default one holds from ``now`` on."""
    kept = schedules.rules(c)
    name = schedules.zone(c)
    planned = {one: _planned(rule, one) for one, rule in kept.items()}
    planned.setdefault(OVERALL, Planned(rules.DEFAULT, now))
    in_use = {one.id for one in configurations.listed(c, limit=None)}
    return Calendar(
        rules=planned,
        followers=frozenset(in_use - planned.keys()),
        ran=schedules.slots(c),
        zone=_zone(name),
        zone_name=name,
        pause=schedules.pause(c),
    )


def _planned(rule: Rule, configuration_id: str) -> Planned:
    try:
        schedule = rules.from_values(rule.values)
    except (KeyError, ValueError, TypeError):
        # Of a version to come: what is not understood is not guessed at.
        log.warning("the schedule of %r cannot be read: by hand", configuration_id)
        schedule = rules.BY_HAND
    return Planned(schedule, rule.since)


def _zone(name: str) -> ZoneInfo:
    if not name:
        return local_zone()
    try:
        return zone_named(name)
    except LedgerDeskError:
        return local_zone()
