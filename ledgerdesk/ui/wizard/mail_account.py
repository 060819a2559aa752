"""The firm's mail account, asked for where a package that mails is set up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.mail_account import MAIL_ACCOUNT_FIELDS
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.mail_sign_in import set_mail_account
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named


class MailAccountDialog(QDialog):
    """Kept without signing in; it is tried when the package is connected. ``saved`` comes then."""

    saved = Signal()

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self._shell = shell
        self.setObjectName("mailAccountDialog")
        self.setWindowTitle(translate(N_("The firm's mail account")))
        note = plain_label(
            translate(
                N_(
                    "All mails to accounting packages leave through it. It is kept for all of "
                    "them, and tried when the package is connected."
                )
            )
        )
        note.setProperty("help", True)
        self.form = Form(MAIL_ACCOUNT_FIELDS)
        column = named(QWidget(), "scrolled")
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 10, 0)
        inside.addWidget(self.form)
        area = QScrollArea(widgetResizable=True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(column)
        buttons = QDialogButtonBox()
        text = translate(N_("Save mail account"))
        self.save_button = buttons.addButton(text, QDialogButtonBox.ButtonRole.AcceptRole)
        self.save_button.setObjectName("saveMailAccount")
        self.save_button.setProperty("primary", True)
        self.save_button.setDefault(True)
        cancel = translate(N_("Cancel"))
        buttons.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._save)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 14)
        layout.setSpacing(12)
        layout.addWidget(note)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.resize(560, 620)

    def _save(self) -> None:
        values, secrets = self.form.split()
        self.save_button.setEnabled(False)
        self._shell.desk.run(
            lambda desk, job: set_mail_account(desk, values, secrets, job),
            lambda _account: self._kept(),
            self._refused,
            owner=self,
        )

    def _kept(self) -> None:
        self.accept()
        self.saved.emit()

    def _refused(self, error: LedgerDeskError) -> None:
        self.save_button.setEnabled(True)
        self.form.show_errors([error])
