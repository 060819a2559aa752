"""Lists: small ones, and those of a million rows that are read page by page."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from pytestqt.qtbot import QtBot

from ledgerdesk.ui.table import PAGE_ROWS, Column, Listing, ListTable, PagedTable, listing
from ledgerdesk.ui.table_view import TableView

Role = Qt.ItemDataRole


@dataclass(frozen=True)
class Line:
    id: int
    name: str
    amount: int = 0


COLUMNS: tuple[Column[Line], ...] = (
    Column("name", "Name", lambda row: row.name, sort="name"),
    Column(
        "amount",
        "Amount",
        lambda row: f"{row.amount} €",
        right=True,
        order=lambda row: row.amount,
        spoken=lambda row: f"{row.amount} euro",
        tip=lambda row: "<b>bold</b>",
    ),
)


@dataclass
class Numbers:
    """Rows that say what was read of them."""

    size: int
    word: str = "row"
    pages: list[Sequence[int]] = field(default_factory=list)
    orders: list[tuple[str, bool]] = field(default_factory=list)

    def keys(self, sort: str, descending: bool) -> array[int]:
        self.orders.append((sort, descending))
        return array("q", range(1, self.size + 1))

    def page(self, keys: Sequence[int]) -> Mapping[int, Line]:
        self.pages.append(keys)
        return {key: Line(key, f"{self.word} {key}", key) for key in keys}


class Later:
    """Runs what is fetched when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], Any], Callable[[Any], object]]] = []

    def __call__(self, work: Callable[[], Any], on_done: Callable[[Any], object]) -> None:
        self.waiting.append((work, on_done))

    def arrive(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work, on_done in waiting:
            on_done(work())


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def paged(qtbot: QtBot, later: Later) -> PagedTable[Line]:
    table = PagedTable(COLUMNS, later)
    table.show(listing(Numbers(1_000_000)))
    return table


def text(table: Any, row: int, column: int = 0, role: Role = Role.DisplayRole) -> Any:
    return table.data(table.index(row, column), role)


def small(*names: str) -> ListTable[Line]:
    table = ListTable(COLUMNS, lambda row: row.id)
    table.set_rows([Line(number, name, 100 - number) for number, name in enumerate(names)])
    return table


def test_the_first_rows_are_there_at_once(paged: PagedTable[Line], later: Later) -> None:
    assert paged.rowCount() == 1_000_000
    assert text(paged, 0) == "row 1"
    assert later.waiting == []


def test_a_row_far_down_is_fetched_once_and_then_shown(
    qtbot: QtBot, paged: PagedTable[Line], later: Later
) -> None:
    assert text(paged, 999_999) == "…"
    assert text(paged, 999_998) == "…"
    assert len(later.waiting) == 1
    with qtbot.waitSignal(paged.dataChanged):
        later.arrive()
    assert text(paged, 999_999) == "row 1000000"


def test_only_a_few_pages_stay_in_memory(paged: PagedTable[Line], later: Later) -> None:
    for page in range(100):
        text(paged, page * PAGE_ROWS)
        later.arrive()
    text(paged, 50)
    assert len(later.waiting) == 1


def test_a_new_load_with_the_same_rows_renews_them_without_a_reset(
    qtbot: QtBot, paged: PagedTable[Line], later: Later
) -> None:
    text(paged, 500)
    later.arrive()
    with qtbot.assertNotEmitted(paged.modelReset):
        paged.show(listing(Numbers(1_000_000, "new")))
    assert text(paged, 0) == "new 1"
    assert text(paged, 500) == "row 501"
    later.arrive()
    assert text(paged, 500) == "new 501"


def test_what_arrives_for_an_older_load_is_dropped(paged: PagedTable[Line], later: Later) -> None:
    text(paged, 500)
    paged.show(listing(Numbers(1000, "new")))
    later.arrive()
    assert text(paged, 500) == "…"
    later.arrive()
    assert text(paged, 500) == "new 501"


def test_a_row_that_is_gone_meanwhile_is_no_error(later: Later, qtbot: QtBot) -> None:
    table = PagedTable(COLUMNS, later)
    table.show(Listing(Numbers(2), array("q", [1, 2]), {1: Line(1, "left")}))
    assert text(table, 1) == "…"
    assert table.row_at(1) is None


def test_sorting_a_large_list_is_left_to_the_books(later: Later, qtbot: QtBot) -> None:
    asked: list[tuple[str, bool]] = []
    table = PagedTable(COLUMNS, later, lambda sort, down: asked.append((sort, down)))
    table.show(listing(Numbers(10)))
    table.sort(0, Qt.SortOrder.DescendingOrder)
    table.sort(1)
    assert asked == [("name", True)]


def test_a_small_list_is_sorted_by_value_not_by_text(qtbot: QtBot) -> None:
    table = ListTable(COLUMNS, lambda row: row.id)
    table.set_rows([Line(1, "a", 9), Line(2, "b", 10), Line(3, "c", 1)])
    table.sort(1)
    assert [row.amount for row in table.rows] == [1, 9, 10]
    table.set_rows([Line(1, "a", 5), Line(2, "b", 4)])
    assert [row.amount for row in table.rows] == [4, 5]


def test_a_screen_reader_hears_the_heading_and_the_spoken_form(qtbot: QtBot) -> None:
    assert text(small("x"), 0, 1, Role.AccessibleTextRole) == "Amount: 100 euro"


def test_a_tool_tip_is_never_read_as_html(qtbot: QtBot) -> None:
    assert "<b>" not in text(small("x"), 0, 1, Role.ToolTipRole)
    assert "bold" in text(small("x"), 0, 1, Role.ToolTipRole)


def test_the_selection_survives_a_new_load(qtbot: QtBot) -> None:
    table = small("a", "b", "c")
    view = TableView(table)
    qtbot.addWidget(view)
    view.selectRow(2)
    table.set_rows([Line(2, "c", 1), Line(9, "new", 1)])
    assert [row.id for row in view.selected()] == [2]
    assert view.current() == Line(2, "c", 1)


def test_several_rows_can_be_selected(qtbot: QtBot) -> None:
    view = TableView(small("a", "b", "c"))
    qtbot.addWidget(view)
    view.selectRow(0)
    flags = QItemSelectionModel.SelectionFlag
    view.selectionModel().select(view.table.index(2, 0), flags.Select | flags.Rows)
    assert [row.name for row in view.selected()] == ["a", "c"]


def test_enter_opens_the_row_under_the_cursor(qtbot: QtBot) -> None:
    view = TableView(small("a", "b"))
    qtbot.addWidget(view)
    view.selectRow(1)
    with qtbot.waitSignal(view.opened) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args[0].name == "b"


def test_a_row_is_found_by_its_key(qtbot: QtBot) -> None:
    view = TableView(small("a", "b"))
    qtbot.addWidget(view)
    assert view.select_key(1)
    assert not view.select_key(77)
    assert [row.name for row in view.selected()] == ["b"]


def shown_list(qtbot: QtBot, width: int, *names: str) -> TableView:
    view = TableView(small(*names))
    qtbot.addWidget(view)
    view.resize(width, 300)
    view.show()
    return view


def needed(view: TableView, row: int, column: int) -> int:
    text_ = str(view.table.index(row, column).data())
    return view.fontMetrics().horizontalAdvance(text_)


def test_a_value_is_shown_whole_where_there_is_room_for_it(qtbot: QtBot) -> None:
    view = shown_list(qtbot, 700, "A name that is longer than declared")

    assert view.columnWidth(0) > needed(view, 0, 0)


def test_one_long_value_does_not_push_the_other_columns_out_of_a_narrow_list(qtbot: QtBot) -> None:
    view = shown_list(qtbot, 320, "A name that is longer than declared")

    assert view.columnWidth(0) < needed(view, 0, 0)
    assert view.columnWidth(0) + view.columnWidth(1) <= view.viewport().width()


def test_a_column_that_was_pulled_keeps_its_width_over_a_new_load(qtbot: QtBot) -> None:
    view = shown_list(qtbot, 700, "a")
    view.horizontalHeader().resizeSection(0, 77)

    view.table.set_rows([Line(1, "A name that is longer than declared")])  # type: ignore[attr-defined]

    assert view.columnWidth(0) == 77
