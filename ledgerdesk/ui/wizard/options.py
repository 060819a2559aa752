"""A list to choose one thing from: what it is, what it means beside it, and a search above it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.steps import Option
from ledgerdesk.ui import icons, style
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

_ID = Qt.ItemDataRole.UserRole
_OPTION = Qt.ItemDataRole.UserRole + 1
_FEW = 7
"""Up to so many lines are seen at one look; more can be searched."""

_PAD, _ICON, _GAP = 10, 24, 12
_WRAP = int(Qt.TextFlag.TextWordWrap)


class OptionList(QWidget):
    """``changed`` comes when another option is selected, ``chosen`` when it was double-clicked or
    entered."""

    changed = QtSignal()
    chosen = QtSignal()

    def __init__(self, options: Sequence[Option], selected: str, *, name: str, title: str) -> None:
        super().__init__()
        self.search = named(QLineEdit(clearButtonEnabled=True), "optionSearch")
        self.search.setPlaceholderText(translate(N_("Search")))
        self.search.setAccessibleName(translate(N_("Search")))
        self.search.setVisible(len(options) > _FEW)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = _List(name)
        self.list.setAccessibleName(title)
        self._nothing = plain_label(translate(N_("Nothing found")), name="nothingFound")
        self._nothing.setProperty("help", True)
        self._nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.search, self._nothing, self.list):
            layout.addWidget(widget)
        for one in options:
            self.list.addItem(_item(one))
        self._select(selected)
        self.list.currentRowChanged.connect(lambda _row: self.changed.emit())
        self.list.entered_row.connect(self.chosen)
        self.setFocusProxy(self.search if len(options) > _FEW else self.list)

    def selected(self) -> str | None:
        """The id; None when nothing that is shown is selected."""
        item = self._current()
        return None if item is None else str(item.data(_ID))

    def shown(self) -> list[str]:
        """The labels that fit the search."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item.text() for item in items if not item.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down in the search goes into the list."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() == Qt.Key.Key_Down:  # type: ignore[attr-defined]
            self.list.setFocus()
            return True
        return super().eventFilter(watched, event)

    def _current(self) -> QListWidgetItem | None:
        row = self.list.currentRow()
        item = self.list.item(row) if row >= 0 else None
        return None if item is None or item.isHidden() else item

    def _select(self, id: str) -> None:
        rows = range(self.list.count())
        row = next((row for row in rows if self.list.item(row).data(_ID) == id), 0)
        self.list.setCurrentRow(row)

    def _filter(self, text: str) -> None:
        wanted = text.casefold().split()
        first = None
        for row in range(self.list.count()):
            item = self.list.item(row)
            one: Option = item.data(_OPTION)
            line = f"{one.label} {one.help} {one.id}".casefold()
            item.setHidden(not all(word in line for word in wanted))
            if first is None and not item.isHidden():
                first = row
        self._nothing.setVisible(first is None)
        if first is not None and self._current() is None:
            self.list.setCurrentRow(first)
        self.changed.emit()


class _List(QListWidget):
    """Rows of different heights that follow the width."""

    entered_row = QtSignal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("options", True)
        self.setItemDelegate(_Lines(self))
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemDoubleClicked.connect(lambda _item: self.entered_row.emit())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_row.emit()
            return
        super().keyPressEvent(event)


def _item(one: Option) -> QListWidgetItem:
    item = QListWidgetItem(one.label)
    item.setData(_ID, one.id)
    item.setData(_OPTION, one)
    spoken = ". ".join(part for part in (one.label, one.badge, one.help) if part)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
    return item


class _Lines(QStyledItemDelegate):
    """Icon, label and badge on one line; below them what it means."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        one: Option = index.data(_OPTION)
        width = self._view.viewport().width()
        height = QFontMetrics(_bold(option.font)).height()
        if one.help:
            room = QRect(0, 0, max(80, width - _left(one) - _PAD), 10_000)
            metrics = QFontMetrics(option.font)
            height += 3 + metrics.boundingRect(room, _WRAP, one.help).height()
        return QSize(width, height + 2 * _PAD)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        one: Option = index.data(_OPTION)
        colours = style.colours()
        rect, state = option.rect, option.state
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        is_under_mouse = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back = colours.chosen if is_chosen else colours.stripe if is_under_mouse else colours.base
        frame = rect.adjusted(3, 2, -3, -2)
        painter.setBrush(QColor(back))
        has_focus = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(colours.accent), 2) if has_focus else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(frame, 6, 6)
        self._paint_texts(painter, option, one, colours, is_chosen)
        painter.restore()

    def _paint_texts(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        one: Option,
        colours: style.Colours,
        is_chosen: bool,
    ) -> None:
        rect = option.rect
        front = QColor(colours.on_chosen if is_chosen else colours.text)
        if one.icon:
            place = QRect(rect.left() + _PAD + 2, rect.top() + _PAD, _ICON, _ICON)
            painter.drawPixmap(place.topLeft(), icons.pixmap(one.icon, _ICON, front))
        left = rect.left() + _left(one)
        room = QRect(left, rect.top() + _PAD, rect.right() - left - _PAD, rect.height() - 2 * _PAD)
        font = _bold(option.font)
        line = QFontMetrics(font).height()
        badge = _badge_width(option.font, one)
        painter.setFont(font)
        painter.setPen(front)
        label = QFontMetrics(font).elidedText(
            one.label, Qt.TextElideMode.ElideRight, room.width() - badge
        )
        painter.drawText(QRect(room.left(), room.top(), room.width(), line), 0, label)
        painter.setFont(option.font)
        painter.setPen(front if is_chosen else QColor(colours.faint))
        if one.badge:
            pill = QRect(room.right() - badge + _GAP, room.top() - 1, badge - _GAP, line + 2)
            painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), one.badge)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(front if is_chosen else QColor(colours.border)))
            painter.drawRoundedRect(pill, 8, 8)
        if one.help:
            painter.setPen(front if is_chosen else QColor(colours.faint))
            painter.drawText(room.adjusted(0, line + 3, 0, 0), _WRAP, one.help)


def _left(one: Option) -> int:
    return _PAD + 2 + (_ICON + _GAP if one.icon else 0)


def _bold(font: QFont) -> QFont:
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made


def _badge_width(font: QFont, one: Option) -> int:
    return QFontMetrics(font).horizontalAdvance(one.badge) + 20 + _GAP if one.badge else 0
