"""The sign-in in the browser, walked in the window against the vendors' strict stand-ins. The
browser is a thread that goes where the consent page leads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.errors import SignInTimedOut
from ledgerdesk.model import Connection, ConnectionState, ExportKind
from ledgerdesk.practice.vendors.dropbox import APP_KEY, DropboxAccount, DropboxServer
from ledgerdesk.practice.vendors.exact_online import REDIRECT, ExactOnlineServer
from ledgerdesk.setup.browser import BrowserSignIn
from ledgerdesk.setup.steps import Browser, Register
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.wizard import browser_page, opening, register_page
from ledgerdesk.ui.wizard.browser_page import At, BrowserPage
from ledgerdesk.ui.wizard.options import OptionList
from ledgerdesk.ui.wizard.register_page import RegisterPage
from tests.helpers import dropbox
from tests.helpers.exact_online import CLIENT_ID, CLIENT_SECRET, allow
from tests.ui.conftest import find, type_text, unnamed
from tests.ui.person import B, Person


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


class Web:
    """The system's browser: ``opened`` are the addresses it was sent to; it does with each what
    ``does`` says, in a thread of its own."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.does: Callable[[str], object] = lambda url: None
        self.threads: list[threading.Thread] = []

    def open(self, url: str) -> bool:
        self.opened.append(url)
        thread = threading.Thread(target=self.does, args=(url,))
        self.threads.append(thread)
        thread.start()
        return True


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(browser_page, "open_address", made.open)
    monkeypatch.setattr(register_page, "open_address", made.opened.append)
    return made


@pytest.fixture
def box(dropbox_server: DropboxServer, monkeypatch: pytest.MonkeyPatch, web: Web) -> DropboxServer:
    """Dropbox, and a browser whose person allows."""
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_DROPBOX", dropbox_server.url)
    web.does = lambda url: dropbox.browse(url, "allow")
    return dropbox_server


@pytest.fixture
def exact(exact_online_server: ExactOnlineServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_EXACT_ONLINE", exact_online_server.url)
    return exact_online_server.url


def to_browser(person: Person) -> BrowserPage:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "dropbox", "as-received")
    person.presses()
    person.types({"app_key": APP_KEY})
    person.presses()
    return person.page_of(BrowserPage)


def to_exact_browser(person: Person) -> BrowserPage:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "exact_online", "as-received")
    page = person.page_of(RegisterPage)
    type_text(page.forms[0].input("redirect_uri"), REDIRECT)
    person.presses()
    person.types({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    person.presses()
    return person.page_of(BrowserPage)


def signs_in(person: Person) -> None:
    """Presses the button that opens the browser, and waits for the page after it."""
    page = person.page_of(BrowserPage)
    page.open_button.click()
    person.qtbot.waitUntil(lambda: person.page is not page, timeout=20_000)
    person.rests()


def connected(person: Person) -> None:
    while person.at != "terms":
        person.presses()
    person.accepts()
    person.connects()


def the_connection(desk: Desk) -> Connection:
    (one,) = desk.connections.listed(limit=None)
    return one


# --- register once --------------------------------------------------------------------------------


def test_register_once_numbers_its_steps_and_offers_every_value_to_copy(
    person: Person, web: Web, box: DropboxServer
) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "dropbox", "as-received")
    page = person.page_of(RegisterPage)
    assert isinstance(page.view, Register)
    given = [line.copy for line in page.view.lines if line.copy]
    assert len(given) >= 4
    assert [one.value() for one in page.copies] == given

    page.copies[-1].button.click()
    assert QGuiApplication.clipboard().text() == given[-1]
    assert page.copies[-1].button.text() == "Copied"
    page.vendor_button.click()
    assert web.opened == [page.view.url]


def test_the_firm_s_own_address_is_typed_once_and_copied_later(person: Person, exact: str) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "exact_online", "as-received")
    page = person.page_of(RegisterPage)
    type_text(page.forms[0].input("redirect_uri"), REDIRECT)
    assert REDIRECT in [one.value() for one in page.copies]
    person.presses()
    assert person.page.view.id == "sign_in"
    assert person.page.answer()["redirect_uri"] == REDIRECT


def test_an_address_the_vendor_will_not_take_is_refused_where_it_is_typed(
    person: Person, exact: str
) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "exact_online", "as-received")
    page = person.page_of(RegisterPage)
    type_text(page.forms[0].input("redirect_uri"), "http://kantoor.example/")
    person.presses()
    assert person.page is page
    assert set(page.forms[0].errors()) == {"redirect_uri"}


def test_going_back_to_register_keeps_what_the_form_has(person: Person, exact: str) -> None:
    to_exact_browser(person)
    person.presses(B.BackButton)
    person.presses(B.BackButton)
    person.presses()
    assert person.page.answer()["client_id"] == CLIENT_ID


# --- the way there --------------------------------------------------------------------------------


