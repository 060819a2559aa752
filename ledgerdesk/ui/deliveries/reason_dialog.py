"""Asks why a document is sent once more."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button


class ReasonDialog(QDialog):
    """``send(reason)`` is called once, when a reason was given; without one it says so."""

    def __init__(self, parent: QWidget, documents: str, send: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._send = send
        self.setObjectName("reasonDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = translate(N_("Send again"))
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumWidth(440)
        text = translate(N_("Sent once more, with a name of its own: {documents}."))
        question = plain_label(text.format(documents=documents))
        label = plain_label(translate(N_("Why is it sent again?")))
        label.setProperty("fieldLabel", True)
        self.reason = named(QLineEdit(), "reason")
        self.reason.setAccessibleName(label.text())
        self.reason.setPlaceholderText(translate(N_("The package lost it")))
        help_ = plain_label(translate(N_("The reason stays in the history of the delivery.")))
        help_.setProperty("help", True)
        self._error = plain_label(name="reasonError")
        self._error.setProperty("error", True)
        self._error.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(8)
        for widget in (question, label, self.reason, help_, self._error):
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addWidget(self._buttons(title))
        self.reason.setFocus()

    def _buttons(self, title: str) -> QDialogButtonBox:
        box = QDialogButtonBox()
        send = push_button("sendAgain", primary=True)
        send.setText(title)
        send.setDefault(True)
        cancel = push_button("cancel")
        cancel.setText(translate(N_("Cancel")))
        box.addButton(send, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
        box.accepted.connect(self._accept)
        box.rejected.connect(self.reject)
        return box

    def _accept(self) -> None:
        reason = self.reason.text().strip()
        if not reason:
            self._error.setText(translate(N_("Give a reason, in a few words.")))
            self._error.show()
            self.reason.setFocus()
            return
        self.accept()
        self._send(reason)
