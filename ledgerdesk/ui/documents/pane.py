"""One document beside the list: its actions, everything about it in words, its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.errors import ContentGone, LedgerDeskError
from ledgerdesk.ui.background import Task
from ledgerdesk.ui.commands import Command, button
from ledgerdesk.ui.documents.facts import Facts
from ledgerdesk.ui.documents.preview import Preview
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.intake.browse import Detail

_CHOSEN_MS = 80
"""Running through the list with the arrow keys reads no document in between."""


class Pane(QFrame):
    def __init__(self, shell: Shell, commands: Sequence[Command]) -> None:
        super().__init__()
        self.setObjectName("documentPane")
        self.setProperty("card", True)
        self._shell = shell
        self._wanted = ""
        self._shown = ""
        self._reading: Task | None = None
        self._fetching: Task | None = None
        self._timer = QTimer(self, singleShot=True, interval=_CHOSEN_MS)
        self._timer.timeout.connect(self._read)
        self.facts = Facts(shell.go_to)
        self.preview = Preview(shell)
        self.split = named(QSplitter(Qt.Orientation.Horizontal), "paneSplit")
        self.split.addWidget(self.facts)
        self.split.addWidget(self.preview)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(14)
        self.split.setSizes([340, 300])
        self._buttons: list[tuple[Command, QToolButton]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(8)
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(8)
        self._top.addWidget(self.facts.heading, 1)
        self._top.addWidget(self._actions(commands))
        layout.addLayout(self._top)
        layout.addWidget(self.split, 1)
        self.split.hide()

    @property
    def shown(self) -> str:
        """The id of the document that is shown now; "" for none."""
        return self._shown

    def show_document(self, document_id: str) -> None:
        if document_id != self._wanted:
            self._wanted = document_id
            self._timer.start()

    def show_nothing(self, selected: int) -> None:
        self._timer.stop()
        for task in (self._reading, self._fetching):
            if task is not None:
                task.cancel()
        self._reading = self._fetching = None
        self._wanted = self._shown = ""
        self.facts.show_nothing(selected)
        self.preview.clear()
        self.split.hide()

    def place(self, *, beside: bool) -> None:
        """Beside the list it is narrow and high, below it wide and low."""
        direction, orientation = QBoxLayout.Direction, Qt.Orientation
        self._top.setDirection(direction.TopToBottom if beside else direction.LeftToRight)
        self.split.setOrientation(orientation.Vertical if beside else orientation.Horizontal)

    def retranslate(self) -> None:
        self.facts.retranslate()
        self.preview.retranslate()

    def refresh(self) -> None:
        """The same document as it is now; its PDF never changes."""
        if self._wanted:
            self._read()

    def show_applicable(self) -> None:
        """Only what can be done now has a button; the menu has all."""
        for command, made in self._buttons:
            made.setVisible(command.isEnabled())
        self._fit_buttons()

    def _fit_buttons(self) -> None:
        """Their words go where there is no room for them; the tool tip still has them."""
        shown = [made for command, made in self._buttons if command.isEnabled()]
        for made in shown:
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        needed = sum(made.sizeHint().width() + 6 for made in shown)
        beside = self.split.orientation() == Qt.Orientation.Vertical
        if needed > self.width() * (1.0 if beside else 0.6) - 28:
            for made in shown:
                made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_buttons()

    def _actions(self, commands: Sequence[Command]) -> QWidget:
        whole = QWidget()
        line = QHBoxLayout(whole)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        for command in commands:
            made = button(command)
            line.addWidget(made)
            self._buttons.append((command, made))
        line.addStretch(1)
        return whole

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        wanted = self._wanted
        if not wanted or not self._shell.desk.is_open:
            return
        self._reading = self._shell.desk.run(
            lambda desk, _job: desk.documents.detail(wanted),
            self._show,
            lambda _error: self.show_nothing(0),
            owner=self,
        )

    def _show(self, detail: Detail) -> None:
        self._reading = None
        self.facts.show_detail(detail)
        self.split.show()
        if detail.document.id == self._shown:
            return
        self._shown = detail.document.id
        self.preview.clear()
        if self._fetching is not None:
            self._fetching.cancel()
        self._fetching = self._shell.desk.run(
            lambda desk, _job: desk.documents.pdf(detail.document.id),
            self._show_pdf,
            self._no_pdf,
            owner=self,
        )

    def _show_pdf(self, content: bytes | None) -> None:
        self._fetching = None
        self.preview.show_pdf(content)

    def _no_pdf(self, error: LedgerDeskError) -> None:
        self._fetching = None
        if isinstance(error, ContentGone):
            self.preview.show_gone()
        else:
            self.preview.show_pdf(None)
