"""Clients: what may be filled in, what belongs to one only, and what every change tells."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ledgerdesk.errors import (
    IdentifierTaken,
    InvalidValue,
    LedgerDeskError,
    MissingValue,
    UnknownId,
)
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.services import Services
from ledgerdesk.store import Books
from ledgerdesk.store import tables as t
from tests.unit.setup.conftest import NOON, Noted, contents, journal_of

IBAN = "BE68 5390 0754 7034"


@pytest.fixture
def clients(services: Services) -> Clients:
    return Clients(services)


def test_numbers_and_accounts_are_kept_in_one_spelling(clients: Clients) -> None:
    form = ClientForm(
        name="  Bakkerij  De Smet ",
        vat=["0123.456.749", "NL123456782B90"],
        iban=[IBAN.lower(), "BE68539007547034"],
        file_number=" 100-7.b ",
        language="NL",
    )

    added = clients.add(form)

    assert added.name == "Bakkerij De Smet"
    assert added.company_numbers == ("BE0123456749", "NL123456782B90")
    assert added.ibans == ("BE68539007547034",)
    assert (added.file_number, added.language, added.share) == ("100-7.b", "nl", False)
    assert clients.get(added.id) == added


@pytest.mark.parametrize(
    ("form", "error", "field"),
    [
        (ClientForm(), MissingValue, "name"),
        (ClientForm(name="  "), MissingValue, "name"),
        (ClientForm(name="x" * 201), InvalidValue, "name"),
        (ClientForm(name="a\u202eb"), InvalidValue, "name"),
        (ClientForm(name="A", vat=["BE0123456789"]), InvalidValue, "vat"),
        (ClientForm(name="A", vat=["hello"]), InvalidValue, "vat"),
        (ClientForm(name="A", iban=["BE68539007547035"]), InvalidValue, "iban"),
        (ClientForm(name="A", file_number="../x"), InvalidValue, "file_number"),
        (ClientForm(name="A", file_number="-1"), InvalidValue, "file_number"),
        (ClientForm(name="A", file_number="1" * 51), InvalidValue, "file_number"),
        (ClientForm(name="A", file_number="a b"), InvalidValue, "file_number"),
        (ClientForm(name="A", language="xx"), InvalidValue, "language"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(
    clients: Clients, books: Books, form: ClientForm, error: type[LedgerDeskError], field: str
) -> None:
    before = contents(books)

    with pytest.raises(error) as raised:
        clients.add(form)

    assert raised.value.field == field
    assert contents(books) == before


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (ClientForm(name="B", vat=["BE 0123.456.749"]), "vat"),
        (ClientForm(name="B", iban=[IBAN]), "iban"),
        (ClientForm(name="B", file_number="a1"), "file_number"),
    ],
)
def test_a_number_belongs_to_one_client_only(
    clients: Clients, books: Books, second: ClientForm, field: str
) -> None:
    clients.add(ClientForm(name="First", vat=["0123456749"], iban=[IBAN], file_number="A1"))
    before = contents(books)

    with pytest.raises(IdentifierTaken) as raised:
        clients.add(second)

    assert (raised.value.field, raised.value.params["client"]) == (field, "First")
    assert contents(books) == before


def test_two_clients_may_share_a_name_and_are_told_apart(clients: Clients) -> None:
    first = clients.add(ClientForm(name="Peeters"))
    second = clients.add(ClientForm(name="PEETERS"))
    clients.add(ClientForm(name="Janssens"))

    assert clients.namesakes(second) == [first]


def test_an_edit_changes_what_it_names(clients: Clients) -> None:
    added = clients.add(ClientForm(name="A", vat=["0123456749"], file_number="1", language="fr"))

    edited = clients.edit(added.id, ClientForm(file_number="2", vat=[]))

    assert (edited.name, edited.language) == ("A", "fr")
    assert (edited.file_number, edited.company_numbers) == ("2", ())


def test_its_own_number_is_not_taken(clients: Clients) -> None:
    added = clients.add(ClientForm(name="A", vat=["0123456749"], file_number="a1"))

    edited = clients.edit(added.id, ClientForm(vat=["BE0123456749"], file_number="A1", name="B"))

    assert (edited.name, edited.file_number) == ("B", "A1")


def test_an_unknown_client_is_told(clients: Clients) -> None:
    with pytest.raises(UnknownId):
        clients.edit("nobody", ClientForm(name="B"))


def test_an_archived_client_is_listed_on_request_only(clients: Clients) -> None:
    added = clients.add(ClientForm(name="A"))

    clients.archive(added.id)

    assert clients.listed() == []
    assert [one.archived_at for one in clients.listed(archived=True)] == [NOON]


def test_a_client_can_come_back(clients: Clients) -> None:
    added = clients.add(ClientForm(name="A"))
    clients.archive(added.id)

    clients.restore(added.id)

    assert clients.listed() == [added]


def test_every_change_is_journaled_and_waiting_documents_look_again(
    clients: Clients, books: Books, noted: Noted
) -> None:
    added = clients.add(ClientForm(name="A"))
    clients.edit(added.id, ClientForm(name="B"))
    clients.archive(added.id)

    assert journal_of(books) == ["client.added", "client.changed", "client.archived"]
    assert noted.reroutes == 3


def test_names_stand_in_the_part_of_the_journal_that_can_be_erased(
    clients: Clients, books: Books
) -> None:
    clients.add(ClientForm(name="Canary-Peeters", vat=["0123456749"]))

    with books.read() as c:
        facts = " ".join(c.execute(sa.select(t.journal.c.facts)).scalars())
        personal = " ".join(c.execute(sa.select(t.journal_personal.c.personal)).scalars())
    assert "Canary" not in facts and "0123456749" not in facts
    assert "Canary-Peeters" in personal
