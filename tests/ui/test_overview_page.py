"""The page Overview: first steps, problems first, what arrived today, health, the next run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.errors import ConnectionRefused, CredentialsRejected, Scope, to_record
from ledgerdesk.intake.desk import SourceForm
from ledgerdesk.model import Client, ConnectionState, DeliveryState, DocumentState
from ledgerdesk.store import configurations
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.pages.overview import OverviewPage
from tests.ui.conftest import ShowPage, unnamed, wait_loaded
from tests.ui.sending_firm import SendingFirm


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


@pytest.fixture
def firm(desk: Desk, tmp_path: Path) -> SendingFirm:
    return SendingFirm(desk, tmp_path)


@pytest.fixture
def client(firm: SendingFirm) -> Client:
    """With a package and a source: nothing is left to set up."""
    arriving = firm.root / "arriving"
    arriving.mkdir()
    firm.desk.sources.add(SourceForm(values={"path": str(arriving)}))
    return firm.client("Bakkerij Éclair", firm.package())


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """Where the page led to; the window of a test has no other page."""
    from ledgerdesk.ui.window import Window

    found: list[tuple[str, dict[str, str]]] = []
    real = Window.go_to

    def go_to(self: Window, page: str, **what: str) -> None:
        found.append((page, what))
        if page == "overview":
            real(self, page, **what)

    monkeypatch.setattr(Window, "go_to", go_to)
    return found


def test_a_new_installation_shows_three_steps_and_nothing_else(show_page: ShowPage) -> None:
    page = show_page(OverviewPage)

    assert page.steps.isVisible() and not page._below.isVisible()
    assert [step.button.property("primary") for step in page.steps.steps] == [True, False, False]


def test_each_step_leads_to_its_page(
    show_page: ShowPage, gone: list[tuple[str, dict[str, str]]]
) -> None:
    page = show_page(OverviewPage)
    gone.clear()

    for step in page.steps.steps:
        step.button.click()

    assert [name for name, _what in gone] == ["packages", "clients", "documents"]


def test_a_step_that_is_done_says_so(show_page: ShowPage, firm: SendingFirm) -> None:
    firm.package()

    page = show_page(OverviewPage)

    first, second, _third = page.steps.steps
    assert first.title.text().endswith("done") and not first.button.isVisible()
    assert second.button.property("primary")


def test_the_steps_go_once_all_is_set_up(show_page: ShowPage, client: Client) -> None:
    page = show_page(OverviewPage)
    assert not page.steps.isVisible()
    assert page.calm.text() == "Nothing needs you, and nothing waits."


def test_problems_come_first_each_with_its_one_action(
    show_page: ShowPage,
    firm: SendingFirm,
    client: Client,
    gone: list[tuple[str, dict[str, str]]],
) -> None:
    firm.blocked([firm.delivery(client) for _ in range(2)], _refused(), Scope.CONNECTION)
    firm.document(client, state=DocumentState.HELD)
    page = show_page(OverviewPage)
    gone.clear()

    for card in page.problems.cards:
        card.button.click()

    assert page.calm.text() == "Needs you: 2"
    assert [name for name, _what in gone] == ["packages", "documents"]
    assert "sign_in" in gone[0][1] and gone[1][1] == {"place": "held"}


def test_an_account_that_is_signed_out_is_one_problem_with_all_it_stops(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    made = firm.blocked([firm.delivery(client) for _ in range(2)], _refused(), Scope.CONNECTION)
    _sign_out(firm, made[0].connection_id)

    page = show_page(OverviewPage)

    (card,) = page.problems.cards
    assert "Stops: 2 documents" in card.problem.facts
    assert any("Sign in again" in line for line in page.accounts.texts())


def test_a_sign_in_that_ends_soon_is_a_problem_with_its_one_way_out(
    show_page: ShowPage, firm: SendingFirm, client: Client, gone: list[tuple[str, dict[str, str]]]
) -> None:
    kept = firm.delivery(client).connection_id
    connection = firm.desk.connections.get(kept)
    ends_at = datetime.now(UTC) + timedelta(days=3)
    dated = replace(connection, expires_at=ends_at)
    firm.desk.books.write(lambda c: configurations.update_connection(c, dated))

    page = show_page(OverviewPage)

    (card,) = page.problems.cards
    assert card.button.text() == "Sign in again"
    assert any(f"Works until {words.day(ends_at)}" in line for line in page.accounts.texts())
    card.button.click()
    assert gone[-1][0] == "packages" and "sign_in" in gone[-1][1]


def test_what_is_tried_again_by_itself_is_no_problem(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    error = to_record(ConnectionRefused(host="x.example", port=22))
    firm.put(firm.delivery(client), DeliveryState.RETRYING, next_attempt_at=later, error=error)

    page = show_page(OverviewPage)

    assert page.problems.cards == []
    assert "tried again by itself: 1 document" in page.next_run.text()


def test_what_is_tried_again_by_itself_says_why_and_when(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    error = to_record(ConnectionRefused(host="x.example", port=22))
    firm.put(firm.delivery(client), DeliveryState.RETRYING, next_attempt_at=later, error=error)

    page = show_page(OverviewPage)

    (line,) = page.again.texts()
    assert page.again.isVisible()
    assert "x.example" in line and "1 document" in line
    assert f"Next attempt: {words.moment(later)}" in line


def test_nothing_is_said_of_trying_again_when_nothing_is(
    show_page: ShowPage, client: Client
) -> None:
    assert not show_page(OverviewPage).again.isVisible()


def test_what_arrived_today_is_counted_by_package(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    other = firm.client("Garage Lune", firm.package("Second", "second"))
    for one in (client, client, other):
        firm.arrived(firm.delivery(one))
    yesterday = firm.arrived(firm.delivery(client))
    at = datetime.now(UTC) - timedelta(days=1)
    firm.put(yesterday, DeliveryState.DELIVERED, delivered_at=at)

    page = show_page(OverviewPage)

    assert page.arrived.title.text() == "Delivered today: 3"
    assert page._packages.text() == "Import: 2  ·  Second: 1"
    assert page.arrived.texts()[0].startswith("Garage Lune")


def test_sources_tell_their_health(show_page: ShowPage, firm: SendingFirm, client: Client) -> None:
    page = show_page(OverviewPage)
    (line,) = page.sources.texts()
    assert str(firm.root / "arriving") in line


def test_where_nothing_runs_by_itself_the_next_run_is_on_request(
    show_page: ShowPage, open_desk: OpenDesk, client: Client
) -> None:
    assert open_desk.desk is not None
    open_desk.desk.schedules.by_hand()
    page = show_page(OverviewPage)
    assert page.next_run.text() == "Next run: on request, when you press “Send now”."


def test_the_pause_says_until_when_and_can_be_ended_here(
    qtbot: QtBot, show_page: ShowPage, client: Client
) -> None:
    page = show_page(OverviewPage)
    assert page.next_run.text().startswith("Next run: ")
    page.pause_menu.pauses[0].trigger()
    qtbot.waitUntil(lambda: page.next_run.text().startswith("Paused until "), timeout=10_000)
    page.pause_menu.resume.trigger()
    qtbot.waitUntil(lambda: page.next_run.text().startswith("Next run: "), timeout=10_000)


def test_send_now_tells_what_it_brought_on_this_page_too(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.delivery(client)
    page = show_page(OverviewPage)

    with qtbot.waitSignal(page.shell.desk.sent, timeout=20_000):
        page.send.trigger()

    qtbot.waitUntil(lambda: "Delivered: 1" in page.strip.text.text())
    qtbot.waitUntil(lambda: page.arrived.title.text() == "Delivered today: 1", timeout=10_000)


def test_a_card_that_did_not_change_keeps_the_focus_over_a_new_load(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.document(client, state=DocumentState.HELD)
    page = show_page(OverviewPage)
    before: Any = page.problems.cards[0]

    page.refresh()
    wait_loaded(qtbot, page)

    assert page.problems.cards[0] is before


def test_everything_the_keyboard_reaches_has_a_name(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.document(client, state=DocumentState.HELD)
    assert unnamed(show_page(OverviewPage)) == []


def _refused() -> CredentialsRejected:
    return CredentialsRejected(host="sftp.pakket.example", username="kantoor")


def _sign_out(firm: SendingFirm, connection_id: str) -> None:
    def work(c: Any) -> None:
        used = configurations.connection(c, connection_id)
        state = ConnectionState.REAUTHENTICATE
        configurations.update_connection(c, replace(used, state=state, error=to_record(_refused())))

    firm.desk.books.write(work)
