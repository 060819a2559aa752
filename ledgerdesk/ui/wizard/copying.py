"""A value to be typed somewhere else: shown as it is, with a button that copies it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.widgets import named, push_button

_SAID_MS = 2000


class CopyLine(QWidget):
    """``about`` is what the value is, for screen readers."""

    def __init__(self, value: str, about: str, name: str) -> None:
        super().__init__()
        self.shown = named(QLineEdit(readOnly=True), name)
        self.shown.setAccessibleName(about)
        self.button = push_button(f"{name}Copy")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._copy)
        self._said = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._said.timeout.connect(self._offer)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.shown, 1)
        layout.addWidget(self.button)
        self._offer()
        # As wide as its longer word: nothing moves when it is pressed.
        self.button.setText(translate(N_("Copied")))
        width = self.button.sizeHint().width()
        self._offer()
        self.button.setMinimumWidth(max(width, self.button.sizeHint().width()))
        self.set_value(value)

    def value(self) -> str:
        return self.shown.text()

    def set_value(self, value: str) -> None:
        self.shown.setText(value)
        # The beginning tells whose address it is.
        self.shown.setCursorPosition(0)
        self.button.setEnabled(bool(value))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.value())
        icons.set_icon(self.button, "tick")
        self.button.setText(translate(N_("Copied")))
        self._said.start()

    def _offer(self) -> None:
        icons.set_icon(self.button, "copy")
        self.button.setText(translate(N_("Copy")))
        about = translate(N_("Copy: {what}")).format(what=self.shown.accessibleName())
        self.button.setAccessibleName(about)
