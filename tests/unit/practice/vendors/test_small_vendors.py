"""Onea, ClearFacts, Octopus and Zenvoices: for every rule a wrong client that is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ledgerdesk.practice.vendors.clearfacts import ClearFactsServer
from ledgerdesk.practice.vendors.octopus import ROOT as OCTOPUS
from ledgerdesk.practice.vendors.octopus import OctopusServer
from ledgerdesk.practice.vendors.onea import OneaServer
from ledgerdesk.practice.vendors.zenvoices import ROOT as ZENVOICES
from ledgerdesk.practice.vendors.zenvoices import ZenvoicesServer

XML = base64.b64encode(b"<Invoice/>").decode()


# --- Onea -----------------------------------------------------------------------------------------


@pytest.fixture
def onea() -> Iterator[OneaServer]:
    with OneaServer() as server:
        yield server


def to_onea(server: OneaServer, given: Any, direction: str = "incoming") -> requests.Response:
    url = f"{server.url}/restv1/einvoice/{direction}"
    return requests.post(url, json=given, timeout=5)


def test_onea_takes_an_invoice_and_is_done_with_it_later(onea: OneaServer) -> None:
    answer = to_onea(onea, {"apiKey": onea.add_key(), "eInvoiceData": XML}, "outgoing")
    status = f"{onea.url}/restv1/einvoice/status/{answer.json()['uuid']}"
    seen = [requests.get(status, timeout=5).json() for _ in range(2)]
    assert [one["status"] for one in seen] == ["RECEIVED", "DONE"]
    assert (onea.documents[0].direction, onea.documents[0].content) == ("outgoing", b"<Invoice/>")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"apiKey": "00000000-0000-0000-0000-000000000000"}, 401),
        ({"eInvoiceData": "no base64!"}, 400),
        ({"eInvoiceData": base64.b64encode(b"no xml").decode()}, 400),
        ({"eInvoiceData": None}, 400),
        ({"apikey": "x"}, 400),
    ],
)
def test_onea_refuses(onea: OneaServer, change: dict[str, Any], status: int) -> None:
    answer = to_onea(onea, {"apiKey": onea.add_key(), "eInvoiceData": XML, **change})
    assert (answer.status_code, onea.documents) == (status, [])


def test_onea_knows_two_directions_only(onea: OneaServer) -> None:
    given = {"apiKey": onea.add_key(), "eInvoiceData": XML}
    assert to_onea(onea, given, "Incoming").status_code == 404


# --- ClearFacts -----------------------------------------------------------------------------------


@pytest.fixture
def clearfacts() -> Iterator[ClearFactsServer]:
    with ClearFactsServer() as server:
        server.dossiers["0123456749"] = "Bakkerij Test"
        yield server


def to_clearfacts(
    server: ClearFactsServer, token: str, file: bytes = b"<Invoice/>", **change: Any
) -> requests.Response:
    variables = {"vatnumber": "0123456749", "filename": "a.xml", "invoicetype": "PURCHASE"}
    query = "mutation upload { uploadFile { uuid, amountOfPages } }"
    fields = {"query": query, "variables": json.dumps({**variables, **change})}
    return requests.post(
        f"{server.url}/graphql",
        data=fields,
        files={"file": ("a.xml", file)},
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )


def test_clearfacts_takes_a_file(clearfacts: ClearFactsServer) -> None:
    answer = to_clearfacts(clearfacts, clearfacts.add_token()).json()
    assert answer["data"]["uploadFile"]["uuid"] == clearfacts.files[0].uuid
    assert clearfacts.files[0].content == b"<Invoice/>"


@pytest.mark.parametrize(
    "change",
    [
        {"vatnumber": "0999999922"},
        {"invoicetype": "purchase"},
        {"filename": ""},
        {"vatNumber": "0123456749"},
        {"file": b"MZ program"},
    ],
)
def test_clearfacts_refuses_inside_a_200(
    clearfacts: ClearFactsServer, change: dict[str, Any]
) -> None:
    answer = to_clearfacts(clearfacts, clearfacts.add_token(), **change)
    assert (answer.status_code, "errors" in answer.json()) == (200, True)
    assert clearfacts.files == []


def test_clearfacts_refuses_an_unknown_token(clearfacts: ClearFactsServer) -> None:
    assert to_clearfacts(clearfacts, "0" * 80).status_code == 401


def test_clearfacts_refuses_a_token_without_the_right(clearfacts: ClearFactsServer) -> None:
    answer = to_clearfacts(clearfacts, clearfacts.add_token("read_administrations"))
    assert "Access denied" in answer.json()["errors"][0]["message"]


# --- Octopus --------------------------------------------------------------------------------------


@pytest.fixture
def octopus() -> Iterator[OctopusServer]:
    with OctopusServer() as server:
        server.dossiers["42"] = "Bakkerij Test"
        yield server


def enter(server: OctopusServer, dossier: str = "42") -> requests.Response:
    token = requests.post(
        f"{server.url}{OCTOPUS}/authentication",
        json={"user": server.user, "password": server.password},
        headers={"softwareHouseUuid": server.software_house},
        timeout=5,
    ).json()["token"]
    url = f"{server.url}{OCTOPUS}/dossiers?dossierId={dossier}"
    return requests.post(url, headers={"Token": token}, timeout=5)


def to_octopus(server: OctopusServer, token: str, body: Any, dossier: str = "42") -> int:
    url = f"{server.url}{OCTOPUS}/dossiers/{dossier}/coda?publishPdfInDms=false"
    return requests.post(url, json=body, headers={"dossierToken": token}, timeout=5).status_code


def test_octopus_takes_a_statement(octopus: OctopusServer) -> None:
    token = enter(octopus).json()["Dossiertoken"]
    assert to_octopus(octopus, token, "0000012345") == 200
    assert octopus.statements[0].content == "0000012345"


def test_octopus_refuses_a_token_after_ten_minutes(octopus: OctopusServer) -> None:
    token = enter(octopus).json()["Dossiertoken"]
    octopus.clock.forward(minutes=10)
    assert to_octopus(octopus, token, "0000012345") == 401


def test_octopus_refuses_another_dossiers_token(octopus: OctopusServer) -> None:
    octopus.dossiers["43"] = "Another"
    token = enter(octopus).json()["Dossiertoken"]
    assert to_octopus(octopus, token, "0000012345", "43") == 401


@pytest.mark.parametrize("body", [{"coda": "0000"}, "<xml/>", ["0000"]])
def test_octopus_refuses_what_is_no_coda_text(octopus: OctopusServer, body: Any) -> None:
    assert to_octopus(octopus, enter(octopus).json()["Dossiertoken"], body) == 400


def test_octopus_refuses_an_unknown_dossier(octopus: OctopusServer) -> None:
    assert enter(octopus, "7").status_code == 404


def test_octopus_refuses_a_dossier_without_the_module(octopus: OctopusServer) -> None:
    octopus.closed_to_web_services.add("42")
    assert enter(octopus).status_code == 403


@pytest.mark.parametrize(
    ("house", "body"),
    [("", None), (None, {"user": "x", "password": "y"}), (None, {"username": "practice"})],
)
def test_octopus_refuses_a_sign_in(octopus: OctopusServer, house: str | None, body: Any) -> None:
    answer = requests.post(
        f"{octopus.url}{OCTOPUS}/authentication",
        json=body or {"user": octopus.user, "password": octopus.password},
        headers={"softwareHouseUuid": octopus.software_house if house is None else house},
        timeout=5,
    )
    assert answer.status_code in (400, 401)


# --- Zenvoices ------------------------------------------------------------------------------------


@pytest.fixture
def zenvoices() -> Iterator[ZenvoicesServer]:
    with ZenvoicesServer() as server:
        server.administrations = {str(n): f"Administration {n}" for n in range(120)}
        yield server


def sign_in(server: ZenvoicesServer, **change: str) -> requests.Response:
    given = {
        "userNameOrEmailAddress": server.user,
        "password": server.password,
        "tenancyName": server.tenant,
        **change,
    }
    return requests.post(f"{server.url}/api/TokenAuth/TokenLogin", json=given, timeout=5)


def ask(server: ZenvoicesServer, token: str, operation: str, given: Any) -> requests.Response:
    return requests.post(
        f"{server.url}{ZENVOICES}/{operation}",
        json=given,
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )


def test_zenvoices_lists_administrations_page_by_page(zenvoices: ZenvoicesServer) -> None:
    token = sign_in(zenvoices).json()["result"]["accessToken"]
    found = [
        ask(zenvoices, token, "administration/list", {"skipCount": skip}).json()["result"]
        for skip in (0, 50, 100)
    ]
    assert [len(one["items"]) for one in found] == [50, 50, 20]


def test_zenvoices_shows_what_came_by_mail(zenvoices: ZenvoicesServer) -> None:
    zenvoices.receive("Invoice 1", "firm@office.example", "in@zenvoices.example")
    token = sign_in(zenvoices).json()["result"]["accessToken"]
    (one,) = ask(zenvoices, token, "inbox/list", {}).json()["result"]["items"]
    assert (one["subject"], one["importStatus"]) == ("Invoice 1", "New")


@pytest.mark.parametrize(
    "change", [{"password": "wrong"}, {"tenancyName": "other"}, {"userName": "x"}]
)
def test_zenvoices_refuses_a_sign_in(zenvoices: ZenvoicesServer, change: dict[str, str]) -> None:
    assert sign_in(zenvoices, **change).status_code in (400, 401)


def test_zenvoices_asks_for_a_second_factor(zenvoices: ZenvoicesServer) -> None:
    zenvoices.wants_two_factors = True
    assert sign_in(zenvoices).json()["result"]["requiresTwoFactorVerification"] is True


def test_zenvoices_refuses_a_token_after_a_day(zenvoices: ZenvoicesServer) -> None:
    token = sign_in(zenvoices).json()["result"]["accessToken"]
    zenvoices.clock.forward(days=1)
    assert ask(zenvoices, token, "inbox/list", {}).status_code == 401


def test_zenvoices_refuses_an_account_without_the_right(zenvoices: ZenvoicesServer) -> None:
    token = sign_in(zenvoices).json()["result"]["accessToken"]
    zenvoices.has_api_right = False
    assert ask(zenvoices, token, "inbox/list", {}).status_code == 403


@pytest.mark.parametrize("given", [{"maxResultCount": 251}, {"MaxResultCount": 5}, []])
def test_zenvoices_refuses_a_page(zenvoices: ZenvoicesServer, given: Any) -> None:
    token = sign_in(zenvoices).json()["result"]["accessToken"]
    assert ask(zenvoices, token, "inbox/list", given).status_code == 400
