"""The stand-in for undocumented vendors refuses what such a vendor refuses."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ledgerdesk.practice.vendors.rest_profile import (
    LARGEST,
    REFUSED,
    Account,
    RestProfileServer,
    Ways,
    paper,
)

COMPANY = "BE0403170701"
CONTENT = b"<Invoice/>"
FIELDS = {"fileName": "a.xml", "sender": "LedgerDesk"}
AUTHS = ("none", "basic", "bearer", "header", "query", "login")
BODIES = ("multipart", "json_base64", "json_string", "raw")


class Client:
    """A client that does everything right, but for what a test changes."""

    def __init__(self, server: RestProfileServer) -> None:
        self.server = server
        self.http = requests.Session()
        self.http.trust_env = False

    def sign_in(self, **change: Any) -> requests.Response:
        account = self.server.account
        given = {"user": account.username, "password": account.password, **change}
        return self.http.post(f"{self.server.address}/session", json=given, timeout=10)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self._ask("GET", path, **more)

    def upload(
        self,
        company: str = COMPANY,
        direction: str = "incoming",
        content: bytes = CONTENT,
        fields: dict[str, str] | None = None,
        **more: Any,
    ) -> requests.Response:
        given = FIELDS if fields is None else fields
        path = f"/companies/{company}/documents/{direction}"
        kind = self.server.ways.body
        if "json" in more or "data" in more:
            return self._ask("POST", path, **more)
        if kind == "multipart":
            files = {"file": ("a.xml", content)}
            return self._ask("POST", path, data=given, files=files, **more)
        if kind == "raw":
            query = {**given, **more.pop("params", {})}
            headers = {"Content-Type": "application/xml"}
            return self._ask("POST", path, params=query, data=content, headers=headers, **more)
        text = base64.b64encode(content) if kind == "json_base64" else content
        return self._ask("POST", path, json={**given, "file": text.decode()}, **more)

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        account, auth = self.server.account, self.server.ways.auth
        headers = dict(more.pop("headers", {}))
        params = dict(more.pop("params", {}))
        if auth == "basic":
            more.setdefault("auth", (account.username, account.password))
        elif auth == "query":
            params.setdefault("key", account.key)
        elif auth == "header":
            headers.setdefault("X-Api-Key", account.key)
        elif auth == "bearer":
            headers.setdefault("Authorization", f"Bearer {account.key}")
        elif auth == "login" and "Authorization" not in headers:
            token = self.sign_in().json()["result"]["accessToken"]
            headers["Authorization"] = f"Bearer {token}"
        url = self.server.address + path
        return self.http.request(method, url, headers=headers, params=params, timeout=10, **more)


@pytest.fixture
def ways() -> Ways:
    return Ways()


@pytest.fixture
def server(ways: Ways) -> Iterator[RestProfileServer]:
    with RestProfileServer(ways) as one:
        yield one


@pytest.fixture
def client(server: RestProfileServer) -> Client:
    return Client(server)


def variant(**how: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("ways", [Ways(**how)])


every_auth = pytest.mark.parametrize("ways", [Ways(auth=one) for one in AUTHS], ids=AUTHS)
every_body = pytest.mark.parametrize("ways", [Ways(body=one) for one in BODIES], ids=BODIES)


@every_auth
def test_a_right_client_is_served(client: Client, server: RestProfileServer) -> None:
    assert client.get("/ping").json() == {"pong": True}
    assert client.upload().status_code == 201
    assert server.contents == [CONTENT]


@every_body
def test_the_content_is_kept_as_it_is(client: Client, server: RestProfileServer) -> None:
    answer = client.upload(direction="outgoing")
    (kept,) = server.documents
    assert (kept.content, kept.name, kept.direction) == (CONTENT, "a.xml", "outgoing")
    assert answer.json()["uuid"] == kept.uuid


@pytest.mark.parametrize(
    ("ways", "wrong"),
    [
        (Ways(auth="basic"), {"auth": ("Wings8123", "fout")}),
        (Ways(auth="basic"), {"auth": ("wings8123", Account().password)}),
        (Ways(auth="bearer"), {"headers": {"Authorization": f"Basic {Account().key}"}}),
        (Ways(auth="header"), {"headers": {"X-Api-Key": "fout"}}),
        (Ways(auth="query"), {"params": {"key": "fout"}}),
        (Ways(auth="login"), {"headers": {"Authorization": "Bearer fout"}}),
    ],
    ids=["password", "user", "scheme", "header", "query", "token"],
)
def test_a_stranger_is_refused(client: Client, wrong: dict[str, Any]) -> None:
    assert client.get("/ping", **wrong).status_code == 401


@variant(auth="login")
@pytest.mark.parametrize(
    ("change", "status"),
    [({"password": "fout"}, 401), ({"User": "x"}, 400), ({"password": None}, 401)],
)
def test_a_wrong_sign_in_is_refused(client: Client, change: dict[str, Any], status: int) -> None:
    assert client.sign_in(**change).status_code == status


@variant(auth="login")
def test_a_sign_in_lacking_a_field_is_refused(client: Client, server: RestProfileServer) -> None:
    answer = requests.post(f"{server.address}/session", json={"user": "x"}, timeout=10)
    assert (answer.status_code, answer.json()["description"]) == (
        400,
        "The field password is missing.",
    )


@variant(auth="login")
def test_a_token_ends_by_the_vendors_clock(client: Client, server: RestProfileServer) -> None:
    token = client.sign_in().json()["result"]["accessToken"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/ping", headers=headers).status_code == 200
    server.clock.forward(seconds=901)
    assert client.get("/ping", headers=headers).status_code == 401


@every_body
@pytest.mark.parametrize(
    "fields",
    [{"fileName": "a.xml"}, {**FIELDS, "colour": "blue"}, {"filename": "a.xml", "sender": "x"}],
    ids=["missing", "unknown", "casing"],
)
def test_other_fields_are_refused(client: Client, fields: dict[str, str]) -> None:
    assert client.upload(fields=fields).status_code == 400


@variant(body="multipart")
def test_another_content_type_is_refused(client: Client) -> None:
    assert client.upload(json={"file": "x", **FIELDS}).status_code == 415


@variant(body="json_base64")
def test_what_is_not_base64_is_refused(client: Client) -> None:
    assert client.upload(json={"file": "<Invoice/>", **FIELDS}).status_code == 400


@pytest.mark.parametrize(
    ("company", "status"), [("BE9999999999", 404), ("BE0999999922", 403), ("a%2Fb", 404)]
)
def test_a_company_is_known_and_allowed(
    client: Client, server: RestProfileServer, company: str, status: int
) -> None:
    server.accounts.append(Account("other", "x", "y", {"BE0999999922": "Somebody else's"}))
    assert client.upload(company=company).status_code == status
    assert server.documents == []


@pytest.mark.parametrize("content", [b"", REFUSED])
def test_content_that_is_no_invoice_is_refused(client: Client, content: bytes) -> None:
    assert client.upload(content=content).status_code == 422


def test_a_large_document_is_refused(client: Client) -> None:
    assert client.upload(content=bytes(LARGEST + 1)).status_code == 413


def test_a_double_is_named(client: Client) -> None:
    first = client.upload().json()["uuid"]
    again = client.upload()
    assert (again.status_code, again.json()["uuid"]) == (409, first)


@variant(knows_doubles=False)
def test_a_vendor_that_knows_no_doubles_keeps_both(
    client: Client, server: RestProfileServer
) -> None:
    client.upload()
    client.upload()
    assert len(server.documents) == 2


def test_a_document_is_processed_later(client: Client, server: RestProfileServer) -> None:
    uuid = client.upload().json()["uuid"]
    assert client.get(f"/documents/{uuid}/status").json()["status"] == "PENDING"
    server.settle("FAILED", "The VAT number is wrong.")
    assert client.get(f"/documents/{uuid}/status").json() == {
        "status": "FAILED",
        "description": "The VAT number is wrong.",
    }
    assert client.get("/documents/nothing/status").status_code == 404


@variant(errors_in_200=True)
def test_an_error_may_stand_in_a_200(client: Client) -> None:
    answer = client.upload(content=REFUSED)
    assert answer.status_code == 200
    assert answer.json()["uuid"] is None and answer.json()["description"]


@variant(pages=True)
def test_an_error_may_be_a_web_page(client: Client) -> None:
    answer = client.upload(content=REFUSED)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("text/html")


@variant(page="skip_count")
def test_dossiers_come_in_pages(client: Client) -> None:
    def ask(**given: Any) -> requests.Response:
        return client._ask("POST", "/dossiers/list", json=given)

    pages = [ask(skipCount=n, maxResultCount=1).json()["items"] for n in range(3)]
    assert [len(one) for one in pages] == [1, 1, 0]
    assert ask(skipCount=0).status_code == 400
    assert ask(skipCount=0, maxResultCount=251).status_code == 400


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/x", 404), ("POST", "/ping", 405)])
def test_other_services_do_not_exist(client: Client, method: str, path: str, status: int) -> None:
    assert client._ask(method, path).status_code == status


@pytest.mark.parametrize("id", ["bocount", "count_e", "pingwin", "wings_online", "lyanthe"])
@pytest.mark.parametrize("auth", AUTHS)
def test_its_paper_is_toml_without_secrets(id: str, auth: str) -> None:
    text = paper(id, Ways(auth=auth), "https://api.vendor.example/ws/v2")
    read = tomllib.loads(text)
    assert read["profile"]["id"] == id
    assert Account().password not in text and Account().key not in text
