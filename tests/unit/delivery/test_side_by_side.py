"""Lanes run side by side: a dead or slow one never holds up another."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from ledgerdesk.delivery.dispatcher import Busy
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


# --- runs that overlap ----------------------------------------------------------------------------


def test_a_run_beside_one_that_hangs_serves_the_other_lanes_within_a_second(
    world: World, fake: FakeDestination
) -> None:
    slow, quick_client = two_lanes(world)
    let_go, busy = threading.Event(), Busy()

    def answer(parcel: Parcel) -> Evidence:
        if parcel.delivery_id == slow:
            assert let_go.wait(SOON)
        return arrived(parcel)

    fake.answer = answer
    with ThreadPoolExecutor(4) as threads, ThreadPoolExecutor(1) as runner:
        dispatcher = world.dispatcher(threads, busy)
        hanging = runner.submit(dispatcher.run)
        try:
            while not all_delivered(world, quick_client):
                assert not hanging.done()
            world.enqueue(world.document(world.get_client(quick_client), b"<Invoice>9</Invoice>"))
            began = time.monotonic()
            assert world.dispatcher(threads, busy).run().delivered == 1
            assert time.monotonic() - began < 1
            # What hangs is still on its way: nobody took it for left behind.
            assert world.delivery(slow).state is S.SENDING
            assert fake.probed == []
        finally:
            let_go.set()
        assert hanging.result(SOON).delivered == 4
    assert busy.now() == frozenset()


def test_a_second_run_that_knows_nothing_of_the_first_takes_its_work_for_left_behind(
    world: World, fake: FakeDestination
) -> None:
    """The control: without the shared list of busy lanes the delivery on its way is probed."""
    slow, _ = two_lanes(world)
    let_go = threading.Event()

    def answer(parcel: Parcel) -> Evidence:
        assert let_go.wait(SOON)
        return arrived(parcel)

    fake.answer = answer
    with ThreadPoolExecutor(8) as threads, ThreadPoolExecutor(1) as runner:
        hanging = runner.submit(world.dispatcher(threads).run)
        while world.delivery(slow).state is not S.SENDING:
            assert not hanging.done()
        with ThreadPoolExecutor(1) as second:
            other = second.submit(world.dispatcher(threads).run)
            while slow not in [one.delivery_id for one in fake.probed]:
                assert not other.done()
            let_go.set()
            other.result(SOON)
        hanging.result(SOON)


def test_a_run_for_one_package_leaves_the_other_in_the_same_lane(
    world: World, fake: FakeDestination
) -> None:
    connection = world.connection("fake", {"host": "one"})
    packages = [world.configuration(connection) for _ in range(2)]
    for number, package in enumerate(packages):
        client = world.client(f"Client {number}")
        world.link(client, package)
        world.queued(client, 2)
    with ThreadPoolExecutor(2) as threads:
        assert world.dispatcher(threads).run(only=[packages[1].id]).delivered == 2
    states = {one.configuration_id: one.state for one in world.deliveries()}
    assert states == {packages[0].id: S.QUEUED, packages[1].id: S.DELIVERED}
