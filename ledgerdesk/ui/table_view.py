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
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from ledgerdesk.ui.table import Table

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_REMEMBERED = 500
_BESIDE_VALUES = 24


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
        self.setObjectName(name)
        self.setModel(table)
        self._dress()
        table.modelAboutToBeReset.connect(self._remember)
        table.modelReset.connect(self._restore)
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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.FontChange):
            self._fit()

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
        self.setSortingEnabled(True)
        self._fit()

    def _fit(self) -> None:
        """As wide as its values usually are, and never narrower than its heading."""
        heads, letter = self.horizontalHeader(), self.fontMetrics().averageCharWidth()
        for number, column in enumerate(self.table.columns):
            values = letter * column.width + _BESIDE_VALUES
            heads.resizeSection(number, max(values, heads.sectionSizeHint(number)))
            if column.stretch:
                heads.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)

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
