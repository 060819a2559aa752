"""Which dossier of the accounting package is the client's: searched by name, number or id."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration, Client
from ledgerdesk.ui.clients.dialog import choice
from ledgerdesk.ui.texts import plain_label


def shown(one: Administration) -> str:
    """The name with the company number, else with the id: two dossiers may share a name."""
    return f"{one.name} ({one.vat_number or one.id})"


class AdministrationPicker(QWidget):
    """Also an id can be typed: the package may not answer right now."""

    changed = Signal()

    def __init__(self, noun: str) -> None:
        super().__init__()
        self._noun = translate(noun)
        self._found: Sequence[Administration] = ()
        heading = plain_label(self._noun)
        heading.setProperty("fieldLabel", True)
        self.box = choice("administration")
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.setAccessibleName(self._noun)
        completer = self.box.completer()
        assert isinstance(completer, QCompleter)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.box.editTextChanged.connect(lambda _text: self.changed.emit())
        self.note = plain_label(name="administrationNote")
        self.note.setProperty("help", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (heading, self.box, self.note):
            layout.addWidget(widget)
        self._say(translate(N_("Asking the accounting package…")))

    def value(self) -> str:
        """The id of what is chosen, or what was typed instead; empty: the package's default."""
        text = self.box.currentText().strip()
        return next((one.id for one in self._found if text == shown(one)), text)

    def set_value(self, id: str) -> None:
        text = next((shown(one) for one in self._found if one.id == id), id)
        self.box.setEditText(text)

    def show_found(self, found: Sequence[Administration], client: Client) -> None:
        """Fills the list; the one with the client's number is chosen, a like name only proposed."""
        from ledgerdesk.setup.suggest import match

        before = self.value()
        self._found = found
        self.box.blockSignals(True)
        self.box.clear()
        self.box.addItems([shown(one) for one in found])
        self.box.blockSignals(False)
        self.set_value(before)
        self._say(translate(N_("Search by name or number. Empty: the package's default.")))
        proposal = next(iter(match([client], found)), None)
        if proposal is None or proposal.administration is None or before:
            return
        if proposal.score == 100:
            self.set_value(proposal.administration.id)
            self._say(translate(N_("Proposed: it has the same company number.")))
        else:
            text = translate(N_("Perhaps {name}: the name is alike, please check."))
            self._say(text.format(name=shown(proposal.administration)))

    def show_trouble(self, error: LedgerDeskError) -> None:
        text = translate(N_("The list cannot be shown now: type the id. {reason}"))
        self._say(text.format(reason=error.text()))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.box.setAccessibleDescription(text)
