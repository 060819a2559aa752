"""The first mail to a mailbox goes alone while nobody is watching."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from ledgerdesk.connectors.base import MAIL_LANE
from ledgerdesk.delivery import first_mail
from ledgerdesk.model import Assurance, Delivery, DeliveryState, Target
from ledgerdesk.store import deliveries
from tests.unit.delivery.world import World


@pytest.fixture
def mailed(world: World) -> list[Delivery]:
    """Four queued mails: three to one address, one to another."""
    client = world.client()
    world.link(client, world.folder_destination("/nowhere"))
    made = world.queued(client, 4)

    def work(c: sa.Connection) -> list[Delivery]:
        found = []
        for number, one in enumerate(made):
            place = "b@package.example" if number == 3 else "A@package.example"
            aimed = replace(one, lane=MAIL_LANE, target=Target(place, "x.xml"))
            deliveries.update(c, aimed)
            found.append(aimed)
        return found

    return world.books.write(work)


def states(world: World, mailed: list[Delivery]) -> list[str]:
    with world.books.read() as c:
        return [deliveries.get(c, one.id).state.value for one in mailed]


def change(world: World, delivery: Delivery, **values: object) -> None:
    world.books.write(lambda c: deliveries.update(c, replace(delivery, **values)))  # type: ignore[arg-type]


def hold(world: World) -> list[str]:
    return world.books.write(lambda c: first_mail.hold(c, world.clock.now()))


def test_one_goes_to_each_address_and_the_rest_waits(world: World, mailed: list[Delivery]):
    assert hold(world) == [mailed[1].id, mailed[2].id]
    assert states(world, mailed) == ["queued", "blocked", "blocked", "queued"]


def test_an_address_that_was_tried_takes_no_second_one(world: World, mailed: list[Delivery]):
    change(world, mailed[0], state=DeliveryState.DELIVERED, assurance=Assurance.BLIND)
    assert hold(world) == [mailed[1].id, mailed[2].id]


def test_an_address_something_arrived_at_takes_all(world: World, mailed: list[Delivery]):
    change(world, mailed[0], state=DeliveryState.DELIVERED, assurance=Assurance.BOOKED)
    assert hold(world) == []


def test_a_person_who_saw_it_there_lets_the_rest_go(world: World, mailed: list[Delivery]):
    hold(world)
    place = "a@package.example"
    assert world.books.write(lambda c: first_mail.arrived(c, place, world.clock.now())) == 2
    assert states(world, mailed) == ["queued"] * 4


def test_another_address_lets_nothing_go(world: World, mailed: list[Delivery]):
    hold(world)
    place = "b@package.example"
    assert world.books.write(lambda c: first_mail.arrived(c, place, world.clock.now())) == 0


def test_a_person_who_sends_now_sends_all_of_it(world: World, mailed: list[Delivery]):
    hold(world)
    assert world.books.write(lambda c: first_mail.let_go(c, world.clock.now())) == 2
