"""The stand-in of the sign-in pages refuses whatever the real ones refuse."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from ledgerdesk.practice.vendors import identity
from ledgerdesk.practice.vendors.identity import CLIENT_ID, CLIENT_SECRET, IdentityServer

VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
REDIRECT = "http://localhost:53685"


@pytest.fixture
def microsoft() -> Iterator[IdentityServer]:
    with IdentityServer("microsoft365") as server:
        yield server


@pytest.fixture
def google() -> Iterator[IdentityServer]:
    with IdentityServer("google") as server:
        yield server


def asked(server: IdentityServer, **change: str) -> str:
    given = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": f"{identity.SEND} offline_access",
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **change,
    }
    path = "/organizations/oauth2/v2.0/authorize"
    if server.provider == "google":
        path = "/o/oauth2/v2/auth"
        given["redirect_uri"] = change.get("redirect_uri", "http://127.0.0.1:1/")
        given["scope"] = identity.GOOGLE_MAIL
    return f"{server.url}{path}?{urlencode({k: v for k, v in given.items() if v})}"


def code_of(server: IdentityServer, **change: str) -> str:
    return parse_qs(urlsplit(server.authorize(asked(server, **change))).query)["code"][0]


def token(server: IdentityServer, **given: str) -> requests.Response:
    path = "/token" if server.provider == "google" else "/organizations/oauth2/v2.0/token"
    return requests.post(f"{server.url}{path}", data=given, timeout=10)


def redeem(server: IdentityServer, code: str, **change: str) -> requests.Response:
    redirect = REDIRECT if server.provider != "google" else "http://127.0.0.1:1/"
    given = {
        "client_id": CLIENT_ID,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": VERIFIER,
        **change,
    }
    if server.provider == "google":
        given.setdefault("client_secret", CLIENT_SECRET)
    return token(server, **{name: value for name, value in given.items() if value})


def told(answer: requests.Response) -> tuple[str, int]:
    body: dict[str, Any] = answer.json()
    return body["error"], (body.get("error_codes") or [0])[0]


@pytest.mark.parametrize(
    ("change", "page"),
    [
        ({"client_id": "another"}, "AADSTS700016"),
        ({"redirect_uri": "http://localhost:1/path"}, "AADSTS50011"),
        ({"redirect_uri": "http://LOCALHOST.example:1"}, "AADSTS50011"),
        ({"redirect_uri": "http://127.0.0.1:1"}, "AADSTS50011"),
        ({"code_challenge_method": "plain"}, "AADSTS9002325"),
        ({"code_challenge": ""}, "AADSTS900144"),
        ({"state": ""}, "AADSTS900144"),
    ],
)
def test_a_wrong_question_ends_on_a_page(
    microsoft: IdentityServer, change: dict[str, str], page: str
):
    with pytest.raises(ValueError, match=page):
        microsoft.authorize(asked(microsoft, **change))


def test_the_port_of_the_redirect_does_not_matter(microsoft: IdentityServer):
    assert code_of(microsoft, redirect_uri="http://localhost:1")


@pytest.mark.parametrize(("outcome", "page"), [("admin", "AADSTS90094"), ("guest", "AADSTS50020")])
def test_a_page_only_a_person_sees(microsoft: IdentityServer, outcome: str, page: str):
    microsoft.outcome = outcome
    with pytest.raises(ValueError, match=page):
        microsoft.authorize(asked(microsoft))


def test_a_code_works_once(microsoft: IdentityServer):
    code = code_of(microsoft)
    assert redeem(microsoft, code).status_code == 200
    assert told(redeem(microsoft, code)) == ("invalid_grant", 54005)


def test_a_code_ends_after_ten_minutes(microsoft: IdentityServer):
    code = code_of(microsoft)
    microsoft.clock.forward(minutes=11)
    assert told(redeem(microsoft, code)) == ("invalid_grant", 70008)


@pytest.mark.parametrize(
    "change", [{"code_verifier": "w" * 64}, {"redirect_uri": "http://localhost:2"}]
)
def test_a_code_belongs_to_its_verifier_and_its_address(
    microsoft: IdentityServer, change: dict[str, str]
):
    assert told(redeem(microsoft, code_of(microsoft), **change)) == ("invalid_grant", 501481)


def test_microsoft_takes_no_secret_from_a_public_client(microsoft: IdentityServer):
    answer = redeem(microsoft, code_of(microsoft), client_secret="x")
    assert told(answer) == ("invalid_client", 700025)


def test_google_wants_its_secret_with_pkce_as_well(google: IdentityServer):
    answer = redeem(google, code_of(google), client_secret="")
    assert answer.json()["error_description"] == "client_secret is missing."
    assert redeem(google, code_of(google)).status_code == 200


def test_scopes_of_two_resources_are_refused(microsoft: IdentityServer):
    scope = f"{identity.SEND} https://graph.microsoft.com/Mail.Send"
    assert told(redeem(microsoft, code_of(microsoft, scope=scope)))[0] == "invalid_scope"


def test_without_offline_access_there_is_no_renewal(microsoft: IdentityServer):
    given = redeem(microsoft, code_of(microsoft, scope=identity.SEND)).json()
    assert "refresh_token" not in given


def test_only_a_form_by_post_is_taken(microsoft: IdentityServer):
    url = f"{microsoft.url}/organizations/oauth2/v2.0/token"
    assert told(requests.get(url, timeout=10)) == ("invalid_request", 900561)
    assert told(requests.post(url, json={}, timeout=10)) == ("invalid_request", 9002313)


def test_a_renewal_brings_a_new_refresh_token_at_microsoft_alone(
    microsoft: IdentityServer, google: IdentityServer
):
    for server, renews in ((microsoft, True), (google, False)):
        first = redeem(server, code_of(server)).json()["refresh_token"]
        given = {"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": first}
        secret = {"client_secret": CLIENT_SECRET} if server is google else {}
        answer = token(server, **given, **secret).json()
        assert ("refresh_token" in answer) is renews
        # Microsoft's old one goes on working.
        assert token(server, **given, **secret).status_code == 200


def test_the_strict_kind_ends_the_chain_when_an_old_one_comes_back(microsoft: IdentityServer):
    microsoft.rotates_strictly = True
    first = redeem(microsoft, code_of(microsoft)).json()["refresh_token"]
    given = {"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": first}
    assert token(microsoft, **given).status_code == 200
    assert told(token(microsoft, **given))[0] == "invalid_grant"


def test_a_token_opens_its_own_mailbox_for_what_it_was_given_and_an_hour(
    microsoft: IdentityServer,
):
    access = redeem(microsoft, code_of(microsoft)).json()["access_token"]
    user = microsoft.user
    assert microsoft.is_good(user, access, identity.SEND)
    assert not microsoft.is_good(user, access, identity.READ)
    assert not microsoft.is_good("other@office.example", access, identity.SEND)
    microsoft.shared["team@office.example"] = {user}
    assert microsoft.is_good("team@office.example", access, identity.SEND)
    microsoft.clock.forward(hours=2)
    assert not microsoft.is_good(user, access, identity.SEND)


def test_common_gives_no_admin_consent(microsoft: IdentityServer):
    query = urlencode(
        {"client_id": CLIENT_ID, "redirect_uri": "http://localhost", "state": "s", "scope": "x"}
    )
    with pytest.raises(ValueError, match="common"):
        microsoft.authorize(f"{microsoft.url}/common/v2.0/adminconsent?{query}")
