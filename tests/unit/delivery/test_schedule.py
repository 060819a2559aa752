"""Slots of a schedule: none doubled, none left out, whatever the clock and the calendar do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from ledgerdesk.delivery.schedule import EVERY_DAY, Schedule, due, forgotten, next_slot

BRUSSELS = ZoneInfo("Europe/Brussels")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str, zone: ZoneInfo = BRUSSELS, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def daily(*times: str, **more: object) -> Schedule:
    parsed = tuple(time.fromisoformat(one) for one in times)
    return Schedule(times=parsed, weekdays=EVERY_DAY, **more)  # type: ignore[arg-type]


class Office:
    """Asks at moments of one's choice and makes what is due, as the engine does."""

    def __init__(self, schedule: Schedule, zone: ZoneInfo = BRUSSELS, since: datetime = START):
        self.schedule, self.zone, self.since = schedule, zone, since
        self.ran: dict[str, datetime] = {}
        self.runs: list[str] = []
        self.missed = 0

    def look(self, now: datetime) -> None:
        self.ran = {k: v for k, v in self.ran.items() if not forgotten(v, now)}
        one = due(self.schedule, self.zone, self.ran, self.since, now)
        if one:
            self.ran[one.slot.key] = one.slot.at
            self.runs.append(one.slot.key)
            self.missed += one.missed


@pytest.mark.parametrize("zone", [BRUSSELS, NEW_YORK, LORD_HOWE], ids=str)
def test_every_time_of_day_runs_once_on_each_of_a_thousand_days(zone: ZoneInfo, seed: int) -> None:
    # Here a sample, and always the hours in which clocks are changed.
    chance = Random(seed)
    once_a_day(zone, sorted({*range(90, 210, 10), *chance.sample(range(1440), 12)}))


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("zone", ["Europe/Brussels", "Europe/Amsterdam", "UTC"])
def test_every_minute_of_the_day_runs_once_on_each_of_a_thousand_days(zone: str) -> None:
    once_a_day(ZoneInfo(zone), range(1440))


def once_a_day(zone: ZoneInfo, minutes: Iterable[int]) -> None:
    """A daily run at each of these minutes: one per local day for three years."""
    for minute in minutes:
        schedule = daily(f"{minute // 60:02}:{minute % 60:02}")
        slot, days = next_slot(schedule, zone, START), []
        while slot and slot.at < START + timedelta(days=1096):
            days.append(slot.key[:10])
            slot = next_slot(schedule, zone, slot.at)
        first = datetime.fromisoformat(days[0]).date()
        assert days == [(first + timedelta(days=n)).isoformat() for n in range(len(days))]
        assert len(days) >= 1095


def test_half_past_two_that_is_left_out_runs_when_the_clocks_have_moved() -> None:
    slot = next_slot(daily("02:30"), BRUSSELS, at("2026-03-28T12:00"))
    assert slot is not None
    assert (slot.key, slot.at) == ("2026-03-29T02:30", at("2026-03-29T03:00"))


def test_half_past_two_that_comes_twice_runs_the_first_time_only() -> None:
    office = Office(daily("02:30"), since=at("2026-10-24T12:00"))
    for quarter in range(200):
        office.look(at("2026-10-24T18:00") + timedelta(minutes=15 * quarter))
    assert office.runs == ["2026-10-25T02:30", "2026-10-26T02:30"]
    assert office.ran["2026-10-25T02:30"] == at("2026-10-25T02:30", fold=0)


def test_a_naive_clock_would_run_it_twice() -> None:
    """The control: whoever compares the clock on the wall sees half past two again."""
    runs = 0
    for quarter in range(40):
        local = (at("2026-10-25T00:00") + timedelta(minutes=15 * quarter)).astimezone(BRUSSELS)
        runs += (local.hour, local.minute) == (2, 30)
    assert runs == 2


def test_what_was_slept_through_is_made_up_once() -> None:
    office = Office(daily("08:00", "12:00", "16:00"), since=at("2026-06-01T07:00"))
    office.look(at("2026-06-01T08:00"))
    office.look(at("2026-06-02T17:00"))
    assert office.runs == ["2026-06-01T08:00", "2026-06-02T16:00"]
    assert office.missed == 4


