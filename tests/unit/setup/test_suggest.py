"""Suggested links: numbers decide, names only propose, nothing is offered twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledgerdesk.model import Administration, Client, ExportKind
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.links import LinkForm, Links
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.suggest import Suggestions, Why, match

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def client(id: str, name: str, *numbers: str) -> Client:
    return Client(id, name, NOW, company_numbers=numbers)


def test_the_same_company_number_decides_whatever_the_name() -> None:
    found = match(
        [client("c", "Bakkerij", "BE0123456749")],
        [
            Administration("1", "Bakkerij", "BE0403170701"),
            Administration("2", "Something else", "0123.456.749"),
        ],
    )

    assert [(one.administration and one.administration.id, one.why) for one in found] == [
        ("2", Why.VAT_NUMBER)
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Bakkerij De Smet BV", "BAKKERIJ DE SMET"),
        ("Garage Peeters", "Garage  Peeters BVBA"),
        ("Hotel Zeezicht", "Zeezicht Hotel"),
    ],
)
def test_a_similar_name_proposes(ours: str, theirs: str) -> None:
    (found,) = match([client("c", ours)], [Administration("1", theirs)])

    assert found.why is Why.NAME
    assert found.score < 100


def test_other_names_propose_nothing() -> None:
    assert match([client("c", "Bakkerij De Smet")], [Administration("1", "Garage Peeters")]) == []


def test_equal_names_with_other_numbers_propose_nothing() -> None:
    ours, theirs = client("c", "Peeters", "BE0123456749"), Administration("1", "Peeters")

    assert match([ours], [Administration("1", "Peeters", "BE0403170701")]) == []
    assert len(match([ours], [theirs])) == 1


def test_a_dossier_is_offered_to_one_client_only() -> None:
    clients = [client("a", "De Smet Bakkerij"), client("b", "Bakkerij De Smet")]

    found = match(clients, [Administration("1", "Bakkerij De Smet")])

    assert len(found) == 1


def test_without_dossiers_unlinked_clients_are_named_with_what_they_lack(
    services: Services, tmp_path
) -> None:
    installer, clients = Installer(services), Clients(services)
    id = installer.add(
        "folder",
        "F",
        kind=ExportKind.INVOICES,
        values={"path": f"{tmp_path}/[accounting_file_id]_[vat]"},
        accept_terms=True,
        untested=True,
    ).configuration.id
    clients.add(ClientForm(name="Bare"))
    full = clients.add(ClientForm(name="Full", vat=["0123456749"], file_number="1"))
    linked = clients.add(ClientForm(name="Linked"))
    Links(services).link(linked.id, LinkForm(id))

    found = Suggestions(services).for_configuration(id)

    assert [(one.client.name, one.why, one.missing) for one in found] == [
        ("Bare", Why.INCOMPLETE, ("accounting_file_id", "vat")),
        ("Full", Why.READY, ()),
    ]
    assert found[1].as_dict()["client_id"] == full.id
