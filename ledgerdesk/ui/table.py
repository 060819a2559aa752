"""Lists: columns are declared, rows come from a small list or, for the large ones, page by page.

A large list holds one 64-bit key per row (SQLite's rowid, from one statement that filters and
sorts) and the few hundred rows around the place that is looked at; those are fetched in the
background.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QModelRoleData,
    QModelRoleDataSpan,
    QPersistentModelIndex,
    Qt,
)

from ledgerdesk.i18n import translate
from ledgerdesk.ui import icons

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

PAGE_ROWS = 200
_PAGES_KEPT = 30
_OLD_PAGES = 5
_FEW = 4
"""So many rows are looked for one by one; for more the whole list is walked through once."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """``value`` gives the text of a row, already in the language and form of the locale.

    ``heading`` is marked with N_. ``spoken`` is what a screen reader says where the text alone does
    not tell it; ``icon`` names an icon before the text; ``order`` is the value a small list is
    sorted by. ``sort`` names the order for a large list's SQL, "" where it cannot be sorted by it.
    ``width`` is in characters.
    """

    key: str
    heading: str
    value: Callable[[Row], str]
    width: int = 16
    right: bool = False
    spoken: Callable[[Row], str] | None = None
    tip: Callable[[Row], str] | None = None
    icon: Callable[[Row], str] | None = None
    order: Callable[[Row], Any] | None = None
    sort: str = ""
    stretch: bool = False


class Table(QAbstractTableModel, Generic[Row]):
    """What both kinds of list share: headings, roles, and which row is where."""

    def __init__(self, columns: Sequence[Column[Row]], parent: Any = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)

    def row_at(self, number: int) -> Row | None:
        """The row, None while it is still fetched."""
        raise NotImplementedError

    def key_at(self, number: int) -> Hashable:
        """What stays the same of a row when the list is loaded anew."""
        raise NotImplementedError

    def find(self, key: Hashable) -> int:
        """The number of the row with ``key``; -1 when it is not in the list."""
        raise NotImplementedError

    def find_all(self, keys: Sequence[Hashable]) -> Sequence[int]:
        """The numbers of the rows with these keys; those that are gone are left out."""
        return [number for number in map(self.find, keys) if number >= 0]

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        """Qt asks for the places of what it paints: its own would ask back for both numbers."""
        inside = 0 <= row < self.rowCount(parent) and 0 <= column < len(self.columns)
        return self.createIndex(row, column) if inside else QModelIndex()

    def multiData(self, index: Index, span: QModelRoleDataSpan | QModelRoleData) -> None:
        """All that a cell is painted with. Each call out of Qt may wait for another thread that
        has the interpreter: one for a cell, not one for each of its seven roles."""
        column, row = self.columns[index.column()], self.row_at(index.row())
        icon = column.icon(row) if column.icon and row is not None else ""
        # A span is a sequence, which PySide's own types do not tell.
        for one in cast(Sequence[QModelRoleData], span):
            role = one.role()
            if role == _DISPLAYED:
                one.setData("…" if row is None else column.value(row))
            elif role == _ALIGNED:
                one.setData(_alignment(column))
            elif role == _DECORATED and icon:
                one.setData(icons.icon(icon))
            else:
                one.clearData()

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role in _OF_HEADING:
            return translate(self.columns[section].heading)
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role not in _READ:
            return None
        row = self.row_at(index.row())
        if row is None:
            return "…" if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.value(row)
        if role == Qt.ItemDataRole.DecorationRole:
            name = column.icon(row) if column.icon else ""
            return icons.icon(name) if name else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return _as_plain(column.tip(row)) if column.tip else None
        heading = translate(column.heading)
        return f"{heading}: {column.spoken(row) if column.spoken else column.value(row)}"


_READ = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.DecorationRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)
_OF_HEADING = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
# What a cell is painted with, as the numbers a span has.
_DISPLAYED = Qt.ItemDataRole.DisplayRole.value
_DECORATED = Qt.ItemDataRole.DecorationRole.value
_ALIGNED = Qt.ItemDataRole.TextAlignmentRole.value
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _alignment(column: Column[Any]) -> Qt.AlignmentFlag:
    return _RIGHT if column.right else _LEFT


def _as_plain(text: str) -> str:
    """Tool tips read HTML when a text looks like it."""
    from html import escape

    return f"<span>{escape(text)}</span>" if text else ""


class ListTable(Table[Row]):
    """Up to some thousand rows, held and sorted here. ``key`` tells rows apart."""

    def __init__(
        self, columns: Sequence[Column[Row]], key: Callable[[Row], Hashable], parent: Any = None
    ) -> None:
        super().__init__(columns, parent)
        self._key = key
        self._rows: list[Row] = []
        self._numbers: dict[Hashable, int] = {}
        self._sorted: tuple[int, Qt.SortOrder] | None = None

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    def set_rows(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self._order()
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def row_at(self, number: int) -> Row | None:
        return self._rows[number]

    def key_at(self, number: int) -> Hashable:
        return self._key(self._rows[number])

    def find(self, key: Hashable) -> int:
        return self._numbers.get(key, -1)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted = (column, order) if column >= 0 else None
        self.beginResetModel()
        self._order()
        self.endResetModel()

    def _order(self) -> None:
        if self._sorted is not None:
            column = self.columns[self._sorted[0]]
            value = column.order or (lambda row: column.value(row).casefold())
            self._rows.sort(key=value, reverse=self._sorted[1] == Qt.SortOrder.DescendingOrder)
        self._numbers = {self._key(row): number for number, row in enumerate(self._rows)}


class Rows(Protocol[Row_co]):
    """Where a large list comes from. Both are called in a thread of the background pool."""

    def keys(self, sort: str, descending: bool) -> array[int]:
        """``array("q")`` of the rowids of all rows that fit, in order: one statement."""
        ...

    def page(self, keys: Sequence[int]) -> Mapping[int, Row_co]:
        """The rows with these keys; those that are gone are left out."""
        ...


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """A large list as ``Page.load`` hands it over: all keys, and the rows seen first."""

    rows: Rows[Row]
    keys: array[int]
    first: Mapping[int, Row]


def listing(rows: Rows[Row], sort: str = "", descending: bool = False) -> Listing[Row]:
    """Reads the keys and the first rows; for ``Page.load``."""
    keys = rows.keys(sort, descending)
    return Listing(rows, keys, rows.page(keys[:PAGE_ROWS]))


Fetch = Callable[[Callable[[], Mapping[int, Any]], Callable[[Mapping[int, Any]], object]], object]


class PagedTable(Table[Row]):
    """Any number of rows. ``fetch(work, on_done)`` runs ``work`` in the background.

    ``on_sort(sort, descending)`` is asked for another order: the page loads a new listing.
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        fetch: Fetch,
        on_sort: Callable[[str, bool], object] | None = None,
        parent: Any = None,
    ) -> None:
        super().__init__(columns, parent)
        self._fetch = fetch
        self._on_sort = on_sort
        self._listing: Listing[Row] | None = None
        self._keys: array[int] = array("q")
        self._pages: OrderedDict[int, Mapping[int, Row]] = OrderedDict()
        self._old: Mapping[int, Row] = {}
        self._asked: set[int] = set()

    def show(self, new: Listing[Row]) -> None:
        """Another content. What a row said stays on screen until its new page is there."""
        same = new.keys == self._keys
        if not same:
            self.beginResetModel()
        self._listing = new
        self._keys = new.keys
        self._asked.clear()
        newest = list(self._pages.values())[-_OLD_PAGES:]
        self._old = {key: row for page in newest for key, row in page.items()}
        self._pages = OrderedDict({0: new.first})
        if not same:
            self.endResetModel()
        else:
            self._tell_changed(0, len(self._keys))

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._keys)

    def row_at(self, number: int) -> Row | None:
        page = number // PAGE_ROWS
        rows = self._pages.get(page)
        if rows is None:
            self._ask(page)
            return self._old.get(self._keys[number])
        self._pages.move_to_end(page)
        return rows.get(self._keys[number])

    def key_at(self, number: int) -> Hashable:
        return self._keys[number]

    def find(self, key: Hashable) -> int:
        try:
            return self._keys.index(key)  # type: ignore[arg-type]
        except (ValueError, TypeError):
            return -1

    def find_all(self, keys: Sequence[Hashable]) -> Sequence[int]:
        if len(keys) < _FEW:
            return super().find_all(keys)
        wanted = set(keys)
        return [number for number, key in enumerate(self._keys) if key in wanted]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if self._on_sort is not None and column >= 0 and self.columns[column].sort:
            self._on_sort(self.columns[column].sort, order == Qt.SortOrder.DescendingOrder)

    def _ask(self, page: int) -> None:
        listing = self._listing
        if listing is None or page in self._asked:
            return
        self._asked.add(page)
        keys = self._keys[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]

        def arrived(rows: Mapping[int, Row]) -> None:
            if listing is self._listing:
                self._asked.discard(page)
                self._keep(page, rows)

        self._fetch(lambda: listing.rows.page(keys), arrived)

    def _keep(self, page: int, rows: Mapping[int, Row]) -> None:
        self._pages[page] = rows
        self._pages.move_to_end(page)
        while len(self._pages) > _PAGES_KEPT:
            self._pages.popitem(last=False)
        self._tell_changed(page * PAGE_ROWS, (page + 1) * PAGE_ROWS)

    def _tell_changed(self, first: int, end: int) -> None:
        end = min(end, len(self._keys))
        if end > first:
            self.dataChanged.emit(self.index(first, 0), self.index(end - 1, len(self.columns) - 1))
