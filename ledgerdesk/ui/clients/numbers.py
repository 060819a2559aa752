"""Several company or account numbers, each explained while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.numbers import Standing, Told
from ledgerdesk.ui import icons, style
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

_ICON = 16
_MARKS = {
    Standing.EMPTY: ("", ""),
    Standing.UNFINISHED: ("help", "info"),
    Standing.RIGHT: ("good", "ok"),
    Standing.WRONG: ("error", "problem"),
}
_PROPERTIES = ("help", "good", "error")


class NumberList(QWidget):
    """``changed`` comes when a person changed a number. The first line's object name is ``name``,
    the following ones' ``name2``, ``name3``…"""

    changed = Signal()

    def __init__(
        self, name: str, label: str, help: str, add: str, explain: Callable[[str], Told]
    ) -> None:
        super().__init__()
        self._name, self._label, self._explain = name, label, explain
        self._rows: list[_NumberRow] = []
        heading = plain_label(label)
        heading.setProperty("fieldLabel", True)
        hint = plain_label(help)
        hint.setProperty("help", True)
        self._error = plain_label(name=f"{name}Error")
        self._error.setProperty("error", True)
        self._error.hide()
        self.add_button = named(QToolButton(), f"{name}Add")
        self.add_button.setProperty("flat", True)
        self.add_button.setText(add)
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        icons.set_icon(self.add_button, "add")
        self.add_button.clicked.connect(lambda: self._add("").setFocus())
        self._lines = QVBoxLayout()
        self._lines.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(heading)
        layout.addLayout(self._lines)
        layout.addWidget(self._error)
        layout.addWidget(hint)
        layout.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.set_values(())

    def values(self) -> list[str]:
        """What is typed, without empty lines."""
        return [text for row in self._rows if (text := row.edit.text().strip())]

    def set_values(self, values: Sequence[str]) -> None:
        for row in list(self._rows):
            self._drop(row)
        for value in values or ("",):
            self._add(value)

    def edit(self, number: int = 0) -> QLineEdit:
        return self._rows[number].edit

    def told(self, number: int = 0) -> str:
        """What stands below a line."""
        return self._rows[number].verdict.text()

    def check(self) -> bool:
        """Whether every number is right; the first that is not gets the focus and says why."""
        for row in self._rows:
            if not row.is_right(finished=True):
                row.edit.setFocus()
                return False
        return True

    def show_error(self, text: str) -> None:
        """Something that only the books know, like another client with the number."""
        self._error.setText(text)
        self._error.show()
        self._rows[0].edit.setFocus()

    def _add(self, value: str) -> QLineEdit:
        row = _NumberRow(self._explain)
        row.edit.setText(value)
        row.edit.textEdited.connect(lambda _text: self._changed())
        row.remove.clicked.connect(lambda: self._removed(row))
        self._rows.append(row)
        self._lines.addWidget(row)
        row.explain()
        self._renumber()
        return row.edit

    def _removed(self, row: _NumberRow) -> None:
        at = self._rows.index(row)
        self._drop(row)
        if not self._rows:
            self._add("")
        self._renumber()
        self._rows[max(0, at - 1)].edit.setFocus()
        self._changed()

    def _drop(self, row: _NumberRow) -> None:
        self._rows.remove(row)
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _renumber(self) -> None:
        for number, row in enumerate(self._rows, start=1):
            is_first = number == 1
            row.edit.setObjectName(self._name if is_first else f"{self._name}{number}")
            row.edit.setAccessibleName(self._label if is_first else f"{self._label} ({number})")
            row.remove.setVisible(len(self._rows) > 1)
            text = translate(N_("Remove this number"))
            row.remove.setToolTip(text)
            row.remove.setAccessibleName(f"{text} ({number})")
        stops = [one for row in self._rows for one in (row.edit, row.remove)]
        for before, after in pairwise([*stops, self.add_button]):
            QWidget.setTabOrder(before, after)

    def _changed(self) -> None:
        self._error.hide()
        self.changed.emit()


class _NumberRow(QWidget):
    def __init__(self, explain: Callable[[str], Told]) -> None:
        super().__init__()
        self._explain = explain
        self.edit = QLineEdit()
        self.remove = named(QToolButton(), "removeNumber")
        icons.set_icon(self.remove, "remove")
        self._mark = QLabel()
        self._mark.setFixedWidth(_ICON)
        self._mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.verdict = plain_label()
        line = QHBoxLayout()
        line.addWidget(self.edit, 1)
        line.addWidget(self.remove)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self._mark)
        below.addWidget(self.verdict, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(line)
        layout.addLayout(below)
        self.edit.textEdited.connect(lambda _text: self.explain())
        self.edit.editingFinished.connect(lambda: self.explain(finished=True))

    def is_right(self, *, finished: bool) -> bool:
        told = self.explain(finished=finished)
        return told.standing in (Standing.EMPTY, Standing.RIGHT)

    def explain(self, *, finished: bool = False) -> Told:
        """Says how it stands; what is unfinished is a fault once the line was left."""
        told = self._explain(self.edit.text())
        standing, text = told.standing, told.text
        if standing is Standing.UNFINISHED and finished:
            standing = Standing.WRONG
            text = translate(N_("Not complete. {missing}")).format(missing=text)
        property_, icon = _MARKS[standing]
        for one in _PROPERTIES:
            self.verdict.setProperty(one, one == property_)
        self.verdict.setText(text)
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)
        self.verdict.setVisible(bool(text))
        self._mark.setVisible(bool(text))
        if icon:
            colour = {"good": style.colours().good, "error": style.colours().error}
            shade = QColor(colour.get(property_, style.colours().faint))
            self._mark.setPixmap(icons.pixmap(icon, _ICON, shade))
        self.edit.setAccessibleDescription(text)
        return Told(standing, text, told.number)
