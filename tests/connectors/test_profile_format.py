"""The language of REST profiles: what is read, what is refused and where the mistake is."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk import connectors, paths
from ledgerdesk.connectors import _profile_files as files
from ledgerdesk.connectors import _profile_format as profile_format
from ledgerdesk.connectors._pointer import at, is_pointer, text_at
from ledgerdesk.connectors._profile import RETRY, RestProfile
from ledgerdesk.errors import ProfileInvalid, UnknownId
from ledgerdesk.model import Standing
from ledgerdesk.practice.vendors._rest_profile_paper import NAMES
from ledgerdesk.practice.vendors.rest_profile import Ways, paper
from ledgerdesk.setup.fields import FieldKind, FieldScope

WHOLE = """
[profile]
id = "bocount"
title = "BoCount"
status = "community"
kinds = ["invoice", "credit_note"]
[[field]]
key = "base_url"
scope = "config"
type = "url"
required = true
[[field]]
key = "username"
scope = "client"
[[field]]
key = "password"
scope = "client"
secret = true
[[field]]
key = "company_number"
scope = "client"
default = "[enterprise_identifier]"
[auth]
scheme = "login"
header = "X-Token"
prefix = ""
[auth.login]
method = "POST"
path = "/login"
json = { user = "{username}", password = "{password}", program = { name = "LedgerDesk", v = 1 } }
token = "/result/accessToken"
expires_in = "/result/expireInSeconds"
[test]
method = "GET"
path = "/ping"
ok = [200]
[administrations]
method = "GET"
path = "/dossiers"
items = "/items"
id = "/id"
label = "/name"
page = "skip_count"
[upload.invoice]
method = "POST"
path = "/companies/{company_number}/{direction}"
ok = [200, 201, 202]
body = "json_base64"
file_field = "file"
filename_field = "fileName"
values = { apiKey = "{password}", source = "LedgerDesk" }
direction_map = { purchase = "incoming", sale = "outgoing" }
remote_id = "/uuid"
error = "/description"
duplicate_codes = [409]
[status_poll]
method = "GET"
path = "/documents/{remote_id}"
state = "/status"
done = ["DONE"]
failed = ["ERROR"]
[limits]
max_bytes = 10
per_minute = 60
retry = [429, 503]
"""


def parse(text: str) -> RestProfile:
    return profile_format.from_table(profile_format.toml(text))


def test_every_key_of_the_language_is_read() -> None:
    one = parse(WHOLE)
    assert (one.id, one.title, one.standing) == ("bocount", "BoCount", Standing.COMMUNITY)
    assert [field.key for field in one.fields if field.secret] == ["password"]
    assert (one.base_field, one.username_field, one.secret_field) == (
        "base_url",
        "username",
        "password",
    )
    assert one.auth.login is not None and one.auth.login.token == "/result/accessToken"
    assert one.administrations is not None and one.administrations.page == "skip_count"
    upload = one.upload("invoice")
    assert (upload.body, upload.ok, upload.duplicate_codes) == (
        "json_base64",
        (200, 201, 202),
        (409,),
    )
    assert one.upload("credit_note") is upload
    assert one.status_poll is not None and one.status_poll.failed == ("ERROR",)
    assert (one.limits.max_bytes, one.limits.retry) == (10, (429, 503))
    assert one.complete


def test_what_is_left_out_has_the_documented_defaults() -> None:
    one = parse('[profile]\nid = "x"\ntitle = "X"\n')
    assert one.standing is Standing.YOU_COMPLETE_IT
    assert (one.kinds, one.limits.retry) == (("invoice",), RETRY)
    assert (one.test, one.administrations, one.status_poll) == (None, None, None)
    assert one.missing == ("auth.scheme", "upload.invoice.path")


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("documented", Standing.DOCUMENTED),
        ("documented_old", Standing.DOCUMENTED_OLD),
        ("community", Standing.COMMUNITY),
        ("login_only", Standing.YOU_COMPLETE_IT),
        ("user_completed", Standing.YOU_COMPLETE_IT),
    ],
)
def test_standings(status: str, standing: Standing) -> None:
    assert parse(WHOLE.replace('"community"', f'"{status}"')).standing is standing


# Each row: what is replaced by what, and the place that is told.
WRONG = [
    ("[test]", "[tset]", "tset"),
    ('path = "/ping"', 'pfad = "/ping"', "test.pfad"),
    ('title = "BoCount"', "", "profile.title"),
    ('id = "bocount"', 'id = "Bo Count"', "Bo Count"),
    ('status = "community"', 'status = "proven"', "profile.status"),
    ('kinds = ["invoice", "credit_note"]', 'kinds = ["payslip"]', "profile.kinds"),
    ('kinds = ["invoice", "credit_note"]', 'kinds = ["statement"]', "upload.invoice"),
    ('scope = "config"', 'scope = "firm"', "field.1.scope"),
    ('type = "url"', 'type = "link"', "field.1.type"),
    ("required = true", 'required = "yes"', "field.1.required"),
    ('key = "username"', 'key = "base_url"', "field.base_url"),
    ('key = "username"', 'key = "direction"', "direction"),
    ("secret = true", 'secret = true\ndefault = "geheim"', "field.password.default"),
    ('scheme = "login"', 'scheme = "digest"', "auth.scheme"),
    ('header = "X-Token"', 'header = "X: Token"', "auth.header"),
    ('prefix = ""', 'prefix = "Bearer eyJhbGciOiJIUzI1NiJ9xx"', "auth.prefix"),
    ('"{password}", program', '"Geheim-42", program', "auth.login.json.password"),
    ('user = "{username}"', 'user = "{user}"', "auth.login.json.user"),
    ('token = "/result/accessToken"', 'token = "result.accessToken"', "auth.login.token"),
    ('expires_in = "/result', 'expires_in = "result', "auth.login.expires_in"),
    ('items = "/items"', 'items = "$.items"', "administrations.items"),
    ('page = "skip_count"', 'page = "cursor"', "administrations.page"),
    ("[upload.invoice]", "[upload.order]", "upload.order"),
    ('method = "POST"\npath = "/comp', 'method = "GET"\npath = "/comp', "upload.invoice.method"),
    ("{company_number}", "{company}", "upload.invoice.path"),
    ("{company_number}", "{company_number", "upload.invoice.path"),
    ('path = "/companies', 'path = "companies', "upload.invoice.path"),
    ('path = "/companies', 'path = "ftp://a.example', "upload.invoice.path"),
    ('path = "/companies', 'path = "http://a.example', "upload.invoice.path"),
    ('path = "/companies', 'path = "https://{username}.example', "upload.invoice.path"),
    ('path = "/companies', 'path = "https://me:geheim@a.example', "upload.invoice.path"),
    ('path = "/ping"', 'path = "https://a.example/?api_key=4f1c2a90"', "test.path"),
    ("ok = [200, 201, 202]", "ok = [200, 404]", "upload.invoice.ok"),
    ("ok = [200, 201, 202]", 'ok = ["200"]', "upload.invoice.ok"),
    ('body = "json_base64"', 'body = "xml"', "upload.invoice.body"),
    ('file_field = "file"', "", "upload.invoice.file_field"),
    ('apiKey = "{password}"', 'apiKey = "4f1c2a90-8a53"', "upload.invoice.values.apiKey"),
    ('apiKey = "{password}"', "when = 2026-01-01", "upload.invoice.values.when"),
    ("purchase = ", "inkoop = ", "upload.invoice.direction_map"),
    ("duplicate_codes = [409]", "duplicate_codes = [201]", "upload.invoice.duplicate_codes"),
    ('remote_id = "/uuid"', "", "upload.invoice.remote_id"),
    ("/{remote_id}", "/latest", "status_poll.path"),
    ('done = ["DONE"]', "", "status_poll.done"),
    ("max_bytes = 10", "max_bytes = -1", "limits.max_bytes"),
    ("per_minute = 60", "per_minute = true", "limits.per_minute"),
    ("retry = [429, 503]", "retry = 503", "limits.retry"),
    ("[limits]", "[limits", "TOML"),
]


@pytest.mark.parametrize(("old", "new", "place"), WRONG, ids=[f"{a}→{b}" for a, b, _ in WRONG])
def test_a_mistake_is_told_with_its_place(old: str, new: str, place: str) -> None:
    assert WHOLE.count(old) >= 1
    with pytest.raises(ProfileInvalid) as caught:
        parse(WHOLE.replace(old, new, 1))
    assert caught.value.params["key"] == place
    assert place in caught.value.text()


def test_a_relative_path_needs_an_address_to_stand_below() -> None:
    text = '[profile]\nid = "x"\ntitle = "X"\n[test]\npath = "/ping"\n'
    with pytest.raises(ProfileInvalid, match=r"test\.path"):
        parse(text)


@pytest.mark.parametrize("scheme", ["bearer", "header", "query", "basic"])
def test_a_scheme_that_sends_a_secret_needs_exactly_one(scheme: str) -> None:
    text = f'[profile]\nid = "x"\ntitle = "X"\n[auth]\nscheme = "{scheme}"\nheader = "X-Key"\n'
    with pytest.raises(ProfileInvalid, match=r"auth\.scheme"):
        parse(text)
    one = '[[field]]\nkey = "user"\n[[field]]\nkey = "api_key"\nsecret = true\n'
    assert parse(text + one).auth.scheme == scheme
    with pytest.raises(ProfileInvalid, match=r"auth\.scheme"):
        parse(text + one + '[[field]]\nkey = "other"\nsecret = true\n')


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "192.168.1.5", "bocount.local", "server"])
def test_plain_http_is_possible_within_the_own_network(host: str) -> None:
    text = WHOLE.replace('path = "/ping"', f'path = "http://{host}/ping"')
    assert f"http://{host}/ping" in parse(text).addresses


def test_a_file_of_any_size_is_not_read() -> None:
    with pytest.raises(ProfileInvalid):
        parse(WHOLE + "#" * profile_format.LARGEST)


# --- JSON Pointer -----------------------------------------------------------------------------

DOCUMENT: dict[str, Any] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "m~n": 8,
    "deep": {"id": 7, "no": None, "yes": True},
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/foo/2", None),
        ("/foo/-", None),
        ("/foo/01", None),
        ("/", 0),
        ("/a~1b", 1),
        ("/m~0n", 8),
        ("/deep/id/x", None),
        ("/nothing/here", None),
    ],
)
def test_a_pointer_finds_what_rfc_6901_says(pointer: str, value: object) -> None:
    assert is_pointer(pointer)
    assert at(DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["foo", "/a~2", "$.x", "/~"])
def test_what_is_no_pointer(pointer: str) -> None:
    assert not is_pointer(pointer)


@pytest.mark.parametrize(
    ("pointer", "text"),
    [("/deep/id", "7"), ("/deep/no", ""), ("/deep/yes", ""), ("/foo", ""), ("", "")],
)
def test_only_texts_and_numbers_are_ids(pointer: str, text: str) -> None:
    assert text_at(DOCUMENT, pointer) == text


# --- the files --------------------------------------------------------------------------------

API = ("api",)
SCOPES = {
    FieldScope.CONNECTION: "config",
    FieldScope.CONFIGURATION: "config",
    FieldScope.CLIENT: "client",
}


@pytest.mark.parametrize("id", files.ids())
def test_a_built_in_profile_has_the_fields_of_its_integration_and_no_address(id: str) -> None:
    connector = connectors.get(id)
    asked = [one for one in connector.fields if one.visible_when.get("route", API) == API]
    asked = [one for one in asked if one.name != "route"]
    profile = files.load(id)
    assert [
        (one.key, one.scope, one.secret, one.required, one.default) for one in profile.fields
    ] == [(one.name, SCOPES[one.scope], one.secret, one.required, one.default) for one in asked]
    urls = [one.key for one in profile.fields if one.type == "url"]
    assert urls == [one.name for one in asked if one.kind is FieldKind.URL]
    # Nobody invents a vendor's address: it is published, or it is not there.
    assert bool(profile.addresses) is profile.complete
    assert profile.complete is (profile.standing is not Standing.YOU_COMPLETE_IT)


def test_the_vendors_without_a_public_api_have_a_profile() -> None:
    assert set(NAMES) <= set(files.ids())
    assert [id for id in files.ids() if not files.load(id).complete] == sorted(NAMES)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "_own_profiles", [tmp_path])
    return tmp_path


def test_the_firms_own_file_wins_and_a_change_is_seen(own: Path) -> None:
    file = own / "bocount.toml"
    file.write_text(WHOLE)
    assert files.load("bocount").upload("invoice").path == "/companies/{company_number}/{direction}"
    file.write_text(WHOLE.replace("/companies/", "/firms/"))
    os.utime(file, ns=(1, 1))
    assert files.load("bocount").upload("invoice").path == "/firms/{company_number}/{direction}"
    file.unlink()
    assert not files.load("bocount").complete


def test_what_a_file_leaves_out_is_the_built_in_ones(own: Path) -> None:
    text = (
        '[profile]\nid = "bocount"\n[auth]\nscheme = "basic"\n'
        '[upload.invoice]\npath = "/{company_number}"\nfile_field = "f"\n'
    )
    one = files.completed(text)
    assert one.title == "BoCount"
    assert one.base_field == "base_url"
    assert one.complete


def test_a_file_of_another_id_is_not_taken_for_it(own: Path) -> None:
    (own / "count_e.toml").write_text(WHOLE)
    with pytest.raises(ProfileInvalid):
        files.load("count_e")


def test_an_id_nobody_has_is_unknown() -> None:
    with pytest.raises(UnknownId):
        files.load("winbooks")
    with pytest.raises(UnknownId):
        files.completed(WHOLE.replace('"bocount"', '"winbooks"'))


def test_the_example_of_the_documentation_is_a_profile() -> None:
    text = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text("utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    assert files.completed(example).complete


@pytest.mark.parametrize("id", sorted(NAMES))
@pytest.mark.parametrize("auth", ["none", "basic", "bearer", "header", "query", "login"])
def test_the_practice_vendors_paper_completes_it(id: str, auth: str) -> None:
    text = paper(id, Ways(auth=auth), "https://api.vendor.example")
    assert tomllib.loads(text)
    assert files.completed(text).complete
