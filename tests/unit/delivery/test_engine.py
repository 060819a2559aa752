"""What runs by itself: each slot once, whatever sleep, clocks and networks do; never in a spin."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledgerdesk.delivery.engine import LONGEST_WAIT, NETWORK_WITHIN, SETTLES, SHORTEST_WAIT
from ledgerdesk.delivery.plan import Plan, Reason, Trigger, told
from ledgerdesk.delivery.rules import Wanted
from ledgerdesk.errors import DiskFull
from ledgerdesk.model import Delivery, DeliveryState, Source
from ledgerdesk.net.conditions import Answer
from ledgerdesk.settings import PAUSE_ON_METERED
from ledgerdesk.store import deliveries, runs, sources
from ledgerdesk.store import settings as kept_settings
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.sources import WAITING, KnownItem
from tests.unit.delivery.simulated import SOON, Simulation
from tests.unit.delivery.world import World

WITHIN = NETWORK_WITHIN + SETTLES[1] + LONGEST_WAIT
"""Seconds after waking in which a run that is due begins."""


@pytest.fixture
def at_work(world: World) -> Simulation:
    """Thursday, six in the morning in Brussels; runs every quarter of an hour from seven to nine.

    The world begins at nine, UTC: its clock is put back first.
    """
    world.clock.at = datetime(2026, 4, 2, 4, 0, tzinfo=UTC)
    made = Simulation(world)
    wanted = Wanted(every=15, days="every", opens="07:00", closes="09:00", holidays="")
    made.schedules.set(wanted, zone="Europe/Brussels")
    return made


def slots(made: Simulation) -> list[str]:
    return [slot.key for plan in made.plans for _, slot in plan.slots]


# --- on time ------------------------------------------------------------------------------------


def test_every_slot_of_a_day_runs_once_and_on_time(at_work: Simulation) -> None:
    at_work.run(hours=24)
    assert at_work.triggers == ["schedule"] * 9
    assert len(set(slots(at_work))) == 9
    for began, plan in at_work.made:
        assert timedelta(0) <= began - plan.slots[0][1].at <= timedelta(seconds=LONGEST_WAIT)


def test_it_is_awake_twice_a_minute_at_most_and_never_spins(at_work: Simulation) -> None:
    at_work.run(hours=4)
    assert min(at_work.waits) >= SHORTEST_WAIT
    assert len(at_work.waits) <= 4 * 3600 / LONGEST_WAIT + 3 * len(at_work.made)


def test_beside_other_processes_it_is_awake_once_a_second(world: World) -> None:
    made = Simulation(world, hears=True)
    made.run(minutes=10)
    assert set(made.waits) == {SHORTEST_WAIT}


def test_a_run_leaves_its_trigger_and_what_it_brought(at_work: Simulation) -> None:
    at_work.look, at_work.send = lambda plan: 3, lambda plan: 2
    at_work.run(hours=1, minutes=5)
    (kept,) = at_work.kept()
    assert (kept.trigger, kept.missed, kept.configurations) == ("schedule", 0, None)
    assert (kept.result["taken_in"], kept.result["delivered"]) == (3, 2)
    assert kept.ended_at is not None


def test_without_a_rule_it_runs_by_the_default_from_its_first_start_on(world: World) -> None:
    world.clock.at = datetime(2026, 4, 2, 9, 20, tzinfo=UTC)
    made = Simulation(world)
    assert made.schedules.shown().overall.since is None
    made.run(minutes=20)
    assert made.triggers == ["schedule"]
    assert made.schedules.shown().overall.since == datetime(2026, 4, 2, 9, 20, tzinfo=UTC)


def test_by_hand_nothing_runs(at_work: Simulation) -> None:
    at_work.schedules.by_hand()
    at_work.run(hours=24)
    assert at_work.made == []


# --- sleep, network, clocks -----------------------------------------------------------------------


@pytest.mark.parametrize("steady_too", [False, True], ids=["clock stands", "clock goes on"])
def test_nine_hours_of_sleep_are_made_up_by_one_run(at_work: Simulation, steady_too: bool) -> None:
    at_work.after(lambda: at_work.sleep(steady_too=steady_too, hours=9), minutes=50)
    at_work.run(hours=2)
    (began, plan), *more = at_work.made
    woke = datetime(2026, 4, 2, 4, 50, tzinfo=UTC) + timedelta(hours=9)
    assert more == []
    assert (plan.trigger, plan.reason, plan.missed) == (Trigger.CATCH_UP, Reason.ASLEEP, 9)
    assert timedelta(seconds=SETTLES[0]) <= began - woke <= timedelta(seconds=WITHIN)
    assert "9" in told(plan.reason, plan.missed)


def test_after_waking_it_waits_for_the_network(at_work: Simulation) -> None:
    at_work.conditions.has_network = Answer.NO
    at_work.after(lambda: at_work.sleep(steady_too=False, hours=4), minutes=50)

    def back() -> None:
        at_work.conditions.has_network = Answer.YES

    at_work.after(back, minutes=50, seconds=40)
    at_work.run(hours=2)
    woke = datetime(2026, 4, 2, 8, 50, tzinfo=UTC)
    (began, _), *_ = at_work.made
    assert timedelta(seconds=40) < began - woke <= timedelta(seconds=WITHIN)


def test_a_network_that_never_comes_back_is_not_waited_for_forever(at_work: Simulation) -> None:
    at_work.conditions.has_network = Answer.NO
    at_work.after(lambda: at_work.sleep(steady_too=False, hours=4), minutes=50)
    at_work.run(hours=2)
    (began, _), *_ = at_work.made
    assert began - datetime(2026, 4, 2, 8, 50, tzinfo=UTC) <= timedelta(seconds=WITHIN)


@pytest.mark.parametrize("hours", [-1, 1, -24, 30 * 24], ids="{}h".format)
def test_a_clock_that_is_changed_and_changed_back_doubles_nothing(
    at_work: Simulation, hours: int
) -> None:
    """At a quarter past seven, for half an hour."""
    at_work.after(lambda: at_work.world.clock.forward(hours=hours), minutes=76)
    at_work.after(lambda: at_work.world.clock.forward(hours=-hours), minutes=106)
    at_work.run(hours=24)
    assert len(slots(at_work)) == len(set(slots(at_work)))
    today = {f"2026-04-02T{5 + n // 4:02}:{n % 4 * 15:02}Z" for n in range(9)}
    # A slot inside the half hour the clock left out may be made up by the one behind it.
    missed = sum(plan.missed for plan in at_work.plans)
    assert len(today - set(slots(at_work))) <= missed + 2
    assert {"2026-04-02T05:00Z", "2026-04-02T07:00Z"} <= set(slots(at_work))
    assert min(at_work.waits) >= SHORTEST_WAIT
    assert len(at_work.waits) <= 24 * 3600 / LONGEST_WAIT + 60


def test_a_clock_in_1970_stops_nothing_for_good(at_work: Simulation) -> None:
    def wrong() -> None:
        at_work.world.clock.at = datetime(1970, 1, 1, tzinfo=UTC)

    def right() -> None:
        at_work.world.clock.at = datetime(2026, 4, 2, 5, 31, tzinfo=UTC)

    at_work.after(wrong, minutes=50)
    at_work.after(right, minutes=60)
    at_work.run(hours=6)
    assert slots(at_work)[0] == "2026-04-02T05:30Z"
    assert slots(at_work)[-1] == "2026-04-02T07:00Z"
    assert len(slots(at_work)) == len(set(slots(at_work)))


def test_a_journey_to_another_zone_runs_no_day_twice(
    at_work: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Brussels")
    at_work.schedules.set(Wanted(times=["07:00"], days="every"), zone="")
    at_work.after(lambda: monkeypatch.setenv("TZ", "America/New_York"), hours=2)
    at_work.run(hours=48)
    assert slots(at_work) == ["2026-04-02T07:00", "2026-04-03T07:00"]


# --- held back ------------------------------------------------------------------------------------


def test_a_pause_holds_and_what_it_left_out_is_made_up_once(at_work: Simulation) -> None:
    at_work.schedules.pause("2026-04-02T08:05")
    at_work.run(hours=2, minutes=10)
    (began, plan), *more = at_work.made
    assert more == []
    assert (plan.trigger, plan.reason, plan.missed) == (Trigger.CATCH_UP, Reason.PAUSED, 5)
    assert began >= datetime(2026, 4, 2, 6, 5, tzinfo=UTC)


def test_a_pause_until_resumed_lasts_until_then(at_work: Simulation) -> None:
    at_work.schedules.pause("on")
    at_work.after(at_work.schedules.resume, hours=2)
    at_work.run(hours=1, minutes=59)
    assert at_work.made == []
    at_work.restart()
    at_work.run(minutes=5)
    # Of the five that passed, the last one is on time.
    assert [plan.missed for plan in at_work.plans] == [4]


def test_a_metered_network_holds_only_where_the_firm_says_so(at_work: Simulation) -> None:
    at_work.conditions.is_metered = Answer.YES
    at_work.run(hours=1, minutes=5)
    assert len(at_work.made) == 1
    at_work.world.books.write(lambda c: kept_settings.put(c, PAUSE_ON_METERED, "yes"))
    at_work.restart()
    at_work.after(lambda: setattr(at_work.conditions, "is_metered", Answer.NO), hours=1, minutes=48)
    at_work.run(minutes=42)
    assert len(at_work.made) == 1
    # The computer is asked now and then, not at every look.
    assert at_work.conditions.asked <= 40 * 60 / 30
    at_work.restart()
    at_work.run(minutes=4)
    assert at_work.plans[-1].reason is Reason.METERED


def test_a_computer_that_does_not_tell_holds_nothing(at_work: Simulation) -> None:
    at_work.world.books.write(lambda c: kept_settings.put(c, PAUSE_ON_METERED, "yes"))
    at_work.run(hours=1, minutes=5)
    assert at_work.triggers == ["schedule"]


# --- stops and failures ---------------------------------------------------------------------------


def test_what_was_missed_while_it_did_not_run_is_made_up(at_work: Simulation) -> None:
    at_work.run(hours=1, minutes=5)
    at_work.restart()
    at_work.world.clock.forward(hours=1)
    at_work.run(minutes=2)
    assert (at_work.plans[-1].reason, at_work.plans[-1].missed) == (Reason.NOT_RUNNING, 4)


def test_a_run_that_was_cut_off_is_made_up_at_the_next_start(at_work: Simulation) -> None:
    at = at_work.world.clock.now()
    cut = runs.MadeRun(new_id(), "schedule", at)
    at_work.world.books.write(lambda c: runs.begin(c, cut))
    at_work.run(minutes=5)
    assert [(one.trigger, one.reason) for one in at_work.plans] == [
        (Trigger.CATCH_UP, Reason.CUT_OFF)
    ]
    at_work.restart()
    at_work.run(minutes=5)
    assert len(at_work.made) == 1


def test_a_run_that_fails_as_a_whole_is_repeated_in_peace(at_work: Simulation) -> None:
    def full(plan: Plan) -> int:
        raise DiskFull()

    at_work.send = full
    at_work.run(hours=1, minutes=14)
    assert at_work.triggers == ["schedule", "catch_up", "catch_up"]
    assert {type(one) for one in at_work.ended} == {DiskFull}
    assert {one.error["code"] for one in at_work.kept()} == {"disk_full"}


@pytest.mark.allow_log("ledgerdesk.delivery.engine")
def test_a_bug_in_a_run_ends_that_run_only(at_work: Simulation) -> None:
    def broken(plan: Plan) -> int:
        raise ZeroDivisionError

    at_work.send = broken
    at_work.after(lambda: setattr(at_work, "send", lambda plan: 0), hours=1, minutes=2)
    at_work.run(hours=1, minutes=20)
    assert at_work.triggers == ["schedule", "catch_up", "schedule"]


@pytest.mark.allow_log("ledgerdesk.delivery.engine")
def test_books_that_cannot_be_written_are_tried_again(
    at_work: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [DiskFull(), DiskFull()]
    claim = runs.claim

    def full(*given: object) -> list[runs.RunRequest]:
        if left:
            raise left.pop()
        return claim(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "claim", full)
    at_work.world.books.write(lambda c: runs.ask(c, at_work.world.clock.now()))
    at_work.run(minutes=5)
    assert at_work.triggers == ["request"]


# --- a person -------------------------------------------------------------------------------------


def asked(made: Simulation) -> str:
    return made.world.books.write(lambda c: runs.ask(c, made.world.clock.now()))


def answered(made: Simulation, request: str) -> bool:
    with made.world.books.read() as c:
        return runs.result(c, request) is not None


def test_another_process_that_asks_is_answered(at_work: Simulation) -> None:
    request = asked(at_work)
    at_work.run(minutes=1)
    assert at_work.triggers == ["request"]
    assert answered(at_work, request)


def test_what_a_former_owner_heard_and_never_answered_is_heard_again(
    at_work: Simulation,
) -> None:
    request, at = asked(at_work), at_work.world.clock.now()
    at_work.world.books.write(lambda c: runs.claim(c, at))
    at_work.run(minutes=2)
    assert at_work.triggers == ["request"]
    assert answered(at_work, request)


def test_it_is_answered_while_a_run_hangs(at_work: Simulation) -> None:
    """A destination that does not answer holds up its own run and nothing else."""
    let_go, requests = threading.Event(), list[str]()

    def send(plan: Plan) -> int:
        if plan.trigger is Trigger.SCHEDULE:
            assert let_go.wait(SOON)
        return 0

    def end() -> None:
        until(lambda: answered(at_work, requests[0]))
        let_go.set()

    at_work.settles = False
    at_work.send = send
    at_work.after(lambda: requests.append(asked(at_work)), hours=1, minutes=2)
    at_work.after(end, hours=1, minutes=3)
    at_work.run(hours=1, minutes=4)
    assert at_work.triggers == ["schedule", "request"]


def until(happened: Callable[[], bool]) -> None:
    ticks = threading.Event()
    for _ in range(int(SOON * 100)):
        if happened():
            return
        ticks.wait(0.01)
    raise AssertionError("it never happened")


def test_asking_runs_also_during_a_pause(at_work: Simulation) -> None:
    at_work.schedules.pause("on")
    asked(at_work)
    at_work.run(minutes=1)
    assert at_work.triggers == ["request"]


def test_what_a_person_just_sent_is_not_sent_again_by_its_slot(at_work: Simulation) -> None:
    at_work.schedules.pause("2026-04-02T07:10")
    at_work.after(lambda: asked(at_work), hours=1, minutes=5)
    at_work.run(hours=1, minutes=13)
    assert at_work.triggers == ["request"]


# --- later attempts -------------------------------------------------------------------------------


def put_off(world: World, delivery: Delivery, **how_far: float) -> None:
    from dataclasses import replace

    at = world.clock.now() + timedelta(**how_far)
    later = replace(delivery, state=DeliveryState.RETRYING, next_attempt_at=at, attempts=1)
    world.books.write(lambda c: deliveries.update(c, later))


def test_a_later_attempt_is_made_when_it_is_due(at_work: Simulation, tmp_path: Path) -> None:
    world = at_work.world
    client = world.client()
    configuration = world.folder_destination(tmp_path / "out")
    world.link(client, configuration)
    put_off(world, world.queued(client)[0], minutes=7)
    due_at = world.clock.now() + timedelta(minutes=7)

    def send(plan: Plan) -> int:
        def done(c: object) -> None:
            deliveries.update(c, delivered(world))  # type: ignore[arg-type]

        world.books.write(done)
        return 1

    at_work.send = send
    at_work.run(minutes=30)
    ((began, plan),) = at_work.made
    assert (plan.trigger, plan.configurations) == (
        Trigger.RETRY,
        frozenset({configuration.id}),
    )
    assert not plan.looks
    assert timedelta(0) <= began - due_at <= timedelta(seconds=LONGEST_WAIT)


def delivered(world: World) -> Delivery:
    from dataclasses import replace

    return replace(world.deliveries()[0], state=DeliveryState.DELIVERED, next_attempt_at=None)


def test_what_cannot_be_done_does_not_spin(at_work: Simulation, tmp_path: Path) -> None:
    """A run that changes nothing is not begun every second."""
    world = at_work.world
    client = world.client()
    world.link(client, world.folder_destination(tmp_path / "out"))
    put_off(world, world.queued(client)[0], minutes=-1)
    at_work.run(minutes=10)
    assert 2 <= len(at_work.made) <= 41


def test_a_lane_at_work_is_left_alone(at_work: Simulation, tmp_path: Path) -> None:
    world = at_work.world
    client = world.client()
    world.link(client, world.folder_destination(tmp_path / "out"))
    delivery = world.queued(client)[0]
    put_off(world, delivery, minutes=-1)
    at_work.busy = {delivery.lane}
    at_work.run(minutes=10)
    assert at_work.made == []


# --- packages with a rule of their own ------------------------------------------------------------


def test_a_package_with_its_own_rule_is_sent_to_by_that_rule_alone(
    at_work: Simulation, tmp_path: Path
) -> None:
    world = at_work.world
    evening, other = (world.folder_destination(tmp_path / name) for name in ("a", "b"))
    at_work.schedules.set(Wanted(times=["18:00"], days="every"), evening.id)
    at_work.run(hours=15)
    by_time = {began.hour: plan.configurations for began, plan in at_work.made}
    assert by_time.pop(16) == frozenset({evening.id})
    assert set(by_time.values()) == {frozenset({other.id})}


def test_a_removed_package_takes_its_rule_along(at_work: Simulation, tmp_path: Path) -> None:
    from ledgerdesk.store import configurations

    world = at_work.world
    gone = world.folder_destination(tmp_path / "a")
    at_work.schedules.set(Wanted(times=["18:00"], days="every"), gone.id)
    world.books.write(lambda c: configurations.remove(c, gone.id, world.clock.now()))
    at_work.run(hours=15)
    assert {plan.configurations for plan in at_work.plans} == {None}


# --- arrivals -------------------------------------------------------------------------------------


def source(world: World, path: Path) -> Source:
    made = Source(new_id(), "folder", str(path), world.clock.now())
    world.books.write(lambda c: sources.insert(c, made))
    return made


def test_what_arrives_is_taken_in_once_it_rests_and_sent_by_the_schedule(
    at_work: Simulation, tmp_path: Path
) -> None:
    one = source(at_work.world, tmp_path)
    for second in (0, 4, 8):
        at_work.after(
            lambda: at_work.folder_watch.stirred(str(tmp_path)), minutes=2, seconds=second
        )
    at_work.run(minutes=5)
    ((began, plan),) = at_work.made
    assert (plan.trigger, plan.sources, plan.sends) == (Trigger.ARRIVAL, [one.id], False)
    assert began >= datetime(2026, 4, 2, 4, 2, 10, tzinfo=UTC)
    assert at_work.kept() == []


def test_a_file_that_never_rests_is_looked_at_a_few_times_only(
    at_work: Simulation, tmp_path: Path
) -> None:
    one = source(at_work.world, tmp_path)
    now = at_work.world.clock.now()
    growing = [KnownItem("a", "1", WAITING, now)]
    at_work.world.books.write(lambda c: sources.remember(c, one.id, growing))
    at_work.after(lambda: at_work.folder_watch.stirred(str(tmp_path)), minutes=1)
    at_work.run(minutes=14)
    assert 2 <= len(at_work.made) <= 6


def test_every_source_is_looked_into_from_time_to_time(at_work: Simulation, tmp_path: Path) -> None:
    source(at_work.world, tmp_path)
    at_work.schedules.set(Wanted(times=["23:00"]))
    at_work.run(hours=1, minutes=1)
    assert [(plan.trigger, tuple(plan.sources)) for plan in at_work.plans] == [
        (Trigger.ARRIVAL, ())
    ] * 4


def test_by_hand_nothing_is_watched(at_work: Simulation, tmp_path: Path) -> None:
    source(at_work.world, tmp_path)
    at_work.schedules.by_hand()
    at_work.run(hours=2)
    assert at_work.folder_watch.roots == frozenset()
    assert at_work.made == []
