"""Which deliveries a document gets, what they are aimed at, and when they are blocked or taken
back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk.delivery import outbox
from ledgerdesk.errors import CredentialsRejected, PlaceNotWritable, Scope, to_record
from ledgerdesk.model import (
    Client,
    Configuration,
    ConnectionState,
    Delivery,
    DeliveryState,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    ExportKind,
    KindSetup,
    LinkRole,
    Profile,
    Stage,
)
from ledgerdesk.setup.contexts import MAIL_OWNER
from ledgerdesk.store import clients, configurations, deliveries, lanes
from tests.unit.delivery.test_sending import failing
from tests.unit.delivery.world import FakeConnector, World

QUEUED, BLOCKED, CANCELLED = (
    DeliveryState.QUEUED,
    DeliveryState.BLOCKED,
    DeliveryState.CANCELLED,
)


@pytest.fixture
def linked(world: World, tmp_path: Path) -> tuple[Client, Configuration]:
    client, configuration = world.client(), world.folder_destination(tmp_path)
    world.link(client, configuration)
    return client, configuration


def put(world: World, delivery: Delivery, **changes: Any) -> None:
    world.books.write(lambda c: deliveries.update(c, replace(delivery, **changes)))


# --- which links --------------------------------------------------------------------------------


def test_a_ready_document_is_queued_for_its_link(
    world: World, linked: tuple[Client, Configuration], tmp_path: Path
) -> None:
    (delivery,) = world.queued(linked[0])
    assert delivery.state is QUEUED
    assert delivery.target is not None
    assert delivery.target.place == str(tmp_path)
    assert delivery.target.name == f"2026-03-31_F-1_{delivery.id[-8:]}.xml"
    assert delivery.lane == f"folder:{tmp_path}"


def test_a_second_enqueue_makes_nothing(world: World, linked: tuple[Client, Configuration]) -> None:
    document = world.document(linked[0])
    assert len(world.enqueue(document)) == 1
    assert world.enqueue(document) == []
    assert len(world.deliveries()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"state": DocumentState.HELD},
        {"state": DocumentState.DUPLICATE},
        {"kind": DocumentKind.PAYROLL},
        {"kind": DocumentKind.STATEMENT},
    ],
)
def test_what_is_not_ready_or_not_linked_is_not_queued(
    world: World, linked: tuple[Client, Configuration], changes: dict[str, Any]
) -> None:
    assert world.enqueue(world.document(linked[0], **changes)) == []


@pytest.mark.parametrize("client", [{"share": False}, {"share": True, "archived_at": True}])
def test_a_client_that_does_not_share_gets_nothing(
    world: World, tmp_path: Path, client: dict[str, Any]
) -> None:
    if client.get("archived_at"):
        client = {**client, "archived_at": world.clock.now()}
    made = world.client(**client)
    world.link(made, world.folder_destination(tmp_path))
    assert world.queued(made) == []


def test_the_documents_own_date_chooses_the_link(world: World, tmp_path: Path) -> None:
    client = world.client()
    old, new = (world.folder_destination(tmp_path / name) for name in ("old", "new"))
    world.link(client, old, until=date(2026, 3, 31))
    world.link(client, new, since=date(2026, 4, 1))
    days = (date(2026, 3, 31), date(2026, 4, 1))
    made = [world.queued(client, issue_date=day)[0].configuration_id for day in days]
    assert made == [old.id, new.id]


def test_a_document_without_date_goes_by_the_day_it_was_taken_in(
    world: World, tmp_path: Path
) -> None:
    client, configuration = world.client(), world.folder_destination(tmp_path)
    world.link(client, configuration, since=world.clock.now().date())
    assert len(world.queued(client, issue_date=None)) == 1


def test_copies_go_beside_the_one_main_link(world: World, tmp_path: Path) -> None:
    client = world.client()
    first, second, copy = (world.folder_destination(tmp_path / name) for name in "abc")
    world.link(client, first)
    world.link(client, second)
    world.link(client, copy, role=LinkRole.COPY)
    made = world.queued(client)
    assert [one.configuration_id for one in made] == [second.id, copy.id]


def test_a_removed_accounting_package_is_no_destination(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    at = world.clock.now()
    world.books.write(lambda c: configurations.remove(c, linked[1].id, at))
    assert world.queued(linked[0]) == []


def test_the_clients_own_values_win(world: World, fake: Any) -> None:
    client = world.client()
    configuration = world.configuration(world.connection("fake", {"host": "h"}), {"place": "all"})
    world.link(client, configuration, values={"place": "own/[year]", "host": ""})
    (delivery,) = world.queued(client)
    assert delivery.target is not None
    assert (delivery.target.place, delivery.lane) == ("own/2026", "fake:h")


# --- blocked from the start ---------------------------------------------------------------------


def test_an_empty_variable_blocks_its_link_alone(world: World, tmp_path: Path) -> None:
    configuration = world.folder_destination(f"{tmp_path}/[accounting_file_id]")
    nameless, named = world.client(file_number=""), world.client("Ander", file_number="7")
    for client in (nameless, named):
        world.link(client, configuration)
    (blocked,), (fine,) = world.queued(nameless), world.queued(named)
    assert (blocked.state, blocked.block_scope) == (BLOCKED, Scope.LINK)
    assert blocked.error["code"] == "empty_variable"
    assert blocked.target is None
    assert fine.state is QUEUED


@pytest.mark.parametrize(
    ("only", "state", "warning"), [(False, QUEUED, "format_differs"), (True, BLOCKED, "")]
)
def test_another_format_warns_or_holds(
    world: World, tmp_path: Path, only: bool, state: DeliveryState, warning: str
) -> None:
    configuration = world.folder_destination(
        tmp_path, format="ubl-peppol-bis-3", only_this_format=only
    )
    client = world.client()
    world.link(client, configuration)
    (other,) = world.queued(client, profile=Profile.E_FFF_1)
    (fitting,) = world.queued(client)
    assert (other.state, other.warning) == (state, warning)
    assert (fitting.state, fitting.warning) == (QUEUED, "")
    if only:
        assert other.error["params"] == {"found": "e-fff-1", "wanted": "UBL: Peppol BIS 3.0"}


def test_a_connection_that_needs_a_person_blocks_what_comes(world: World, fake: Any) -> None:
    connection = world.connection(
        "fake", {}, state=ConnectionState.REAUTHENTICATE, error={"code": "credentials_rejected"}
    )
    client = world.client()
    world.link(client, world.configuration(connection))
    (delivery,) = world.queued(client)
    assert (delivery.state, delivery.block_scope) == (BLOCKED, Scope.CONNECTION)
    assert delivery.error["code"] == "credentials_rejected"


def test_what_an_attempt_met_blocks_what_comes(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    (first,) = world.queued(linked[0])
    record = to_record(PlaceNotWritable(path="x"))
    put(world, first, state=BLOCKED, attempts=1, block_scope="configuration", error=record)
    (second,) = world.queued(linked[0])
    assert (second.state, second.block_scope) == (BLOCKED, Scope.CONFIGURATION)
    assert second.error == record


def test_the_other_kind_of_a_stopped_configuration_goes_on(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    client, configuration = linked
    (first,) = world.queued(client)
    put(world, first, state=BLOCKED, attempts=1, block_scope="configuration", error={"code": "x"})
    world.link(client, configuration, kind=ExportKind.STATEMENTS)
    (statement,) = world.queued(client, kind=DocumentKind.STATEMENT, format=DocumentFormat.CODA)
    assert statement.state is QUEUED


# --- aimed again --------------------------------------------------------------------------------


def test_filling_in_the_variable_sends_what_waited(world: World, tmp_path: Path) -> None:
    client = world.client(file_number="")
    world.link(client, world.folder_destination(f"{tmp_path}/[accounting_file_id]"))
    (blocked,) = world.queued(client)
    world.change_client(replace(client, file_number="77"))
    now = world.delivery(blocked.id)
    assert (now.state, now.error, now.block_scope) == (QUEUED, {}, "")
    assert now.target is not None
    assert now.target.place.endswith("/77")
    assert world.told() == ["delivery.blocked", "delivery.queued"]


def test_a_change_that_does_not_help_changes_nothing(world: World, tmp_path: Path) -> None:
    client = world.client(file_number="")
    world.link(client, world.folder_destination(f"{tmp_path}/[accounting_file_id]"))
    (blocked,) = world.queued(client)
    world.change_client(replace(client, language="fr"))
    assert world.delivery(blocked.id) == blocked
    assert world.told() == ["delivery.blocked"]


def test_another_folder_sends_what_a_refused_folder_stopped(
    world: World, linked: tuple[Client, Configuration], tmp_path: Path
) -> None:
    client, configuration = linked
    made = world.queued(client, 2)
    for one in made:
        put(world, one, state=BLOCKED, attempts=1, block_scope="configuration", error={"code": "x"})
    kind = ExportKind.INVOICES
    setup = replace(configuration.kinds[kind], values={"path": str(tmp_path / "other")})
    world.change_configuration(replace(configuration, kinds={kind: setup}))
    assert world.states() == [QUEUED, QUEUED]
    assert {one.target.place for one in world.deliveries() if one.target} == {
        str(tmp_path / "other")
    }


def test_an_unrelated_change_leaves_a_refused_folder_blocked(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    client, _ = linked
    (one,) = world.queued(client)
    put(world, one, state=BLOCKED, attempts=1, block_scope="configuration", error={"code": "x"})
    world.change_client(replace(client, language="nl"))
    assert world.states() == [BLOCKED]


def test_allowing_other_formats_sends_what_was_held(world: World, tmp_path: Path) -> None:
    client = world.client()
    configuration = world.folder_destination(
        tmp_path, format="ubl-peppol-bis-3", only_this_format=True
    )
    world.link(client, configuration)
    world.queued(client, profile=Profile.NONE)
    kinds = {
        kind: replace(setup, only_this_format=False) for kind, setup in configuration.kinds.items()
    }
    world.change_configuration(replace(configuration, kinds=kinds))
    (now,) = world.deliveries()
    assert (now.state, now.warning) == (QUEUED, "format_differs")


def test_what_may_be_there_keeps_its_target(
    world: World, linked: tuple[Client, Configuration], tmp_path: Path
) -> None:
    client, configuration = linked
    (one,) = world.queued(client)
    begun = {"state": BLOCKED, "attempts": 1, "block_scope": "configuration"}
    put(world, one, **begun, stage=Stage.PUBLISHING, error={"code": "x"})
    setup = KindSetup(
        ExportKind.INVOICES,
        configuration.kinds[ExportKind.INVOICES].connection_id,
        "as-received",
        values={"path": str(tmp_path / "other")},
    )
    world.change_configuration(replace(configuration, kinds={setup.kind: setup}))
    assert world.delivery(one.id).target == one.target


# --- unblocked ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "given"),
    [
        (Scope.CONNECTION, "connection_id"),
        (Scope.ACCOUNT, "lane"),
        (Scope.CONFIGURATION, "configuration_id"),
        (Scope.LINK, "link_id"),
    ],
)
def test_unblock_queues_what_its_scope_stopped(
    world: World, linked: tuple[Client, Configuration], scope: Scope, given: str
) -> None:
    made = world.queued(linked[0], 2)
    put(world, made[0], state=BLOCKED, attempts=1, block_scope=scope, error={"code": "x"})
    put(world, made[1], state=BLOCKED, block_scope=Scope.DELIVERY, error={"code": "x"})
    at, key = world.clock.now(), {given: getattr(made[0], given)}
    assert world.books.write(lambda c: outbox.unblock(c, at, **key)) == 1
    assert world.states() == [QUEUED, BLOCKED]


def test_unblock_of_a_connection_ends_its_waits(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    (one,) = world.queued(linked[0])
    later = world.clock.now().replace(hour=20)
    put(world, one, state=DeliveryState.RETRYING, next_attempt_at=later)
    pause = lanes.LaneState(one.lane, 5, later)
    world.books.write(lambda c: lanes.set_lane_state(c, pause))
    at = world.clock.now()
    world.books.write(lambda c: outbox.unblock(c, at, connection_id=one.connection_id))
    assert world.delivery(one.id).next_attempt_at is None
    assert world.lane(one.lane).failures == 0


# --- taken back ---------------------------------------------------------------------------------


def withdraw(world: World, document_id: str) -> None:
    at = world.clock.now()
    world.books.write(lambda c: outbox.withdraw(c, document_id, at))


def test_withdrawing_cancels_what_was_not_sent(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    (one,) = world.queued(linked[0])
    withdraw(world, one.document_id)
    assert world.states() == [CANCELLED]
    assert world.codes() == ["withdrawn"]


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.UNKNOWN])
def test_withdrawing_leaves_what_left(
    world: World, linked: tuple[Client, Configuration], state: DeliveryState
) -> None:
    (one,) = world.queued(linked[0])
    put(world, one, state=state)
    withdraw(world, one.document_id)
    assert world.states() == [state]


def test_withdrawing_leaves_what_may_be_there_to_its_probe(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    (one,) = world.queued(linked[0])
    put(world, one, state=DeliveryState.RETRYING, stage=Stage.SENDING)
    withdraw(world, one.document_id)
    assert world.states() == [DeliveryState.RETRYING]


def test_a_document_that_comes_back_is_queued_again(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    document = world.document(linked[0])
    (one,) = world.enqueue(document)
    withdraw(world, document.id)
    (again,) = world.enqueue(document)
    assert (again.id, again.state) == (one.id, QUEUED)


def test_what_a_person_cancelled_does_not_come_back(
    world: World, linked: tuple[Client, Configuration]
) -> None:
    document = world.document(linked[0])
    (one,) = world.enqueue(document)
    world.desk.cancel([one.id])
    assert world.enqueue(document) == []
    assert world.states() == [CANCELLED]


def test_a_document_given_to_another_client_goes_to_that_clients_link(
    world: World, linked: tuple[Client, Configuration], tmp_path: Path
) -> None:
    document = world.document(linked[0])
    world.enqueue(document)
    other = world.client("Ander", file_number="8")
    with world.books.read() as c:
        assert clients.get(c, other.id) == other
    world.link(other, world.folder_destination(tmp_path / "other"))
    withdraw(world, document.id)
    moved = replace(document, client_id=other.id)
    world.change_documents([moved])
    (made,) = world.enqueue(moved)
    assert made.client_id == other.id
    assert world.states() == [CANCELLED, QUEUED]


def test_a_replaced_link_takes_what_did_not_leave_yet_along(
    world: World, linked: tuple[Client, Configuration], tmp_path: Path
) -> None:
    client, old = linked
    document = world.document(client)
    world.enqueue(document)
    with world.books.read() as c:
        (link,) = clients.links_of(c, client.id)
    ended = replace(link, until=date(2026, 1, 1))
    world.books.write(lambda c: clients.update_link(c, ended))
    new = world.folder_destination(tmp_path / "new")
    world.link(client, new, since=date(2026, 1, 2))
    (made,) = world.enqueue(document)
    assert made.configuration_id == new.id
    assert [(one.configuration_id, one.state) for one in world.deliveries()] == [
        (old.id, CANCELLED),
        (new.id, QUEUED),
    ]


def test_many_are_queued_as_one_by_one(world: World, fake: Any) -> None:
    configuration = world.configuration(world.connection("fake", {"host": "h"}))
    documents = []
    for number in range(3):
        client = world.client(f"Client {number}")
        world.link(client, configuration)
        documents += [world.document(client), world.document(client, number="F-2")]
    at = world.clock.now()
    made = world.books.write(lambda c: outbox.enqueue_all(c, documents, at))
    assert [one.document_id for one in made] == [one.id for one in documents]
    assert [one.client_id for one in made] == [one.client_id for one in documents]


def test_what_a_person_holds_is_aimed_again_and_stays_held(
    world: World, linked: tuple[Client, Configuration], tmp_path: Path
) -> None:
    client, configuration = linked
    (one,) = world.queued(client)
    put(world, one, state=BLOCKED, block_scope=Scope.DELIVERY, error={"code": "brake_reached"})
    kinds = {
        kind: replace(setup, values={"path": str(tmp_path / "other")})
        for kind, setup in configuration.kinds.items()
    }
    world.change_configuration(replace(configuration, kinds=kinds))
    now = world.delivery(one.id)
    assert (now.state, now.error) == (BLOCKED, {"code": "brake_reached"})
    assert now.target is not None
    assert now.target.place == str(tmp_path / "other")


# --- the firm's mail account ----------------------------------------------------------------------


@pytest.fixture
def mailing(world: World, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Linked to a destination that mails."""
    monkeypatch.setattr(FakeConnector, "uses_mail_account", True)
    client = world.client()
    world.link(client, world.configuration(world.connection("fake", {})))
    return client


