"""Suggested links: numbers decide, names only propose, nothing is offered twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledgerdesk.model import Administration, Client, ExportKind
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.company_names import bare, likeness
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.links import LinkForm, Links
from ledgerdesk.setup.matching import NAME_SCORE, Suggestion, Why, match
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.suggest import Suggestions
from tests.unit.setup.company_names import DIFFERENT, SAME

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


def test_a_similar_name_proposes() -> None:
    (found,) = match([client("c", "Garage Peeters BV")], [Administration("1", "GARAGE PEETERS")])

    assert (found.why, found.score) == (Why.NAME, 99)


def test_other_names_propose_nothing() -> None:
    assert match([client("c", "Bakkerij De Smet")], [Administration("1", "Garage Peeters")]) == []


def test_equal_names_with_other_numbers_propose_nothing() -> None:
    ours, theirs = client("c", "Peeters", "BE0123456749"), Administration("1", "Peeters")

    assert match([ours], [Administration("1", "Peeters", "BE0403170701")]) == []
    assert len(match([ours], [theirs])) == 1


def test_a_dossier_two_clients_fit_equally_is_told_to_both_and_given_to_none() -> None:
    clients = [client("a", "De Smet Bakkerij"), client("b", "Bakkerij De Smet")]

    found = match(clients, [Administration("1", "Bakkerij De Smet")])

    assert [(one.why, one.administration, ids(one)) for one in found] == [
        (Why.AMBIGUOUS, None, ["1"]),
        (Why.AMBIGUOUS, None, ["1"]),
    ]


def test_a_better_name_takes_the_dossier_from_a_lesser_one() -> None:
    clients = [client("a", "Kapsalon Anneliese"), client("b", "Kapsalon Annelies")]

    found = match(clients, [Administration("1", "Kapsalon Annelies")])

    assert [(one.client.id, one.why) for one in found] == [("b", Why.NAME)]


def test_two_dossiers_of_one_name_are_both_named() -> None:
    dossiers = [Administration("1", "Garage Peeters"), Administration("2", "Garage Peeters (2024)")]

    (found,) = match([client("c", "Garage Peeters BV")], dossiers)

    assert (found.why, ids(found)) == (Why.AMBIGUOUS, ["1", "2"])
    assert [one["name"] for one in found.as_dict()["candidates"]] == [
        "Garage Peeters",
        "Garage Peeters (2024)",
    ]


def test_two_dossiers_with_one_number_are_both_named() -> None:
    dossiers = [
        Administration("1", "Garage Peeters", "BE0123456749"),
        Administration("2", "Old books", "0123.456.749"),
    ]

    (found,) = match([client("c", "Garage Peeters", "BE0123456749")], dossiers)

    assert (found.why, found.administration, ids(found)) == (Why.AMBIGUOUS, None, ["1", "2"])


def test_numbers_are_dealt_out_before_names() -> None:
    clients = [client("a", "Garage Peeters"), client("b", "Peeters", "BE0123456749")]

    found = match(clients, [Administration("1", "Garage Peeters", "BE0123456749")])

    assert [(one.client.id, one.why) for one in found] == [("b", Why.VAT_NUMBER)]


def test_a_dossier_that_is_linked_is_offered_to_its_own_client_only() -> None:
    clients = [client("a", "Garage Peeters"), client("b", "Garage Peeters")]

    found = match(clients, [Administration("1", "Garage Peeters")], held={"1": "b"})

    assert [(one.client.id, one.why) for one in found] == [("b", Why.NAME)]


def ids(found: Suggestion) -> list[str]:
    return [one.id for one in found.candidates]


# --- names ----------------------------------------------------------------------------------------


def score(pair: tuple[str, str]) -> float:
    return likeness(bare(pair[0]), bare(pair[1]))


@pytest.mark.parametrize("pair", DIFFERENT, ids=" / ".join)
def test_two_businesses_are_not_taken_for_one(pair: tuple[str, str]) -> None:
    assert score(pair) < NAME_SCORE


def test_one_business_is_known_by_nearly_all_its_names() -> None:
    missed = [pair for pair in SAME if score(pair) < NAME_SCORE]

    assert len(missed) <= len(SAME) * 0.1, missed


def test_the_threshold_stands_in_the_gap_between_the_two_kinds() -> None:
    """A point up or down changes nothing: neither a pair more that is wrong nor one less."""
    near = [score(pair) for pair in [*SAME, *DIFFERENT] if abs(score(pair) - NAME_SCORE) < 2]

    assert near == []


def test_a_score_without_taking_legal_forms_away_would_confuse_them() -> None:
    """Why names are laid bare first: as they are written, no threshold tells the kinds apart."""
    from rapidfuzz import fuzz

    written = [fuzz.ratio(one.lower(), other.lower()) for one, other in SAME]
    found = [one for one in written if one > max(score(pair) for pair in DIFFERENT)]

    assert len(found) < len(SAME) * 0.5


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Dupont & Fils S.P.R.L.", "dupont fils"),
        ("SA Brasserie de l'Écluse", "brasserie de lecluse"),
        ("100234 - GARAGE PEETERS BV (2024)", "garage peeters"),
        ("Studio Noord Comm. V.", "studio noord"),
        ("NV", "nv"),
        ("Immo 2000", "immo"),
        ("", ""),
        ("株式会社", ""),
    ],
)
def test_a_name_laid_bare(name: str, left: str) -> None:
    assert bare(name) == left


def test_names_without_letters_are_not_alike() -> None:
    assert match([client("c", "株式会社")], [Administration("1", "有限会社")]) == []


# --- packages without dossiers ----------------------------------------------------------------


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
