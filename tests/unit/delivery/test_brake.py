"""The brake: nothing that runs by itself sends many documents for the first time without a yes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerdesk.delivery import brake
from ledgerdesk.delivery.counts import Counts
from ledgerdesk.delivery.plan import Plan, Trigger
from ledgerdesk.delivery.schedules import Schedules
from ledgerdesk.delivery.sync import Run
from ledgerdesk.model import Configuration, DeliveryState
from ledgerdesk.settings import BRAKE
from ledgerdesk.store import runs
from ledgerdesk.store import settings as kept_settings
from tests.unit.delivery.world import World

S = DeliveryState
BY_ITSELF = Plan(Trigger.SCHEDULE)
Go = Callable[..., Counts]


@pytest.fixture
def go(world: World) -> Go:
    """A run by the schedule that sends, or what ``plan`` says; ``meanwhile`` is done in its
    look."""
    world.books.write(lambda c: kept_settings.put(c, BRAKE, "3"))

    def run(plan: Plan = BY_ITSELF, meanwhile: Callable[[], object] = lambda: None) -> Counts:
        def look(now: Plan) -> int:
            meanwhile()
            return 0

        return Run(world.books, world.clock, look, lambda now: world.run().delivered).until_done(
            plan
        )

    return run


def package(world: World, path: Path, number: int) -> Configuration:
    """With so many documents waiting for it."""
    path.mkdir()
    client = world.client(path.name, file_number=path.name)
    made = world.folder_destination(path)
    world.link(client, made)
    world.queued(client, number)
    return made


def states(world: World, configuration: Configuration) -> list[DeliveryState]:
    return [one.state for one in world.deliveries() if one.configuration_id == configuration.id]


def test_a_scheduled_run_sends_so_many_and_holds_the_rest(
    world: World, go: Go, tmp_path: Path
) -> None:
    one = package(world, tmp_path / "a", 5)
    go()
    assert states(world, one) == [S.DELIVERED] * 3 + [S.BLOCKED] * 2
    assert world.codes()[3:] == ["brake_reached"] * 2
    assert world.told().count("delivery.blocked") == 2


def test_each_package_has_its_own_count(world: World, go: Go, tmp_path: Path) -> None:
    one, two = (package(world, tmp_path / name, 3) for name in "ab")
    go()
    assert states(world, one) == states(world, two) == [S.DELIVERED] * 3


def test_what_comes_in_during_the_run_is_held_too(world: World, go: Go, tmp_path: Path) -> None:
    go(meanwhile=lambda: package(world, tmp_path / "a", 5))
    assert world.states().count(S.BLOCKED) == 2


def test_the_next_scheduled_run_does_not_let_them_go(world: World, go: Go, tmp_path: Path) -> None:
    one = package(world, tmp_path / "a", 5)
    go()
    go()
    assert states(world, one) == [S.DELIVERED] * 3 + [S.BLOCKED] * 2


def test_a_person_who_sends_now_lets_them_go(world: World, go: Go, tmp_path: Path) -> None:
    one = package(world, tmp_path / "a", 5)
    go()
    go(Plan())
    assert states(world, one) == [S.DELIVERED] * 5


def test_a_person_who_asks_during_a_scheduled_run_lets_them_go(
    world: World, go: Go, tmp_path: Path
) -> None:
    one = package(world, tmp_path / "a", 5)
    asked = [1]

    def ask() -> None:
        if asked:
            asked.pop()
            world.books.write(lambda c: runs.ask(c, world.clock.now()))

    go(meanwhile=ask)
    assert states(world, one) == [S.DELIVERED] * 5


def test_what_a_person_let_go_and_was_not_sent_is_not_held_again(
    world: World, go: Go, tmp_path: Path
) -> None:
    """The yes outlives the run it was given to: a server that was away takes nothing back."""
    one = package(world, tmp_path / "a", 5)
    world.books.write(lambda c: brake.let_go(c, world.clock.now()))
    go()
    assert states(world, one) == [S.DELIVERED] * 5


def test_a_yes_for_one_package_is_none_for_the_other(world: World, go: Go, tmp_path: Path) -> None:
    one, two = (package(world, tmp_path / name, 5) for name in "ab")
    go()
    assert Schedules(world.books, world.clock).allow(one.id) == 2
    go()
    assert states(world, one) == [S.DELIVERED] * 5
    assert states(world, two) == [S.DELIVERED] * 3 + [S.BLOCKED] * 2


def test_retrying_one_that_is_held_is_a_yes_to_it(world: World, go: Go, tmp_path: Path) -> None:
    package(world, tmp_path / "a", 5)
    go()
    held = [one.id for one in world.deliveries() if one.state is S.BLOCKED]
    world.desk.retry(held[:1])
    package(world, tmp_path / "b", 3)
    go()
    assert world.delivery(held[0]).state is S.DELIVERED
    assert world.delivery(held[1]).state is S.BLOCKED