def test_the_browser_answers_and_the_page_goes_on_by_itself(
    person: Person, web: Web, box: DropboxServer, desk: Desk
) -> None:
    page = to_browser(person)
    assert web.opened == []
    assert page.at is At.READY

    signs_in(person)

    assert web.opened == [page.view.url]
    told = find(person.page, QLabel, "signedInAs").text()
    assert box.account.email in told
    connected(person)
    assert person.at == "done"
    kept = the_connection(desk)
    assert kept.state is ConnectionState.OK
    assert box.account.email in kept.account


def test_while_the_browser_is_open_the_page_waits_and_says_until_when(
    person: Person, web: Web, box: DropboxServer
) -> None:
    web.does = lambda url: None
    page = to_browser(person)
    page.open_button.click()
    assert page.at is At.WAITING
    assert "open until" in page._more.text()
    assert page.open_button.text() == "Open it again"
    assert not person.wizard.is_busy
    page.open_button.click()
    assert web.opened == [page.view.url] * 2


def test_next_without_a_sign_in_says_what_is_missing(person: Person, box: DropboxServer) -> None:
    page = to_browser(person)
    person.presses()
    assert person.page is page
    assert "Sign in in your browser first" in page.trouble.text()


def test_a_no_in_the_browser_is_told_and_can_be_tried_again(
    person: Person, web: Web, box: DropboxServer, desk: Desk
) -> None:
    web.does = lambda url: dropbox.browse(url, "deny")
    page = to_browser(person)
    page.open_button.click()
    person.qtbot.waitUntil(lambda: page.at is At.DENIED, timeout=20_000)
    person.rests()
    assert page.state.text() == "Access was refused in the browser."
    assert page.trouble.isHidden()
    assert desk.connections.listed(limit=None) == []

    web.does = lambda url: dropbox.browse(url, "allow")
    signs_in(person)

    first, second = web.opened
    assert first != second
    connected(person)
    assert person.at == "done"


def test_a_sign_in_nobody_finishes_is_over_and_can_be_started_again(
    person: Person, web: Web, box: DropboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = BrowserSignIn.wait

    def late(self: BrowserSignIn, cancel: object) -> str:
        raise SignInTimedOut()

    monkeypatch.setattr(BrowserSignIn, "wait", late)
    page = to_browser(person)
    person.qtbot.waitUntil(lambda: page.at is At.TIMED_OUT, timeout=10_000)
    monkeypatch.setattr(BrowserSignIn, "wait", wait)
    before = page.view.url

    signs_in(person)

    assert web.opened != [before]
    assert page.at is At.ARRIVED


def test_one_that_ran_out_on_the_clock_begins_anew_too(
    person: Person, web: Web, box: DropboxServer
) -> None:
    page = to_browser(person)
    web.does = lambda url: None
    before = page.view.url
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1), tick=True):
        assert page.is_over
        page.open_button.click()
        person.qtbot.waitUntil(lambda: bool(web.opened), timeout=10_000)
        assert web.opened != [before]


def test_the_address_can_be_copied_and_its_answer_pasted(
    person: Person, web: Web, box: DropboxServer
) -> None:
    page = to_browser(person)
    page._link.button.click()
    answer = dropbox.decided(QGuiApplication.clipboard().text())
    type_text(page.answer_field, answer)
    person.presses()
    assert person.page is not page
    assert web.opened == []


def test_what_is_no_answer_is_said_beside_the_field_and_the_sign_in_goes_on(
    person: Person, web: Web, box: DropboxServer
) -> None:
    page = to_browser(person)
    before = page.view.url
    type_text(page.answer_field, "https://www.dropbox.com/home")
    person.presses()
    assert "whole address" in page._answer_error.text()
    assert page.view.url == before
    signs_in(person)
    assert person.page is not page


# --- back, and leaving ----------------------------------------------------------------------------


def ports_in(url: str) -> int:
    redirect = parse_qs(urlsplit(url).query)["redirect_uri"][0]
    return urlsplit(redirect).port or 80


def is_open(port: int) -> bool:
    try:
        requests.get(f"http://localhost:{port}/favicon.ico", timeout=2)
    except requests.ConnectionError:
        return False
    return True


@pytest.mark.parametrize("leave", ["reject", "close", "back"])
def test_leaving_lets_go_of_the_port(
    person: Person, box: DropboxServer, desk: Desk, leave: str
) -> None:
    page = to_browser(person)
    port = ports_in(page.view.url)
    assert is_open(port)
    getattr(person.wizard, leave)()
    person.qtbot.waitUntil(lambda: not is_open(port), timeout=10_000)
    assert desk.connections.listed(limit=None) == []


def test_back_and_forth_sends_to_another_sign_in(
    person: Person, web: Web, box: DropboxServer
) -> None:
    before = to_browser(person).view
    person.presses(B.BackButton)
    person.presses()
    assert person.page_of(BrowserPage).view.url != before.url
    signs_in(person)
    assert len(web.opened) == 1


