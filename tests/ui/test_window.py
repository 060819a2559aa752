"""The window: pages, menus, shortcuts, dropping files, closing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk, own_desk
from ledgerdesk.errors import DatabaseNewer, DiskFull
from ledgerdesk.paths import DataFolder
from ledgerdesk.store.engine import open_raw
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.page import Page, Query
from ledgerdesk.ui.texts import plain_label, use_language
from ledgerdesk.ui.window import Window
from tests.ui.conftest import find, wait_loaded

Answer = Callable[[str], AbstractContextManager[list[str]]]


class Quiet(Page):
    def build(self) -> QWidget:
        self.visits: list[dict[str, str]] = []
        return plain_label()

    def load(self, desk: Desk, query: Query) -> str:
        return ""

    def show_data(self, data: str) -> None:
        return None

    def visit(self, **what: str) -> None:
        self.visits.append(what)


class First(Quiet):
    name, title, icon = "first", "First", "overview"

    def make_commands(self) -> list[Command]:
        return [Command(self, "&New thing", lambda: None, name="new", shortcut="Ctrl+N")]


class Documents(Quiet):
    name, title, icon = "documents", "Documents", "documents"
    search_hint = ""

    def take_in(self, paths: list[Path]) -> None:
        self.taken = paths


@pytest.fixture
def window(qtbot: QtBot, open_desk: OpenDesk) -> Iterator[Window]:
    made = Window(open_desk, [First, Documents])
    qtbot.addWidget(made)
    made.show()
    made.go_to("first")
    wait_loaded(qtbot, made.page("first"))
    yield made


def menu_titles(window: Window) -> list[str]:
    return [one.text().replace("&", "") for one in window.menuBar().actions() if one.isVisible()]


def test_the_navigation_shows_every_page(window: Window) -> None:
    navigation = find(window, QListWidget, "navigation")
    assert [navigation.item(n).text() for n in range(2)] == ["First", "Documents"]


def test_only_pages_that_were_shown_are_made(window: Window) -> None:
    assert window.findChild(Documents) is None
    window.go_to("documents")
    assert window.findChild(Documents) is window.current_page


def test_ctrl_and_a_number_goes_to_a_page(qtbot: QtBot, window: Window) -> None:
    command = find(window, Command, "page_documents")
    assert command.shortcut().toString() == "Ctrl+2"
    command.trigger()
    assert window.current_page is window.page("documents")


def test_another_page_can_say_what_to_show(window: Window) -> None:
    window.go_to("documents", client="c1")
    page = window.current_page
    assert isinstance(page, Documents)
    assert page.visits == [{"client": "c1"}]


def test_a_pages_commands_are_in_the_menu_bar_while_it_is_shown(window: Window) -> None:
    assert menu_titles(window) == ["File", "Edit", "First", "View", "Help"]
    window.go_to("documents")
    assert "Documents" not in menu_titles(window)


def test_find_goes_to_the_search_and_rests_where_there_is_none(
    qtbot: QtBot, window: Window
) -> None:
    window.menus.find.trigger()
    assert window.focusWidget() is window.page("first").search
    window.go_to("documents")
    assert not window.menus.find.isEnabled()


def test_dropped_files_go_to_the_documents(window: Window, tmp_path: Path) -> None:
    given = QMimeData()
    given.setUrls([QUrl.fromLocalFile(str(tmp_path / "é.xml")), QUrl("https://x.example/y")])
    drop = QDropEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        given,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    page = window.current_page
    assert isinstance(page, Documents)
    assert page.taken == [tmp_path / "é.xml"]


def test_files_that_come_before_the_books_are_open_wait_for_them(
    qtbot: QtBot, closed_desk: OpenDesk, tmp_path: Path
) -> None:
    window = Window(closed_desk, [First, Documents])
    qtbot.addWidget(window)
    window.show()
    window.take_in([tmp_path])
    assert window.current_page is None
    with qtbot.waitSignal(closed_desk.opened, timeout=10_000):
        closed_desk.open()
    page = window.current_page
    assert isinstance(page, Documents)
    assert page.taken == [tmp_path]


def test_an_error_is_one_dialog_that_reads_no_html(window: Window, answer: Answer) -> None:
    with answer("OK") as said:
        window.tell(DiskFull())
    assert "disk" in said[0]


def test_closing_without_sending_asks_nothing(qtbot: QtBot, window: Window) -> None:
    with qtbot.waitSignal(window.closing):
        window.close()
    assert not window.isVisible()


def test_closing_while_sending_asks_once_and_can_be_refused(
    window: Window, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenDesk, "is_sending", True)
    with answer("Keep sending") as said:
        window.close()
    assert "being sent" in said[0]
    assert window.isVisible()
    with answer("Close"):
        window.close()
    assert not window.isVisible()


def test_sending_is_seen_and_can_be_stopped(qtbot: QtBot, window: Window) -> None:
    with qtbot.waitSignal(window.desk.sending_changed):
        window.menus.send.trigger()
    assert not window.menus.send.isEnabled()
    assert window.menus.stop.isEnabled()
    qtbot.waitUntil(lambda: window.menus.send.isEnabled(), timeout=10_000)
    assert "Delivered: 0" in window.statusBar().currentMessage()


def test_beside_another_ledgerdesk_a_banner_says_so(
    qtbot: QtBot, closed_desk: OpenDesk, practice_folder: Path
) -> None:
    window = Window(closed_desk, [First])
    qtbot.addWidget(window)
    window.show()
    with own_desk(practice_folder):
        with qtbot.waitSignal(closed_desk.opened, timeout=10_000):
            closed_desk.open()
        assert find(window, QLabel, "banner").isVisible()
    qtbot.waitUntil(lambda: not find(window, QLabel, "banner").isVisible(), timeout=10_000)


def test_books_that_cannot_be_opened_are_told_and_the_window_can_be_closed(
    qtbot: QtBot, closed_desk: OpenDesk, practice_folder: Path, answer: Answer
) -> None:
    raw = open_raw(DataFolder(practice_folder).database)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    window = Window(closed_desk, [First])
    qtbot.addWidget(window)
    window.show()
    with answer("Close") as said:
        closed_desk.open()
        qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert said[0] == DatabaseNewer().text()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_every_command_of_the_menus_has_a_text_and_its_shortcut_once(window: Window) -> None:
    commands = window.findChildren(Command)
    assert all(one.text() for one in commands)
    keys = [one.shortcut().toString() for one in commands if not one.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+,", "Ctrl+Q", "F5", "Ctrl+F", "Ctrl+1", "Ctrl+2"} <= set(keys)


def test_the_language_changes_while_the_window_is_open(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledgerdesk import i18n

    class French:
        def gettext(self, text: str) -> str:
            return {"First": "Premier", "&File": "&Fichier"}.get(text, text)

    monkeypatch.setattr(i18n, "catalogue", lambda code: French())
    use_language("fr")
    from PySide6.QtWidgets import QApplication

    QApplication.processEvents()
    assert find(window, QListWidget, "navigation").item(0).text() == "Premier"
    assert menu_titles(window)[0] == "Fichier"
    assert find(window.page("first"), QLabel, "pageTitle").text() == "Premier"
