"""The view of a list: whole rows, sorted by their headings, at home on the keyboard."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from ledgerdesk.ui.table import Table

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_REMEMBERED = 500
_BESIDE_VALUES, _BESIDE_ICONS = 24, 22
_MEASURED = 30
"""So many of the rows on screen say how wide a column must be; a million costs no more."""
_LONG = 18
_EMPTY = 12
"""No more than a dash."""
_WIDEST = 2.0
"""Longer values than so many times the declared width are cut where there is room for more, too."""


class TableView(QTableView):
    """``opened`` brings the row that was double-clicked or entered; ``chosen`` comes whenever other
    rows are selected. The selection survives a new load by the rows' keys."""

    opened = Signal(object)
    chosen = Signal()

    def __init__(
        self, table: Table[Any], *, name: str = "list", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table = table
        self._selected_keys: list[Hashable] = []
        self._current_key: Hashable = None
        self._menu_actions: Sequence[QAction] = ()
        self._wanted = [0] * len(table.columns)
        self._fitting = self._by_hand = False
        self.setObjectName(name)
        self.setModel(table)
        self._dress()
        table.modelAboutToBeReset.connect(self._remember)
        table.modelReset.connect(self._restore)
        table.modelReset.connect(self._measure)
        table.dataChanged.connect(self._measure)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.doubleClicked.connect(self._open)
        self.customContextMenuRequested.connect(self._show_menu)

    def selected(self, limit: int | None = None) -> list[Any]:
        """The selected rows from top to bottom, or the first ``limit`` of them; those that are
        still fetched are left out."""
        rows = (self.table.row_at(number) for number in islice(self._selected_numbers(), limit))
        return [row for row in rows if row is not None]

    def selected_count(self) -> int:
        """How many rows are selected; costs the same for one and for a million."""
        return sum(one.height() for one in self._ranges())

    def selected_keys(self) -> list[Hashable]:
        """The keys of all selected rows, also of those that are still fetched."""
        return [self.table.key_at(number) for number in self._selected_numbers()]

    def _ranges(self) -> list[QItemSelectionRange]:
        # A list of ranges, which PySide's own types do not tell.
        return list(cast(Iterable[QItemSelectionRange], self.selectionModel().selection()))

    def _selected_numbers(self) -> Iterator[int]:
        """From top to bottom. Every selected row is selected whole."""
        ranges = ((one.top(), one.bottom()) for one in self._ranges())
        for top, bottom in sorted(ranges):
            yield from range(top, bottom + 1)

    def select_keys(self, keys: Sequence[Hashable]) -> None:
        """Selects these rows and nothing else; the first one is shown."""
        numbers = sorted(one for one in map(self.table.find, keys) if one >= 0)
        if not numbers:
            return
        self.selectRow(numbers[0])
        flags = QItemSelectionModel.SelectionFlag
        for number in numbers[1:]:
            self.selectionModel().select(self.table.index(number, 0), flags.Select | flags.Rows)
        self.scrollTo(self.table.index(numbers[0], 0))

    def current(self) -> Any | None:
        """The row under the cursor."""
        number = self.currentIndex().row()
        return self.table.row_at(number) if 0 <= number < self.table.rowCount() else None

    def select_key(self, key: Hashable) -> bool:
        """Selects and shows the row with ``key``. False: it is not in the list."""
        number = self.table.find(key)
        if number < 0:
            return False
        self.selectRow(number)
        self.scrollTo(self.table.index(number, 0))
        return True

    def set_menu(self, actions: Sequence[QAction]) -> None:
        """The context menu."""
        self._menu_actions = actions

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """From here, so that the interpreter is held: the model's answers need not wait for it one
        by one while other threads work."""
        super().paintEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.FontChange):
            self._wanted = [0] * len(self.table.columns)
            self._by_hand = False
            self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # What stands above came or went: the columns stay as they are.
        if event.size().width() != event.oldSize().width():
            self._measure()

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 12)
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        # It would ask every row of a million whether all of its column is selected.
        heads.setSelectionModel(QItemSelectionModel(self.table, self))
        heads.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        heads.setSortIndicatorClearable(True)
        heads.sectionResized.connect(self._resized)
        self.setSortingEnabled(True)
        self._fit()

    # --- how wide the columns are -----------------------------------------------------------------

    def _measure(self) -> None:
        """How wide the values on screen are. What was wider once stays so: a list that jumps at
        every new row is read by nobody."""
        if self._by_hand:
            return
        first = max(self.rowAt(0), 0)
        numbers = range(first, min(first + _MEASURED, self.table.rowCount()))
        rows = [row for row in map(self.table.row_at, numbers) if row is not None]
        metrics = self.fontMetrics()
        for number, column in enumerate(self.table.columns) if rows else ():
            beside = _BESIDE_VALUES + (_BESIDE_ICONS if column.icon else 0)
            widest = max(metrics.horizontalAdvance(column.value(row)) for row in rows)
            self._wanted[number] = max(self._wanted[number], widest + beside)
        self._fit()

    def _fit(self) -> None:
        """Never narrower than its heading; no wider than declared before all columns are seen; what
        is left over goes to the values that are cut, then to the column that stretches."""
        heads, letter = self.horizontalHeader(), self.fontMetrics().averageCharWidth()
        widths, missing = [], []
        for number, column in enumerate(self.table.columns):
            declared = letter * column.width + _BESIDE_VALUES
            wanted = min(self._wanted[number] or declared, int(declared * _WIDEST))
            width = max(min(wanted, declared), heads.sectionSizeHint(number))
            widths.append(width)
            missing.append(max(wanted - width, 0))
        spare = max(self.viewport().width() - sum(widths), 0)
        share = min(spare / sum(missing), 1.0) if any(missing) else 0.0
        widths = [width + int(more * share) for width, more in zip(widths, missing, strict=True)]
        self._squeeze(widths)
        stretching = [n for n, column in enumerate(self.table.columns) if column.stretch]
        for number in stretching:
            left = self.viewport().width() - sum(widths)
            widths[number] += max(left, 0) // len(stretching)
        self._fitting = True
        for number, width in enumerate(widths):
            if heads.sectionSize(number) != width:
                heads.resizeSection(number, width)
        self._fitting = False

    def _squeeze(self, widths: list[int]) -> None:
        """Rather than to scroll, up to half of the long texts whose tool tip has them whole gives
        way, and of the headings over nothing."""
        over = sum(widths) - self.viewport().width()
        slack = [int(width * self._gives_way(number)) for number, width in enumerate(widths)]
        if 0 < over <= sum(slack):
            for number, give in enumerate(slack):
                widths[number] -= -(-give * over // sum(slack))

    def _gives_way(self, number: int) -> float:
        """What share of its width. Numbers, amounts and states are read whole."""
        column, wanted = self.table.columns[number], self._wanted[number] - _BESIDE_VALUES
        if self._wanted[number] > 0 and wanted <= _EMPTY:
            return 0.6
        is_long = wanted > _LONG * self.fontMetrics().averageCharWidth()
        return 0.5 if is_long and column.tip is not None and column.width >= _LONG else 0.0

    def _resized(self) -> None:
        """Who pulls at a heading has the last word."""
        self._by_hand = self._by_hand or not self._fitting

    def _open(self, index: QModelIndex) -> None:
        row = self.table.row_at(index.row())
        if row is not None:
            self.opened.emit(row)

    def _show_menu(self, place: QPoint) -> None:
        if self._menu_actions:
            menu = QMenu(self)
            menu.addActions(list(self._menu_actions))
            menu.exec(self.viewport().mapToGlobal(place))
            menu.deleteLater()

    def _remember(self) -> None:
        numbers = islice(self._selected_numbers(), _REMEMBERED)
        self._selected_keys = [self.table.key_at(number) for number in numbers]
        current = self.currentIndex().row()
        inside = 0 <= current < self.table.rowCount()
        self._current_key = self.table.key_at(current) if inside else None

    def _restore(self) -> None:
        flags = QItemSelectionModel.SelectionFlag
        selection = self.selectionModel()
        for number in self.table.find_all(self._selected_keys):
            selection.select(self.table.index(number, 0), flags.Select | flags.Rows)
        if self._current_key is not None:
            number = self.table.find(self._current_key)
            if number >= 0:
                selection.setCurrentIndex(self.table.index(number, 0), flags.NoUpdate)
