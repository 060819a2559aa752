"""Connected accounts against a real server: tried, signed in again, forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ledgerdesk.errors import (
    ConnectionTrouble,
    CredentialsRejected,
    HostKeyChanged,
    NotPossibleNow,
    OtherAccount,
    StillInUse,
    UnknownId,
)
from ledgerdesk.model import ConnectionState, ExportKind
from ledgerdesk.setup.configurations import Configurations
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.contexts import connection_owner
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.services import Services
from ledgerdesk.store import Books
from ledgerdesk.store import tables as t
from tests.unit.setup.conftest import NOON, Noted, contents, journal_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.sshd import Sshd


@pytest.fixture
def connections(services: Services) -> Connections:
    return Connections(services)


def connect(services: Services, sshd: Sshd, *, untested: bool = False, password: str = "") -> str:
    added = Installer(services).add(
        "sftp",
        "Server",
        kind=ExportKind.INVOICES,
        values={"host": sshd.host, "port": str(sshd.port), "username": sshd.username},
        secrets={"password": password or sshd.password},
        accept_host_key=sshd.fingerprint,
        accept_terms=True,
        untested=untested,
    )
    return added.configuration.kinds[ExportKind.INVOICES].connection_id


def test_verifying_what_was_saved_untested_makes_it_tested(
    connections: Connections, services: Services, sshd: Sshd, noted: Noted
) -> None:
    id = connect(services, sshd, untested=True)
    assert connections.get(id).state is ConnectionState.UNTESTED

    connection, checks = connections.verify(id)

    assert (connection.state, connection.verified_at) == (ConnectionState.OK, NOON)
    assert len(checks) == 5
    (configuration,) = Configurations(services).listed()
    assert configuration.kinds[ExportKind.INVOICES].tested
    assert noted.unblocked == [id]
    assert noted.places == [configuration.id]


def test_a_refused_sign_in_is_shown_from_then_on(
    connections: Connections, services: Services, sshd: Sshd, books: Books
) -> None:
    id = connect(services, sshd, untested=True, password="wrong")

    with pytest.raises(CredentialsRejected):
        connections.verify(id)

    kept = connections.get(id)
    assert kept.state is ConnectionState.REAUTHENTICATE
    assert kept.error["code"] == "credentials_rejected"
    assert journal_of(books)[-1] == "connection.refused"
    assert sshd.sign_in_attempts() == 1


def test_a_changed_host_key_blocks(
    connections: Connections, services: Services, sshd: Sshd
) -> None:
    id = connect(services, sshd)
    sshd.swap_host_key()

    with pytest.raises(HostKeyChanged):
        connections.verify(id)

    assert connections.get(id).state is ConnectionState.BLOCKED


def test_a_server_that_is_down_says_nothing_about_the_sign_in(
    connections: Connections, services: Services, sshd: Sshd
) -> None:
    id = connect(services, sshd)
    before = connections.get(id)
    sshd.stop()

    with pytest.raises(ConnectionTrouble):
        connections.verify(id)

    assert connections.get(id) == before


def test_reconnecting_replaces_secrets_and_queues_what_waited(
    connections: Connections, services: Services, sshd: Sshd, noted: Noted, books: Books
) -> None:
    id = connect(services, sshd, untested=True, password="wrong")

    connection, _ = connections.reconnect(id, secrets={"password": sshd.password})

    assert connection.state is ConnectionState.OK
    assert services.vault.open(connection_owner(id)) == {"password": sshd.password}
    assert noted.unblocked == [id]
    assert journal_of(books)[-1] == "connection.signed_in_again"


def test_a_refused_reconnect_changes_nothing(
    connections: Connections, services: Services, sshd: Sshd, books: Books
) -> None:
    id = connect(services, sshd)
    before = contents(books)

    with pytest.raises(CredentialsRejected):
        connections.reconnect(id, secrets={"password": "wrong"})

    assert contents(books) == before


def test_reconnecting_as_somebody_else_needs_a_yes(
    connections: Connections, services: Services, sshd: Sshd, books: Books
) -> None:
    id = connect(services, sshd)
    before = contents(books)

    with pytest.raises(OtherAccount):
        connections.reconnect(id, values={"username": "someone"})

    assert contents(books) == before


def test_a_folder_has_no_sign_in_to_repeat(
    connections: Connections, services: Services, tmp_path: Path
) -> None:
    Installer(services).add(
        "folder",
        "F",
        kind=ExportKind.INVOICES,
        values={"path": str(tmp_path)},
        accept_terms=True,
    )
    (kept,) = connections.listed()

    with pytest.raises(NotPossibleNow):
        connections.reconnect(kept.id)
    connection, _ = connections.verify(kept.id)
    assert connection.state is ConnectionState.OK


def test_a_used_account_is_not_forgotten(
    connections: Connections, services: Services, sshd: Sshd
) -> None:
    id = connect(services, sshd)

    with pytest.raises(StillInUse) as raised:
        connections.remove(id)

    assert raised.value.params["users"] == "Server"


def test_forgetting_an_account_removes_its_secrets(
    connections: Connections, services: Services, sshd: Sshd, books: Books
) -> None:
    id = connect(services, sshd)
    (configuration,) = Configurations(services).listed()
    Configurations(services).remove(configuration.id)
    assert [one.id for one in connections.listed()] == [id]

    connections.remove(id)

    assert connections.listed() == []
    with books.read() as c:
        assert c.execute(sa.select(t.secret)).all() == []


def test_an_unknown_account_is_told(connections: Connections) -> None:
    with pytest.raises(UnknownId):
        connections.verify("nowhere")


def test_a_forgotten_account_cannot_be_used_again(
    connections: Connections, services: Services, sshd: Sshd
) -> None:
    id = connect(services, sshd)
    (configuration,) = Configurations(services).listed()
    Configurations(services).remove(configuration.id)
    connections.remove(id)

    with pytest.raises(UnknownId):
        connections.remove(id)
    with pytest.raises(UnknownId):
        Installer(services).add(
            "sftp", "New", kind=ExportKind.INVOICES, connection_id=id, accept_terms=True
        )
    assert connect(services, sshd) != id


def test_no_secret_reaches_the_journal(services: Services, sshd: Sshd, books: Books) -> None:
    id = connect(services, sshd)
    Connections(services).reconnect(id, secrets={"private_key": sshd.private_key})

    with books.read() as c:
        rows = [*c.execute(sa.select(t.journal)), *c.execute(sa.select(t.journal_personal))]
    told = repr([tuple(row) for row in rows])
    assert sshd.password not in told
    assert sshd.private_key.splitlines()[1] not in told
