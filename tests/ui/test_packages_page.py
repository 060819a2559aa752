"""The page of accounting packages: what it lists, what can be done, what it asks first."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.errors import CredentialsRejected, to_record
from ledgerdesk.model import (
    Configuration,
    ConnectionState,
    Delivery,
    DeliveryState,
    ExportKind,
)
from ledgerdesk.setup.clients import ClientForm
from ledgerdesk.setup.links import LinkForm
from ledgerdesk.setup.packages import Way
from ledgerdesk.setup.sign_in import verify
from ledgerdesk.setup.steps import Done
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import deliveries
from ledgerdesk.store import tables as t
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.packages.rename import RenameDialog
from ledgerdesk.ui.packages.verify import VerifyDialog
from ledgerdesk.ui.page import Page, Query
from ledgerdesk.ui.pages.packages import PackagesPage
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.window import Window
from ledgerdesk.ui.wizard.pages import FormPage
from tests.helpers.sshd import Sshd
from tests.ui.conftest import ShowPage, find, type_text, wait_loaded

Answer = Callable[[str], AbstractContextManager[list[str]]]
INVOICES, STATEMENTS = ExportKind.INVOICES, ExportKind.STATEMENTS


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


def folder_package(desk: Desk, path: Path, name: str = "Import", **more: object) -> Configuration:
    path.mkdir(exist_ok=True)
    wish = {"kind": INVOICES, "values": {"path": str(path)}, "accept_terms": True, **more}
    return desk.installer.add("folder", name, **wish).configuration  # type: ignore[arg-type]


def sftp_package(desk: Desk, sshd: Sshd, name: str = "Server") -> Configuration:
    return desk.installer.add(
        "sftp",
        name,
        kind=INVOICES,
        values={"host": sshd.host, "port": str(sshd.port), "username": sshd.username},
        secrets={"password": sshd.password},
        accept_host_key=sshd.fingerprint,
        accept_terms=True,
    ).configuration


def linked_client(desk: Desk, configuration: Configuration, name: str) -> str:
    client = desk.clients.add(ClientForm(name=name))
    desk.links.link(client.id, LinkForm(configuration.id))
    return client.id


def names(page: PackagesPage) -> list[str]:
    return [one.name for one in page.table.rows]


def cell(page: PackagesPage, row: int, column: str) -> str:
    number = [one.key for one in page.table.columns].index(column)
    return str(page.table.data(page.table.index(row, number)))


def select(page: PackagesPage, configuration: Configuration) -> None:
    assert page.view.select_key(configuration.id)


def modal() -> QWidget:
    found = QApplication.activeModalWidget()
    assert found is not None
    return found


# --- what is seen ---------------------------------------------------------------------------------


def test_an_empty_page_has_one_button_that_opens_the_wizard(
    qtbot: QtBot, show_page: ShowPage
) -> None:
    page = show_page(PackagesPage)
    assert not page.shows_content
    assert "No accounting package" in page.state_view.state.title

    page.state_view.button.click()
    qtbot.waitUntil(lambda: page.wizard is not None and page.wizard.isVisible(), timeout=10_000)

    assert page.wizard is not None
    assert page.wizard.windowTitle() == "Connect an accounting package"
    page.wizard.close()


def test_a_package_in_one_line(show_page: ShowPage, desk: Desk, tmp_path: Path) -> None:
    kept = folder_package(desk, tmp_path / "in")
    linked_client(desk, kept, "Bakkerij")
    page = show_page(PackagesPage)
    line = [cell(page, 0, one.key) for one in page.table.columns]
    assert line == [
        "Import",
        "Local or network folder",
        "Invoices",
        str(tmp_path / "in"),
        "Connected",
        "–",
        "1",
    ]


def test_clients_whose_link_ended_do_not_count(
    show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    kept = folder_package(desk, tmp_path / "in")
    gone = linked_client(desk, kept, "Gone")
    linked_client(desk, kept, "Stays")
    desk.links.unlink(gone, kept.id, until=date(2020, 1, 1))
    assert cell(show_page(PackagesPage), 0, "clients") == "1"


def test_an_untested_package_says_so_and_offers_to_verify(
    show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "in", untested=True)
    page = show_page(PackagesPage)
    assert cell(page, 0, "state") == "Not tested yet"
    assert find(page, QPushButton, "packageAction").text() == "Verify now…"


def test_a_lost_sign_in_is_told_in_its_own_words_with_its_one_button(
    show_page: ShowPage, desk: Desk, sshd: Sshd
) -> None:
    kept = sftp_package(desk, sshd)
    broken(desk, kept)
    page = show_page(PackagesPage)
    assert cell(page, 0, "state") == "Sign in again"
    assert "refuses the sign-in of ann" in page.card._sentence.text()
    assert page.card.button.text() == "Sign in again…"


def test_a_sign_in_that_ends_soon_is_told_before_it_does(
    show_page: ShowPage, desk: Desk, sshd: Sshd
) -> None:
    kept = sftp_package(desk, sshd)
    ends(desk, kept, timedelta(days=5))
    page = show_page(PackagesPage)
    assert cell(page, 0, "state") == "Ends soon"
    assert "Days left: 5." in page.card._sentence.text()
    assert page.card.button.text() == "Sign in again…"
    assert page.card.button.property("primary") is True


def test_one_that_ends_much_later_is_not(show_page: ShowPage, desk: Desk, sshd: Sshd) -> None:
    kept = sftp_package(desk, sshd)
    ends(desk, kept, timedelta(days=90))
    page = show_page(PackagesPage)
    assert cell(page, 0, "state") == "Connected"


def ends(desk: Desk, kept: Configuration, later: timedelta) -> None:
    connection = desk.connections.get(kept.kinds[INVOICES].connection_id)
    dated = replace(connection, expires_at=datetime.now(UTC) + later)
    desk.books.write(lambda c: books_of.update_connection(c, dated))


def test_the_card_says_how_much_is_known_of_the_way(
    show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    assert page.card._badge.text() == "Documented"


def broken(desk: Desk, kept: Configuration) -> None:
    connection = desk.connections.get(kept.kinds[INVOICES].connection_id)
    error = to_record(CredentialsRejected(host="x", username="ann"))
    worse = replace(connection, state=ConnectionState.REAUTHENTICATE, error=error)
    desk.books.write(lambda c: books_of.update_connection(c, worse))


def test_the_last_success_is_the_newest_that_arrived(
    desk: Desk, tmp_path: Path, show_page: ShowPage
) -> None:
    kept = folder_package(desk, tmp_path / "in")
    client = linked_client(desk, kept, "Bakkerij")
    for number, (state, day) in enumerate(
        ((DeliveryState.DELIVERED, 9), (DeliveryState.DELIVERED, 7), (DeliveryState.REJECTED, 20))
    ):
        insert_delivery(desk, kept, client, number, state, datetime(2026, 3, day, 12, tzinfo=UTC))
    page = show_page(PackagesPage)
    assert page.table.rows[0].last_success == datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert cell(page, 0, "success") == "09/03/2026"


def insert_delivery(
    desk: Desk,
    kept: Configuration,
    client: str,
    number: int,
    state: DeliveryState,
    at: datetime,
) -> None:
    (link,) = desk.links.of(client)
    delivery = Delivery(
        id=f"d{number}",
        document_id=f"document{number}",
        link_id=link.id,
        client_id=client,
        configuration_id=kept.id,
        connection_id=kept.kinds[INVOICES].connection_id,
        kind=INVOICES,
        lane="x",
        created_at=at,
        state=state,
        delivered_at=at,
    )

    def work(c: sa.Connection) -> None:
        c.execute(
            t.document.insert().values(
                id=delivery.document_id, sha256="0" * 64, size=1, state="ready", taken_in_at=at
            )
        )
        deliveries.insert(c, delivery)

    desk.books.write(work)


# --- search, filters ------------------------------------------------------------------------------


def test_the_search_looks_at_name_integration_and_account(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "alpha", "First")
    folder_package(desk, tmp_path / "beta", "Second")
    page = show_page(PackagesPage)
    type_text(page.search, "BETA")
    qtbot.waitUntil(lambda: names(page) == ["Second"])


def test_nothing_found_offers_to_show_all(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    type_text(page.search, "nothing like it")
    qtbot.waitUntil(lambda: not page.shows_content)
    assert page.state_view.state.title == "Nothing found"
    page.state_view.button.click()
    qtbot.waitUntil(lambda: names(page) == ["Import"])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("", ["Good", "Untried"]), ("needs_you", ["Untried"]), ("statements", ["Untried"])],
)
def test_the_filter(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    tmp_path: Path,
    wanted: str,
    expected: list[str],
) -> None:
    folder_package(desk, tmp_path / "a", "Good")
    folder_package(desk, tmp_path / "b", "Untried", kind=STATEMENTS, untested=True)
    page = show_page(PackagesPage)
    page.filter.setCurrentIndex(page.filter.findData(wanted))
    page.filter.activated.emit(page.filter.currentIndex())
    qtbot.waitUntil(lambda: names(page) == expected)


# --- adding ---------------------------------------------------------------------------------------


def test_the_plus_offers_four_ways(show_page: ShowPage) -> None:
    page = show_page(PackagesPage)
    menu = page.plus.menu()
    texts = [one.text().replace("&", "") for one in menu.actions()]  # type: ignore[attr-defined]
    assert texts == [
        "Online connection…",
        "Delivery by e-mail…",
        "Local or network folder…",
        "Import a profile…",
    ]
    assert page.import_profile.isEnabled()


def test_ctrl_n_starts_an_online_connection(qtbot: QtBot, show_page: ShowPage) -> None:
    page = show_page(PackagesPage)
    page.window().activateWindow()
    qtbot.waitUntil(page.window().isActiveWindow)
    qtbot.keyClick(page, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.wizard is not None and page.wizard.isVisible(), timeout=10_000)
    assert page.wizard is not None
    page.wizard.close()


def test_a_way_offers_only_what_fits_its_declaration(desk: Desk) -> None:
    offered = {
        way: {one.id for one in desk.packages.restricted(way).all_connectors()} for way in Way
    }
    assert offered[Way.ONLINE] == {one.id for one in desk.services.all_connectors()}
    assert all(desk.services.connector(id).uses_mail_account for id in offered[Way.MAIL])
    assert all(desk.services.connector(id).authorization == "none" for id in offered[Way.FOLDER])
    assert not offered[Way.MAIL] & offered[Way.FOLDER]
    assert offered[Way.MAIL] and offered[Way.FOLDER]


def test_a_new_package_is_selected_when_its_wizard_ends(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "a", "Alpha")
    page = show_page(PackagesPage)
    added = folder_package(desk, tmp_path / "z", "Zulu")
    page._connected(Done("done", "Connected", (), added))
    qtbot.waitUntil(lambda: [one.name for one in page.view.selected()] == ["Zulu"])


# --- one package ----------------------------------------------------------------------------------


def test_verify_now_tries_it_line_by_line(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    kept = folder_package(desk, tmp_path / "in", untested=True)
    page = show_page(PackagesPage)
    page.verify.trigger()
    dialog = modal()
    assert isinstance(dialog, VerifyDialog)
    with qtbot.waitSignal(dialog.ended, timeout=10_000) as ended:
        pass
    assert ended.args == [True]
    assert len(dialog.checks.lines()) == 3
    assert desk.configurations.get(kept.id).kinds[INVOICES].tested
    dialog.reject()
    qtbot.waitUntil(lambda: cell(page, 0, "state") == "Connected")


def test_a_failing_line_says_what_to_do(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    place = tmp_path / "drive"
    place.mkdir()
    folder_package(desk, place / "in")
    shutil.rmtree(place)
    page = show_page(PackagesPage)
    page.verify.trigger()
    dialog = modal()
    assert isinstance(dialog, VerifyDialog)
    with qtbot.waitSignal(dialog.ended, timeout=10_000) as ended:
        pass
    assert ended.args == [False]
    assert dialog.checks.lines()[-1].startswith("Failed: ")
    assert dialog.remedy.text() and not dialog.remedy.isHidden()
    assert dialog.sign_in_button.isHidden()
    dialog.reject()


def test_a_refused_sign_in_leads_from_verify_to_signing_in_again(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, sshd: Sshd, tmp_path: Path
) -> None:
    kept = sftp_package(desk, sshd)
    desk.connections.reconnect(
        kept.kinds[INVOICES].connection_id, secrets={"password": "wrong"}, untested=True
    )
    page = show_page(PackagesPage)
    page.verify.trigger()
    dialog = modal()
    assert isinstance(dialog, VerifyDialog)
    with qtbot.waitSignal(dialog.ended, timeout=20_000):
        pass
    dialog.sign_in_button.click()
    qtbot.waitUntil(lambda: page.wizard is not None and page.wizard.isVisible(), timeout=10_000)
    wizard = page.wizard
    assert wizard is not None
    form = wizard.step_page()
    assert isinstance(form, FormPage)
    type_text(form.form.input("password"), sshd.password)
    wizard.button(wizard.WizardButton.CommitButton).click()
    qtbot.waitUntil(lambda: not wizard.is_busy, timeout=20_000)
    assert wizard.step_page().view.id == "done"  # type: ignore[union-attr]
    wizard.close()
    qtbot.waitUntil(lambda: cell(page, 0, "state") == "Connected", timeout=10_000)


def test_closing_verify_while_it_runs_changes_nothing(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    open_desk: OpenDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        reached.set()
        assert go_on.wait(20)
        return verify(*given)

    monkeypatch.setattr("ledgerdesk.setup.connections.verify", slow)
    kept = folder_package(desk, tmp_path / "in", untested=True)
    page = show_page(PackagesPage)
    page.verify.trigger()
    dialog = modal()
    assert isinstance(dialog, VerifyDialog)
    qtbot.waitUntil(reached.is_set, timeout=10_000)
    dialog.reject()
    go_on.set()
    qtbot.waitUntil(lambda: open_desk.background.is_idle, timeout=10_000)
    assert not desk.configurations.get(kept.id).kinds[INVOICES].tested


def test_rename(qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path) -> None:
    folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    page.rename.trigger()
    dialog = modal()
    assert isinstance(dialog, RenameDialog)
    dialog.form.set_values({"name": ""})
    type_text(dialog.form.input("name"), "Boîte Zélande")
    dialog.rename_button.click()
    qtbot.waitUntil(lambda: names(page) == ["Boîte Zélande"], timeout=10_000)


def test_a_name_that_is_taken_stays_in_the_dialog(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "a", "Alpha")
    kept = folder_package(desk, tmp_path / "b", "Beta")
    page = show_page(PackagesPage)
    select(page, kept)
    page.rename.trigger()
    dialog = modal()
    assert isinstance(dialog, RenameDialog)
    dialog.form.set_values({"name": "alpha"})
    dialog.rename_button.click()
    qtbot.waitUntil(lambda: set(dialog.form.errors()) == {"name"}, timeout=10_000)
    dialog.reject()
    assert sorted(one.name for one in desk.configurations.listed()) == ["Alpha", "Beta"]


def test_editing_opens_the_wizard_on_this_package(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    page.view.opened.emit(page.view.selected()[0])
    qtbot.waitUntil(lambda: page.wizard is not None and page.wizard.isVisible(), timeout=10_000)
    assert page.wizard is not None
    assert page.wizard.windowTitle() == "Edit: Import"
    page.wizard.close()


def test_what_is_not_possible_rests(show_page: ShowPage, desk: Desk, tmp_path: Path) -> None:
    folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    assert not page.sign_in.isEnabled()
    assert page.add_kind.isEnabled() and page.verify.isEnabled() and page.remove.isEnabled()
    page.view.clearSelection()
    assert not page.verify.isEnabled() and not page.remove.isEnabled()


# --- removing -------------------------------------------------------------------------------------


def test_removing_what_nobody_uses_can_be_undone(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path
) -> None:
    kept = folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    assert not page.undo_bar.isVisible()
    page.remove.trigger()
    qtbot.waitUntil(lambda: page.undo_bar.isVisible(), timeout=10_000)
    assert desk.configurations.listed() == []
    qtbot.waitUntil(lambda: not page.shows_content, timeout=10_000)

    find(page, QPushButton, "undoRemoval").click()

    qtbot.waitUntil(lambda: names(page) == ["Import"], timeout=10_000)
    assert desk.configurations.listed() == [kept]
    assert cell(page, 0, "state") == "Connected"
    assert not page.undo_bar.isVisible() and not page.undo.isEnabled()


def test_an_undo_that_is_too_late_says_why(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path, answer: Answer
) -> None:
    folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    page.remove.trigger()
    qtbot.waitUntil(lambda: page.undo_bar.isVisible(), timeout=10_000)
    folder_package(desk, tmp_path / "other")
    with answer("OK") as said:
        page.undo.trigger()
    assert "exists already" in said[0]
    assert len(desk.configurations.listed()) == 1


def test_removing_what_clients_use_names_them_and_removes_nothing(
    show_page: ShowPage, desk: Desk, tmp_path: Path, answer: Answer
) -> None:
    kept = folder_package(desk, tmp_path / "in")
    linked_client(desk, kept, "Bakkerij")
    linked_client(desk, kept, "Garage")
    page = show_page(PackagesPage)
    with answer("Close") as said:
        page.remove.trigger()
    assert "2 of your clients" in said[0]
    assert "Bakkerij, Garage" in said[1]
    assert len(desk.configurations.listed()) == 1


# --- from other pages, to other pages -------------------------------------------------------------


class Clients(Page):
    name, title, icon = "clients", "Clients", "clients"

    def build(self) -> QWidget:
        self.visits: list[dict[str, str]] = []
        return plain_label()

    def load(self, desk: Desk, query: Query) -> str:
        return ""

    def show_data(self, data: str) -> None:
        return None

    def visit(self, **what: str) -> None:
        self.visits.append(what)


@pytest.fixture
def window(qtbot: QtBot, open_desk: OpenDesk) -> Window:
    made = Window(open_desk, [PackagesPage, Clients])
    qtbot.addWidget(made)
    made.show()
    return made


def test_link_clients_leads_to_the_clients(
    qtbot: QtBot, window: Window, desk: Desk, tmp_path: Path
) -> None:
    kept = folder_package(desk, tmp_path / "in")
    window.go_to("packages")
    page = window.page("packages")
    assert isinstance(page, PackagesPage)
    wait_loaded(qtbot, page)
    assert page.card.button.text() == "Link clients…"
    page.card.button.click()
    clients = window.page("clients")
    assert isinstance(clients, Clients)
    assert clients.visits == [{"link": kept.id}]


def test_another_page_can_ask_for_a_package_or_a_sign_in(
    qtbot: QtBot, window: Window, desk: Desk, sshd: Sshd, tmp_path: Path
) -> None:
    folder_package(desk, tmp_path / "in", "Alpha")
    kept = sftp_package(desk, sshd, "Zulu")
    window.go_to("packages", sign_in=kept.id)
    page = window.page("packages")
    assert isinstance(page, PackagesPage)
    qtbot.waitUntil(lambda: page.wizard is not None and page.wizard.isVisible(), timeout=10_000)
    assert page.wizard is not None
    assert sshd.username in page.wizard.windowTitle()
    page.wizard.close()


def test_every_entry_of_the_menu_is_in_the_menu_bar_once(qtbot: QtBot, window: Window) -> None:
    window.go_to("packages")
    page = window.page("packages")
    named = [one.objectName() for one in page.commands]
    assert len(named) == len(set(named))
    assert {"online", "mail", "folder", "verify", "edit", "remove", "rename"} <= set(named)
    assert "add" not in named


def test_controls_have_names(qtbot: QtBot, show_page: ShowPage, desk: Desk, tmp_path: Path) -> None:
    folder_package(desk, tmp_path / "in")
    page = show_page(PackagesPage)
    nameless = [
        f"{one.metaObject().className()} {one.objectName()}"
        for one in page.findChildren(QWidget)
        if one.isVisible()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not QAccessible.queryAccessibleInterface(one).text(QAccessible.Text.Name)
    ]
    assert nameless == []


def test_names_from_outside_are_never_html(show_page: ShowPage, desk: Desk, tmp_path: Path) -> None:
    folder_package(desk, tmp_path / "in", "<b>Import</b>")
    page = show_page(PackagesPage)
    assert page.card._title.textFormat() == Qt.TextFormat.PlainText
    assert "<b>Import</b>" in page.card._title.text()
    assert cell(page, 0, "name") == "<b>Import</b>"
