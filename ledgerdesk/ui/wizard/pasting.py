"""Whatever a provider wrote, pasted at once: into the fields where it belongs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Field
from ledgerdesk.setup.paste import FINGERPRINT, Pasted, parse
from ledgerdesk.ui import forms, icons
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import push_button


class PasteBar(QWidget):
    """The button that fills the form from the clipboard; Ctrl+V in a field does so too where the
    text holds more than that one field's value. ``pasted`` brings all that was recognised."""

    pasted = QtSignal(object)

    def __init__(self, form: forms.Form, fields: Sequence[Field]) -> None:
        super().__init__()
        self._form = form
        self._fields = tuple(fields)
        self.button = push_button("pasteAll")
        self.button.setText(translate(N_("Fill in from what you copied")))
        self.button.setToolTip(
            translate(
                N_(
                    "Copy the address, or the lines of your provider's mail with host, user name "
                    "and password; each value goes into its field."
                )
            )
        )
        icons.set_icon(self.button, "copy")
        self.button.clicked.connect(lambda: self.take(_clipboard()))
        self.note = plain_label(name="pasteNote")
        self.note.setProperty("help", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.button)
        layout.addWidget(self.note, 1)
        self._explain()
        for one in self._fields:
            form.input(one.name).installEventFilter(self)

    def take(self, text: str) -> bool:
        """Fills in what is recognised in ``text``; False: nothing was."""
        whole = parse(text)
        fitting = whole.fitting(self._fields)
        found = {**fitting.values, **fitting.secrets}
        approved = found.pop(FINGERPRINT, "")
        if not found and not approved:
            self._say(N_("Nothing was recognised in what you copied."))
            return False
        self._form.set_values(found)
        self._form.clear_errors()
        names = [translate(one.label) for one in self._fields if one.name in found]
        if approved:
            names.append(translate(N_("Fingerprint")))
        self._say(N_("Filled in: {names}. Please check."), names=", ".join(names))
        self.pasted.emit(whole)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.matches(QKeySequence.StandardKey.Paste) and self._is_more(_clipboard()):
            return self.take(_clipboard())
        return super().eventFilter(watched, event)

    def _is_more(self, text: str) -> bool:
        found: Pasted = parse(text).fitting(self._fields)
        return len(found.values) + len(found.secrets) > 1 or "private_key" in found.secrets

    def _explain(self) -> None:
        self._say(N_("An address, or the lines of your provider's mail: each goes to its field."))

    def _say(self, text: str, **names: str) -> None:
        self.note.setText(translate(text).format(**names))
        self.note.setAccessibleName(self.note.text())


def _clipboard() -> str:
    return QGuiApplication.clipboard().text()
