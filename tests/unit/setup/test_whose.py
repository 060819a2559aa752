"""An account whose form has only a key: whose it is, is asked; a new key is no new account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest

from ledgerdesk.connectors.base import INVOICE_FORMATS, Connector, Context, Session
from ledgerdesk.errors import AlreadyExists, CredentialsRejected, OtherAccount
from ledgerdesk.model import (
    Administration,
    Check,
    Connection,
    ConnectionState,
    DeliveryClass,
    ExportKind,
    Tokens,
    Whose,
)
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.fields import Field, FieldKind
from ledgerdesk.setup.flow import SetupFlow
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.steps import Done, Terms
from ledgerdesk.store import Books
from tests.unit.setup.conftest import contents, journal_of


@dataclass
class Gate:
    """Which key opens whose account, and which keys were offered."""

    accounts: dict[str, str] = field(
        default_factory=lambda: {"key-1": "north", "key-2": "south", "key-3": "north"}
    )
    offered: list[str] = field(default_factory=list)


class Keyed(Connector):
    id = "keyed"
    label = "Keyed"
    formats: ClassVar = {ExportKind.INVOICES: INVOICE_FORMATS[:1]}
    fields = (Field("access_key", "Key", FieldKind.PASSWORD, secret=True),)
    has_administrations = True
    delivery_class = DeliveryClass.B
    keeps_session = True
    asks_whose = True
    gate: ClassVar[Gate]

    def account_key(self, values):
        return "keyed.example"

    def target(self, request):
        raise AssertionError("nothing is sent while setting up")

    def open(self, context: Context) -> Session:
        return KeyedSession(context)


class KeyedSession(Session):
    """Its session id is the account's name: one sign-in is enough while it is kept."""

    def _account(self) -> str:
        keeper = self.context.tokens
        kept = keeper.read() if keeper else None
        if kept is not None:
            return kept.access
        key = self.context.secrets["access_key"]
        Keyed.gate.offered.append(key)
        if key not in Keyed.gate.accounts:
            raise CredentialsRejected(host="keyed.example", username="this key")
        account = Keyed.gate.accounts[key]
        if keeper is not None:
            with keeper.locked():
                keeper.save(Tokens(account, "", self.context.clock.now(), 3600.0))
        return account

    def whose(self) -> Whose:
        account = self._account()
        return Whose(account.title(), account)

    def verify(self) -> Iterator[Check]:
        yield Check("Signed in", True, self._account())

    def administrations(self) -> Sequence[Administration]:
        return (Administration("A1", f"Bakkerij {self._account()}"),)

    def send_one(self, parcel):
        raise AssertionError("nothing is sent while setting up")


@pytest.fixture
def gate(services: Services, monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(Keyed, "gate", Gate(), raising=False)
    return Keyed.gate


@pytest.fixture
def keyed(services: Services, gate: Gate) -> Services:
    """The services with this one connector."""
    return replace(services, connector=lambda _id: Keyed(), all_connectors=lambda: (Keyed(),))


def add(services: Services, key: str, name: str = "Package", **more: Any) -> Connection:
    secrets = {"access_key": key}
    added = Installer(services).add("keyed", name, secrets=secrets, accept_terms=True, **more)
    (setup,) = added.configuration.kinds.values()
    return Connections(services).get(setup.connection_id)


def reconnect(services: Services, kept: Connection, key: str, **more: Any) -> Connection:
    again = Connections(services).reconnect(kept.id, secrets={"access_key": key}, **more)
    return again[0]


def test_the_account_is_what_the_destination_says(keyed: Services) -> None:
    connection = add(keyed, "key-1")
    assert (connection.account, connection.account_key) == ("North", "north")


def test_one_sign_in_serves_asking_verifying_and_the_first_run(keyed: Services, gate: Gate) -> None:
    connection = add(keyed, "key-1", administration_id="A1")
    assert gate.offered == ["key-1"]
    keeper = keyed.doors.tokens(Keyed(), connection, keyed.vault)
    assert keeper is not None
    kept = keeper.read()
    assert kept is not None and kept.access == "north"


def test_another_account_is_another_connection(keyed: Services) -> None:
    first, second = add(keyed, "key-1"), add(keyed, "key-2", "Other")
    assert first.id != second.id


def test_another_key_of_the_account_takes_the_place_of_the_first(keyed: Services) -> None:
    first, second = add(keyed, "key-1"), add(keyed, "key-3", "Other")
    assert first.id == second.id


def test_a_wrong_key_leaves_the_books_as_they_were(
    keyed: Services, books: Books, gate: Gate
) -> None:
    before = contents(books)
    with pytest.raises(CredentialsRejected):
        add(keyed, "wrong")
    assert contents(books) == before
    assert gate.offered == ["wrong"]


def test_a_new_key_of_the_same_account_signs_in_again(keyed: Services) -> None:
    connection = add(keyed, "key-1")
    assert reconnect(keyed, connection, "key-3").account == "North"


def test_the_key_of_another_account_has_to_be_meant(keyed: Services) -> None:
    connection = add(keyed, "key-1")
    with pytest.raises(OtherAccount) as raised:
        reconnect(keyed, connection, "key-2")
    assert (raised.value.params["account"], raised.value.params["before"]) == ("South", "North")
    assert reconnect(keyed, connection, "key-2", other_account=True).account == "South"


def test_the_key_of_an_account_that_is_connected_has_its_own_connection(keyed: Services) -> None:
    first, _ = add(keyed, "key-1"), add(keyed, "key-2", "Other")
    with pytest.raises(AlreadyExists):
        reconnect(keyed, first, "key-2")


# --- saved, not tested yet ------------------------------------------------------------------------


def test_untested_nothing_is_asked_and_keys_are_told_apart(keyed: Services, gate: Gate) -> None:
    first, again = (add(keyed, "key-1", name, untested=True) for name in ("One", "Two"))
    other = add(keyed, "key-2", "Three", untested=True)
    assert gate.offered == []
    assert first.id == again.id != other.id
    assert first.account == "keyed.example"
    assert "key-1" not in first.account_key


def test_the_first_test_names_the_account(keyed: Services, books: Books) -> None:
    connection = add(keyed, "key-1", untested=True)
    verified, _ = Connections(keyed).verify(connection.id)
    assert (verified.account, verified.account_key) == ("North", "north")
    assert verified.state is ConnectionState.OK
    assert journal_of(books)[-1] == "connection.verified"


def test_an_account_that_is_connected_already_keeps_its_name_for_itself(keyed: Services) -> None:
    add(keyed, "key-1")
    connection = add(keyed, "key-3", "Other", untested=True)
    verified, _ = Connections(keyed).verify(connection.id)
    assert verified.state is ConnectionState.OK
    assert verified.account == "keyed.example"


# --- the wizard -----------------------------------------------------------------------------------


def test_the_wizard_walks_to_the_end(keyed: Services) -> None:
    flow = SetupFlow(keyed, kind=ExportKind.INVOICES, connector_id="keyed")
    flow.submit({"access_key": "key-1"})
    while not isinstance(flow.current, Terms | Done):
        flow.submit({})
    done = flow.submit({"accept": "yes"})
    assert isinstance(done, Done)
    (connection,) = Connections(keyed).listed()
    assert connection.account == "North"
