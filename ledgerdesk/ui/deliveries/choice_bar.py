"""The buttons for what is chosen in the list: only those that are possible are seen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.commands import Command, button
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.texts import plain_label


class ChoiceBar(QFrame):
    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self.setObjectName("choiceBar")
        self._how_many = 0
        self._said = plain_label(name="chosen")
        self._said.setProperty("help", True)
        self._buttons = [(command, button(command)) for command in commands]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._said, 1)
        for _command, made in self._buttons:
            layout.addWidget(made)
            made.hide()
        self.setMinimumHeight(self._buttons[0][1].sizeHint().height())

    def show_choice(self, how_many: int) -> None:
        self._how_many = how_many
        for command, made in self._buttons:
            made.setVisible(how_many > 0 and command.isEnabled())
        self.retranslate()

    def retranslate(self) -> None:
        if not self._how_many:
            text = translate(N_("Choose deliveries to do something with them."))
        elif self._how_many == 1:
            text = translate(N_("1 chosen"))
        else:
            text = translate(N_("{count} chosen")).format(count=words.number(self._how_many))
        self._said.setText(text)
