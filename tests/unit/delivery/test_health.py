"""The health of each connected account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerdesk.delivery.health import AccountHealth, Health
from ledgerdesk.errors import ConnectionRefused, CredentialsRejected, Owner, RefusedByPackage
from ledgerdesk.model import Connection, ConnectionState, Evidence, Parcel
from ledgerdesk.store import configurations
from tests.unit.delivery.world import FakeDestination, World, arrived


@pytest.fixture
def service(world: World, monkeypatch: pytest.MonkeyPatch) -> AccountHealth:
    # The world's ids are made by the real clock, its deliveries by its own.
    monkeypatch.setattr("ledgerdesk.store.health.lowest_at", lambda since: "")
    return AccountHealth(world.books, world.clock)


@pytest.fixture
def account(world: World, fake: FakeDestination) -> Iterator[Connection]:
    """Two clients send through it; nothing waits."""
    made = world.connection("fake", {"host": "h"})
    package = world.configuration(made)
    for name in ("One", "Two"):
        world.link(world.client(name, file_number=name), package)
    yield made


def of(service: AccountHealth, account: Connection) -> Health:
    return service.of_all()[account.id]


def clients(world: World) -> list[str]:
    from ledgerdesk.store import clients as kept

    with world.books.read() as c:
        return [one.id for one in kept.listed(c)]


def send(world: World, number: int = 1, client: int = 0) -> None:
    world.queued(world.get_client(clients(world)[client]), number)
    world.run()


def test_an_account_nothing_was_sent_to(service: AccountHealth, account: Connection) -> None:
    found = of(service, account)
    assert (found.last_delivered_at, found.error_rate, found.waiting) == (None, None, 0)
    assert (found.clients, found.clients_waiting, found.owner) == (2, 0, None)


def test_the_last_success_is_remembered(
    service: AccountHealth, account: Connection, world: World, fake: FakeDestination
) -> None:
    send(world)
    then = world.clock.now()
    world.clock.forward(hours=3)
    fake.answer = refusing
    send(world)
    assert of(service, account).last_delivered_at == then


def refusing(parcel: Parcel) -> Evidence:
    raise RefusedByPackage(host="h", answer="no")


def test_the_error_rate_counts_attempts(
    service: AccountHealth, account: Connection, world: World, fake: FakeDestination
) -> None:
    send(world, 3)
    fake.answer = refusing
    send(world)
    assert of(service, account).error_rate == 0.25


def test_what_waits_and_since_when(
    service: AccountHealth, account: Connection, world: World, fake: FakeDestination
) -> None:
    first = world.clock.now()
    world.queued(world.get_client(clients(world)[0]))
    world.clock.forward(hours=1)
    world.queued(world.get_client(clients(world)[1]), 2)
    found = of(service, account)
    assert (found.waiting, found.clients_waiting, found.oldest_waiting_at) == (3, 2, first)


def test_a_refused_sign_in_needs_you_and_shows_what_it_stops(
    service: AccountHealth, account: Connection, world: World, fake: FakeDestination
) -> None:
    def refused(parcel: Parcel) -> Evidence:
        raise CredentialsRejected(host="h")

    fake.answer = refused
    send(world, 2)
    found = of(service, account)
    assert (found.owner, found.needs_sign_in, found.waiting) == (Owner.YOU, True, 2)
    assert [one.connection.id for one in service.to_sign_in()] == [account.id]


def test_trouble_on_the_way_needs_nobody(
    service: AccountHealth, account: Connection, world: World, fake: FakeDestination
) -> None:
    def down(parcel: Parcel) -> Evidence:
        raise ConnectionRefused(host="h", port=22)

    fake.answer = down
    send(world)
    found = of(service, account)
    assert (found.owner, found.waiting, found.error_rate) == (None, 1, 1.0)
    fake.answer = arrived


def sign_out(world: World, now: Connection) -> None:
    world.books.write(lambda c: configurations.update_connection(c, now))


def test_the_account_that_stops_most_comes_first(
    service: AccountHealth, account: Connection, world: World
) -> None:
    other = world.connection("fake", {"host": "other"})
    package = world.configuration(other)
    client = world.client("Three", file_number="3")
    world.link(client, package)
    world.queued(client, 3)
    for one in (account, other):
        sign_out(world, replace(one, state=ConnectionState.REAUTHENTICATE))
    assert [one.connection.id for one in service.to_sign_in()] == [other.id, account.id]


def test_sign_ins_that_end_are_told_in_order(service: AccountHealth, world: World) -> None:
    now = world.clock.now()
    days = (30, 2, 400)
    made = [
        world.connection("fake", {"host": str(n)}, expires_at=now + timedelta(days=n)) for n in days
    ]
    world.connection("fake", {"host": "never"})
    assert [one.id for one in service.expiring()] == [made[1].id, made[0].id, made[2].id]


def test_a_sign_in_that_ended_needs_you(service: AccountHealth, world: World) -> None:
    past = world.clock.now() - timedelta(days=1)
    one = world.connection("fake", {"host": "h"}, expires_at=past)
    assert of(service, one).owner is Owner.YOU
