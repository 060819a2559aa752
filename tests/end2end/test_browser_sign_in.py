"""Signing in in the browser through the command line: by itself, by paste, again, as another."""

from __future__ import annotations

import sqlite3
import webbrowser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
import requests
import time_machine

from ledgerdesk import connectors
from tests.end2end.test_secrets import spelled
from tests.helpers.command_line import Cli, Json
from tests.helpers.office import Office
from tests.helpers.sign_in_server import (
    CLIENT_SECRET,
    PracticeSession,
    PracticeSignIn,
    SignInServer,
)

ADD = ("configurations", "add", "practice_sign_in", "--kind", "invoices", "--accept-terms")
SECRET = ("--secret", "client_secret=env:THE_SECRET")
ENV = {"THE_SECRET": CLIENT_SECRET}
PAGE = "https://firm.example/ledgerdesk/"
BY_PASTE = ("--set", f"redirect_uri={PAGE}")


class Browser:
    """Opens addresses as a person would who always decides ``decision``."""

    def __init__(self, server: SignInServer) -> None:
        self.server = server
        self.decision = "allow"
        self.change: Callable[[str], str] = lambda address: address
        self.opened: list[str] = []
        self.pages: list[str] = []

    def open(self, url: str) -> bool:
        self.opened.append(url)
        address = self.change(self.server.authorize(url, self.decision))
        self.pages.append(requests.get(address, timeout=10).text)
        return True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServer]:
    with SignInServer() as running:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_PRACTICE_SIGN_IN", running.url)
        yield running


@pytest.fixture
def browser(server: SignInServer, monkeypatch: pytest.MonkeyPatch) -> Browser:
    one = Browser(server)
    monkeypatch.setattr(webbrowser, "open", one.open)
    return one


@pytest.fixture
def desk(cli: Cli, monkeypatch: pytest.MonkeyPatch, browser: Browser) -> Cli:
    """The command line, with one more integration."""
    every = (*connectors.all_connectors(), PracticeSignIn())
    monkeypatch.setattr(connectors, "all_connectors", lambda: every)
    cli.canaries.append(CLIENT_SECRET)
    return cli


def add(desk: Cli, *more: str, name: str = "Online") -> Json:
    return dict(desk(*ADD, "--name", name, *SECRET, *more, env=ENV)["configuration"])


def connections(desk: Cli) -> list[Json]:
    return list(desk("connections", "list")["connections"])


def begun(desk: Cli, *more: str, name: str = "Online") -> str:
    """The address of a sign-in that waits for its answer to be pasted."""
    shown = desk(*ADD, "--name", name, *SECRET, *BY_PASTE, *more, env=ENV, code=1)
    assert list(shown) == ["sign_in"]
    return str(shown["sign_in"]["url"])


# --- by itself ----------------------------------------------------------------------------------


def test_the_browser_opens_and_the_account_is_connected(desk: Cli, browser: Browser):
    answer = desk(*ADD, "--name", "Online", *SECRET, env=ENV)
    assert answer["checks"] == [{"name": "Sign-in", "ok": True, "detail": browser.server.user}]
    (kept,) = connections(desk)
    assert (kept["account"], kept["state"]) == (browser.server.user, "ok")
    ends = datetime.fromisoformat(kept["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29) < ends <= timedelta(days=30)
    assert len(browser.opened) == 1


def test_the_address_is_told_to_a_person_too(desk: Cli, browser: Browser):
    told = desk.tells(*ADD, "--name", "Online", *SECRET, env=ENV)
    assert browser.opened[0] in told.err


def test_a_no_in_the_browser_saves_nothing(desk: Cli, browser: Browser):
    browser.decision = "deny"
    error = desk.fails(*ADD, "--name", "Online", *SECRET, env=ENV)
    assert error["code"] == "consent_denied"
    assert connections(desk) == desk("configurations", "list")["configurations"] == []


def test_another_state_changes_nothing(desk: Cli, browser: Browser):
    browser.change = lambda address: address.replace("state=", "state=x")
    error = desk.fails(*ADD, "--name", "Online", *SECRET, env=ENV)
    assert error["code"] == "state_mismatch"
    assert connections(desk) == []
    assert not browser.server.requests("/token")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--name", "Online", *SECRET, "--format", "nonsense"), "invalid_value"),
        (("--name", "Online"), "missing_value"),
        (("--name", " ", *SECRET), "missing_value"),
        (("--name", "Online", *SECRET, "--administration", "1"), "invalid_value"),
        (("--name", "Online", *SECRET, "--connection", "none"), "unknown_id"),
    ],
)
def test_what_can_be_refused_is_refused_before_anybody_is_sent_to_the_browser(
    arguments: tuple[str, ...], code: str, desk: Cli, browser: Browser
):
    assert desk.fails(*ADD, *arguments, env=ENV)["code"] == code
    assert browser.opened == []


