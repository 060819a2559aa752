"""Sending what is due: what each outcome makes of the delivery, and what it stops."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk.errors import (
    Cancelled,
    ConnectionRefused,
    ConnectionTrouble,
    CredentialsRejected,
    DocumentRefused,
    KeyMissing,
    LedgerDeskError,
    MissingValue,
    NameTaken,
    OutcomeUnknown,
    PlaceFull,
    PlaceNotWritable,
    RateLimited,
    RecipientRefused,
    ServerTrouble,
    TimedOut,
)
from ledgerdesk.model import (
    Client,
    Configuration,
    ConnectionState,
    DeliveryClass,
    DeliveryState,
    DocumentState,
    Evidence,
    Found,
    Parcel,
    Probe,
    Stage,
)
from ledgerdesk.store import configurations, deliveries, lanes
from ledgerdesk.vault import Owner
from tests.helpers.parcels import CancelAfter, files
from tests.unit.delivery.world import FakeConnector, FakeDestination, World, arrived

S = DeliveryState
LANE = "fake:h"


@pytest.fixture
def client(world: World, fake: FakeDestination) -> Client:
    """Linked to the fake destination."""
    made = world.client()
    world.link(made, fake_configuration(world))
    return made


def fake_configuration(world: World, host: str = "h", **more: Any) -> Configuration:
    return world.configuration(world.connection("fake", {"host": host}, **more))


def failing(*errors: Exception | None) -> Callable[[Parcel], Evidence]:
    """One answer per parcel; None: it arrives. The last answer stays."""
    answers = list(errors)

    def answer(parcel: Parcel) -> Evidence:
        error = answers.pop(0) if len(answers) > 1 else answers[0]
        if error is not None:
            raise error
        return arrived(parcel)

    return answer


def connection_of(world: World) -> Any:
    with world.books.read() as c:
        return configurations.connections(c)[0]


# --- arriving -----------------------------------------------------------------------------------


def test_a_delivery_arrives_with_its_receipt(world: World, tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    client = world.client()
    world.link(client, world.folder_destination(place))
    (delivery,) = world.queued(client)
    assert world.run().delivered == 1
    assert list(files(place).values()) == [b"<Invoice>0</Invoice>"]
    now = world.delivery(delivery.id)
    assert (now.state, now.stage, now.assurance) == (S.DELIVERED, Stage.NONE, "verified")
    assert now.remote == str(next(place.iterdir()))
    receipt = world.desk.get(delivery.id).receipt
    assert receipt is not None
    assert receipt.evidence["size"] == 20
    assert world.told() == ["delivery.queued", "delivery.delivered"]


def test_a_lane_sends_in_order_over_one_session(
    world: World, client: Client, fake: FakeDestination
) -> None:
    made = world.queued(client, 5)
    world.run()
    assert [one.delivery_id for one in fake.sent] == [one.id for one in made]
    assert len(fake.contexts) == 1


def test_sending_is_kept_before_the_first_byte(
    world: World, client: Client, fake: FakeDestination
) -> None:
    seen: list[tuple[S, Stage, int]] = []

    def answer(parcel: Parcel) -> Evidence:
        now = world.delivery(parcel.delivery_id)
        seen.append((now.state, now.stage, now.attempts))
        fake.contexts[0].stages.reached(parcel.delivery_id, Stage.PUBLISHING)
        now = world.delivery(parcel.delivery_id)
        seen.append((now.state, now.stage, now.attempts))
        return arrived(parcel)

    fake.answer = answer
    world.queued(client)
    world.run()
    assert seen == [(S.SENDING, Stage.SENDING, 1), (S.SENDING, Stage.PUBLISHING, 1)]


def test_a_document_that_arrives_proves_the_sign_in(world: World, client: Client) -> None:
    assert connection_of(world).state is ConnectionState.UNTESTED
    world.queued(client)
    world.run()
    assert connection_of(world).state is ConnectionState.OK
    assert connection_of(world).verified_at == world.clock.now()


def test_the_session_sees_opened_secrets(world: World, fake: FakeDestination) -> None:
    client = world.client()
    connection = world.connection("fake", {"host": "h"}, {"password": "geheim"})
    world.link(client, world.configuration(connection))
    world.queued(client)
    world.run()
    assert fake.contexts[0].secrets == {"password": "geheim"}


def test_a_clients_own_keys_have_a_session_of_their_own(
    world: World, fake: FakeDestination
) -> None:
    configuration = fake_configuration(world)
    world.vault.prepare()
    for number in range(2):
        client = world.client(f"Client {number}")
        seal(world, world.link(client, configuration).id, f"key {number}")
        world.queued(client)
    world.run()
    assert [one.secrets for one in fake.contexts] == [{"api_key": "key 0"}, {"api_key": "key 1"}]


def seal(world: World, link_id: str, key: str) -> None:
    owner = Owner("link", link_id)
    world.books.write(lambda c: world.vault.seal(c, owner, {"api_key": key}))


def test_nothing_due_opens_nothing(world: World, client: Client, fake: FakeDestination) -> None:
    assert world.run().delivered == 0
    assert fake.contexts == []


def test_progress_tells_each_delivery(world: World, client: Client) -> None:
    told: list[tuple[int, int | None]] = []

    class Bar:
        def step(self, label: str, done: int, total: int | None) -> None:
            told.append((done, total))

    world.queued(client, 3)
    world.run(progress=Bar())
    assert told == [(1, 3), (2, 3), (3, 3)]


# --- trouble on the way -------------------------------------------------------------------------


def test_a_server_that_is_not_reached_costs_one_attempt_and_pauses_the_lane(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(ConnectionRefused(host="h", port=22))
    made = world.queued(client, 3)
    world.run()
    assert world.states() == [S.RETRYING, S.QUEUED, S.QUEUED]
    assert len(fake.sent) == 1
    assert world.delivery(made[0].id).next_attempt_at == world.clock.now() + timedelta(seconds=30)
    assert world.lane(LANE).open_until == world.clock.now() + timedelta(seconds=30)


def test_a_paused_lane_is_left_alone_until_its_time(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(ConnectionRefused(host="h", port=22), None)
    world.queued(client, 2)
    world.run()
    world.run()
    assert len(fake.sent) == 1
    world.clock.forward(seconds=31)
    world.run()
    assert world.states() == [S.DELIVERED, S.DELIVERED]
    assert world.lane(LANE).failures == 0


def test_a_clock_set_back_does_not_stop_the_lane_for_long(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(ConnectionRefused(host="h", port=22), None)
    world.queued(client, 2)
    world.run()
    world.clock.forward(days=-400)
    world.run()
    assert world.states() == [S.DELIVERED, S.DELIVERED]


def test_a_line_that_breaks_after_it_worked_is_opened_again(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(None, TimedOut(host="h"), None)
    world.queued(client, 3)
    world.run()
    assert world.states() == [S.DELIVERED, S.RETRYING, S.DELIVERED]
    assert len(fake.contexts) == 2


def test_five_failures_in_a_row_open_the_breaker(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(ServerTrouble(host="h", answer="451"))
    world.queued(client, 7)
    world.run()
    assert len(fake.sent) == 5
    assert world.states() == [S.RETRYING] * 5 + [S.QUEUED] * 2
    world.clock.forward(seconds=policy_longest(5) + 1)
    world.run()
    assert len(fake.sent) == 6


def policy_longest(failures: int) -> float:
    return float(30 * 2 ** (failures - 1))


def test_one_success_forgets_the_failures(
    world: World, client: Client, fake: FakeDestination
) -> None:
    trouble = ServerTrouble(host="h", answer="451")
    fake.answer = failing(*[trouble] * 4, None, *[trouble] * 4, None)
    world.queued(client, 10)
    world.run()
    assert len(fake.sent) == 10
    assert world.lane(LANE).failures == 0


def test_retry_after_wins_and_pauses_the_lane(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(RateLimited(host="h", retry_after=900))
    (one, _) = world.queued(client, 2)
    world.run()
    assert len(fake.sent) == 1
    assert world.delivery(one.id).next_attempt_at == world.clock.now() + timedelta(seconds=900)
    assert world.lane(LANE).open_until == world.clock.now() + timedelta(seconds=900)


def test_it_never_ends_by_itself_and_is_announced_daily(
    world: World, client: Client, fake: FakeDestination, allow_log: Callable[..., None]
) -> None:
    allow_log("ledgerdesk.delivery")
    fake.answer = failing(ConnectionRefused(host="h", port=22))
    (one,) = world.queued(client)
    for _ in range(8 * 4):
        world.run()
        world.clock.forward(hours=6)
    assert world.states() == [S.RETRYING]
    assert world.delivery(one.id).attempts == 32
    assert world.told().count("delivery.waits") == 3


# --- what waits together ------------------------------------------------------------------------


def test_a_full_disk_makes_its_configuration_wait_without_attempts(
    world: World, client: Client, fake: FakeDestination
) -> None:
    other = world.client("Ander")
    world.link(other, fake_configuration(world))
    fake.answer = failing(PlaceFull(path="x"), None)
    first, second = world.queued(client, 2)
    (elsewhere,) = world.queued(other)
    world.run()
    assert world.delivery(elsewhere.id).state is S.DELIVERED
    waiting = [world.delivery(one.id) for one in (first, second)]
    assert [one.state for one in waiting] == [S.RETRYING, S.RETRYING]
    assert [one.attempts for one in waiting] == [1, 0]
    assert waiting[0].next_attempt_at == waiting[1].next_attempt_at


@pytest.mark.parametrize(
    ("error", "scope"),
    [
        (CredentialsRejected(host="h", username="u"), "connection"),
        (PlaceNotWritable(path="x"), "configuration"),
        (RecipientRefused(address="a", answer="550"), "link"),
        (NameTaken(path="x"), "delivery"),
        (MissingValue(field="password", name="Password"), "connection"),
    ],
)
def test_a_blocking_error_stops_its_scope_and_nothing_else(
    world: World, fake: FakeDestination, error: LedgerDeskError, scope: str
) -> None:
    shared = world.connection("fake", {"host": "h"})
    package, other_package = world.configuration(shared), world.configuration(shared)
    one, two, three, four = (world.client(f"Client {n}") for n in range(4))
    world.link(one, package)
    world.link(two, package)
    world.link(three, other_package)
    world.link(four, fake_configuration(world, "elsewhere"))
    first, same_link = world.queued(one, 2)
    same = {
        "delivery": first,
        "link": same_link,
        "configuration": world.queued(two)[0],
        "connection": world.queued(three)[0],
        "none": world.queued(four)[0],
    }
    fake.answer = lambda parcel: (
        raise_(error) if parcel.delivery_id == first.id else arrived(parcel)
    )
    world.run()
    widest = list(same).index(scope)
    for position, made in enumerate(same.values()):
        now = world.delivery(made.id)
        assert now.state is (S.BLOCKED if position <= widest else S.DELIVERED)
        if position <= widest:
            assert (now.error["code"], now.block_scope) == (error.code, scope)


def raise_(error: Exception) -> Evidence:
    raise error


def test_one_refused_sign_in_stops_the_lane_at_once(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(CredentialsRejected(host="h", username="u"))
    world.queued(client, 3)
    world.run()
    world.clock.forward(days=1)
    world.run()
    assert len(fake.sent) == 1
    assert connection_of(world).state is ConnectionState.REAUTHENTICATE
    assert connection_of(world).error["code"] == "credentials_rejected"
    world.queued(client)
    world.run()
    assert len(fake.sent) == 1


def test_a_missing_key_stops_the_connection_it_opens(
    world: World, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = world.connection("fake", {"host": "h"}, {"password": "geheim"})
    sealed, open_ = world.client("Sealed"), world.client("Open")
    world.link(sealed, world.configuration(connection))
    world.link(open_, fake_configuration(world, "elsewhere"))
    world.queued(sealed, 2)
    world.queued(open_)
    opened = world.vault.open

    def open_or_not(owner: Owner) -> dict[str, str]:
        if owner.id == connection.id:
            raise KeyMissing()
        return opened(owner)

    monkeypatch.setattr(world.vault, "open", open_or_not)
    world.run()
    assert world.states() == [S.BLOCKED, S.BLOCKED, S.DELIVERED]
    assert [one.block_scope for one in world.deliveries()] == ["connection", "connection", ""]


def test_a_refused_document_is_rejected_alone(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(DocumentRefused(answer="no"), None)
    world.queued(client, 2)
    world.run()
    assert world.states() == [S.REJECTED, S.DELIVERED]


def test_a_fault_of_ours_is_told_calmly_and_looked_into_before_a_repeat(
    world: World, client: Client, fake: FakeDestination, allow_log: Callable[..., None]
) -> None:
    allow_log("ledgerdesk.delivery")
    fake.answer = failing(ZeroDivisionError("secret detail"), None)
    fake.found = lambda parcel: Probe(Found.ABSENT)
    one, _ = world.queued(client, 2)
    world.run()
    assert world.states() == [S.RETRYING, S.DELIVERED]
    now = world.desk.get(one.id)
    assert now.error is not None
    assert now.error.code == "unexpected"
    assert "secret detail" not in now.error.text
    world.clock.forward(minutes=2)
    world.run()
    assert [parcel.delivery_id for parcel in fake.probed] == [one.id]
    assert world.states() == [S.DELIVERED, S.DELIVERED]


def test_a_fault_of_ours_is_logged_with_its_trace(
    world: World,
    client: Client,
    fake: FakeDestination,
    allow_log: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    allow_log("ledgerdesk.delivery")
    fake.answer = failing(ZeroDivisionError())
    world.queued(client)
    world.run()
    records = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [bool(one.exc_info) for one in records] == [True]


def test_a_removed_accounting_package_blocks_what_was_queued_for_it(
    world: World, fake: FakeDestination
) -> None:
    client, configuration = world.client(), fake_configuration(world)
    world.link(client, configuration)
    world.queued(client)
    at = world.clock.now()
    world.books.write(lambda c: configurations.remove(c, configuration.id, at))
    world.run()
    assert world.states() == [S.BLOCKED]
    assert world.codes() == ["unknown_id"]


def test_a_lost_blob_is_told(
    world: World, client: Client, fake: FakeDestination, tmp_path: Path
) -> None:
    place = tmp_path / "in"
    place.mkdir()
    other = world.client("Ander")
    world.link(other, world.folder_destination(place))
    document = world.document(other, b"<Gone/>")
    world.enqueue(document)
    world.blobs.path(document.sha256).unlink()
    world.run()
    assert (world.states(), world.codes()) == ([S.REJECTED], ["content_gone"])
    assert files(place) == {}


# --- stopped by a person ------------------------------------------------------------------------


def test_a_stop_between_documents_leaves_the_rest_queued(
    world: World, client: Client, fake: FakeDestination
) -> None:
    class AfterTwo:
        def raise_if_cancelled(self) -> None:
            if len(fake.sent) >= 2:
                raise Cancelled()

    world.queued(client, 4)
    sent = world.run(cancel=AfterTwo())
    assert sent.cancelled
    assert world.states() == [S.DELIVERED, S.DELIVERED, S.QUEUED, S.QUEUED]


def test_a_stop_in_the_middle_puts_the_document_back(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(Cancelled())
    (one,) = world.queued(client)
    world.run()
    now = world.delivery(one.id)
    assert (now.state, now.stage) == (S.QUEUED, Stage.NONE)
    assert world.desk.get(one.id).attempts[0].outcome == "cancelled"


def test_a_stop_before_the_first_document_sends_nothing(
    world: World, client: Client, fake: FakeDestination
) -> None:
    world.queued(client)
    assert world.run(cancel=CancelAfter(0)).cancelled
    assert fake.sent == []


# --- after a crash ------------------------------------------------------------------------------


def left_behind(world: World, client: Client, stage: Stage) -> str:
    """A delivery whose run was killed after it had committed ``stage``."""
    (one,) = world.queued(client)
    at = world.clock.now()

    def work(c: Any) -> None:
        lanes.claim_due(c, one.lane, at)
        deliveries.reached(c, one.id, stage)

    world.books.write(work)
    return one.id


@pytest.mark.parametrize("stage", [Stage.SENDING, Stage.PUBLISHING])
def test_what_was_left_behind_is_probed_with_its_stage(
    world: World, client: Client, fake: FakeDestination, stage: Stage
) -> None:
    one = left_behind(world, client, stage)
    fake.found = lambda parcel: Probe(Found.THERE, arrived(parcel))
    assert world.run().delivered == 1
    assert [parcel.stage for parcel in fake.probed] == [stage]
    assert fake.sent == []
    assert world.delivery(one).state is S.DELIVERED
    assert world.desk.get(one).receipt is not None
    assert [a.outcome for a in world.desk.get(one).attempts] == ["interrupted"]


def test_what_is_proven_absent_is_sent_in_the_same_run(
    world: World, client: Client, fake: FakeDestination
) -> None:
    one = left_behind(world, client, Stage.SENDING)
    fake.found = lambda parcel: Probe(Found.ABSENT)
    world.run()
    assert [parcel.delivery_id for parcel in fake.sent] == [one]
    assert world.delivery(one).attempts == 2
    assert world.states() == [S.DELIVERED]


def test_what_nobody_can_tell_is_unknown_and_never_repeated(
    world: World, client: Client, fake: FakeDestination
) -> None:
    left_behind(world, client, Stage.PUBLISHING)
    world.run()
    world.clock.forward(days=30)
    world.run()
    assert (world.states(), world.codes()) == ([S.UNKNOWN], ["outcome_unknown"])
    assert fake.sent == []


def test_a_probe_that_reaches_nobody_is_repeated_and_told(
    world: World, client: Client, fake: FakeDestination
) -> None:
    one = left_behind(world, client, Stage.PUBLISHING)

    def unreachable(parcel: Parcel) -> Probe:
        raise ConnectionTrouble(host="h", reason="no network")

    fake.found = unreachable
    world.run()
    now = world.delivery(one)
    assert (now.state, now.stage) == (S.RETRYING, Stage.PUBLISHING)
    assert now.error["code"] == "cannot_connect"
    fake.found = lambda parcel: Probe(Found.THERE, arrived(parcel))
    world.clock.forward(minutes=2)
    world.run()
    assert world.delivery(one).state is S.DELIVERED
    assert (len(fake.probed), fake.sent) == (2, [])


def test_a_probe_that_is_refused_stays_a_probe_after_the_next_sign_in(
    world: World, client: Client, fake: FakeDestination
) -> None:
    one = left_behind(world, client, Stage.PUBLISHING)

    def refused(parcel: Parcel) -> Probe:
        raise CredentialsRejected(host="h", username="u")

    fake.found = refused
    world.run()
    assert world.delivery(one).state is S.BLOCKED
    fake.found = lambda parcel: Probe(Found.THERE, arrived(parcel))
    world.desk.retry([one])
    world.run()
    assert (world.delivery(one).state, fake.sent) == (S.DELIVERED, [])


def test_what_was_withdrawn_meanwhile_is_cancelled_once_proven_absent(
    world: World, client: Client, fake: FakeDestination
) -> None:
    document = world.document(client)
    world.enqueue(document)
    at = world.clock.now()
    world.books.write(lambda c: lanes.claim_due(c, LANE, at))
    world.change_documents([replace(document, state=DocumentState.SET_ASIDE)])
    fake.found = lambda parcel: Probe(Found.ABSENT)
    world.run()
    assert (world.states(), world.codes()) == ([S.CANCELLED], ["withdrawn"])
    assert fake.sent == []


def test_everything_left_behind_is_looked_at_before_anything_is_sent(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fresh, _ = world.queued(client, 2)
    at = world.clock.now()
    world.books.write(lambda c: lanes.claim_due(c, LANE, at, after=fresh.id))
    order: list[str] = []

    def answer(parcel: Parcel) -> Evidence:
        order.append("sent")
        return arrived(parcel)

    def found(parcel: Parcel) -> Probe:
        order.append("probed")
        return Probe(Found.THERE, arrived(parcel))

    fake.answer, fake.found = answer, found
    world.run()
    assert order == ["probed", "sent"]


# --- a lost answer ------------------------------------------------------------------------------


def test_a_lost_answer_is_looked_into_at_once_where_one_can_look(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(OutcomeUnknown(reason="cut"))
    fake.found = lambda parcel: Probe(Found.THERE, arrived(parcel))
    world.queued(client)
    assert world.run().delivered == 1
    assert len(fake.contexts) == 2


def test_a_lost_answer_that_cannot_be_looked_into_keeps_its_reason(
    world: World, client: Client, fake: FakeDestination
) -> None:
    fake.answer = failing(OutcomeUnknown(reason="the line was cut"))
    (one,) = world.queued(client)
    world.run()
    assert world.states() == [S.UNKNOWN]
    assert world.delivery(one.id).error["params"] == {"reason": "the line was cut"}


def test_a_destination_without_a_look_is_not_asked(
    world: World, client: Client, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeConnector, "delivery_class", DeliveryClass.C)
    fake.answer = failing(OutcomeUnknown(reason="cut"))
    world.queued(client)
    world.run()
    assert (world.states(), fake.probed) == ([S.UNKNOWN], [])


def test_a_server_that_goes_on_losing_answers_is_left_alone_for_a_while(
    world: World, client: Client, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeConnector, "delivery_class", DeliveryClass.C)
    fake.answer = failing(OutcomeUnknown(reason="cut"))
    world.queued(client, 7)
    world.run()
    assert world.states() == [S.UNKNOWN] * 5 + [S.QUEUED] * 2
