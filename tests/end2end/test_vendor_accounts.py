"""What a connected account asks of a person: dossiers to match, a sign-in that ends, a refusal that
comes afterwards. Exact Online's stand-in is the vendor."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledgerdesk.practice.vendors.exact_online import REDIRECT, ExactOnlineServer
from tests.helpers.command_line import Json
from tests.helpers.exact_online import CLIENT_ID, CLIENT_SECRET, allow
from tests.helpers.office import Office

SECRET = {"EXACT_SECRET": CLIENT_SECRET}


@pytest.fixture
def server(
    exact_online_server: ExactOnlineServer, monkeypatch: pytest.MonkeyPatch
) -> ExactOnlineServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_EXACT_ONLINE", exact_online_server.url)
    return exact_online_server


@pytest.fixture
def package(office: Office, server: ExactOnlineServer) -> str:
    """Invoices go to the digital postbox, which says later what became of them."""
    values = {
        "country": "be",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "route": "postbox",
    }
    given = [part for one in values.items() for part in ("--set", "=".join(one))]
    command = (
        *("configurations", "add", "exact_online", "--name", "Exact", "--kind", "invoices"),
        *(*given, "--secret", "client_secret=env:EXACT_SECRET", "--accept-terms"),
    )
    waiting = office.cli(*command, code=1, env=SECRET)
    back = allow(waiting["sign_in"]["url"])
    done = office.cli(*command, "--redirect-url", back, env=SECRET)
    return str(done["configuration"]["id"])


# --- dossiers and clients -------------------------------------------------------------------------


def suggestions(office: Office, package: str) -> dict[str, Json]:
    found = office.cli("clients", "suggest-links", "--configuration", package)["suggestions"]
    return {one["client_id"]: one for one in found}


def test_dossiers_are_proposed_for_all_clients_at_once_and_none_is_linked(
    office: Office, server: ExactOnlineServer, package: str
):
    business = office.papers.who[0]
    divisions = list(server.books.divisions.values())
    divisions[0].vat_number, divisions[0].name = business.number, "Another name"
    divisions[1].name = divisions[2].name = "Kapsalon Annelies"
    server.add_divisions(1)
    server.books.divisions[100004].name = "GARAGE PEETERS"

    by_number = office.client(business)
    by_name = add(office, "Garage Peeters bv")
    unclear = add(office, "Kapsalon Annelies")
    nobody = add(office, "Hotel Zeezicht")

    found = suggestions(office, package)

    assert {id: (one["reason"], one["administration_id"]) for id, one in found.items()} == {
        by_number: ("vat_number", "100001"),
        by_name: ("name", "100004"),
        unclear: ("ambiguous", None),
    }
    assert [one["id"] for one in found[unclear]["candidates"]] == ["100002", "100003"]
    assert nobody not in found
    assert all(one["links"] == [] for one in office.cli("clients", "list")["clients"])


def test_a_client_that_is_linked_is_proposed_no_more_nor_is_its_dossier(
    office: Office, server: ExactOnlineServer, package: str
):
    server.books.divisions[100001].name = "Garage Peeters"
    first, second = add(office, "Garage Peeters"), add(office, "Garage Peeters bv")
    assert {one["reason"] for one in suggestions(office, package).values()} == {"ambiguous"}

    office.link(first, package, "--administration", "100001")

    assert suggestions(office, package) == {}
    assert second


def add(office: Office, name: str) -> str:
    return str(office.cli("clients", "add", "--name", name)["client"]["id"])


# --- a sign-in that ends --------------------------------------------------------------------------


def test_a_sign_in_that_was_not_used_for_long_is_announced(
    office: Office, package: str, data_dir: Path
):
    assert office.cli("status")["attention"] == []
    ends = datetime.now(UTC) + timedelta(days=5, hours=1)
    with closing(sqlite3.connect(data_dir / "ledgerdesk.db")) as raw, raw:
        raw.execute("UPDATE connection SET expires_at = ?", (f"{ends:%Y-%m-%d %H:%M:%S}.000000",))

    (told,) = office.cli("status", code=1)["attention"]

    assert (told["what"], told["code"], told["documents"]) == ("connection", "sign_in_ends_soon", 0)
    assert "Sign in again" in told["text"]
    assert "Days left: 5" in told["text"] or "Days left: 6" in told["text"]


# --- what the package says later ------------------------------------------------------------------


def test_what_the_package_says_later_is_shown_with_every_proof(
    office: Office, server: ExactOnlineServer, package: str
):
    business = office.papers.who[0]
    office.link(office.client(business), package, "--administration", "100001")
    office.add("one.xml", office.purchase(business))
    office.sync(code=0)
    sent = office.delivery()
    shown = office.delivery(sent["id"])
    assert shown["state"] == "delivered"
    assert shown["confirmation"]["until"] > shown["confirmation"]["asked_at"]

    (message,) = server.books.messages
    message.status = 5
    office.sync()

    shown = office.delivery(sent["id"])
    assert (shown["state"], shown["confirmation"]) == ("rejected", None)
    assert shown["error"]["code"] == "refused_by_package"
    assert ["refused" in one["evidence"] for one in shown["receipts"]] == [False, True]
