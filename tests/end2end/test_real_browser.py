"""Signing in with a real browser: Chromium shows the consent page, a person clicks, and the answer
comes back by itself or over the firm's own page."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledgerdesk import connectors, i18n
from ledgerdesk.practice.authority import Authority
from ledgerdesk.practice.vendors.dropbox import DropboxServer
from ledgerdesk.practice.vendors.exact_online import REDIRECT, ExactOnlineServer
from ledgerdesk.practice.vendors.server import Answer, Request, VendorServer
from tests.helpers import chromium
from tests.helpers.chromium import Report, report, visit
from tests.helpers.command_line import Cli, Json
from tests.helpers.sign_in_server import CLIENT_SECRET, PracticeSignIn, SignInServer

REDIRECT_PAGE = Path(__file__).parents[2] / "docs" / "redirect" / "index.html"

needs_browser = pytest.mark.skipif(bool(chromium.unavailable()), reason=chromium.unavailable())


class Person:
    """Who sits at the browser that ``$BROWSER`` names."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._patch = patch
        self._times = 0
        patch.setenv("BROWSER", chromium.command())
        # The module reads the variable once per process.
        patch.setattr(webbrowser, "_tryorder", None)
        patch.setattr(webbrowser, "_browsers", {})

    def will_click(self, *selectors: str) -> None:
        self._times += 1
        self._patch.setenv("PERSON_CLICKS", " ".join(selectors))
        self._patch.setenv("PERSON_REPORT", str(self._folder / f"report-{self._times}.json"))

    def saw(self) -> Report:
        return report(self._folder / f"report-{self._times}.json")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    return Person(tmp_path, monkeypatch)


def connections(cli: Cli) -> list[Json]:
    return list(cli("connections", "list")["connections"])


# --- the answer comes back by itself ------------------------------------------------------------


@pytest.fixture
def practice(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServer]:
    every = (*connectors.all_connectors(), PracticeSignIn())
    monkeypatch.setattr(connectors, "all_connectors", lambda: every)
    with SignInServer() as server:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_PRACTICE_SIGN_IN", server.url)
        yield server


PRACTICE = (
    *("configurations", "add", "practice_sign_in", "--name", "Online", "--kind", "invoices"),
    *("--accept-terms", "--secret", "client_secret=env:THE_SECRET"),
)
ENV = {"THE_SECRET": CLIENT_SECRET}


@needs_browser
@pytest.mark.parametrize("language", ["fr", "en"])
def test_allow_is_clicked_and_the_account_connected(
    language: str, cli: Cli, practice: SignInServer, person: Person
):
    person.will_click("#allow")
    cli(*PRACTICE, env={**ENV, "LANGUAGE": language})
    assert [one["account"] for one in connections(cli)] == [practice.user]
    seen = person.saw()
    assert seen.language == language
    assert seen.text.count("LedgerDesk") == 1
    assert not [one for one in practice.given if one in seen.text]


@needs_browser
def test_deny_is_clicked_and_nothing_saved(cli: Cli, practice: SignInServer, person: Person):
    person.will_click("#deny")
    assert cli.fails(*PRACTICE, env=ENV)["code"] == "consent_denied"
    assert connections(cli) == []
    assert "not allowed" in person.saw().text


@pytest.fixture
def dropbox(dropbox_server: DropboxServer, monkeypatch: pytest.MonkeyPatch) -> DropboxServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_DROPBOX", dropbox_server.url)
    return dropbox_server


def dropbox_command(server: DropboxServer) -> tuple[str, ...]:
    return (
        *("configurations", "add", "dropbox", "--name", "Box", "--kind", "invoices"),
        *("--set", f"app_key={next(iter(server.sign_ins.apps))}", "--accept-terms"),
    )


@needs_browser
def test_dropbox_allowed(cli: Cli, dropbox: DropboxServer, person: Person):
    person.will_click("#allow")
    cli(*dropbox_command(dropbox))
    assert [one["state"] for one in connections(cli)] == ["ok"]
    assert "signed in" in person.saw().text


@needs_browser
def test_dropbox_denied(cli: Cli, dropbox: DropboxServer, person: Person):
    person.will_click("#deny")
    assert cli.fails(*dropbox_command(dropbox))["code"] == "consent_denied"
    assert connections(cli) == []
    assert "not allowed" in person.saw().text


# --- over the firm's own page -------------------------------------------------------------------


class Website(VendorServer):
    """The firm's website, with the page it was given to host."""

    def answer(self, request: Request) -> Answer:
        if request.path != urlsplit(REDIRECT).path:
            return Answer(404)
        return Answer.of_text(REDIRECT_PAGE.read_text(encoding="utf-8"), content_type="text/html")


@pytest.fixture
def website(tmp_path: Path) -> Iterator[Website]:
    host = urlsplit(REDIRECT).hostname or ""
    context = Authority().server_context(tmp_path, host)
    with Website(tls=context) as server:
        yield server