def test_a_new_rule_promises_nothing_for_the_time_before_it() -> None:
    office = Office(daily("08:00"), since=at("2026-06-01T09:00"))
    office.look(at("2026-06-01T09:01"))
    assert office.runs == []


def test_a_journey_west_does_not_run_the_same_day_twice() -> None:
    office = Office(daily("07:00"), since=at("2026-06-01T00:00"))
    office.look(at("2026-06-01T07:00"))
    office.zone = NEW_YORK
    for hour in range(20):
        office.look(at("2026-06-01T08:00", NEW_YORK) - timedelta(hours=4) + timedelta(hours=hour))
    assert office.runs == ["2026-06-01T07:00"]


def test_a_journey_east_leaves_no_day_out() -> None:
    office = Office(daily("07:00"), NEW_YORK, since=at("2026-06-01T00:00"))
    office.look(at("2026-06-01T07:00", NEW_YORK))
    office.zone = BRUSSELS
    for hour in range(48):
        office.look(at("2026-06-01T14:00") + timedelta(hours=hour))
    assert office.runs == ["2026-06-01T07:00", "2026-06-02T07:00", "2026-06-03T07:00"]


def test_a_clock_set_back_and_forth_doubles_nothing_and_leaves_nothing_out(seed: int) -> None:
    chance = Random(seed)
    office = Office(daily("07:00", "13:00"), since=at("2026-06-01T00:00"))
    moment = at("2026-06-01T00:00")
    for _ in range(24 * 4 * 20):
        moment += timedelta(minutes=15)
        office.look(moment + timedelta(hours=chance.choice([0, 0, 0, -3, -1, 1, 3])))
    first = [f"2026-06-{day:02}T{hour}" for day in range(1, 20) for hour in ("07:00", "13:00")]
    assert sorted(office.runs)[: len(first)] == first
    assert len(office.runs) == len(set(office.runs))


def test_a_clock_that_was_a_year_ahead_does_not_silence_the_year() -> None:
    office = Office(daily("07:00"), since=at("2026-06-01T00:00"))
    office.look(at("2027-06-01T08:00"))
    office.look(at("2026-06-02T08:00"))
    assert office.runs == ["2027-06-01T07:00", "2026-06-02T07:00"]


def test_intervals_keep_to_the_working_hours() -> None:
    schedule = Schedule(every=30, opens=time(9), closes=time(10))
    seen: list[str] = []
    slot = next_slot(schedule, BRUSSELS, at("2026-06-05T00:00"))
    while slot and len(seen) < 4:
        seen.append(slot.at.astimezone(BRUSSELS).strftime("%a %H:%M"))
        slot = next_slot(schedule, BRUSSELS, slot.at)
    assert seen == ["Fri 09:00", "Fri 09:30", "Fri 10:00", "Mon 09:00"]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_intervals_stay_even_on_the_day_the_clocks_change(day: str) -> None:
    schedule = Schedule(every=15, weekdays=EVERY_DAY)
    moment, steps = at(f"{day}T00:00") - timedelta(hours=1), set()
    for _ in range(120):
        slot = next_slot(schedule, BRUSSELS, moment)
        assert slot is not None
        steps.add(slot.at - moment)
        moment = slot.at
    assert steps == {timedelta(minutes=15)}


def test_a_public_holiday_is_left_out_where_the_firm_says_so() -> None:
    schedule = daily("08:00", holidays="BE")
    slot = next_slot(schedule, BRUSSELS, at("2026-07-20T12:00"))
    assert slot is not None and slot.key == "2026-07-22T08:00"


@pytest.mark.parametrize("schedule", [Schedule(), Schedule(every=15, weekdays=frozenset())])
def test_a_rule_without_days_or_times_never_runs(schedule: Schedule) -> None:
    assert next_slot(schedule, BRUSSELS, START) is None
    assert due(schedule, BRUSSELS, (), START, START + timedelta(days=9)) is None
