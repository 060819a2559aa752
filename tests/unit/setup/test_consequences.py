"""What a change of the set-up does to documents that wait: with the real rooms behind it."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledgerdesk.errors import CredentialsRejected, to_record
from ledgerdesk.model import (
    Client,
    ConnectionState,
    DeliveryState,
    Direction,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    ExportKind,
    Facts,
    Party,
)
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.links import LinkForm, Links
from ledgerdesk.setup.services import Consequences, Services
from ledgerdesk.store import Books, configurations, deliveries, documents
from tests.unit.setup.conftest import NOON

if TYPE_CHECKING:
    from tests.helpers.sshd import Sshd

OURS, THEIRS = "BE0123456749", "BE0403170701"


@pytest.fixture
def services(services: Services) -> Services:
    return dataclasses.replace(services, consequences=Consequences())


@pytest.fixture
def invoice(books: Books) -> Document:
    """An invoice that arrived before anybody said whose it is."""
    document = Document(
        id="0190c0de000000000001",
        sha256="ab" * 32,
        size=10,
        path="/in/a.xml",
        member="",
        file_name="a.xml",
        facts=Facts(
            DocumentKind.INVOICE,
            DocumentFormat.UBL,
            number="F-1",
            issue_date=date(2026, 3, 1),
            supplier=Party("Supplier", (THEIRS,)),
            customer=Party("Bakkerij", (OURS,)),
        ),
        state=DocumentState.UNASSIGNED,
        taken_in_at=NOON,
    )
    books.write(lambda c: documents.insert(c, [document]))
    return document


def now(books: Books, document: Document) -> tuple[DocumentState, str]:
    with books.read() as c:
        kept = documents.get(c, document.id)
    return kept.state, kept.reason


def sent(books: Books) -> list[tuple[DeliveryState, str]]:
    with books.read() as c:
        found = deliveries.listed(c, limit=None)
    return [(one.state, str(one.error.get("code", ""))) for one in found]


def bakery(services: Services) -> Client:
    return Clients(services).add(ClientForm(name="Bakkerij", vat=[OURS]))


def folder(services: Services, path: str) -> str:
    added = Installer(services).add(
        "folder",
        "Import",
        kind=ExportKind.INVOICES,
        values={"path": path},
        accept_terms=True,
        untested=True,
    )
    return added.configuration.id


def test_a_new_client_takes_what_waited_for_it(
    services: Services, books: Books, invoice: Document
) -> None:
    bakery(services)

    assert now(books, invoice) == (DocumentState.NO_DESTINATION, "sharing_off")


def test_a_new_link_sends_what_waited(
    services: Services, books: Books, invoice: Document, tmp_path: Path
) -> None:
    client = bakery(services)

    Links(services).link(client.id, LinkForm(folder(services, str(tmp_path))))

    assert now(books, invoice) == (DocumentState.READY, "")
    assert sent(books) == [(DeliveryState.QUEUED, "")]


def test_a_file_number_filled_in_frees_what_was_blocked_for_it(
    services: Services, books: Books, invoice: Document, tmp_path: Path
) -> None:
    client = bakery(services)
    id = folder(services, f"{tmp_path}/[accounting_file_id]")
    Links(services).link(client.id, LinkForm(id))
    assert sent(books) == [(DeliveryState.BLOCKED, "empty_variable")]

    Clients(services).edit(client.id, ClientForm(file_number="100"))

    assert sent(books) == [(DeliveryState.QUEUED, "")]


def test_a_path_without_the_variable_frees_it_too(
    services: Services, books: Books, invoice: Document, tmp_path: Path
) -> None:
    client = bakery(services)
    id = folder(services, f"{tmp_path}/[accounting_file_id]")
    Links(services).link(client.id, LinkForm(id))

    Installer(services).edit(id, values={"path": f"{tmp_path}/[vat]"}, untested=True)

    assert sent(books) == [(DeliveryState.QUEUED, "")]


def test_signing_in_again_frees_what_waited_for_it(
    services: Services, books: Books, invoice: Document, sshd: Sshd
) -> None:
    added = Installer(services).add(
        "sftp",
        "Server",
        kind=ExportKind.INVOICES,
        values={"host": sshd.host, "port": str(sshd.port), "username": sshd.username},
        secrets={"password": "wrong"},
        accept_host_key=sshd.fingerprint,
        accept_terms=True,
        untested=True,
    )
    id = added.configuration.kinds[ExportKind.INVOICES].connection_id
    refused = to_record(CredentialsRejected(host=sshd.host, username=sshd.username))
    kept = Connections(services).get(id)
    needs = dataclasses.replace(kept, state=ConnectionState.REAUTHENTICATE, error=refused)
    books.write(lambda c: configurations.update_connection(c, needs))
    Links(services).link(bakery(services).id, LinkForm(added.configuration.id))
    assert sent(books) == [(DeliveryState.BLOCKED, "credentials_rejected")]

    Connections(services).reconnect(id, secrets={"password": sshd.password})

    assert sent(books) == [(DeliveryState.QUEUED, "")]


def test_direction_is_the_client_s_own(services: Services, books: Books, invoice: Document) -> None:
    Clients(services).add(ClientForm(name="Supplier", vat=[THEIRS]))

    with books.read() as c:
        assert documents.get(c, invoice.id).direction is Direction.SALE
