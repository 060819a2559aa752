"""A vendor's limits at work: who waits, who goes on, and what the vendor never gets to see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from ledgerdesk import connectors
from ledgerdesk.delivery.budgets import ROOM, AccountBudget
from ledgerdesk.errors import (
    AdministrationLimitReached,
    AdministrationRefused,
    LedgerDeskError,
    LimitReached,
)
from ledgerdesk.model import (
    Client,
    Configuration,
    Connection,
    ConnectionState,
    DeliveryState,
    Evidence,
    Limit,
    Parcel,
)
from ledgerdesk.setup.contexts import stored_context
from ledgerdesk.setup.services import Services
from ledgerdesk.store import configurations
from tests.unit.delivery.world import FakeConnector, FakeDestination, World, arrived

S = DeliveryState
LANE = "fake:h"


@pytest.fixture
def connection(world: World, fake: FakeDestination) -> Connection:
    fake.before = lambda context, administration: context.budget.spend(administration)
    return world.connection("fake", {"host": "h"})


@pytest.fixture
def package(world: World, connection: Connection) -> Configuration:
    return world.configuration(connection)


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def limit(*limits: Limit) -> None:
        monkeypatch.setattr(FakeConnector, "limits", limits)

    return limit


def client_of(world: World, package: Configuration, administration: str) -> Client:
    made = world.client(f"Client {administration}")
    world.link(made, package, administration_id=administration)
    return made


def refuse(administration: str, error: LedgerDeskError) -> Callable[[Parcel], Evidence]:
    def answer(parcel: Parcel) -> Evidence:
        if parcel.administration_id == administration:
            raise error
        return arrived(parcel)

    return answer


def states_of(world: World, client: Client) -> list[DeliveryState]:
    return [one.state for one in world.deliveries() if one.client_id == client.id]


def test_an_account_that_used_up_its_limit_pauses_until_it_is_free_again(
    world: World, package: Configuration, fake: FakeDestination, limited: Callable[..., None]
) -> None:
    limited(Limit(3, 60))
    world.queued(client_of(world, package, "100"), 5)
    world.run()
    assert len(fake.sent) == 3
    assert world.states() == [S.DELIVERED] * 3 + [S.RETRYING, S.QUEUED]
    wait = timedelta(seconds=60) + ROOM
    assert world.lane(LANE).open_until == world.clock.now() + wait
    world.clock.forward(seconds=wait.total_seconds())
    world.run()
    assert world.states() == [S.DELIVERED] * 5


def test_one_administrations_limit_stops_its_documents_only(
    world: World, package: Configuration, fake: FakeDestination, limited: Callable[..., None]
) -> None:
    limited(Limit(3, 60, per_scope=True))
    busy, calm = client_of(world, package, "100"), client_of(world, package, "200")
    world.queued(busy, 6)
    world.queued(calm, 2)
    world.run()
    assert states_of(world, calm) == [S.DELIVERED] * 2
    assert states_of(world, busy) == [S.DELIVERED] * 3 + [S.RETRYING] * 3
    waiting = [one for one in world.deliveries() if one.state is S.RETRYING]
    assert [one.attempts for one in waiting] == [1, 0, 0]
    assert {one.next_attempt_at for one in waiting} == {
        world.clock.now() + timedelta(seconds=60) + ROOM
    }
    assert {one.error["code"] for one in waiting} == {"administration_limit_reached"}
    assert world.lane(LANE).failures == 0


def test_another_client_of_the_same_administration_waits_without_asking_the_vendor(
    world: World, package: Configuration, fake: FakeDestination, limited: Callable[..., None]
) -> None:
    limited(Limit(2, 60, per_scope=True))
    world.queued(client_of(world, package, "100"), 2)
    world.queued(client_of(world, package, "100"), 2)
    world.run()
    assert len(fake.sent) == 2
    assert world.states() == [S.DELIVERED] * 2 + [S.RETRYING] * 2


def test_a_pause_the_vendor_asked_for_is_kept_to_after_a_new_start(
    world: World, package: Configuration, fake: FakeDestination, limited: Callable[..., None]
) -> None:
    limited(Limit(1000, 60))

    def slow_down(parcel: Parcel) -> Evidence:
        fake.contexts[-1].budget.closed("100", 900)
        raise AdministrationLimitReached(host="h", administration="100", limit="…", retry_after=900)

    fake.answer = slow_down
    client = client_of(world, package, "100")
    world.queued(client)
    world.run()
    fake.answer = arrived
    # A person's impatience does not reach the vendor.
    world.desk.retry([one.id for one in world.deliveries()])
    world.run()
    assert (len(fake.sent), world.states()) == (1, [S.RETRYING])
    world.clock.forward(seconds=901)
    world.run()
    assert world.states() == [S.DELIVERED]


def test_one_refused_dossier_stops_its_client_and_nobody_else(
    world: World, package: Configuration, fake: FakeDestination
) -> None:
    refused, other = client_of(world, package, "100"), client_of(world, package, "200")
    error = AdministrationRefused(host="h", administration="100", answer="403")
    fake.answer = refuse("100", error)
    world.queued(refused, 3)
    world.queued(other, 3)
    world.run()
    assert states_of(world, refused) == [S.BLOCKED] * 3
    assert states_of(world, other) == [S.DELIVERED] * 3
    assert len([one for one in fake.sent if one.administration_id == "100"]) == 1
    with world.books.read() as c:
        (account,) = configurations.connections(c)
    assert account.state is ConnectionState.OK


def test_refusals_of_one_administration_end_its_turn_for_an_hour(
    world: World, package: Configuration, fake: FakeDestination, limited: Callable[..., None]
) -> None:
    from ledgerdesk.errors import RefusedByPackage

    limited(Limit(5, 3600, per_scope=True, errors=True))

    def wrong(parcel: Parcel) -> Evidence:
        if parcel.administration_id == "200":
            return arrived(parcel)
        fake.contexts[-1].budget.refused(parcel.administration_id)
        raise RefusedByPackage(host="h", answer="400")

    fake.answer = wrong
    bad, good = client_of(world, package, "100"), client_of(world, package, "200")
    world.queued(bad, 8)
    world.queued(good, 2)
    world.run()
    assert states_of(world, bad) == [S.REJECTED] * 5 + [S.RETRYING] * 3
    assert states_of(world, good) == [S.DELIVERED] * 2


def test_a_limit_met_while_looking_leaves_a_look_to_come(
    world: World, package: Configuration, fake: FakeDestination, limited: Callable[..., None]
) -> None:
    from ledgerdesk.errors import OutcomeUnknown
    from ledgerdesk.model import Found, Probe

    limited(Limit(1, 60))
    client = client_of(world, package, "100")

    def lost(parcel: Parcel) -> Evidence:
        raise OutcomeUnknown(reason="cut")

    fake.answer = lost
    fake.found = lambda parcel: Probe(Found.THERE, arrived(parcel))
    world.queued(client)
    world.run()
    assert world.states() == [S.RETRYING]
    world.clock.forward(seconds=60 + ROOM.total_seconds())
    world.run()
    assert (world.states(), len(fake.sent)) == ([S.DELIVERED], 1)


def test_verifying_an_account_is_counted_like_sending(
    world: World, connection: Connection, limited: Callable[..., None]
) -> None:
    limited(Limit(2, 60))
    services = Services(world.books, world.vault, world.network, world.clock)
    connector = connectors.get("fake")
    context = stored_context(connector, connection, services.doors, services.vault)
    assert isinstance(context.budget, AccountBudget)
    context.budget.spend()
    client = client_of(world, world.configuration(connection), "100")
    world.queued(client, 2)
    world.run()
    assert world.states() == [S.DELIVERED, S.RETRYING]
    with pytest.raises(LimitReached):
        context.budget.spend()
