"""From when on a link takes documents, asked with how many each answer concerns."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDateEdit,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.linking import Concerned
from ledgerdesk.ui.clients import words
from ledgerdesk.ui.texts import locale, plain_label
from ledgerdesk.ui.widgets import named


class StartingPoint(QWidget):
    """``changed`` comes when a person chose another start."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._concerned: Concerned | None = None
        heading = plain_label(translate(N_("Which documents go along?")))
        heading.setProperty("fieldLabel", True)
        self.all = named(QRadioButton(), "startAll")
        self.now = named(QRadioButton(), "startNow")
        self.on_day = named(QRadioButton(), "startDay")
        self.all.setChecked(True)
        group = QButtonGroup(self)
        self.day = named(day_edit(), "startDate")
        self.day.setAccessibleName(translate(N_("First day")))
        line = QHBoxLayout()
        line.addWidget(self.on_day)
        line.addWidget(self.day)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(heading)
        layout.addWidget(self.all)
        layout.addWidget(self.now)
        layout.addLayout(line)
        for button in (self.all, self.now, self.on_day):
            group.addButton(button)
            button.toggled.connect(self._chosen)
        self.day.dateChanged.connect(self._chosen)
        self._show()

    def value(self) -> str:
        """``all``, ``now`` or an ISO date."""
        if self.on_day.isChecked():
            return self._day().isoformat()
        return "now" if self.now.isChecked() else "all"

    def count(self, concerned: Concerned | None) -> None:
        """Says beside each choice what it takes along; None: not known yet."""
        self._concerned = concerned
        self._show()

    def _chosen(self) -> None:
        self._show()
        self.changed.emit()

    def _day(self) -> date:
        chosen = self.day.date()
        return date(chosen.year(), chosen.month(), chosen.day())

    def _show(self) -> None:
        self.day.setEnabled(self.on_day.isChecked())
        self.all.setText(self._with_count(N_("All, also what is here already"), None))
        self.now.setText(self._with_count(N_("Only documents from today on"), date.today()))
        self.on_day.setText(self._with_count(N_("Only documents from this day on"), self._day()))

    def _with_count(self, text: str, day: date | None) -> str:
        shown = translate(text)
        if self._concerned is None:
            return shown
        waiting, older = self._concerned.since(day)
        parts = [
            translate(one).format(count=number)
            for one, number in ((N_("{count} waiting"), waiting), (N_("{count} older"), older))
            if number
        ]
        counts = ", ".join(parts) or translate(N_("none here yet"))
        return f"{shown} ({counts})"


class OptionalDay(QWidget):
    """A day that need not be there."""

    def __init__(self, name: str, label: str) -> None:
        super().__init__()
        self.box = named(QCheckBox(label), name)
        self.day = named(day_edit(), f"{name}Date")
        self.day.setAccessibleName(label)
        self.day.setEnabled(False)
        self.box.toggled.connect(self.day.setEnabled)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self.day)
        layout.addStretch(1)

    def value(self) -> date | None:
        chosen = self.day.date()
        is_given = self.box.isChecked()
        return date(chosen.year(), chosen.month(), chosen.day()) if is_given else None

    def set_value(self, day: date | None) -> None:
        self.box.setChecked(day is not None)
        if day is not None:
            self.day.setDate(words.q_day(day))


def day_edit() -> QDateEdit:
    """Today, with a calendar, written as the language in use writes days."""
    edit = QDateEdit(QDate.currentDate())
    edit.setCalendarPopup(True)
    edit.setLocale(locale())
    edit.setDisplayFormat("dd/MM/yyyy")
    return edit
