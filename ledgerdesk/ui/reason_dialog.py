"""Asks why, before something happens that the history should explain."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.clients.dialog import BackgroundDialog, help_line
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named


class ReasonDialog(BackgroundDialog):
    """``accepted_with(reason)`` is called once, when a reason was given; without one it says so.
    ``example`` stands in the empty field."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        *,
        title: str,
        explanation: str,
        button: str,
        accepted_with: Callable[[str], object],
        example: str = "",
    ) -> None:
        super().__init__(shell, parent, "reasonDialog", title)
        self._accepted_with = accepted_with
        self.reason = named(QLineEdit(), "reason")
        self.reason.setPlaceholderText(example)
        label = plain_label(translate(N_("The reason, for the history")))
        label.setProperty("fieldLabel", True)
        label.setBuddy(self.reason)
        self.reason.setAccessibleName(label.text())
        for widget in (help_line(explanation, "reasonAbout"), label, self.reason):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.add_button("go", button, self._accept, primary=True)
        self.add_cancel()
        self.lay_out(scrolls=False)
        self.setMinimumWidth(440)
        self.reason.setFocus()

    def _accept(self) -> None:
        said = self.reason.text().strip()
        if not said:
            self.trouble.setText(translate(N_("Say why in a few words.")))
            self.trouble.show()
            self.reason.setFocus()
            return
        self.accept()
        self._accepted_with(said)
