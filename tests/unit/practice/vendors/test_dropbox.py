"""The stand-in for Dropbox refuses what Dropbox refuses: raw requests, one rule at a time."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ledgerdesk.practice.vendors._dropbox_files import hash_of
from ledgerdesk.practice.vendors.dropbox import (
    APP_KEY,
    REDIRECT_URIS,
    SCOPES,
    DropboxAccount,
    DropboxServer,
)
from ledgerdesk.practice.vendors.server import Answer, FaultKind

VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
AUTHORIZE = {
    "response_type": "code",
    "client_id": APP_KEY,
    "redirect_uri": REDIRECT_URIS[0],
    "state": "xyz",
    "token_access_type": "offline",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "scope": " ".join(SCOPES),
}


@dataclass
class Caller:
    """A client without any knowledge: says what it is told."""

    server: DropboxServer
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def authorize(self, decision: str = "", **changes: str | None) -> requests.Response:
        asked = {k: v for k, v in {**AUTHORIZE, **changes}.items() if v is not None}
        url = f"{self.server.url}/oauth2/authorize"
        if not decision:
            return self.session.get(url, params=asked)
        press = {"decision": decision}
        return self.session.post(url, params=asked, data=press, allow_redirects=False)

    def code(self, **changes: str | None) -> str:
        location = self.authorize("allow", **changes).headers["Location"]
        return parse_qs(urlsplit(location).query)["code"][0]

    def ask_token(self, **form: str) -> requests.Response:
        return self.session.post(f"{self.server.url}/oauth2/token", data=form)

    def exchange(self, code: str, **changes: str | None) -> requests.Response:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": APP_KEY,
            "code_verifier": VERIFIER,
            "redirect_uri": REDIRECT_URIS[0],
        }
        return self.ask_token(**{k: v for k, v in {**asked, **changes}.items() if v is not None})

    def refresh(self, refresh_token: str, **changes: str) -> requests.Response:
        asked = {"refresh_token": refresh_token, "client_id": APP_KEY}
        return self.ask_token(grant_type="refresh_token", **{**asked, **changes})

    def sign_in(self, **changes: str | None) -> dict[str, Any]:
        tokens = dict(self.exchange(self.code(**changes)).json())
        self.token = tokens["access_token"]
        return tokens

    def call(self, route: str, argument: Any, **headers: str) -> requests.Response:
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.session.post(
            f"{self.server.url}/2/{route}",
            data=json.dumps(argument),
            headers={**given, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )

    def send(self, route: str, argument: Any, body: bytes, **headers: str) -> requests.Response:
        given = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/octet-stream",
            "Dropbox-API-Arg": json.dumps(argument),
        }
        return self.session.post(
            f"{self.server.url}/2/{route}",
            data=body,
            headers={**given, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )

    def upload(self, path: str, body: bytes = b"x", **more: Any) -> requests.Response:
        return self.send("files/upload", {"path": path, **more}, body)


@pytest.fixture
def server() -> Iterator[DropboxServer]:
    with DropboxServer() as running:
        yield running


@pytest.fixture
def caller(server: DropboxServer) -> Iterator[Caller]:
    made = Caller(server)
    made.session.trust_env = False
    with made.session:
        yield made


@pytest.fixture
def signed_in(caller: Caller) -> Caller:
    caller.sign_in()
    return caller


def refused(answer: requests.Response, status: int, summary: str) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["error_summary"].startswith(summary)


def told_off(answer: requests.Response, words: str) -> None:
    """A 400 with a sentence: the client is at fault."""
    assert answer.status_code == 400
    assert words in answer.text


# --- the consent page -----------------------------------------------------------------------------


def test_the_page_says_who_is_asked_and_has_both_buttons(caller: Caller) -> None:
    page = caller.authorize()
    assert page.status_code == 200
    assert "an.peeters@kantoor.example" in page.text
    assert 'value="allow"' in page.text and 'value="deny"' in page.text


def test_allow_leads_back_with_code_and_state(caller: Caller) -> None:
    answer = caller.authorize("allow")
    assert answer.status_code == 302
    location = answer.headers["Location"]
    assert location.startswith(REDIRECT_URIS[0] + "?")
    assert parse_qs(urlsplit(location).query)["state"] == ["xyz"]


def test_deny_leads_back_with_the_refusal(caller: Caller) -> None:
    query = parse_qs(urlsplit(caller.authorize("deny").headers["Location"]).query)
    assert query["error"] == ["access_denied"]
    assert query["state"] == ["xyz"]
    assert "code" not in query


def test_without_redirect_the_page_shows_the_code(caller: Caller) -> None:
    page = caller.authorize("allow", redirect_uri=None, state=None)
    assert page.status_code == 200
    code = page.text.split('value="')[1].split('"')[0]
    assert caller.exchange(code, redirect_uri=None).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": "unknown"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"response_type": "token"}, "response_type"),
        ({"redirect_uri": "http://localhost:53682"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:53682/"}, "redirect_uri"),
        ({"redirect_uri": "http://localhost:50000/"}, "redirect_uri"),
        ({"code_challenge": None}, "code_challenge"),
        ({"code_challenge": "short"}, "code_challenge"),
        ({"code_challenge_method": "plain"}, "code_challenge_method"),
        ({"token_access_type": "for_ever"}, "token_access_type"),
        ({"scope": "files.content.write sharing.write"}, "scope"),
        ({"state": "s" * 2001}, "state"),
        ({"colour": "blue"}, "colour"),
    ],
    ids=str,
)
def test_a_wrong_question_is_not_asked(
    caller: Caller, change: dict[str, str | None], words: str
) -> None:
    for decision in ("", "allow"):
        told_off(caller.authorize(decision, **change), words)


# --- tokens ---------------------------------------------------------------------------------------


def test_a_code_gives_both_tokens_and_the_account(caller: Caller) -> None:
    answer = caller.exchange(caller.code())
    assert answer.headers["Content-Type"] == "application/json"
    tokens = answer.json()
    assert tokens["expires_in"] == 14_400
    assert tokens["token_type"] == "bearer"
    assert len(tokens["account_id"]) == 40
    assert tokens["uid"]
    assert tokens["refresh_token"]


def test_online_access_has_no_refresh_token(caller: Caller) -> None:
    assert "refresh_token" not in caller.exchange(caller.code(token_access_type="online")).json()


def grant_refused(answer: requests.Response, error: str, words: str = "") -> None:
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert words in answer.json()["error_description"]


def test_a_code_works_once(caller: Caller) -> None:
    code = caller.code()
    assert caller.exchange(code).status_code == 200
    grant_refused(caller.exchange(code), "invalid_grant", "doesn't exist or has expired")


def test_a_code_gets_old(caller: Caller, server: DropboxServer) -> None:
    code = caller.code()
    server.clock.forward(minutes=11)
    grant_refused(caller.exchange(code), "invalid_grant", "expired")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"redirect_uri": REDIRECT_URIS[1]}, "invalid_grant", "redirect_uri mismatch"),
        ({"redirect_uri": None}, "invalid_grant", "redirect_uri mismatch"),
        ({"code_verifier": "w" * 64}, "invalid_grant", "verifier"),
        ({"code_verifier": "v" * 20}, "invalid_grant", "verifier"),
        ({"code_verifier": None}, "invalid_request", "code_verifier"),
        ({"client_id": "unknown"}, "invalid_client", ""),
        ({"client_secret": "s"}, "invalid_request", "client_secret"),
        ({"grant_type": "password"}, "unsupported_grant_type", ""),
    ],
    ids=str,
)
def test_a_wrong_exchange_is_refused(
    caller: Caller, change: dict[str, str | None], error: str, words: str
) -> None:
    grant_refused(caller.exchange(caller.code(), **change), error, words)


def test_tokens_are_asked_with_a_form(caller: Caller) -> None:
    url = f"{caller.server.url}/oauth2/token"
    grant_refused(caller.session.post(url, json={"grant_type": "x"}), "invalid_request", "form")


def test_refreshing_keeps_the_refresh_token(caller: Caller) -> None:
    refresh_token = caller.sign_in()["refresh_token"]
    first, second = (caller.refresh(refresh_token).json() for _ in range(2))
    assert "refresh_token" not in first
    assert first["access_token"] != second["access_token"]


def test_a_revoked_or_foreign_refresh_token_is_refused(caller: Caller) -> None:
    refresh_token = caller.sign_in()["refresh_token"]
    grant_refused(caller.refresh("made up"), "invalid_grant", "invalid or revoked")
    grant_refused(caller.refresh(""), "invalid_request")
    grant_refused(caller.refresh(refresh_token, client_id="unknown"), "invalid_client")
    grant_refused(caller.refresh(refresh_token, scope="sharing.write"), "invalid_scope")
    caller.server.revoke_all()
    grant_refused(caller.refresh(refresh_token), "invalid_grant", "invalid or revoked")


# --- who may call ---------------------------------------------------------------------------------


def test_the_account_tells_who_it_is(signed_in: Caller) -> None:
    answer = signed_in.call("users/get_current_account", None)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["email"] == "an.peeters@kantoor.example"
    assert answer.headers["X-Dropbox-Request-Id"]


def test_no_token(caller: Caller) -> None:
    told_off(caller.call("users/get_current_account", None), "Authorization")


def test_an_unknown_token(caller: Caller) -> None:
    caller.token = "sl.made-up"
    refused(caller.call("users/get_current_account", None), 401, "invalid_access_token")


def test_an_old_token(signed_in: Caller) -> None:
    signed_in.server.clock.forward(seconds=14_399)
    assert signed_in.call("users/get_current_account", None).status_code == 200
    signed_in.server.clock.forward(seconds=2)
    refused(signed_in.call("users/get_current_account", None), 401, "expired_access_token")


def test_a_suspended_account(signed_in: Caller) -> None:
    signed_in.server.account.suspended = True
    refused(signed_in.upload("/a.xml"), 401, "user_suspended")


def test_a_scope_that_was_not_given(caller: Caller) -> None:
    caller.sign_in(scope="account_info.read")
    answer = caller.upload("/a.xml")
    refused(answer, 401, "missing_scope")
    assert answer.json()["error"]["required_scope"] == "files.content.write"


def test_revoking_ends_everything(caller: Caller) -> None:
    refresh_token = caller.sign_in()["refresh_token"]
    assert caller.call("auth/token/revoke", None).json() is None
    refused(caller.upload("/a.xml"), 401, "invalid_access_token")
    grant_refused(caller.refresh(refresh_token), "invalid_grant")


def test_every_account_has_its_own_files(signed_in: Caller) -> None:
    signed_in.upload("/mine.xml")
    signed_in.server.sign_in_as(DropboxAccount(2, "Bram Claes", "bram@elders.example"))
    signed_in.sign_in()
    assert signed_in.server.files == {}
    refused(signed_in.call("files/get_metadata", {"path": "/mine.xml"}), 409, "path/not_found")


# --- how to call ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_json_call_wants_its_content_type(signed_in: Caller, kind: str) -> None:
    told_off(signed_in.call("users/get_current_account", None, Content_Type=kind), "Content-Type")


@pytest.mark.parametrize("kind", ["application/json", "application/xml", "text/plain"])
def test_an_upload_wants_its_content_type(signed_in: Caller, kind: str) -> None:
    answer = signed_in.send("files/upload", {"path": "/a.xml"}, b"x", Content_Type=kind)
    told_off(answer, "Content-Type")
    assert signed_in.server.files == {}


def test_an_argument_that_is_not_json(signed_in: Caller) -> None:
    answer = signed_in.send("files/upload", {}, b"x", Dropbox_API_Arg="{path")
    told_off(answer, "decode")


def test_the_account_call_wants_null(signed_in: Caller) -> None:
    told_off(signed_in.call("users/get_current_account", {}), "null")


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({}, "path"),
        ([], "expected object"),
        ({"path": 7}, "path"),
        ({"Path": "/a.xml"}, "Path"),
        ({"path": "/a.xml", "colour": "blue"}, "colour"),
        ({"path": "a.xml"}, "pattern"),
        ({"path": ""}, "pattern"),
        ({"path": "/a.xml", "mode": "add"}, "mode"),
        ({"path": "/a.xml", "mode": {".tag": "Add"}}, "mode"),
        ({"path": "/a.xml", "mode": {".tag": "update"}}, "mode"),
        ({"path": "/a.xml", "mode": {".tag": "update", "update": "1"}}, "revision"),
        ({"path": "/a.xml", "autorename": "no"}, "autorename"),
        ({"path": "/a.xml", "client_modified": "2026-01-02T03:04:05.000Z"}, "client_modified"),
        ({"path": "/a.xml", "client_modified": "2026-13-02T03:04:05Z"}, "client_modified"),
        ({"path": "/a.xml", "content_hash": "ABC"}, "content_hash"),
    ],
    ids=str,
)
def test_a_wrong_upload_argument(signed_in: Caller, argument: Any, words: str) -> None:
    told_off(signed_in.send("files/upload", argument, b"x"), words)
    assert signed_in.server.files == {}


def test_an_upload_without_argument(signed_in: Caller) -> None:
    headers = {"Authorization": f"Bearer {signed_in.token}"}
    headers["Content-Type"] = "application/octet-stream"
    url = f"{signed_in.server.url}/2/files/upload"
    told_off(signed_in.session.post(url, data=b"x", headers=headers), "Dropbox-API-Arg")


def test_unknown_routes_and_methods(signed_in: Caller) -> None:
    assert signed_in.call("files/upload_v2", {}).status_code == 404
    assert signed_in.call("files/../files/upload", {}).status_code != 200
    url = f"{signed_in.server.url}/2/users/get_current_account"
    assert signed_in.session.get(url).status_code == 405


# --- writing --------------------------------------------------------------------------------------


def test_an_upload_arrives_with_its_folders(signed_in: Caller) -> None:
    answer = signed_in.upload("/In/Bakkerij/é €.xml", b"content", mode={".tag": "add"})
    assert answer.status_code == 200
    assert signed_in.server.files == {"/In/Bakkerij/é €.xml": b"content"}
    told = answer.json()
    assert told["size"] == 7
    assert told["content_hash"] == hash_of(b"content")
    assert ".tag" not in told
    folder = signed_in.call("files/get_metadata", {"path": "/in/bakkerij"}).json()
    assert folder[".tag"] == "folder"


def test_the_hash_is_the_vendors() -> None:
    big = bytes(4 * 1024 * 1024) + b"more"
    digests = hashlib.sha256(big[:4194304]).digest() + hashlib.sha256(b"more").digest()
    assert hash_of(b"") == hashlib.sha256(b"").hexdigest()
    assert hash_of(big) == hashlib.sha256(digests).hexdigest()


def test_the_same_content_again_writes_nothing(signed_in: Caller) -> None:
    first = signed_in.upload("/a.xml", b"one").json()
    again = signed_in.upload("/A.XML", b"one")
    assert again.status_code == 200
    assert again.json()["rev"] == first["rev"]
    assert signed_in.server.files == {"/a.xml": b"one"}


def test_the_same_content_is_a_conflict_when_that_is_asked(signed_in: Caller) -> None:
    signed_in.upload("/a.xml", b"one")
    refused(signed_in.upload("/a.xml", b"one", strict_conflict=True), 409, "path/conflict/file")


def test_other_content_is_a_conflict(signed_in: Caller) -> None:
    signed_in.upload("/a.xml", b"one")
    answer = signed_in.upload("/a.xml", b"two")
    refused(answer, 409, "path/conflict/file")
    assert answer.json()["error"]["upload_session_id"]
    assert signed_in.server.files == {"/a.xml": b"one"}


def test_autorename_numbers_the_name(signed_in: Caller) -> None:
    signed_in.upload("/a.xml", b"one")
    assert signed_in.upload("/a.xml", b"two", autorename=True).json()["name"] == "a (2).xml"


def test_overwrite_and_update(signed_in: Caller) -> None:
    first = signed_in.upload("/a.xml", b"one").json()
    update = {".tag": "update", "update": first["rev"]}
    second = signed_in.upload("/a.xml", b"two", mode=update).json()
    refused(signed_in.upload("/a.xml", b"three", mode=update), 409, "path/conflict/file")
    assert second["rev"] != first["rev"]
    signed_in.upload("/a.xml", b"four", mode={".tag": "overwrite"})
    assert signed_in.server.files == {"/a.xml": b"four"}


def test_a_folder_in_the_way(signed_in: Caller) -> None:
    signed_in.upload("/In/a.xml")
    for mode in ("add", "overwrite"):
        answer = signed_in.upload("/In", mode={".tag": mode})
        refused(answer, 409, "path/conflict/folder")


def test_a_file_where_a_folder_should_be(signed_in: Caller) -> None:
    signed_in.upload("/In")
    refused(signed_in.upload("/In/a.xml"), 409, "path/conflict/file_ancestor")


@pytest.mark.parametrize("path", ["/In/", "/In//a.xml", "/../a.xml", "/a\\b.xml", f"/{'n' * 256}"])
def test_malformed_paths(signed_in: Caller, path: str) -> None:
    refused(signed_in.upload(path), 409, "path/malformed_path")


@pytest.mark.parametrize("path", ["/desktop.ini", "/Thumbs.db/a.xml", "/.dropbox"])
def test_names_it_keeps_for_itself(signed_in: Caller, path: str) -> None:
    refused(signed_in.upload(path), 409, "path/disallowed_name")


def test_a_full_account(signed_in: Caller) -> None:
    signed_in.server.account.drive.quota = 5
    assert signed_in.upload("/a.xml", b"12345").status_code == 200
    refused(signed_in.upload("/b.xml", b"6"), 409, "path/insufficient_space")


def test_a_folder_that_is_read_only(signed_in: Caller) -> None:
    signed_in.server.account.drive.read_only.add("/Locked")
    refused(signed_in.upload("/locked/a.xml"), 409, "path/no_write_permission")
    assert signed_in.upload("/open/a.xml").status_code == 200


def test_damaged_on_the_way(signed_in: Caller) -> None:
    answer = signed_in.upload("/a.xml", b"damaged", content_hash=hash_of(b"sound"))
    refused(answer, 409, "content_hash_mismatch")
    assert signed_in.server.files == {}
    assert signed_in.upload("/a.xml", b"sound", content_hash=hash_of(b"sound")).ok


def test_too_much_in_one_request(signed_in: Caller) -> None:
    signed_in.server.uploads.largest_request = 10
    refused(signed_in.upload("/a.xml", bytes(11)), 409, "payload_too_large")
    assert signed_in.upload("/a.xml", bytes(10)).ok


# --- in parts -------------------------------------------------------------------------------------

START, APPEND, FINISH = (
    f"files/upload_session/{step}" for step in ("start", "append_v2", "finish")
)


def start(caller: Caller, body: bytes = b"1234", **more: Any) -> str:
    return str(caller.send(START, {"close": False, **more}, body).json()["session_id"])


def cursor(session_id: str, offset: int) -> dict[str, Any]:
    return {"session_id": session_id, "offset": offset}


def finish(caller: Caller, session_id: str, offset: int, body: bytes = b"") -> requests.Response:
    argument = {"cursor": cursor(session_id, offset), "commit": {"path": "/In/big.xml"}}
    return caller.send(FINISH, argument, body)


def test_three_parts_become_one_file(signed_in: Caller) -> None:
    id = start(signed_in)
    assert signed_in.send(APPEND, {"cursor": cursor(id, 4)}, b"5678").json() is None
    assert finish(signed_in, id, 8, b"9").json()["size"] == 9
    assert signed_in.server.files == {"/In/big.xml": b"123456789"}


def test_an_offset_that_does_not_fit_is_told(signed_in: Caller) -> None:
    id = start(signed_in)
    answer = signed_in.send(APPEND, {"cursor": cursor(id, 3)}, b"5")
    refused(answer, 409, "incorrect_offset")
    assert answer.json()["error"]["correct_offset"] == 4
    answer = finish(signed_in, id, 5)
    refused(answer, 409, "lookup_failed/incorrect_offset")
    assert answer.json()["error"]["lookup_failed"]["correct_offset"] == 4


def test_a_session_nobody_began(signed_in: Caller) -> None:
    refused(signed_in.send(APPEND, {"cursor": cursor("x", 0)}, b"5"), 409, "not_found")
    refused(finish(signed_in, "x", 0), 409, "lookup_failed/not_found")


def test_a_session_lives_seven_days(signed_in: Caller) -> None:
    id = start(signed_in)
    signed_in.server.clock.forward(days=8)
    signed_in.sign_in()
    refused(finish(signed_in, id, 4), 409, "lookup_failed/not_found")


def test_a_closed_session_takes_no_more(signed_in: Caller) -> None:
    id = start(signed_in, close=True)
    refused(signed_in.send(APPEND, {"cursor": cursor(id, 4)}, b"5"), 409, "closed")
    assert finish(signed_in, id, 4).ok
    refused(finish(signed_in, id, 4), 409, "lookup_failed/closed")


def test_finishing_never_overwrites(signed_in: Caller) -> None:
    signed_in.upload("/In/big.xml", b"other")
    answer = finish(signed_in, start(signed_in), 4)
    refused(answer, 409, "path/conflict/file")
    assert answer.json()["error"]["path"][".tag"] == "conflict"
    assert signed_in.server.files == {"/In/big.xml": b"other"}


@pytest.mark.parametrize("step", [START, APPEND, FINISH])
def test_every_part_is_checked(signed_in: Caller, step: str) -> None:
    argument: dict[str, Any] = {"content_hash": hash_of(b"sound")}
    if step != START:
        argument["cursor"] = cursor(start(signed_in), 4)
    if step == FINISH:
        argument["commit"] = {"path": "/In/big.xml"}
    refused(signed_in.send(step, argument, b"damaged"), 409, "content_hash_mismatch")


def test_a_cursor_with_an_unknown_field(signed_in: Caller) -> None:
    wrong = {"cursor": {**cursor(start(signed_in), 4), "close": True}}
    told_off(signed_in.send(APPEND, wrong, b"5"), "close")


# --- looking --------------------------------------------------------------------------------------


def test_a_file_is_found_without_regard_to_case(signed_in: Caller) -> None:
    signed_in.upload("/In/A.xml", b"one")
    told = signed_in.call("files/get_metadata", {"path": "/in/a.XML"}).json()
    assert told[".tag"] == "file"
    assert told["path_display"] == "/In/A.xml"
    assert told["content_hash"] == hash_of(b"one")


@pytest.mark.parametrize("path", ["", "/"])
def test_the_root_has_no_metadata(signed_in: Caller, path: str) -> None:
    told_off(signed_in.call("files/get_metadata", {"path": path}), "root")


def test_what_was_removed_is_remembered(signed_in: Caller) -> None:
    signed_in.upload("/a.xml", b"one")
    signed_in.upload("/a.xml", b"two", mode={".tag": "overwrite"})
    signed_in.server.account.drive.remove("/a.xml")
    refused(signed_in.call("files/get_metadata", {"path": "/a.xml"}), 409, "path/not_found")
    asked = {"path": "/A.xml", "include_deleted": True}
    assert signed_in.call("files/get_metadata", asked).json()[".tag"] == "deleted"
    told = signed_in.call("files/list_revisions", {"path": "/a.xml", "limit": 10}).json()
    assert told["is_deleted"] is True
    hashes = [one["content_hash"] for one in told["entries"]]
    assert hashes == [hash_of(b"two"), hash_of(b"one")]


def test_what_never_was_has_no_past(signed_in: Caller) -> None:
    asked = {"path": "/a.xml", "include_deleted": True}
    refused(signed_in.call("files/get_metadata", asked), 409, "path/not_found")
    refused(signed_in.call("files/list_revisions", {"path": "/a.xml"}), 409, "path/not_found")


def test_wrong_questions_for_revisions(signed_in: Caller) -> None:
    signed_in.upload("/In/a.xml")
    refused(signed_in.call("files/list_revisions", {"path": "/In"}), 409, "path/not_file")
    too_many = {"path": "/In/a.xml", "limit": 101}
    told_off(signed_in.call("files/list_revisions", too_many), "limit")


def test_a_folder_is_listed_page_by_page(signed_in: Caller) -> None:
    for name in ("/a.xml", "/b/inside.xml", "/c.xml"):
        signed_in.upload(name)
    page = signed_in.call("files/list_folder", {"path": "", "limit": 2}).json()
    assert [one["name"] for one in page["entries"]] == ["a.xml", "b"]
    assert page["has_more"] is True
    rest = signed_in.call("files/list_folder/continue", {"cursor": page["cursor"]}).json()
    assert [one["name"] for one in rest["entries"]] == ["c.xml"]
    assert rest["has_more"] is False


def test_wrong_listings(signed_in: Caller) -> None:
    signed_in.upload("/a.xml")
    told_off(signed_in.call("files/list_folder", {"path": "/"}), "root")
    told_off(signed_in.call("files/list_folder", {"path": "", "limit": 0}), "limit")
    told_off(signed_in.call("files/list_folder/continue", {"cursor": "x"}), "cursor")
    refused(signed_in.call("files/list_folder", {"path": "/nowhere"}), 409, "path/not_found")
    refused(signed_in.call("files/list_folder", {"path": "/a.xml"}), 409, "path/not_folder")


# --- faults ---------------------------------------------------------------------------------------


def test_a_line_cut_after_the_file_was_kept(signed_in: Caller) -> None:
    signed_in.server.break_next(FaultKind.DROP_AFTER, "files/upload")
    with pytest.raises(requests.ConnectionError):
        signed_in.upload("/a.xml", b"one")
    assert signed_in.server.files == {"/a.xml": b"one"}


def test_a_line_cut_before(signed_in: Caller) -> None:
    signed_in.server.break_next(FaultKind.DROP_BEFORE, "files/upload")
    with pytest.raises(requests.ConnectionError):
        signed_in.upload("/a.xml", b"one")
    assert signed_in.server.files == {}


def test_an_answer_that_was_asked_for(signed_in: Caller) -> None:
    error = {"reason": {".tag": "too_many_requests"}, "retry_after": 7}
    answer = Answer.of_json({"error": error}, 429)
    signed_in.server.break_next(FaultKind.ANSWER, "files/upload", answer=answer)
    assert signed_in.upload("/a.xml").status_code == 429
    assert signed_in.server.files == {}
    assert signed_in.upload("/a.xml").ok
