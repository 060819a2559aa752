"""How far each account is, drawn by one widget: a name, a bar, a number for each.

While documents are sent every widget that appears waits for the interpreter a few hundred times
before it is seen: three for each account would stop the window for a third of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import style
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.texts import labelled

_GAP, _LINE, _BAR = 14, 8, 6


class Lane(NamedTuple):
    name: str
    done: int
    total: int

    def told(self) -> str:
        text = translate(N_("{done} of {total}"))
        return text.format(done=words.number(self.done), total=words.number(self.total))


class LaneBars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("laneBars")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.lanes: Sequence[Lane] = ()
        self.hide()

    def show_lanes(self, lanes: Sequence[Lane]) -> None:
        """In this order; with none it is hidden."""
        lines = len(self.lanes)
        self.lanes = list(lanes)
        self.setAccessibleName("; ".join(labelled(one.name, one.told()) for one in lanes))
        self.setVisible(bool(lanes))
        if len(lanes) != lines:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, max(len(self.lanes) * self._line() - _LINE, 0))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter, metrics = style.colours(), QPainter(self), self.fontMetrics()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        numbers = max((metrics.horizontalAdvance(one.told()) for one in self.lanes), default=0)
        names = max((self.width() - numbers - 2 * _GAP) * 2 // 5, 0)
        bars = max(self.width() - names - numbers - 2 * _GAP, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        for number, one in enumerate(self.lanes):
            top, high = number * self._line(), metrics.height()
            name = metrics.elidedText(one.name, Qt.TextElideMode.ElideRight, names)
            painter.setPen(QColor(colours.text))
            painter.drawText(QRect(0, top, names, high), middle, name)
            said = QRect(names + bars + 2 * _GAP, top, numbers, high)
            painter.drawText(said, middle | Qt.AlignmentFlag.AlignRight, one.told())
            painter.setPen(Qt.PenStyle.NoPen)
            place = QRect(names + _GAP, top + (high - _BAR) // 2, bars, _BAR)
            _bar(painter, place, colours.line)
            place.setWidth(bars * one.done // max(one.total, 1))
            _bar(painter, place, colours.accent)
        painter.end()

    def _line(self) -> int:
        return self.fontMetrics().height() + _LINE


def _bar(painter: QPainter, place: QRect, colour: str) -> None:
    painter.setBrush(QColor(colour))
    if place.width() > 0:
        painter.drawRoundedRect(place, _BAR / 2, _BAR / 2)
