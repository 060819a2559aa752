"""Lanes run side by side: a dead or slow one never holds up another."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from ledgerdesk.errors import ConnectionRefused, DiskFull
from ledgerdesk.model import Delivery, DeliveryState, Evidence, Parcel
from ledgerdesk.store import deliveries, lanes
from tests.unit.delivery.world import FakeDestination, World, arrived

S = DeliveryState
SOON = 20.0
"""Seconds after which a test gives up; nothing waits for them."""


def two_lanes(world: World) -> tuple[str, str]:
    """One delivery in a slow lane and three in a quick one: the id of the slow one, and the
    client of the quick."""
    made = []
    for host in ("slow", "quick"):
        client = world.client(host)
        world.link(client, world.configuration(world.connection("fake", {"host": host})))
        made.append(world.queued(client, 1 if host == "slow" else 3))
    return made[0][0].id, made[1][0].client_id


def test_a_slow_lane_holds_up_nobody(world: World, fake: FakeDestination) -> None:
    slow, quick_client = two_lanes(world)
    let_go, finished = threading.Event(), threading.Event()

    def answer(parcel: Parcel) -> Evidence:
        if parcel.delivery_id == slow:
            assert let_go.wait(SOON)
        return arrived(parcel)

    fake.answer = answer

    def run() -> None:
        world.run()
        finished.set()

    runner = threading.Thread(target=run)
    runner.start()
    try:
        while not all_delivered(world, quick_client):
            assert runner.is_alive()
        assert world.delivery(slow).state is S.SENDING
        assert not finished.is_set()
    finally:
        let_go.set()
        runner.join(SOON)
    assert world.delivery(slow).state is S.DELIVERED


def all_delivered(world: World, client_id: str) -> bool:
    with world.books.read() as c:
        found = deliveries.listed(c, client_id=client_id)
    return all(one.state is S.DELIVERED for one in found)


def test_a_dead_lane_goes_last_on_a_single_thread(world: World, fake: FakeDestination) -> None:
    slow, _ = two_lanes(world)

    def answer(parcel: Parcel) -> Evidence:
        if parcel.delivery_id == slow:
            raise ConnectionRefused(host="slow", port=22)
        return arrived(parcel)

    fake.answer = answer
    with ThreadPoolExecutor(1) as alone:
        world.run(executor=alone)
        two_lanes(world)
        fake.sent.clear()
        world.clock.forward(minutes=1)
        world.run(executor=alone)
    assert fake.sent[-1].delivery_id == slow
    assert len(fake.sent) == 4


def test_lanes_use_the_executor_that_is_handed_in(world: World, fake: FakeDestination) -> None:
    class Counting(Executor):
        def __init__(self) -> None:
            self.tasks = 0

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.tasks += 1
            done: Future[Any] = Future()
            done.set_result(fn(*args, **kwargs))
            return done

    two_lanes(world)
    counting = Counting()
    assert world.run(executor=counting).delivered == 4
    assert counting.tasks == 2


def test_no_delivery_is_claimed_twice(world: World, fake: FakeDestination) -> None:
    """Two runs at the same time: the engine lock forbids it, the claims survive it."""
    for number in range(4):
        client = world.client(f"Client {number}")
        connection = world.connection("fake", {"host": f"h{number}"})
        world.link(client, world.configuration(connection))
        world.queued(client, 10)
    at, ids = world.clock.now(), []
    lock = threading.Lock()

    def next_of(lane: str) -> list[Delivery]:
        return world.books.write(lambda c: lanes.claim_due(c, lane, at))

    def claim() -> None:
        for number in range(4):
            while found := next_of(f"fake:h{number}"):
                with lock:
                    ids.append(found[0].id)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len(ids) == len(set(ids)) == 40


def test_books_that_cannot_be_written_end_the_run_and_lose_nothing(
    world: World, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, _ = two_lanes(world)
    with monkeypatch.context() as patch:

        def full(*arguments: Any) -> None:
            raise DiskFull()

        patch.setattr(deliveries, "insert_receipt", full)
        with pytest.raises(DiskFull):
            world.run()
    assert world.delivery(slow).state is S.SENDING
    world.run()
    assert world.delivery(slow).state is S.UNKNOWN
