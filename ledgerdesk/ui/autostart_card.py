"""Starting with the computer: the box shows what the system's own entry says, each time anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ledgerdesk.autostart import State, command, of_this_computer
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.page import Page
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.errors import LedgerDeskError

_NOTE = N_("It begins out of sight and sends on schedule. Only for your user on this computer.")
_SWITCHED_OFF = N_("It is entered, but was switched off in the system's own settings.")


class AutostartCard(QWidget):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self.box = named(QCheckBox(), "autostart")
        self.box.clicked.connect(self._change)
        self.note = plain_label(name="autostartNote")
        self.note.setProperty("help", True)
        self._state = State.OFF
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self.note)

    def show_state(self, state: State) -> None:
        self._state = state
        self.box.setChecked(state is State.ON)
        self.note.setText(translate(_SWITCHED_OFF if state is State.SWITCHED_OFF else _NOTE))

    def retranslate(self) -> None:
        self.box.setText(translate(N_("Start LedgerDesk when I sign in to this computer")))
        self.box.setAccessibleName(self.box.text())
        self.show_state(self._state)

    def _change(self, wanted: bool) -> None:
        self._page.shell.desk.run(
            lambda desk, _job: _set(desk, wanted), self.show_state, self._refused, owner=self
        )

    def _refused(self, error: LedgerDeskError) -> None:
        self.show_state(self._state)
        self._page.shell.tell(error)


def _set(desk: Desk, wanted: bool) -> State:
    entry = of_this_computer()
    if wanted:
        entry.turn_on(command(desk.folder.root))
    else:
        entry.turn_off()
    return entry.state()
