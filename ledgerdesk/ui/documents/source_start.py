"""From when on a new source brings documents, asked with how many each answer means."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.clients.start import day_edit
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.intake.desk import Survey


class SourceStart(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._survey: Survey | None = None
        self._heading = plain_label(translate(N_("What is there already")))
        self._heading.setProperty("fieldLabel", True)
        self.all = named(QRadioButton(), "sourceAll")
        self.now = named(QRadioButton(), "sourceNow")
        self.on_day = named(QRadioButton(), "sourceDay")
        self.day = named(day_edit(), "sourceDate")
        self.day.setAccessibleName(translate(N_("First day")))
        self.found = plain_label(name="sourceFound")
        self.found.setProperty("help", True)
        # Nobody is surprised by a thousand old invoices: all of them is a choice, not the default.
        self.now.setChecked(True)
        group = QButtonGroup(self)
        line = QHBoxLayout()
        line.addWidget(self.on_day)
        line.addWidget(self.day)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self._heading, self.found, self.all, self.now):
            layout.addWidget(widget)
        layout.addLayout(line)
        for button in (self.all, self.now, self.on_day):
            group.addButton(button)
            button.toggled.connect(self._show)
        self.day.dateChanged.connect(self._show)
        self.show_survey(None)

    def value(self) -> str:
        """``all``, ``now`` or an ISO date."""
        if self.on_day.isChecked():
            return self._day().isoformat()
        return "now" if self.now.isChecked() else "all"

    def look(self) -> None:
        """The place is being looked into."""
        self._survey = None
        self.found.setText(translate(N_("Looking there…")))
        self._show()

    def show_survey(self, found: Survey | None) -> None:
        """None: nobody looked, or it could not be looked into."""
        self._survey = found
        if found is None:
            self.found.setText(translate(N_("LedgerDesk counts once it can look there.")))
        else:
            text = translate(N_("Files there now: {count}."))
            self.found.setText(text.format(count=words.number(len(found.days))))
        self._show()

    def _day(self) -> date:
        chosen = self.day.date()
        return date(chosen.year(), chosen.month(), chosen.day())

    def _show(self) -> None:
        self.day.setEnabled(self.on_day.isChecked())
        found = self._survey
        total = len(found.days) if found else None
        since = found.since(self._day()) if found else None
        self.all.setText(_counted(N_("Take in all of it"), total))
        self.now.setText(_counted(N_("Only what comes from now on"), None if total is None else 0))
        self.on_day.setText(_counted(N_("What was written from this day on"), since))


def _counted(text: str, count: int | None) -> str:
    if count is None:
        return translate(text)
    counted = translate(N_("files: {count}")).format(count=words.number(count))
    return f"{translate(text)} ({counted})"