def test_without_a_mail_account_what_is_mailed_waits_for_one(world: World, mailing: Client) -> None:
    (one,) = world.queued(mailing)
    assert (one.state, one.block_scope, one.lane) == (BLOCKED, Scope.ACCOUNT, outbox.MAIL_LANE)
    world.mail_account({"host": "mail.example"})
    at = world.clock.now()
    assert world.books.write(lambda c: outbox.unblock(c, at, lane=outbox.MAIL_LANE)) == 1
    assert world.states() == [QUEUED]


def test_everything_that_is_mailed_is_one_lane(world: World, mailing: Client) -> None:
    world.mail_account({"host": "mail.example"})
    other = world.client("Ander")
    world.link(other, world.configuration(world.connection("fake", {})))
    assert {one.lane for one in world.queued(mailing) + world.queued(other)} == {outbox.MAIL_LANE}


def test_a_refused_mail_account_stops_all_mail_and_no_connection(
    world: World, mailing: Client, fake: Any
) -> None:
    world.mail_account({"host": "mail.example"})
    other = world.client("Ander")
    world.link(other, world.configuration(world.connection("fake", {})))
    world.queued(mailing), world.queued(other)
    fake.answer = failing(CredentialsRejected(host="h", username="u"))
    world.run()
    assert [one.block_scope for one in world.deliveries()] == [Scope.ACCOUNT, Scope.ACCOUNT]
    with world.books.read() as c:
        account = configurations.mail_account(c)
        assert account is not None
        assert account.state is ConnectionState.REAUTHENTICATE
        assert {one.state for one in configurations.connections(c)} == {ConnectionState.UNTESTED}
    (late,) = world.queued(mailing)
    assert (late.state, late.block_scope) == (BLOCKED, Scope.ACCOUNT)


def test_the_session_sees_the_mail_account(world: World, mailing: Client, fake: Any) -> None:
    world.mail_account({"host": "mail.example"}, ca_pem="pem")
    world.vault.prepare()
    world.books.write(lambda c: world.vault.seal(c, MAIL_OWNER, {"password": "geheim"}))
    world.queued(mailing)
    world.run()
    (context,) = fake.contexts
    assert context.values["mail_host"] == "mail.example"
    assert context.secrets["mail_password"] == "geheim"
    assert context.ca_pem == "pem"
