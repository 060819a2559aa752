"""What the dialogs about clients have in common: room that scrolls, errors above the buttons, work
in the background with the buttons waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

T = TypeVar("T")

SHARES_TOO = N_("Linking turns sharing on for a client that does not share its documents yet.")


class BackgroundDialog(QDialog):
    """Opens with ``open()``, is gone when it is closed. Subclasses fill ``self.column``."""

    def __init__(self, shell: Shell, parent: QWidget, name: str, title: str) -> None:
        super().__init__(parent)
        self.shell = shell
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.column = QVBoxLayout()
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(14)
        self.trouble = plain_label(name="trouble", selectable=True)
        self.trouble.setProperty("error", True)
        self.trouble.hide()
        self._buttons = QHBoxLayout()
        self._buttons.addStretch(1)
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(20, 18, 20, 16)
        self._whole.setSpacing(14)

    def lay_out(self, *, scrolls: bool) -> None:
        """Once the subclass filled its column and added its buttons."""
        if scrolls:
            inner = named(QWidget(), "scrolled")
            self.column.setContentsMargins(0, 0, 14, 0)
            inner.setLayout(self.column)
            area = QScrollArea(widgetResizable=True)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setWidget(inner)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._whole.addWidget(area, 1)
        else:
            self._whole.addLayout(self.column, 1)
        self._whole.addWidget(self.trouble)
        self._whole.addLayout(self._buttons)

    def add_button(
        self, name: str, text: str, run: Callable[[], object], *, primary: bool = False
    ) -> QPushButton:
        button = push_button(name, primary=primary)
        button.setText(text)
        button.setAutoDefault(primary)
        button.setDefault(primary)
        button.clicked.connect(lambda: run())
        self._buttons.addWidget(button)
        return button

    def add_cancel(self, text: str = "") -> QPushButton:
        return self.add_button("cancel", text or translate(N_("Cancel")), self.reject)

    def work(
        self,
        work: Callable[[Desk], T],
        on_done: Callable[[T], object],
        on_failed: Callable[[LedgerDeskError], object] | None = None,
        *,
        waits: bool = True,
    ) -> None:
        """``work`` in the background. While it goes on the buttons (but Cancel) are off, unless
        ``waits`` is False; an error stands above them, unless ``on_failed`` takes it."""
        if waits:
            self._wait(True)
            self.trouble.hide()

        def done(result: T) -> None:
            if waits:
                self._wait(False)
            on_done(result)

        def failed(error: LedgerDeskError) -> None:
            if waits:
                self._wait(False)
            (on_failed or self.show_trouble)(error)

        self.shell.desk.run(lambda desk, _job: work(desk), done, failed, owner=self)

    def show_trouble(self, error: LedgerDeskError) -> None:
        self.trouble.setText(error.text())
        self.trouble.show()

    def _wait(self, waiting: bool) -> None:
        for number in range(self._buttons.count()):
            item = self._buttons.itemAt(number)
            button = item.widget() if item is not None else None
            if button is not None and button.objectName() != "cancel":
                button.setEnabled(not waiting)


def section(title: str) -> QLabel:
    """A heading inside a dialog."""
    label = plain_label(title)
    label.setProperty("section", True)
    return label


def help_line(text: str, name: str = "") -> QLabel:
    label = plain_label(text, name=name)
    label.setProperty("help", True)
    return label


def choice(name: str) -> QComboBox:
    """A list to choose from that is never wider than its dialog, however long its texts."""
    box = named(QComboBox(), name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(20)
    return box


def card() -> tuple[QFrame, QVBoxLayout]:
    frame = QFrame()
    frame.setProperty("card", True)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(14, 12, 14, 12)
    layout.setSpacing(6)
    return frame, layout
