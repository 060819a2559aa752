"""What a person can do about a delivery, and what is not possible when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledgerdesk.errors import (
    ConnectionRefused,
    CredentialsRejected,
    InvalidValue,
    MissingValue,
    NotPossibleNow,
    RecipientRefused,
    UnknownId,
)
from ledgerdesk.model import Client, Delivery, DeliveryState, DocumentState, Stage
from ledgerdesk.store import deliveries
from tests.unit.delivery.test_sending import failing
from tests.unit.delivery.world import FakeDestination, World

S = DeliveryState


@pytest.fixture
def client(world: World, fake: FakeDestination) -> Client:
    made = world.client()
    world.link(made, world.configuration(world.connection("fake", {"host": "h"})))
    return made


def put(world: World, delivery: Delivery, **changes: Any) -> None:
    world.books.write(lambda c: deliveries.update(c, replace(delivery, **changes)))


ACTIONS: dict[str, Callable[[World, str], Any]] = {
    "retry": lambda world, one: world.desk.retry([one]),
    "resend": lambda world, one: world.desk.resend([one], "asked for"),
    "delivered": lambda world, one: world.desk.resolve(one, "delivered"),
    "again": lambda world, one: world.desk.resolve(one, "resend"),
    "cancel": lambda world, one: world.desk.cancel([one]),
    "mark_booked": lambda world, one: world.desk.mark_booked([one]),
}
POSSIBLE = {
    "retry": {S.QUEUED, S.RETRYING, S.BLOCKED, S.REJECTED},
    "resend": {S.DELIVERED, S.REJECTED, S.CANCELLED},
    "delivered": {S.UNKNOWN},
    "again": {S.UNKNOWN},
    "cancel": {S.QUEUED, S.RETRYING, S.BLOCKED},
    "mark_booked": {S.DELIVERED},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_possible_in_its_states_only(
    world: World, client: Client, action: str
) -> None:
    made = dict(zip(S, world.queued(client, len(S)), strict=True))
    for state, one in made.items():
        put(world, one, state=state)
    possible = set()
    for state, one in made.items():
        before = world.told()
        try:
            ACTIONS[action](world, one.id)
            possible.add(state)
        except NotPossibleNow as error:
            assert error.params["state"] == state
            assert world.told() == before
    assert possible == POSSIBLE[action]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_id_that_is_not_there_is_told(world: World, action: str) -> None:
    with pytest.raises(UnknownId):
        ACTIONS[action](world, "nonsense")


def test_all_ids_or_none(world: World, client: Client) -> None:
    good, bad = world.queued(client, 2)
    put(world, bad, state=S.DELIVERED)
    with pytest.raises(NotPossibleNow):
        world.desk.cancel([good.id, bad.id])
    assert world.delivery(good.id).state is S.QUEUED


# --- retry --------------------------------------------------------------------------------------


def test_retry_sends_now_what_waits_for_later(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(ConnectionRefused(host="h", port=1), None)
    one, _ = world.queued(client, 2)
    world.run()
    world.desk.retry([one.id])
    world.run()
    assert world.states() == [S.DELIVERED, S.DELIVERED]


def test_retry_takes_along_what_waits_for_the_same_reason(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(RecipientRefused(address="a", answer="550"), None)
    world.queued(client, 2)
    world.run()
    assert world.states() == [S.BLOCKED, S.BLOCKED]
    world.desk.retry([world.deliveries()[1].id])
    assert world.states() == [S.QUEUED, S.QUEUED]


def test_retry_after_a_refused_sign_in_tries_once(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(CredentialsRejected(host="h", username="u"))
    one, _, _ = world.queued(client, 3)
    world.run()
    world.desk.retry([one.id])
    world.run()
    assert len(fake.sent) == 2
    assert world.states() == [S.BLOCKED] * 3


def test_retry_of_what_still_has_no_target_leaves_it_blocked(world: World, fake: Any) -> None:
    client = world.client(file_number="")
    configuration = world.configuration(
        world.connection("fake", {}), {"place": "in/[accounting_file_id]"}
    )
    world.link(client, configuration)
    (one,) = world.queued(client)
    (shown,) = world.desk.retry([one.id])
    assert shown.delivery.state is S.BLOCKED
    assert shown.error is not None
    assert shown.error.code == "empty_variable"


# --- resend and resolve -------------------------------------------------------------------------


def test_resend_makes_a_new_delivery_with_its_reason(
    world: World, client: Client, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    world.run()
    (shown,) = world.desk.resend([one.id], "lost at the package")
    again = shown.delivery
    assert (again.state, again.reason) == (S.QUEUED, "lost at the package")
    assert again.target != one.target
    world.run()
    assert world.states() == [S.DELIVERED, S.DELIVERED]


def test_resend_needs_a_reason(world: World, client: Client) -> None:
    (one,) = world.queued(client)
    world.run()
    with pytest.raises(MissingValue):
        world.desk.resend([one.id], "  ")


def test_a_document_that_is_not_for_sending_is_not_resent(world: World, client: Client) -> None:
    document = world.document(client)
    (one,) = world.enqueue(document)
    world.run()
    world.change_documents([replace(document, state=DocumentState.SET_ASIDE)])
    with pytest.raises(NotPossibleNow):
        world.desk.resend([one.id], "please")


def test_resolve_as_delivered_keeps_who_said_so(world: World, client: Client) -> None:
    (one,) = world.queued(client)
    put(world, one, state=S.UNKNOWN, stage=Stage.NONE, error={"code": "outcome_unknown"})
    shown = world.desk.resolve(one.id, "delivered")
    assert (shown.delivery.state, shown.delivery.assurance) == (S.DELIVERED, "blind")
    assert shown.error is None
    assert shown.receipt is not None
    assert shown.receipt.evidence == {"said_by": "a person"}


def test_resolve_as_resend_repeats_the_same_name(
    world: World, client: Client, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    put(world, one, state=S.UNKNOWN)
    world.desk.resolve(one.id, "resend")
    world.run()
    assert fake.sent[0].target == one.target
    assert world.states() == [S.DELIVERED]


def test_another_answer_is_refused(world: World, client: Client) -> None:
    (one,) = world.queued(client)
    with pytest.raises(InvalidValue):
        world.desk.resolve(one.id, "perhaps")


# --- cancel and mark booked ---------------------------------------------------------------------


def test_what_is_cancelled_is_not_sent(world: World, client: Client, fake: FakeDestination) -> None:
    (one,) = world.queued(client)
    world.desk.cancel([one.id])
    world.run()
    assert (world.states(), fake.sent) == ([S.CANCELLED], [])


def test_what_may_have_arrived_cannot_be_cancelled_only_doubted(
    world: World, client: Client
) -> None:
    (one,) = world.queued(client)
    put(world, one, state=S.RETRYING, stage=Stage.PUBLISHING)
    (shown,) = world.desk.cancel([one.id])
    assert shown.delivery.state is S.UNKNOWN
    assert shown.error is not None


def test_booked_adds_a_receipt_and_keeps_the_first(world: World, client: Client) -> None:
    (one,) = world.queued(client)
    world.run()
    (shown,) = world.desk.mark_booked([one.id])
    assert [receipt.assurance for receipt in shown.receipts] == ["acknowledged", "booked"]
    assert shown.delivery.assurance == "booked"


# --- seeing -------------------------------------------------------------------------------------


def test_the_list_is_narrowed_by_state_and_client(world: World, client: Client) -> None:
    one, two = world.queued(client, 2)
    world.desk.cancel([one.id])
    found = world.desk.listed(state=S.QUEUED, client_id=client.id)
    assert [shown.delivery.id for shown in found] == [two.id]
    assert world.desk.listed(client_id="nobody") == []


def test_the_list_comes_in_pages(world: World, client: Client) -> None:
    made = world.queued(client, 5)
    page = world.desk.listed(limit=2, offset=2)
    assert [shown.delivery.id for shown in page] == [one.id for one in made[2:4]]


def test_one_delivery_is_shown_with_its_attempts(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(ConnectionRefused(host="h", port=1), None)
    (one,) = world.queued(client)
    world.run()
    world.clock.forward(minutes=5)
    world.run()
    attempts = world.desk.get(one.id).attempts
    assert [attempt.outcome for attempt in attempts] == ["retrying", "delivered"]
    assert attempts[0].detail["code"] == "connection_refused"


def test_everything_a_person_does_is_in_the_journal(world: World, client: Client) -> None:
    one, two = world.queued(client, 2)
    world.desk.cancel([one.id])
    put(world, two, state=S.UNKNOWN)
    world.desk.resolve(two.id, "delivered")
    world.desk.mark_booked([two.id])
    assert world.told()[2:] == ["delivery.cancelled", "delivery.delivered", "delivery.delivered"]