def test_without_a_yes_to_the_terms_no_browser_opens(desk: Cli, browser: Browser):
    given = (*ADD[:-1], "--name", "Online", *SECRET)
    assert desk.fails(*given, env=ENV)["code"] == "terms_not_accepted"
    assert browser.opened == []


def test_a_registration_the_vendor_does_not_know_is_refused(desk: Cli, browser: Browser):
    error = desk.fails(*ADD, "--name", "Online", *SECRET, env={"THE_SECRET": "wrong-one"})
    assert error["code"] == "credentials_rejected"
    assert connections(desk) == []


# --- by paste -----------------------------------------------------------------------------------


def test_the_same_command_finishes_with_the_pasted_address(desk: Cli, browser: Browser):
    browser.server.redirects = (PAGE,)
    address = browser.server.authorize(begun(desk))
    assert connections(desk) == []
    add(desk, *BY_PASTE, "--redirect-url", address)
    assert [one["account"] for one in connections(desk)] == [browser.server.user]
    assert browser.opened == []


def test_a_person_is_told_what_to_do_next(desk: Cli, browser: Browser):
    told = desk.tells(*ADD, "--name", "Online", *SECRET, *BY_PASTE, env=ENV, code=1)
    assert "--redirect-url" in told.out
    assert f"{browser.server.url}/authorize?" in told.out


def test_a_pasted_address_works_once(desk: Cli, browser: Browser):
    browser.server.redirects = (PAGE,)
    address = browser.server.authorize(begun(desk))
    add(desk, *BY_PASTE, "--redirect-url", address)
    again = (*ADD, "--name", "Two", *SECRET, *BY_PASTE, "--redirect-url", address)
    assert desk.fails(*again, env=ENV)["code"] == "state_mismatch"


@pytest.mark.parametrize("wrong", ["state", "nothing", "rubbish", "other-client"])
def test_a_wrong_address_changes_nothing_and_the_right_one_still_finishes(
    wrong: str, desk: Cli, browser: Browser
):
    browser.server.redirects = (PAGE,)
    address = browser.server.authorize(begun(desk))
    given, more = {
        "state": (address.replace("state=", "state=x"), ()),
        "nothing": (f"{PAGE}?code=1", ()),
        "rubbish": ("hello", ()),
        "other-client": (address, ("--set", "client_id=another")),
    }[wrong]
    command = (*ADD, "--name", "Online", *SECRET, *BY_PASTE, *more, "--redirect-url", given)
    assert desk.fails(*command, env=ENV)["code"] == "state_mismatch"
    assert connections(desk) == []
    add(desk, *BY_PASTE, "--redirect-url", address)


def test_a_no_that_is_pasted_is_a_no(desk: Cli, browser: Browser):
    browser.server.redirects = (PAGE,)
    address = browser.server.authorize(begun(desk), "deny")
    command = (*ADD, "--name", "Online", *SECRET, *BY_PASTE, "--redirect-url", address)
    assert desk.fails(*command, env=ENV)["code"] == "consent_denied"
    assert desk.fails(*command, env=ENV)["code"] == "state_mismatch"


def test_a_pasted_address_can_come_too_late(desk: Cli, browser: Browser):
    browser.server.redirects = (PAGE,)
    address = browser.server.authorize(begun(desk))
    command = (*ADD, "--name", "Online", *SECRET, *BY_PASTE, "--redirect-url", address)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        assert desk.fails(*command, env=ENV)["code"] == "sign_in_timed_out"
    assert connections(desk) == []


