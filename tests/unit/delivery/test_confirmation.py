"""Asking afterwards what became of a document: more proof, a refusal, or nothing new."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from ledgerdesk.delivery import confirmation as asking
from ledgerdesk.errors import (
    AdministrationRefused,
    Cancelled,
    ConnectionRefused,
    CredentialsRejected,
    DestinationError,
    LedgerDeskError,
    NothingKnown,
    RefusedByPackage,
    ServerTrouble,
)
from ledgerdesk.model import (
    Assurance,
    Client,
    Configuration,
    ConnectionState,
    DeliveryState,
    Evidence,
    Limit,
    Parcel,
)
from ledgerdesk.store import configurations, confirmations, deliveries, lanes
from tests.unit.delivery.world import FakeConnector, FakeDestination, World, arrived

S = DeliveryState
LANE = "fake:h"


@pytest.fixture
def package(world: World, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """A destination that can be asked afterwards."""
    monkeypatch.setattr(FakeConnector, "confirms", True)
    return world.configuration(world.connection("fake", {"host": "h"}))


@pytest.fixture
def client(world: World, package: Configuration) -> Client:
    made = world.client()
    world.link(made, package)
    return made


def says(assurance: Assurance) -> Callable[[Parcel, str], Evidence]:
    return lambda parcel, remote: Evidence(assurance, remote, {"status": str(assurance)})


def fails(error: Exception) -> Callable[[Parcel, str], Evidence]:
    def said(parcel: Parcel, remote: str) -> Evidence:
        raise error

    return said


def proofs(world: World, delivery_id: str) -> list[str]:
    return [one.assurance.value for one in world.desk.get(delivery_id).receipts]


def is_asked_about(world: World, delivery_id: str) -> bool:
    return world.desk.get(delivery_id).confirmation is not None


# --- what it says -------------------------------------------------------------------------------


def test_it_is_asked_once_in_the_run_that_sends(
    world: World, client: Client, fake: FakeDestination
) -> None:
    made = world.queued(client, 2)
    world.run()
    assert fake.asked == [f"remote-{one.id[-8:]}" for one in made]
    assert world.states() == [S.DELIVERED, S.DELIVERED]


def test_it_is_asked_again_at_every_run_for_five_days(
    world: World, client: Client, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    for _ in range(7):
        world.run()
        world.clock.forward(days=1)
    # At 0, 1, 2, 3, 4 and 5 days.
    assert len(fake.asked) == 6
    assert not is_asked_about(world, one.id)


def test_what_cannot_be_asked_is_not(world: World, fake: FakeDestination) -> None:
    client = world.client()
    world.link(client, world.configuration(world.connection("fake", {"host": "h"})))
    (one,) = world.queued(client)
    world.run()
    assert fake.asked == []
    assert not is_asked_about(world, one.id)


def test_a_higher_assurance_is_a_further_receipt(
    world: World, client: Client, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    world.run()
    fake.said = says(Assurance.PICKED_UP)
    world.run()
    assert world.delivery(one.id).assurance == Assurance.PICKED_UP
    assert proofs(world, one.id) == ["acknowledged", "picked_up"]
    assert world.told()[-1] == "delivery.confirmed"
    assert not is_asked_about(world, one.id)


def test_the_same_or_less_is_nothing_new(
    world: World, client: Client, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    fake.said = says(Assurance.VERIFIED)
    world.run()
    fake.said = says(Assurance.ACKNOWLEDGED)
    world.run()
    assert proofs(world, one.id) == ["acknowledged"]
    kept = world.desk.get(one.id).confirmation
    assert kept is not None
    assert kept.asked_at == world.clock.now()


def test_a_refusal_afterwards_rejects_it_and_keeps_both_proofs(
    world: World, client: Client, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    world.run()
    arrival = world.delivery(one.id).delivered_at
    world.clock.forward(hours=2)
    fake.said = fails(RefusedByPackage(host="h", answer="no VAT number"))
    world.run()
    now = world.desk.get(one.id)
    assert (now.delivery.state, now.delivery.delivered_at) == (S.REJECTED, arrival)
    assert now.error is not None
    assert "no VAT number" in now.error.text
    assert [("refused" in each.evidence) for each in now.receipts] == [False, True]
    assert world.told()[-1] == "delivery.rejected"
    world.run()
    assert len(fake.asked) == 2
    world.desk.resend([one.id], "corrected")
    assert world.states() == [S.REJECTED, S.QUEUED]


def test_what_has_just_arrived_may_not_be_listed_yet(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.said = fails(NothingKnown(host="h"))
    world.queued(client)
    world.run()
    assert world.states() == [S.DELIVERED]
    world.run()
    assert (world.states(), world.codes()) == ([S.REJECTED], ["nothing_known"])


def test_what_a_person_saw_in_the_books_is_asked_about_no_more(
    world: World, client: Client, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    world.run()
    world.desk.mark_booked([one.id])
    fake.said = says(Assurance.PICKED_UP)
    world.run()
    assert proofs(world, one.id) == ["acknowledged", "booked"]
    assert len(fake.asked) == 1
    assert not is_asked_about(world, one.id)


def test_what_a_look_found_is_asked_about_too(
    world: World, client: Client, fake: FakeDestination
) -> None:
    from ledgerdesk.errors import OutcomeUnknown
    from ledgerdesk.model import Found, Probe

    def lost(parcel: Parcel) -> Evidence:
        raise OutcomeUnknown(reason="cut")

    fake.answer = lost
    fake.found = lambda parcel: Probe(Found.THERE, arrived(parcel))
    world.queued(client)
    world.run()
    assert len(fake.asked) == 1


# --- trouble changes nothing --------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefused(host="h", port=443),
        ServerTrouble(host="h", answer="503"),
        CredentialsRejected(host="h", username="u"),
        AdministrationRefused(host="h", administration="1", answer="403"),
        DestinationError(),
    ],
    ids=lambda error: error.code,
)
def test_no_trouble_with_a_question_changes_what_arrived(
    world: World, client: Client, fake: FakeDestination, error: LedgerDeskError
) -> None:
    fake.said = fails(error)
    (one,) = world.queued(client)
    world.run()
    assert (world.states(), world.codes()) == ([S.DELIVERED], [""])
    assert proofs(world, one.id) == ["acknowledged"]
    assert is_asked_about(world, one.id)
    assert world.lane(LANE).failures == 0


def test_a_fault_of_ours_is_logged_and_changes_nothing(
    world: World,
    client: Client,
    fake: FakeDestination,
    allow_log: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    allow_log("ledgerdesk.delivery")
    fake.said = fails(ZeroDivisionError())
    world.queued(client, 2)
    world.run()
    assert world.states() == [S.DELIVERED, S.DELIVERED]
    assert len(fake.asked) == 1
    assert [one.levelno for one in caplog.records if one.exc_info] == [logging.ERROR]


def test_an_unreachable_server_ends_the_round_and_is_asked_at_the_next(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.said = fails(ConnectionRefused(host="h", port=443))
    world.queued(client, 3)
    world.run()
    assert len(fake.asked) == 1
    fake.said = says(Assurance.PICKED_UP)
    world.run()
    assert len(fake.asked) == 4
    assert {one.assurance for one in world.deliveries()} == {Assurance.PICKED_UP}


def test_one_document_that_always_fails_holds_nobody_back(
    world: World, client: Client, fake: FakeDestination
) -> None:
    bad, *_ = world.queued(client, 3)

    def said(parcel: Parcel, remote: str) -> Evidence:
        if parcel.delivery_id == bad.id:
            raise ServerTrouble(host="h", answer="500")
        return Evidence(Assurance.PICKED_UP, remote)

    fake.said = said
    world.run()
    world.run()
    assert [one.assurance for one in world.deliveries()] == [
        Assurance.ACKNOWLEDGED,
        Assurance.PICKED_UP,
        Assurance.PICKED_UP,
    ]


def test_one_refused_dossier_is_asked_once_and_the_others_go_on(
    world: World, package: Configuration, fake: FakeDestination
) -> None:
    for administration in ("100", "200"):
        made = world.client(f"Client {administration}")
        world.link(made, package, administration_id=administration)
        world.queued(made, 2)
    seen: list[str] = []

    def said(parcel: Parcel, remote: str) -> Evidence | None:
        seen.append(parcel.administration_id)
        if parcel.administration_id == "100":
            raise AdministrationRefused(host="h", administration="100", answer="403")
        return None

    fake.said = said
    world.run()
    assert seen == ["100", "200", "200"]


def test_a_refused_sign_in_is_tried_once_and_stops_what_waits(
    world: World, client: Client, fake: FakeDestination
) -> None:
    made = world.queued(client, 2)
    world.run()
    fake.said = fails(CredentialsRejected(host="h", username="u"))
    fake.asked.clear()
    world.run()
    world.run()
    assert len(fake.asked) == 1
    with world.books.read() as c:
        (account,) = configurations.connections(c)
    assert account.state is ConnectionState.REAUTHENTICATE
    assert account.error["code"] == "credentials_rejected"
    assert all(is_asked_about(world, one.id) for one in made)


def test_a_removed_accounting_package_is_asked_no_more(
    world: World, client: Client, package: Configuration, fake: FakeDestination
) -> None:
    (one,) = world.queued(client)
    world.run()
    at = world.clock.now()
    world.books.write(lambda c: configurations.remove(c, package.id, at))
    world.run()
    assert (world.states(), len(fake.asked)) == ([S.DELIVERED], 1)
    assert not is_asked_about(world, one.id)


def test_a_stop_while_asking_ends_the_lane(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.said = fails(Cancelled())
    world.queued(client, 2)
    world.run()
    assert len(fake.asked) == 1
    assert world.states() == [S.DELIVERED, S.DELIVERED]


# --- sending comes first --------------------------------------------------------------------------


def test_all_sending_comes_before_any_question(
    world: World, client: Client, fake: FakeDestination
) -> None:
    order: list[str] = []

    def answer(parcel: Parcel) -> Evidence:
        order.append("sent")
        return arrived(parcel)

    def said(parcel: Parcel, remote: str) -> None:
        order.append("asked")

    fake.answer, fake.said = answer, said
    world.queued(client, 3)
    world.run()
    assert order == ["sent"] * 3 + ["asked"] * 3


def test_a_lane_in_trouble_is_not_asked(
    world: World, client: Client, fake: FakeDestination
) -> None:
    world.queued(client)
    world.run()
    fake.answer = lambda parcel: fails(ConnectionRefused(host="h", port=443))(parcel, "")
    world.queued(client)
    world.run()
    assert len(fake.asked) == 1


def test_questions_leave_half_of_the_limits_to_documents(
    world: World, client: Client, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeConnector, "limits", (Limit(20, 86400),))
    fake.before = lambda context, administration: context.budget.spend(administration)
    world.queued(client, 6)
    for _ in range(4):
        world.run()
    # Six were sent, so four questions were left; and then the rest is for documents.
    assert len(fake.asked) == 4
    world.queued(client, 10)
    world.run()
    assert world.states() == [S.DELIVERED] * 16


def test_a_round_is_bounded_and_everyones_turn_comes(
    world: World, client: Client, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_QUESTIONS", 2)
    world.queued(client, 6)
    for number in range(1, 4):
        world.clock.forward(minutes=1)
        world.run()
        assert len(fake.asked) == 2 * number
    assert len(set(fake.asked)) == 6


def test_a_lane_without_documents_is_found_by_its_questions(world: World, client: Client) -> None:
    world.queued(client)
    world.run()
    with world.books.read() as c:
        assert lanes.due_count(c, [LANE], world.clock.now()) == 0
        assert lanes.due_lanes(c, world.clock.now()) == [LANE]


@pytest.mark.parametrize(
    "question",
    [
        lambda c: confirmations.due(c, LANE, 100),
        lambda c: confirmations.lanes(c),
        lambda c: confirmations.get(c, "x"),
    ],
    ids=["due", "lanes", "one"],
)
def test_among_a_million_delivered_the_few_to_ask_are_found_at_once(
    world: World, question: Callable[[Any], object]
) -> None:
    asked: list[str] = []
    with world.books.read() as c:
        raw: Any = c.connection.driver_connection
        raw.set_trace_callback(asked.append)
        question(c)
        raw.set_trace_callback(None)
        plans = [raw.execute(f"EXPLAIN QUERY PLAN {one}") for one in asked if "SELECT" in one]
        steps = [str(row[3]) for plan in plans for row in plan]
    assert steps
    assert [one for one in steps if "SCAN delivery" in one or "TEMP B-TREE" in one] == []
    assert [one for one in steps if "SCAN" in one and "INDEX" not in one] == []


def test_a_clock_set_back_does_not_end_the_questions(
    world: World, client: Client, fake: FakeDestination
) -> None:
    world.queued(client)
    world.run()
    world.clock.forward(days=-400)
    world.run()
    assert len(fake.asked) == 2
    with world.books.read() as c:
        assert deliveries.counts(c)[S.DELIVERED] == 1
