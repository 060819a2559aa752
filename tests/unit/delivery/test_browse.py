"""Deliveries as lists: every filter and order against the plain answer, causes, what arrived."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledgerdesk.delivery.browse import DeliveryList
from ledgerdesk.errors import CredentialsRejected, EmptyVariable, Scope, to_record
from ledgerdesk.model import Delivery, DeliveryState
from ledgerdesk.model.listing import WantedDeliveries
from ledgerdesk.store import deliveries, delivery_list, documents
from ledgerdesk.store import tables as t
from ledgerdesk.store.ids import lowest_at, new_id
from tests.unit.delivery.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def browse(world: World) -> DeliveryList:
    return DeliveryList(world.books, world.clock)


def put(world: World, delivery: Delivery, state: DeliveryState, **more: object) -> Delivery:
    made = replace(delivery, state=state, **more)  # type: ignore[arg-type]
    world.books.write(lambda c: deliveries.update(c, made))
    return made


def firm(world: World, tmp_path: Path, seed: int) -> list[Delivery]:
    """Three clients, two packages, sixty deliveries in all states."""
    dice = random.Random(seed)
    packages = [world.folder_destination(tmp_path / str(number)) for number in range(2)]
    made = []
    for number in range(3):
        client = world.client(f"Client {number}", file_number=str(number))
        world.link(client, packages[number % 2])
        for _ in range(20):
            made += world.queued(client)
            made[-1] = put(world, made[-1], dice.choice(list(DeliveryState)))
    return made


def numbers(
    world: World, wanted: WantedDeliveries, sort: str = "", down: bool = False
) -> list[str]:
    with world.books.read() as c:
        found = delivery_list.keys(c, wanted, sort, down)
        rows = delivery_list.rows(c, found)
    return [rows[key].delivery.id for key in found]


def test_every_filter_gives_what_the_plain_question_gives(
    world: World, tmp_path: Path, seed: int
) -> None:
    made = firm(world, tmp_path, seed)
    dice = random.Random(seed)
    for _ in range(40):
        like = dice.choice(made)
        states = tuple(dice.sample(list(DeliveryState), dice.randint(0, 8)))
        wanted = WantedDeliveries(
            states=states,
            client_id=dice.choice(["", like.client_id]),
            configuration_id=dice.choice(["", like.configuration_id]),
        )
        expected = [
            one.id
            for one in reversed(made)
            if (not states or one.state in states)
            and wanted.client_id in ("", one.client_id)
            and wanted.configuration_id in ("", one.configuration_id)
        ]
        assert numbers(world, wanted) == expected


def test_a_gap_among_the_rows_changes_nothing(world: World, tmp_path: Path, seed: int) -> None:
    made = firm(world, tmp_path, seed)
    lost = made.pop(len(made) // 2)
    world.books.write(lambda c: c.execute(sa.delete(t.delivery).where(t.delivery.c.id == lost.id)))

    assert numbers(world, WantedDeliveries(), "made") == [one.id for one in made]
    most = tuple(state for state in DeliveryState if state is not DeliveryState.BLOCKED)
    expected = [one.id for one in made if one.state in most]
    assert numbers(world, WantedDeliveries(states=most), "made") == expected


@pytest.mark.parametrize("down", [False, True])
def test_sorted_by_client_the_newest_of_each_comes_first(
    world: World, tmp_path: Path, seed: int, down: bool
) -> None:
    made = firm(world, tmp_path, seed)
    order = list(dict.fromkeys(one.client_id for one in made))
    order = order[::-1] if down else order
    expected = [one.id for client in order for one in reversed(made) if one.client_id == client]
    assert numbers(world, WantedDeliveries(), "client", down) == expected


def test_a_resent_document_is_found_with_its_first_delivery(world: World, tmp_path: Path) -> None:
    client = world.client()
    world.link(client, world.folder_destination(tmp_path))
    (first,) = world.queued(client)
    put(world, first, DeliveryState.DELIVERED)
    (again,) = world.desk.resend([first.id], "lost")
    world.queued(client)

    wanted = WantedDeliveries(document_id=first.document_id)

    assert numbers(world, wanted) == [again.delivery.id, first.id]


def test_signs_of_patterns_are_searched_as_they_are(world: World, tmp_path: Path) -> None:
    package = world.folder_destination(tmp_path)
    for name in ("100% Brood", "Brood"):
        client = world.client(name)
        world.link(client, package)
        world.queued(client)
    assert len(numbers(world, WantedDeliveries("0%"))) == 1
    assert len(numbers(world, WantedDeliveries("brood"))) == 2
    assert numbers(world, WantedDeliveries("_")) == []


def test_causes_count_what_they_stop_and_find_it_again(
    world: World, browse: DeliveryList, tmp_path: Path
) -> None:
    client = world.client()
    world.link(client, world.folder_destination(tmp_path))
    refused = to_record(CredentialsRejected(host="x.example", username="u"))
    empty = to_record(EmptyVariable(client="x", variable="y"))
    made = world.queued(client, 5)
    for one in made[:3]:
        put(world, one, DeliveryState.BLOCKED, error=refused, block_scope=Scope.CONNECTION)
    put(world, made[3], DeliveryState.BLOCKED, error=empty, block_scope=Scope.LINK)

    with world.books.read() as c:
        groups = delivery_list.groups(c, (DeliveryState.BLOCKED,))

    assert [(one.first.id, one.how_many) for one in groups] == [(made[0].id, 3), (made[3].id, 1)]
    assert browse.ids_like(made[1].id) == [one.id for one in made[:3]]


def test_only_what_is_due_is_left_in_a_lane(
    world: World, browse: DeliveryList, tmp_path: Path
) -> None:
    client = world.client()
    world.link(client, world.folder_destination(tmp_path))
    made = world.queued(client, 4)
    later = world.clock.now() + timedelta(hours=1)
    put(world, made[0], DeliveryState.RETRYING, next_attempt_at=later)
    put(world, made[1], DeliveryState.RETRYING, next_attempt_at=world.clock.now())
    put(world, made[2], DeliveryState.DELIVERED)

    (lane,) = browse.lanes()

    assert (lane.left, lane.account) == (2, "somebody")


def test_the_life_line_tells_all_that_happened_in_order(
    world: World, browse: DeliveryList, tmp_path: Path
) -> None:
    client = world.client()
    world.link(client, world.folder_destination(tmp_path))
    world.queued(client)
    (one,) = world.queued(client)
    world.clock.forward(days=3)
    world.desk.cancel([one.id])

    detail = browse.with_life(browse.detail(one.id))

    assert [entry.what for entry in detail.life] == ["delivery.queued", "delivery.cancelled"]


def test_an_id_is_never_lower_than_that_of_the_moment_before(world: World) -> None:
    from datetime import UTC, datetime

    before = lowest_at(datetime.now(UTC))
    assert before <= new_id()
    assert lowest_at(datetime.now(UTC) + timedelta(days=1)) > new_id()


def test_a_document_is_found_by_a_part_of_its_number_re_sends_too(
    world: World, tmp_path: Path
) -> None:
    client = world.client()
    world.link(client, world.folder_destination(tmp_path))
    made = [world.queued(client)[0] for _ in range(4)]
    for number, one in enumerate(made):
        renumber(world, one.document_id, f"Été/2026-00{number}7")
    put(world, made[2], DeliveryState.DELIVERED)
    (again,) = world.desk.resend([made[2].id], "lost")

    assert numbers(world, WantedDeliveries(text="-0027")) == [again.delivery.id, made[2].id]
    every = [again.delivery.id, *(one.id for one in reversed(made))]
    assert numbers(world, WantedDeliveries(text="éTÉ/2026")) == every
    assert numbers(world, WantedDeliveries(text="2026_00")) == []


def test_what_most_documents_say_leaves_out_the_others(world: World, tmp_path: Path) -> None:
    client = world.client()
    world.link(client, world.folder_destination(tmp_path))
    made = [world.queued(client)[0] for _ in range(4)]
    for number, one in enumerate(made):
        renumber(world, one.document_id, "other" if number == 1 else f"F2026-{number}")

    expected = [one.id for one in reversed(made) if one is not made[1]]
    assert numbers(world, WantedDeliveries(text="f2026")) == expected


def renumber(world: World, document_id: str, number: str) -> None:
    def work(c: sa.Connection) -> None:
        document = documents.get(c, document_id)
        facts = replace(document.facts, number=number)
        documents.update(c, replace(document, facts=facts))

    world.books.write(work)