def test_two_sign_ins_that_wait_are_told_apart(desk: Cli, browser: Browser):
    browser.server.redirects = (PAGE,)
    first, second = begun(desk, name="One"), begun(desk, name="Two")
    browser.server.user = "an@office.example"
    add(desk, *BY_PASTE, "--redirect-url", browser.server.authorize(second), name="Two")
    browser.server.user = "jan@office.example"
    add(desk, *BY_PASTE, "--redirect-url", browser.server.authorize(first), name="One")
    assert len(connections(desk)) == 2


def test_an_address_where_none_is_needed_is_refused(desk: Cli, tmp_path: object):
    error = desk.fails(
        *("configurations", "add", "folder", "--kind", "invoices", "--name", "F"),
        *("--set", f"path={tmp_path}", "--accept-terms", "--redirect-url", "http://x/?code=1"),
    )
    assert error["field"] == "redirect_url"


# --- again --------------------------------------------------------------------------------------


def test_the_same_account_is_one_connection_and_the_first_package_keeps_working(
    desk: Cli, browser: Browser
):
    """At the strictest vendors the second sign-in ends the tokens of the first."""
    one = add(desk, name="One")
    two = add(desk, name="Two")
    assert one["connection_id"] == two["connection_id"]
    assert [kept["state"] for kept in connections(desk)] == ["ok"]
    desk("connections", "verify", one["connection_id"])


def test_a_connected_account_is_used_without_the_browser(desk: Cli, browser: Browser):
    one = add(desk, name="One")
    two = desk(*ADD, "--name", "Two", "--connection", one["connection_id"])["configuration"]
    assert two["connection_id"] == one["connection_id"]
    assert len(browser.opened) == 1


def test_an_edit_of_something_else_needs_no_browser(desk: Cli, browser: Browser):
    one = add(desk)
    desk("configurations", "edit", one["id"], "--name", "Renamed")
    desk("configurations", "edit", one["id"], "--format", "ubl-peppol-bis-3")
    assert len(browser.opened) == 1


def test_an_edit_of_the_sign_in_goes_through_the_browser(desk: Cli, browser: Browser):
    one = add(desk)
    browser.server.redirects = (PAGE,)
    edit = ("configurations", "edit", one["id"], *BY_PASTE)
    url = desk(*edit, code=1)["sign_in"]["url"]
    desk(*edit, "--redirect-url", browser.server.authorize(url))
    (kept,) = connections(desk)
    assert kept["values"]["redirect_uri"] == PAGE
    assert kept["id"] == one["connection_id"]


def test_reconnect_signs_in_again(desk: Cli, browser: Browser):
    one = add(desk)
    answer = desk("connections", "reconnect", one["connection_id"])
    assert answer["connections"][0]["account"] == browser.server.user
    assert len(browser.opened) == 2
    desk("connections", "verify", one["connection_id"])


def test_reconnect_as_another_account_needs_a_yes(desk: Cli, browser: Browser):
    one = add(desk)
    before = connections(desk)
    browser.server.user = "an@office.example"
    error = desk.fails("connections", "reconnect", one["connection_id"])
    assert error["code"] == "other_account"
    assert error["detail"] == {"account": "an@office.example", "before": "jan@office.example"}
    assert connections(desk) == before
    desk("connections", "verify", one["connection_id"])

    desk("connections", "reconnect", one["connection_id"], "--other-account")
    assert [kept["account"] for kept in connections(desk)] == ["an@office.example"]
    desk("connections", "verify", one["connection_id"])


def test_reconnect_is_finished_by_paste_as_well(desk: Cli, browser: Browser):
    browser.server.redirects = (PAGE,)
    first = add(desk, *BY_PASTE, "--redirect-url", browser.server.authorize(begun(desk)))
    again = ("connections", "reconnect", first["connection_id"])
    url = desk(*again, code=1)["sign_in"]["url"]
    desk(*again, "--redirect-url", browser.server.authorize(url))
    desk("connections", "verify", first["connection_id"])


# --- documents ----------------------------------------------------------------------------------


@pytest.fixture
def linked(desk: Cli, office: Office) -> Json:
    configuration = add(desk)
    client = office.client(office.papers.who[0])
    office.link(client, configuration["id"])
    return configuration


