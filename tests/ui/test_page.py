"""What every page does the same way: loading, states, search, changes, languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ledgerdesk.errors import DiskFull
from ledgerdesk.i18n import N_
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.page import Page, Query
from ledgerdesk.ui.states import LOADING, State
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.window import Window
from tests.ui.conftest import ShowPage, find, type_text, wait_loaded


@dataclass
class Books:
    """What the page reads, and how often it did."""

    names: tuple[str, ...] = ("Ann", "Bea")
    error: Exception | None = None
    queries: tuple[Query, ...] = ()


books = Books()


class Names(Page):
    name = "names"
    title = N_("Names")
    icon = "clients"

    def make_commands(self) -> list[Command]:
        return [Command(self, N_("&New name"), self.add, name="new", icon="add", primary=True)]

    def add(self) -> None:
        self.change(lambda desk: desk.change_setting("brake", "5"))

    def build(self) -> QWidget:
        self.label = plain_label(name="names")
        return self.label

    def load(self, desk: Any, query: Query) -> tuple[str, ...]:
        books.queries += (query,)
        if books.error is not None:
            raise books.error
        return tuple(name for name in books.names if query.text in name)

    def show_data(self, data: tuple[str, ...]) -> State | None:
        if not data:
            if not self.query.is_all:
                return self.nothing_found()
            return State("No names yet", "Make one.", "New name", self.add)
        self.label.setText(", ".join(data))
        return None


@pytest.fixture(autouse=True)
def _books() -> None:
    books.__dict__.update(Books().__dict__)


def shown_button(page: Page) -> QPushButton:
    return find(page.state_view, QPushButton, "stateButton")


def test_what_was_loaded_is_shown(show_page: ShowPage) -> None:
    page = show_page(Names)
    assert page.shows_content
    assert page.label.text() == "Ann, Bea"


def test_a_page_is_loaded_when_it_is_first_shown_and_not_before(
    show_page: ShowPage, qtbot: QtBot
) -> None:
    page = show_page(Names)
    page.hide()
    before = len(books.queries)
    page.refresh()
    assert len(books.queries) == before
    page.show()
    wait_loaded(qtbot, page)
    assert len(books.queries) == before + 1


def test_an_empty_page_says_what_is_missing_with_one_button(
    show_page: ShowPage, qtbot: QtBot
) -> None:
    books.names = ()
    page = show_page(Names)
    assert not page.shows_content
    assert page.state_view.state.title == "No names yet"
    assert shown_button(page).text() == "New name"


def test_a_search_without_result_is_told_apart_and_undone_with_one_button(
    show_page: ShowPage, qtbot: QtBot
) -> None:
    page = show_page(Names)
    type_text(page.search, "Zoé")
    qtbot.waitUntil(lambda: page.state_view.state.title == "Nothing found")
    assert books.queries[-1] == Query("Zoé")
    shown_button(page).click()
    qtbot.waitUntil(lambda: page.shows_content)
    assert page.search.text() == ""


def test_typing_quickly_searches_once(show_page: ShowPage, qtbot: QtBot) -> None:
    page = show_page(Names)
    before = len(books.queries)
    type_text(page.search, "Ann")
    qtbot.waitUntil(lambda: page.label.text() == "Ann")
    assert len(books.queries) == before + 1


def test_an_error_is_said_on_the_page_and_can_be_tried_again(
    show_page: ShowPage, qtbot: QtBot
) -> None:
    books.error = DiskFull()
    page = show_page(Names)
    assert not page.shows_content
    assert "disk" in find(page.state_view, QLabel, "stateSentence").text()
    books.error = None
    shown_button(page).click()
    qtbot.waitUntil(lambda: page.shows_content)


def test_before_anything_is_loaded_a_page_says_that_it_loads(
    qtbot: QtBot, closed_desk: OpenDesk
) -> None:
    window = Window(closed_desk, [Names])
    qtbot.addWidget(window)
    window.show()
    window.go_to("names")
    assert window.page("names").state_view.state is LOADING


def test_a_change_is_followed_by_a_new_load(show_page: ShowPage, qtbot: QtBot) -> None:
    page = show_page(Names)
    before = len(books.queries)
    page.commands[0].trigger()
    qtbot.waitUntil(lambda: len(books.queries) > before)


def test_a_filter_reaches_the_query(show_page: ShowPage, qtbot: QtBot) -> None:
    page = show_page(Names)
    page.set_filter("state", "held")
    wait_loaded(qtbot, page)
    assert books.queries[-1].filters == {"state": "held"}
    assert not books.queries[-1].is_all


def test_a_command_is_a_button_and_an_action_with_a_tip(show_page: ShowPage) -> None:
    page = show_page(Names)
    assert isinstance(page.commands[0], QAction)
    assert page.commands[0].toolTip() == "New name"
    assert find(page, QWidget, "newButton").isVisible()


class LongTitle(Names):
    title = N_("A title so long that nothing has room beside it in a narrow window, not even this")


def test_the_search_goes_below_the_title_where_it_has_no_room_beside(
    show_page: ShowPage, qtbot: QtBot
) -> None:
    page = show_page(LongTitle)
    title = find(page, QLabel, "pageTitle")

    page.window().resize(2000, 600)
    qtbot.waitUntil(lambda: page.search.x() > title.geometry().right())
    page.window().resize(page.window().minimumSizeHint().width(), 600)

    qtbot.waitUntil(lambda: page.search.y() > title.geometry().bottom())
