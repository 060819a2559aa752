"""Schedules under a person's hands: what is kept, what is refused, what is shown."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledgerdesk.delivery import rules
from ledgerdesk.delivery.rules import Wanted, from_values, to_values
from ledgerdesk.delivery.schedule import EVERY_DAY, Schedule
from ledgerdesk.delivery.schedules import Schedules
from ledgerdesk.delivery.zones import local_zone
from ledgerdesk.errors import InvalidValue, UnknownId
from ledgerdesk.store import schedules as kept
from ledgerdesk.store import tables as t
from tests.unit.delivery.world import World


@pytest.fixture
def service(world: World, monkeypatch: pytest.MonkeyPatch) -> Schedules:
    """Thursday, eleven o'clock in Brussels."""
    monkeypatch.setenv("TZ", "Europe/Brussels")
    return Schedules(world.books, world.clock)


def test_a_rule_is_kept_as_it_was_said(service: Schedules) -> None:
    wanted = Wanted(every=20, days="mon,tue,sat", opens="8:30", closes="17:00", holidays="be")
    shown = service.set(wanted).overall
    rule = Schedule(20, (), frozenset({0, 1, 5}), time(8, 30), time(17), "BE")
    assert shown.schedule == rule
    assert from_values(to_values(rule)) == rule


def test_what_is_not_said_stays(service: Schedules) -> None:
    service.set(Wanted(times=["18:00", "8:00", "18:00"], days="every"))
    rule = service.set(Wanted(holidays="NL")).overall.schedule
    assert rule.times == (time(8), time(18))
    assert (rule.weekdays, rule.holidays, rule.every) == (EVERY_DAY, "NL", 0)


def test_times_take_the_place_of_an_interval(service: Schedules) -> None:
    service.set(Wanted(every=20))
    assert service.set(Wanted(times=["08:00"])).overall.schedule.every == 0
    assert service.set(Wanted(every=20)).overall.schedule.times == ()
    both = service.set(Wanted(every=20, times=["06:00"])).overall.schedule
    assert (both.every, both.times) == (20, (time(6),))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(every=0), "every"),
        (Wanted(every=1441), "every"),
        (Wanted(times=["25:00"]), "at"),
        (Wanted(times=["noon"]), "at"),
        (Wanted(days="mon,someday"), "days"),
        (Wanted(opens="18:00", closes="08:00"), "to"),
        (Wanted(holidays="ATLANTIS"), "holidays"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_meant_is_refused_and_nothing_changes(
    service: Schedules, wanted: Wanted, field: str
) -> None:
    before = service.shown().overall
    with pytest.raises(InvalidValue) as caught:
        service.set(wanted)
    assert caught.value.field == field
    assert service.shown().overall == before


def test_an_unknown_zone_is_refused(service: Schedules) -> None:
    with pytest.raises(InvalidValue):
        service.set(Wanted(every=20), zone="Europe/Atlantis")
    assert service.shown().zone_chosen == ""


def test_a_zone_that_is_named_holds_wherever_the_computer_is(
    service: Schedules, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = service.set(Wanted(times=["18:00"]), zone="Europe/Brussels")
    monkeypatch.setenv("TZ", "America/New_York")
    assert service.shown().overall.next_at == shown.overall.next_at
    assert shown.overall.next_at == datetime(2026, 4, 2, 16, tzinfo=UTC)


def test_a_zone_nobody_knows_is_taken_for_that_of_brussels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Middle/Earth")
    monkeypatch.setattr("os.path.realpath", lambda path: path)
    assert local_zone().key == "Europe/Brussels"


def test_a_package_gets_a_rule_of_its_own_and_loses_it_again(
    service: Schedules, world: World, tmp_path: Path
) -> None:
    package = world.folder_destination(tmp_path)
    service.set(Wanted(times=["18:00"]), package.id)
    (own,) = service.shown().own
    assert (own.configuration_id, own.name) == (package.id, package.name)
    assert service.as_overall(package.id).own == ()


@pytest.mark.parametrize("what", ["set", "by_hand", "as_overall", "allow"])
def test_an_unknown_package_is_refused(service: Schedules, what: str) -> None:
    given = (Wanted(every=20), "nobody") if what == "set" else ("nobody",)
    with pytest.raises(UnknownId):
        getattr(service, what)(*given)


def test_switched_on_again_it_begins_with_the_hours_of_an_office(service: Schedules) -> None:
    assert not service.by_hand().overall.schedule.is_on
    rule = service.set(Wanted(every=30)).overall.schedule
    assert (rule.every, rule.opens, rule.closes) == (30, time(7), time(19))


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("hour", datetime(2026, 4, 2, 10, tzinfo=UTC)),
        ("today", datetime(2026, 4, 2, 22, tzinfo=UTC)),
        ("on", None),
        ("2026-04-03T08:00", datetime(2026, 4, 3, 6, tzinfo=UTC)),
        ("2026-04-03T08:00+00:00", datetime(2026, 4, 3, 8, tzinfo=UTC)),
    ],
)
def test_a_pause_lasts_as_long_as_it_was_said(
    service: Schedules, text: str, until: datetime | None
) -> None:
    pause = service.pause(text).pause
    assert pause is not None and pause.until == until


@pytest.mark.parametrize("text", ["yesterday", "2026-04-01T08:00", ""])
def test_a_pause_that_ends_never_or_before_is_refused(service: Schedules, text: str) -> None:
    with pytest.raises(InvalidValue):
        service.pause(text)
    assert service.shown().pause is None


def test_a_pause_ends_by_itself_or_by_a_person(service: Schedules, world: World) -> None:
    service.pause("hour")
    world.clock.forward(minutes=61)
    assert service.shown().pause is None
    service.pause("on")
    assert service.resume().pause is None


def test_changes_stand_in_the_journal(service: Schedules, world: World) -> None:
    service.set(Wanted(every=20))
    service.pause()
    service.resume()
    assert sorted(world.told()) == ["schedule.changed", "schedule.paused", "schedule.resumed"]


@pytest.mark.allow_log("ledgerdesk.delivery.calendar")
def test_a_rule_of_a_later_version_runs_nothing_and_stops_nothing(
    service: Schedules, world: World
) -> None:
    rule = kept.Rule({"every": "moon"}, world.clock.now())
    world.books.write(lambda c: kept.put(c, kept.OVERALL, rule))
    assert service.shown().overall.schedule == rules.BY_HAND


def test_a_slot_is_kept_once(world: World) -> None:
    at = world.clock.now()
    world.books.write(lambda c: kept.ran(c, "", "2026-04-02T09:00", at))
    with pytest.raises(sqlite3.IntegrityError):
        world.books.write(lambda c: kept.ran(c, "", "2026-04-02T09:00", at))


def test_old_slots_are_forgotten(world: World) -> None:
    from ledgerdesk.delivery.sync import Run

    at = world.clock.now() - timedelta(days=20)
    world.books.write(lambda c: kept.ran(c, "", "2026-03-13T09:00", at))
    Run(world.books, world.clock, lambda plan: 0, lambda plan: 0).until_done()
    with world.books.read() as c:
        assert not c.execute(sa.select(t.schedule_slot)).all()


def test_a_rule_is_told_in_words() -> None:
    assert rules.told(rules.DEFAULT) == "every 15 minutes, 07:00–19:00, on working days"
    rule = Schedule(times=(time(8), time(18, 30)), weekdays=frozenset({0, 5}), holidays="BE")
    assert rules.told(rule) == "at 08:00, 18:30, Mon, Sat, not on public holidays (BE)"
    assert rules.told(rules.BY_HAND) == "only when you send yourself"