def to_website(website: Website, *more: str) -> tuple[str, ...]:
    host = urlsplit(REDIRECT).hostname
    rules = f"MAP {host} 127.0.0.1:{website.port}"
    return (f"--host-resolver-rules={rules}", "--ignore-certificate-errors", *more)


@pytest.fixture
def exact(
    exact_online_server: ExactOnlineServer, monkeypatch: pytest.MonkeyPatch
) -> ExactOnlineServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_EXACT_ONLINE", exact_online_server.url)
    return exact_online_server


EXACT = (
    *("configurations", "add", "exact_online", "--name", "Exact", "--kind", "invoices"),
    *("--set", "client_id=practice-client", "--set", f"redirect_uri={REDIRECT}"),
    *("--secret", "client_secret=env:EXACT_SECRET", "--accept-terms"),
)
EXACT_ENV = {"EXACT_SECRET": "Practice-Secret-é42"}


@needs_browser
def test_exact_allowed_and_the_address_copied_from_the_firms_page(
    cli: Cli, exact: ExactOnlineServer, website: Website
):
    url = cli(*EXACT, env=EXACT_ENV, code=1)["sign_in"]["url"]
    seen = visit(url, ["#allow"], to_website(website))
    assert seen.values["address"] == seen.url
    assert "over" not in seen.values
    cli(*EXACT, "--redirect-url", seen.values["address"], env=EXACT_ENV)
    assert [one["state"] for one in connections(cli)] == ["ok"]


@needs_browser
def test_exact_denied(cli: Cli, exact: ExactOnlineServer, website: Website):
    url = cli(*EXACT, env=EXACT_ENV, code=1)["sign_in"]["url"]
    seen = visit(url, ["#deny"], to_website(website))
    assert "not allowed" in seen.text
    error = cli.fails(*EXACT, "--redirect-url", seen.values["address"], env=EXACT_ENV)
    assert error["code"] == "consent_denied"
    assert connections(cli) == []


@needs_browser
@pytest.mark.parametrize("language", ["fr-BE", "nl-BE", "de-BE"])
def test_the_firms_page_speaks_the_readers_language(
    language: str, cli: Cli, exact: ExactOnlineServer, website: Website
):
    flags = to_website(website, f"--accept-lang={language}")
    seen = visit(f"{REDIRECT}?code=1&state=x.1234", [], flags)
    assert seen.language == {"fr-BE": "fr", "nl-BE": "nl", "de-BE": "en"}[language]
    assert seen.values["over"] == "http://127.0.0.1:1234/?code=1&state=x.1234"


@needs_browser
@pytest.mark.parametrize(
    "query",
    ["", "?code=1", "?state=x.1234", "?code=1&state=x", "?code=1&state=x.80", "?code=1&state=.x1"],
)
def test_the_firms_page_offers_no_click_without_an_answer_and_a_port(query: str, website: Website):
    seen = visit(REDIRECT + query, [], to_website(website))
    assert "over" not in seen.values
    answered = "code" in query and "state" in query
    assert seen.values.get("address", "") == (seen.url if answered else "")


@needs_browser
def test_the_firms_page_hands_the_answer_over_on_a_click(
    cli: Cli, exact: ExactOnlineServer, website: Website, monkeypatch: pytest.MonkeyPatch
):
    """In the window: LedgerDesk listens while the person is at the firm's page."""
    from ledgerdesk.app import open_desk
    from ledgerdesk.model import ExportKind, NeverCancelled
    from ledgerdesk.setup.flow import SetupFlow
    from ledgerdesk.setup.steps import Browser, Select

    with open_desk(cli.data_dir) as desk:
        flow = SetupFlow(desk.services, kind=ExportKind.INVOICES, connector_id="exact_online")
        flow.submit({"choice": "as-received"})
        flow.submit({})
        shown = flow.submit(
            {
                "country": "be",
                "client_id": "practice-client",
                "redirect_uri": REDIRECT,
                "client_secret": EXACT_ENV["EXACT_SECRET"],
            }
        )
        assert isinstance(shown, Browser), shown
        assert shown.listens and not shown.answers_here
        assert flow.browser is not None
        seen: list[Report] = []
        person = threading.Thread(
            target=lambda: seen.append(visit(shown.url, ["#allow", "#over"], to_website(website)))
        )
        person.start()
        redirect_url = flow.browser.wait(NeverCancelled())
        after = flow.submit({"redirect_url": redirect_url})
        while not isinstance(after, Select):
            after = flow.submit({})
        person.join(60)
        flow.cancel()
    assert len(after.options) == 3
    assert "signed in" in seen[0].text


def test_the_firms_page_allows_its_own_script_and_style_and_nothing_else():
    page = REDIRECT_PAGE.read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.findall(r"https?://(?!127\.0\.0\.1)", page)
    assert not re.findall(r"""\s(?:src|href)=["']""", page)


def test_the_firms_page_speaks_as_many_languages_as_the_closing_page():
    page = REDIRECT_PAGE.read_text(encoding="utf-8")
    spoken = set(re.findall(r"^  (\w\w): \{$", page, re.MULTILINE))
    assert spoken == set(i18n.LANGUAGES) - {"de"}
