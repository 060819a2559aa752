"""The page Deliveries: what it lists, what a person can do, by cause, sending, the proof."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.errors import (
    ConnectionRefused,
    CredentialsRejected,
    EmptyVariable,
    Scope,
    to_record,
)
from ledgerdesk.model import Assurance, Client, Configuration, DeliveryState
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.pages.deliveries import DeliveriesPage
from ledgerdesk.ui.reason_dialog import ReasonDialog
from tests.ui.conftest import ShowPage, find, type_text, unnamed, wait_loaded
from tests.ui.sending_firm import SendingFirm

Answer = Callable[[str], AbstractContextManager[list[str]]]
REFUSED = CredentialsRejected(host="sftp.pakket.example", username="kantoor")


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


@pytest.fixture
def firm(desk: Desk, tmp_path: Path) -> SendingFirm:
    return SendingFirm(desk, tmp_path)


@pytest.fixture
def package(firm: SendingFirm) -> Configuration:
    return firm.package()


@pytest.fixture
def client(firm: SendingFirm, package: Configuration) -> Client:
    return firm.client("Bakkerij Éclair", package)


def cells(page: DeliveriesPage, column: str) -> list[str]:
    number = [one.key for one in page.table.columns].index(column)
    return [
        str(page.table.data(page.table.index(row, number))) for row in range(page.table.rowCount())
    ]


def icons(page: DeliveriesPage) -> list[str]:
    rows = [page.table.row_at(number) for number in range(page.table.rowCount())]
    return [words.icon(row.delivery) for row in rows if row is not None]


def reload(qtbot: QtBot, page: DeliveriesPage) -> None:
    page.refresh()
    wait_loaded(qtbot, page)


def choose_state(qtbot: QtBot, page: DeliveriesPage, key: str) -> None:
    box = page.filters.state
    box.setCurrentIndex(box.findData(key))
    box.activated.emit(box.currentIndex())
    wait_loaded(qtbot, page)


# --- the list -------------------------------------------------------------------------------------


def test_an_empty_page_says_what_will_be_seen_here(show_page: ShowPage) -> None:
    page = show_page(DeliveriesPage)
    assert not page.shows_content
    assert page.state_view.state.button == "Send now"


def test_the_newest_is_first_with_client_document_and_amount(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.delivery(client, "F-1")
    firm.delivery(client, "F-2")

    page = show_page(DeliveriesPage)

    assert cells(page, "document") == ["F-2", "F-1"]
    assert cells(page, "client") == ["Bakkerij Éclair"] * 2
    assert cells(page, "amount") == ["121.00 EUR"] * 2
    assert cells(page, "package") == ["Import"] * 2


def test_what_nobody_confirmed_is_grey_and_what_was_read_back_is_green(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    for assurance in (Assurance.BLIND, Assurance.VERIFIED, Assurance.ACKNOWLEDGED):
        firm.arrived(firm.delivery(client), assurance)

    page = show_page(DeliveriesPage)

    assert icons(page) == ["ok:good", "ok:good", "ok:grey"]
    assert cells(page, "state") == [
        "Delivered, acknowledged",
        "Delivered, read back",
        "Sent, not confirmed",
    ]


def test_a_stopped_one_says_what_is_wrong_and_who_must_act(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.blocked([firm.delivery(client)], REFUSED, Scope.CONNECTION)

    page = show_page(DeliveriesPage)

    assert cells(page, "state") == ["Stopped"]
    assert cells(page, "problem") == ["sftp.pakket.example refuses the sign-in of kantoor."]
    assert cells(page, "owner") == ["You"]


def test_a_later_attempt_is_told_and_one_that_is_due_goes_at_the_next_run(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    now = datetime.now(UTC)
    error = to_record(ConnectionRefused(host="x.example", port=22))
    for at in (now + timedelta(days=2), now - timedelta(minutes=1)):
        delivery = firm.delivery(client)
        firm.put(delivery, DeliveryState.RETRYING, next_attempt_at=at, error=error)

    page = show_page(DeliveriesPage)

    later = words.moment(now + timedelta(days=2))
    assert cells(page, "next") == ["at the next run", later]


def test_the_state_filter_shows_its_rows_only_and_counts_all(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client, "there"))
    firm.delivery(client, "waits")
    page = show_page(DeliveriesPage)

    choose_state(qtbot, page, "queued")

    assert cells(page, "document") == ["waits"]
    box = page.filters.state
    assert box.itemText(box.findData("delivered")) == "Delivered (1)"


@pytest.mark.parametrize(
    ("text", "expected"), [("éclair", "2026-77"), ("lune", "2026-88"), ("26-88", "2026-88")]
)
def test_the_search_finds_clients_and_numbers(
    qtbot: QtBot,
    show_page: ShowPage,
    firm: SendingFirm,
    package: Configuration,
    client: Client,
    text: str,
    expected: str,
) -> None:
    firm.delivery(client, "2026-77")
    firm.delivery(firm.client("Garage Lune", package), "2026-88")
    page = show_page(DeliveriesPage)

    page.search.setText(text)

    qtbot.waitUntil(lambda: cells(page, "document") == [expected])


def test_a_search_without_result_offers_to_show_all_again(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.delivery(client)
    page = show_page(DeliveriesPage)

    page.search.setText("nobody")
    qtbot.waitUntil(lambda: not page.shows_content)
    page.state_view.button.click()

    qtbot.waitUntil(lambda: page.shows_content and page.table.rowCount() == 1)


def test_sorting_by_client_asks_the_books(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, package: Configuration
) -> None:
    for name in ("Beta", "Alpha", "Gamma"):
        firm.delivery(firm.client(name, package))
    page = show_page(DeliveriesPage)
    column = [one.key for one in page.table.columns].index("client")

    page.view.sortByColumn(column, Qt.SortOrder.AscendingOrder)

    qtbot.waitUntil(lambda: cells(page, "client") == ["Alpha", "Beta", "Gamma"])


def test_another_page_can_ask_for_one_client_and_a_button_shows_all_again(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, package: Configuration, client: Client
) -> None:
    firm.delivery(client, "mine")
    firm.delivery(firm.client("Other", package), "other")
    page = show_page(DeliveriesPage)

    page.visit(client=client.id)
    qtbot.waitUntil(lambda: cells(page, "document") == ["mine"])
    assert page.filters.only.isVisible() and client.name in page.filters.only.text()
    page.filters.only.click()

    qtbot.waitUntil(lambda: cells(page, "document") == ["other", "mine"])


# --- one delivery ---------------------------------------------------------------------------------


def test_enter_opens_the_details_with_proof_and_history(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client), server="sftp.pakket.example:22", sha256="ab" * 32)
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)

    qtbot.keyClick(page.view, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: page.pane.isVisible() and bool(page.pane.detail.life))  # type: ignore[union-attr]
    proof = [one.text() for one in find(page.pane, QWidget, "proof").findChildren(QLabel)]
    assert "sftp.pakket.example:22" in proof
    life = [one.text() for one in find(page.pane, QWidget, "life").findChildren(QLabel)]
    assert life.index("Waits to be sent") < life.index("Delivered, read back")


def test_the_proof_is_copied_as_plain_text(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client, "F-9"), sha256="ab" * 32)
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.copy.isEnabled())

    page.copy.trigger()

    copied = QApplication.clipboard().text()
    assert "Document: F-9" in copied and "ab" * 32 in copied and client.name in copied


def test_escape_closes_the_details_and_gives_the_list_its_focus_back(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.delivery(client)
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(page.pane.isVisible)

    qtbot.keyClick(page.pane, Qt.Key.Key_Escape)

    assert not page.pane.isVisible() and not page.details.isChecked()


def test_another_page_can_ask_for_one_delivery(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    wanted = firm.delivery(client, "wanted")
    firm.delivery(client, "newer")
    page = show_page(DeliveriesPage)

    page.visit(delivery=wanted.id)

    qtbot.waitUntil(lambda: page.pane.isVisible())
    assert page.pane.detail is not None and page.pane.detail.row.number == "wanted"


def test_text_from_outside_is_shown_as_it_is(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, package: Configuration
) -> None:
    firm.delivery(firm.client("<b>Bold</b> & Co", package), "<img src=x>")
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(page.pane.isVisible)

    title = find(page.pane, QLabel, "detailTitle")
    assert title.text() == "<img src=x>" and title.textFormat() == Qt.TextFormat.PlainText


# --- acting ---------------------------------------------------------------------------------------


def test_only_what_is_possible_is_offered(
    show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client))
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)

    enabled = {one.objectName() for one in page.actions_.commands if one.isEnabled()}

    assert enabled == {"resend", "markBooked"}


def test_many_are_retried_at_once(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    made = [firm.delivery(client) for _ in range(3)]
    firm.blocked(made, REFUSED, Scope.DELIVERY)
    page = show_page(DeliveriesPage)
    page.view.selectAll()

    page.actions_.retry.trigger()

    qtbot.waitUntil(lambda: firm.states() == [DeliveryState.QUEUED] * 3)


def test_a_resend_asks_for_a_reason_and_keeps_it(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client))
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)
    page.actions_.resend.trigger()
    qtbot.waitUntil(lambda: bool(page.findChildren(ReasonDialog)))
    dialog = find(page, ReasonDialog)

    find(dialog, QPushButton, "go").click()
    assert find(dialog, QLabel, "trouble").isVisible()
    type_text(find(dialog, QLineEdit, "reason"), "Zoekgeraakt")
    find(dialog, QPushButton, "go").click()

    qtbot.waitUntil(lambda: len(firm.states()) == 2)
    assert [one.delivery.reason for one in firm.desk.deliveries.listed()] == ["", "Zoekgeraakt"]


def test_possibly_sent_that_arrived_is_kept_as_delivered(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.possibly_sent(firm.delivery(client))
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)

    page.actions_.arrived.trigger()

    qtbot.waitUntil(lambda: firm.states() == [DeliveryState.DELIVERED])


@pytest.mark.parametrize(
    ("button", "expected"),
    [("Send again", DeliveryState.QUEUED), ("Leave it", DeliveryState.UNKNOWN)],
)
def test_possibly_sent_is_sent_again_only_after_a_yes(
    qtbot: QtBot,
    show_page: ShowPage,
    firm: SendingFirm,
    client: Client,
    answer: Answer,
    button: str,
    expected: DeliveryState,
) -> None:
    firm.possibly_sent(firm.delivery(client))
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)

    with answer(button) as said:
        page.actions_.absent.trigger()

    assert "twice" in said[1]
    qtbot.waitUntil(lambda: firm.states() == [expected])


def test_a_cancelled_one_is_not_sent(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client, answer: Answer
) -> None:
    firm.delivery(client)
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)

    with answer("Do not send"):
        page.actions_.cancel.trigger()

    qtbot.waitUntil(lambda: firm.states() == [DeliveryState.CANCELLED])


def test_a_person_marks_what_they_saw_in_the_books(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    delivery = firm.arrived(firm.delivery(client), Assurance.BLIND)
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)

    page.actions_.booked.trigger()

    qtbot.waitUntil(lambda: firm.now(delivery).assurance == Assurance.BOOKED)
    qtbot.waitUntil(lambda: cells(page, "state") == ["Booked"])


# --- by cause -------------------------------------------------------------------------------------


def by_cause(qtbot: QtBot, page: DeliveriesPage) -> None:
    page.filters.view_causes.click()
    wait_loaded(qtbot, page)


def test_one_cause_is_one_card_with_how_many_it_stops(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.blocked([firm.delivery(client) for _ in range(3)], REFUSED, Scope.CONNECTION)
    firm.possibly_sent(firm.delivery(client))
    page = show_page(DeliveriesPage)

    by_cause(qtbot, page)

    assert page.filters.view_causes.text() == "By cause (2)"
    first = page.problems.cards[0].problem
    assert "Stops: 3 documents" in first.facts
    assert first.action == "Sign in again"


def test_one_fix_releases_all_that_stood_still_for_it(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    made = [firm.delivery(client) for _ in range(3)]
    firm.blocked(made, REFUSED, Scope.CONFIGURATION)
    page = show_page(DeliveriesPage)
    by_cause(qtbot, page)

    page.problems.cards[0].button.click()

    qtbot.waitUntil(lambda: firm.states() == [DeliveryState.QUEUED] * 3)
    qtbot.waitUntil(lambda: not page.problems.cards)


def test_a_missing_value_leads_to_its_client(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    error = EmptyVariable(client=client.name, variable="[accounting_file_id]")
    firm.blocked([firm.delivery(client)], error, Scope.LINK)
    page = show_page(DeliveriesPage)
    by_cause(qtbot, page)

    problem = page.problems.cards[0].problem

    assert (problem.kind, problem.id) == ("client", client.id)
    assert problem.action == "Fill it in on the client"


def test_a_card_shows_the_deliveries_it_stops(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client, "there"))
    firm.blocked([firm.delivery(client, "stopped")], REFUSED, Scope.CONNECTION)
    page = show_page(DeliveriesPage)
    by_cause(qtbot, page)

    page.problems.cards[0].list_button.click()

    qtbot.waitUntil(lambda: cells(page, "document") == ["stopped"])
    assert page.filters.view_list.isChecked()


def test_without_a_cause_the_page_is_calm(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client))
    page = show_page(DeliveriesPage)

    by_cause(qtbot, page)

    assert page.problems.cards == [] and page._calm.isVisible()


# --- sending --------------------------------------------------------------------------------------


def test_send_now_delivers_and_says_what_it_brought(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client, tmp_path: Path
) -> None:
    for _ in range(3):
        firm.delivery(client)
    page = show_page(DeliveriesPage)

    with qtbot.waitSignal(page.shell.desk.sent, timeout=20_000):
        page.send.trigger()
        assert page.strip.isVisible() and page.strip.stop_button.isVisible()
    qtbot.waitUntil(lambda: page.strip.close_button.isVisible())

    assert len(list((tmp_path / "import").rglob("*.xml"))) == 3
    assert page.strip.text.text() == "Taken in: 0. Delivered: 3. Nothing waits."
    qtbot.waitUntil(lambda: icons(page) == ["ok:good"] * 3)


def test_a_stopped_run_says_that_nothing_is_lost(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.delivery(client)
    page = show_page(DeliveriesPage)
    page.send.trigger()

    page.strip.stop_button.click()

    qtbot.waitUntil(lambda: not page.shell.desk.is_sending, timeout=20_000)
    assert "nothing is lost" in page.strip.text.text()
    assert firm.states()[0] in (DeliveryState.QUEUED, DeliveryState.DELIVERED)


def test_each_account_tells_how_far_it_is(
    qtbot: QtBot,
    show_page: ShowPage,
    firm: SendingFirm,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ledgerdesk.delivery.browse import LaneLeft

    firm.delivery(client)
    page = show_page(DeliveriesPage)
    with monkeypatch.context() as patched:
        patched.setattr(type(page.shell.desk), "is_sending", True)
        page.strip.show_lanes([LaneLeft("a", "Kantoor", 10)])
        page.strip.show_lanes([LaneLeft("a", "Kantoor", 4)])

    assert [(one.name, one.told()) for one in page.strip.lanes.lanes] == [("Kantoor", "6 of 10")]
    assert page.strip.lanes.accessibleName() == "Kantoor: 6 of 10"


def test_the_books_tell_what_is_left_in_each_lane(firm: SendingFirm, client: Client) -> None:
    for _ in range(2):
        firm.delivery(client)
    firm.arrived(firm.delivery(client))

    (lane,) = firm.desk.delivery_list.lanes()

    assert lane.left == 2


def test_everything_the_keyboard_reaches_has_a_name(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.blocked([firm.delivery(client)], REFUSED, Scope.CONNECTION)
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(page.pane.isVisible)
    assert unnamed(page) == []

    by_cause(qtbot, page)
    assert unnamed(page) == []


def test_what_is_chosen_stays_chosen_when_newer_ones_come(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    for number in range(6):
        firm.delivery(client, f"old {number}")
    page = show_page(DeliveriesPage)
    page.view.selectAll()

    firm.delivery(client, "new")
    reload(qtbot, page)

    chosen = sorted(row.number for row in page.view.selected())
    assert chosen == [f"old {number}" for number in range(6)]


def test_too_many_at_once_are_refused_with_a_word(
    show_page: ShowPage,
    firm: SendingFirm,
    client: Client,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledgerdesk.ui.deliveries.choice.MOST", 1)
    for _ in range(2):
        firm.delivery(client)
    page = show_page(DeliveriesPage)
    page.view.selectAll()

    with answer("OK") as said:
        page.actions_.retry.trigger()

    assert "at most 1" in said[0]