def test_documents_wait_while_the_sign_in_is_over_and_go_on_after_the_next(
    linked: Json, desk: Cli, browser: Browser, office: Office
):
    browser.server.authorize_elsewhere()
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=1) == {"blocked": 1}
    assert office.delivery()["error"]["code"] == "sign_in_expired"
    assert connections(desk)[0]["state"] == "reauthenticate"
    assert browser.server.documents == {}

    desk("connections", "reconnect", linked["connection_id"])
    assert connections(desk)[0]["state"] == "ok"
    assert office.counts(code=0) == {"delivered": 1}
    assert len(browser.server.documents) == 1


def test_a_token_near_its_end_is_renewed_on_the_way(
    linked: Json, desk: Cli, browser: Browser, office: Office
):
    office.add("a.xml", office.purchase(office.papers.who[0]))
    browser.server.clock.forward(seconds=580)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=580), tick=True):
        assert office.counts(code=0) == {"delivered": 1}
        ends = datetime.fromisoformat(connections(desk)[0]["expires_at"])
        assert ends - datetime.now(UTC) > timedelta(days=29, hours=23)
    assert browser.server.refreshes == 1


def test_an_idle_sign_in_is_kept_alive_by_sync(linked: Json, desk: Cli, browser: Browser):
    later = datetime.now(UTC) + timedelta(days=21)
    browser.server.clock.forward(days=21)
    with time_machine.travel(later, tick=True):
        desk("sync")
        assert browser.server.refreshes == 1
        desk("sync")
    assert browser.server.refreshes == 1


def test_an_idle_sign_in_that_has_ended_is_shown_by_sync(linked: Json, desk: Cli, browser: Browser):
    browser.server.authorize_elsewhere()
    browser.server.clock.forward(days=21)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=21), tick=True):
        desk("sync", code=None)
        assert connections(desk)[0]["state"] == "reauthenticate"


def test_no_secret_of_a_sign_in_is_found_anywhere(
    linked: Json,
    desk: Cli,
    browser: Browser,
    office: Office,
    allow_log: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
):
    allow_log("ledgerdesk")
    server = browser.server
    looking = sqlite3.connect(desk.data_dir / "ledgerdesk.db")
    # While somebody reads, the log of changes stays beside the database.
    looking.execute("BEGIN")
    looking.execute("SELECT count(*) FROM meta").fetchone()
    office.add("a.xml", office.purchase(office.papers.who[0]))
    desk.tells("--verbose", "sync")
    browser.decision = "deny"
    desk.fails("--verbose", "connections", "reconnect", linked["connection_id"])
    browser.decision = "allow"
    server.redirects = (PAGE,)
    url = desk(*ADD, "--name", "Two", *SECRET, *BY_PASTE, env=ENV, code=1)["sign_in"]["url"]
    add(desk, *BY_PASTE, "--redirect-url", server.authorize(url), name="Two")
    server.authorize_elsewhere()
    desk.run("--verbose", "connections", "verify", linked["connection_id"])
    broken = RuntimeError(f"a bug that tells {server.given}")
    monkeypatch.setattr(PracticeSession, "whose", Mock(side_effect=broken))
    desk.fails("connections", "verify", linked["connection_id"], code=3)
    backup = desk.data_dir.parent / "backup.tar"
    desk("backup", backup)
    desk("journal", "export", desk.data_dir.parent / "journal.jsonl")

    verifiers = [
        one.form()["code_verifier"][0]
        for one in server.requests("/token")
        if "code_verifier" in one.form()
    ]
    assert len(server.given) >= 6 and len(verifiers) >= 2
    secrets = [*server.given, *verifiers, CLIENT_SECRET]
    files = [one for one in desk.data_dir.parent.rglob("*") if one.is_file()]
    expected = {"ledgerdesk.db", "ledgerdesk.db-wal", "ledgerdesk.log", "backup.tar"}
    assert expected <= {one.name for one in files}
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            assert not [one for one in spelled(secret) if one in content], path
    looking.close()
    shown = "".join((*browser.pages, *browser.opened))
    assert not [one for one in secrets if one in shown]