def test_back_after_signing_in_shows_who_did_and_next_keeps_that(
    person: Person, web: Web, box: DropboxServer
) -> None:
    page = to_browser(person)
    signs_in(person)
    person.presses(B.BackButton)
    person.rests()
    assert person.page is page
    assert page.at is At.SIGNED_IN
    assert box.account.email in page.state.text()

    person.presses()

    assert person.page is not page
    assert len(web.opened) == 1


def test_back_after_signing_in_somebody_else_can_sign_in(
    person: Person, web: Web, box: DropboxServer
) -> None:
    to_browser(person)
    signs_in(person)
    person.presses(B.BackButton)
    person.rests()
    other = somebody_else(box)
    signs_in(person)
    assert other.email in find(person.page, QLabel, "signedInAs").text()


def somebody_else(box: DropboxServer) -> DropboxAccount:
    other = DropboxAccount(2, "Piet Maes", "piet@other.example")
    box.sign_in_as(other)
    return other


# --- the firm's own page --------------------------------------------------------------------------


def test_the_warning_of_the_vendor_stands_above_the_button(person: Person, exact: str) -> None:
    page = to_exact_browser(person)
    assert "current and the future administrations" in find(page, QLabel, "signInNoticeText").text()


def test_the_firm_s_page_hands_the_answer_over(person: Person, web: Web, exact: str) -> None:
    def hands_over(url: str) -> None:
        answer = urlsplit(allow(url))
        port = parse_qs(answer.query)["state"][0].rsplit(".", 1)[1]
        requests.get(f"http://127.0.0.1:{port}/?{answer.query}", timeout=10)

    web.does = hands_over
    page = to_exact_browser(person)
    assert not page.view.answers_here
    signs_in(person)
    assert "Jan Claes" in find(person.page, QLabel, "signedInAs").text()


def test_or_its_address_is_pasted_and_the_administrations_are_chosen_from(
    person: Person, web: Web, exact: str, desk: Desk
) -> None:
    page = to_exact_browser(person)
    type_text(page.answer_field, allow(page.view.url))
    person.presses()
    person.presses()
    assert person.at == "administration"
    assert isinstance(person.page.body, OptionList)
    assert person.page.body.shown()[1:] == ["Client 1", "Client 2", "Client 3"]
    connected(person)
    assert person.at == "done"
    assert "Jan Claes" in the_connection(desk).account


# --- sign in again --------------------------------------------------------------------------------


@pytest.fixture
def signed_in(person: Person, box: DropboxServer, web: Web, desk: Desk) -> Connection:
    to_browser(person)
    signs_in(person)
    connected(person)
    person.wizard.close()
    return the_connection(desk)


def test_signing_in_again_begins_in_the_browser_and_connects(
    person: Person, signed_in: Connection, desk: Desk
) -> None:
    person.opens(opening.sign_in_again(signed_in.id))
    assert person.at == "browser"
    assert person.wizard.button(B.CommitButton).isVisible()
    signs_in(person)
    assert person.at == "done"
    assert the_connection(desk).account == signed_in.account
    assert person.page.view.title == "Signed in again"


def test_another_account_is_taken_only_after_a_yes(
    person: Person, box: DropboxServer, signed_in: Connection, desk: Desk
) -> None:
    other = somebody_else(box)
    person.opens(opening.sign_in_again(signed_in.id))
    page = person.page_of(BrowserPage)
    page.open_button.click()
    person.qtbot.waitUntil(lambda: "otherAccount" in page.trouble.buttons(), timeout=20_000)
    person.rests()
    assert other.email in page.trouble.text() or other.email in page.checks.lines()[-1]
    assert the_connection(desk).account == signed_in.account

    person.presses_way("otherAccount")

    assert person.at == "done"
    assert other.email in the_connection(desk).account


def test_the_registration_can_be_corrected_before_signing_in_again(
    person: Person, signed_in: Connection
) -> None:
    person.opens(opening.sign_in_again(signed_in.id))
    person.page_of(BrowserPage).details_button.click()
    person.rests()
    assert person.at == "sign_in"
    assert person.page.answer() == {"app_key": APP_KEY}
    person.presses()
    signs_in(person)
    assert person.at == "done"


def test_a_connected_account_is_offered_first_for_the_second_package(
    person: Person, web: Web, signed_in: Connection, desk: Desk
) -> None:
    person.opens(opening.add_package("online"))
    person.picks("statements", "dropbox", "as-received", signed_in.id)
    connected(person)
    assert person.at == "done"
    assert len(web.opened) == 1
    kinds = {kind for one in desk.configurations.listed() for kind in one.kinds}
    assert kinds == {ExportKind.INVOICES, ExportKind.STATEMENTS}


# --- accessible -----------------------------------------------------------------------------------


def test_every_control_has_a_name(qtbot: QtBot, person: Person, exact: str) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "exact_online", "as-received")
    assert unnamed(person.wizard) == []
    page = person.page_of(RegisterPage)
    type_text(page.forms[0].input("redirect_uri"), REDIRECT)
    person.presses()
    person.types({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    person.presses()
    assert isinstance(person.page.view, Browser)
    assert unnamed(person.wizard) == []
