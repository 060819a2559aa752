"""Choosing a client: a list one can search in by typing any part of a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter

from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.model import Client


class ClientBox(QComboBox):
    """``picked`` comes when a person chose another one. ``nobody`` is the text of no client."""

    picked = Signal()

    def __init__(self, name: str, nobody: str = "") -> None:
        super().__init__()
        named(self, name)
        self._nobody = nobody
        self._clients: Sequence[Client] = ()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(14)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        completer = self.completer()
        assert isinstance(completer, QCompleter)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        # Scrolling over it must not change it.
        self.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
        self.activated.connect(lambda _index: self.picked.emit())
        line = self.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._emptied)
        self._fill("")

    def set_clients(self, clients: Sequence[Client]) -> None:
        if list(clients) != list(self._clients):
            self._clients = clients
            self._fill(self.client_id())

    def setAccessibleName(self, name: str) -> None:
        """Of the line that is typed in as well."""
        super().setAccessibleName(name)
        line = self.lineEdit()
        assert line is not None
        line.setAccessibleName(name)

    def set_nobody(self, text: str) -> None:
        self._nobody = text
        self.setItemText(0, text)

    def client_id(self) -> str:
        """Of the client whose name stands there; "" for none, and for a text that is no name."""
        text, number = self.currentText().strip(), self.currentIndex()
        if number < 0 or self.itemText(number) != text:
            number = self.findText(text, Qt.MatchFlag.MatchFixedString)
        return str(self.itemData(number) or "") if number >= 0 else ""

    def choose(self, client_id: str) -> None:
        self.setCurrentIndex(max(self.findData(client_id), 0))

    def _emptied(self) -> None:
        """Emptying the line means nobody."""
        if not self.currentText().strip() and self.currentIndex() > 0:
            self.setCurrentIndex(0)
            self.picked.emit()

    def _fill(self, client_id: str) -> None:
        self.clear()
        self.addItem(self._nobody, "")
        names = [one.name for one in self._clients]
        for one in sorted(self._clients, key=lambda each: each.name.casefold()):
            # Two may share a name: then their number tells them apart.
            twice = names.count(one.name) > 1 if len(names) < 2000 else False
            more = next(iter(one.company_numbers), one.file_number)
            self.addItem(f"{one.name} ({more})" if twice and more else one.name, one.id)
        self.choose(client_id)
