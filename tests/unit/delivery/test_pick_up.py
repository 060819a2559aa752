"""A folder that never empties is told of, where the firm asked to watch it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk import upkeep
from ledgerdesk.model import Assurance, Client
from tests.unit.delivery.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "import"
    made.mkdir()
    return made


def watched(world: World, folder: Path, days: str = "3") -> Client:
    """A client of a package that shall take its files away within ``days``."""
    values = {"path": str(folder), "watch_days": days}
    package = world.configuration(world.connection("folder", {}), values)
    client = world.client()
    world.link(client, package)
    return client


def told(world: World) -> list[str]:
    return [one.error["code"] for one in upkeep.problems(world.books, world.clock.now())]


def test_files_that_lie_there_too_long_are_told_of_once(world: World, folder: Path) -> None:
    world.queued(watched(world, folder), 3)
    world.run()
    assert told(world) == []
    world.clock.forward(days=3, minutes=1)
    (problem,) = upkeep.problems(world.books, world.clock.now())
    assert problem.error["code"] == "not_picked_up"
    assert problem.error["params"]["count"] == "3"


def test_it_is_still_told_of_after_weeks(world: World, folder: Path) -> None:
    world.queued(watched(world, folder))
    world.run()
    world.clock.forward(days=25)
    world.run()
    assert told(world) == ["not_picked_up"]


def test_files_the_package_took_are_picked_up_and_nothing_is_told(
    world: World, folder: Path
) -> None:
    world.queued(watched(world, folder), 2)
    world.run()
    for file in folder.iterdir():
        file.unlink()
    world.run()
    world.clock.forward(days=10)
    assert told(world) == []
    assert {one.assurance for one in world.deliveries()} == {Assurance.PICKED_UP}


def test_without_watching_files_may_lie_there(world: World, folder: Path) -> None:
    world.queued(watched(world, folder, ""))
    world.run()
    world.clock.forward(days=25)
    assert told(world) == []
