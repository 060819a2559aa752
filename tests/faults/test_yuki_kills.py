"""Killed on the way to Yuki: nothing is lost or doubled, and what nobody can know is said."""

from __future__ import annotations

import os
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from ledgerdesk.model import Configuration
from ledgerdesk.practice.vendors.yuki import YukiServer
from tests.faults import naive
from tests.faults.harness import OF_THE_QUEUE, Place, Verdict, honest
from tests.faults.test_kills import KILLS, MANY_KILLS, RANDOM_KILLS, kill, kill_at_random
from tests.unit.delivery.world import World

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forks of the test")

ONE_REQUEST = ("connected", "publishing_committed", "published")
# Not in its folder proves nothing: somebody may have moved it on.
IN_DOUBT = {"yuki.publishing_committed"}


class YukiPlace(Place):
    """The stand-in, to which the connector's endpoint leads."""

    id = "yuki"
    steps = ONE_REQUEST

    def __init__(self, server: YukiServer) -> None:
        # Before the forks: none of them has to load the library again.
        import_module("requests")
        self._server = server

    def configure(self, world: World) -> Configuration:
        secrets = {"access_key": self._server.domain_key}
        connection = world.connection("yuki", {"country": "be"}, secrets)
        administration = self._server.first.administrations[0].id
        return world.configuration(connection, administration_id=administration)

    def arrived(self) -> Counter[bytes]:
        return Counter(one.content for one in self._server.documents)

    def clear(self) -> None:
        self._server.documents.clear()


@pytest.fixture
def place(yuki_server: YukiServer, monkeypatch: pytest.MonkeyPatch) -> YukiPlace:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_YUKI", yuki_server.url)
    return YukiPlace(yuki_server)


POINTS = [*OF_THE_QUEUE, *(f"yuki.{step}" for step in ONE_REQUEST)]


def check(place: Place, root: Path, point: str, times: int) -> None:
    verdict = kill(place, root, honest, point, times)
    assert verdict == Verdict(rounds=times, unknown=times if point in IN_DOUBT else 0)
    if point == "yuki.published":
        assert kill(place, root, naive.repeating, point, 1).doubled == 1
    elif point.startswith("yuki."):
        assert kill(place, root, naive.forgetful, point, 1).lost == 1


@pytest.mark.parametrize("point", POINTS)
def test_killed_on_the_way_to_yuki(place: YukiPlace, data_dir: Path, point: str) -> None:
    check(place, data_dir, point, KILLS)


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
def test_killed_many_times_on_the_way_to_yuki(place: YukiPlace, data_dir: Path, point: str) -> None:
    check(place, data_dir, point, MANY_KILLS)


def test_killed_at_any_moment(place: YukiPlace, data_dir: Path, seed: int) -> None:
    verdict = kill_at_random(place, data_dir, seed, RANDOM_KILLS)
    assert (verdict.lost, verdict.doubled, verdict.leftovers) == (0, 0, [])
