"""Another name for an accounting package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Field
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.page import Shell

if TYPE_CHECKING:
    from ledgerdesk.setup.packages import Package


class RenameDialog(QDialog):
    """``renamed`` comes with the new name when it is kept."""

    renamed = Signal(str)

    def __init__(self, shell: Shell, package: Package, parent: QWidget) -> None:
        super().__init__(parent)
        self._shell = shell
        self._id = package.id
        self.setObjectName("renameDialog")
        self.setWindowTitle(translate(N_("Rename: {name}")).format(name=package.name))
        self.form = Form((Field("name", N_("Name")),), {"name": package.name})
        buttons = QDialogButtonBox()
        self.rename_button = buttons.addButton(
            translate(N_("Rename")), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.rename_button.setObjectName("rename")
        self.rename_button.setProperty("primary", True)
        self.rename_button.setDefault(True)
        buttons.addButton(translate(N_("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._rename)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 14)
        layout.setSpacing(12)
        layout.addWidget(self.form)
        layout.addWidget(buttons)
        self.setMinimumWidth(420)
        field = self.form.input("name")
        assert isinstance(field, QLineEdit)
        field.selectAll()
        field.setFocus()

    def _rename(self) -> None:
        if not self.form.check():
            return
        name = self.form.values()["name"].strip()
        self.rename_button.setEnabled(False)
        self._shell.desk.run(
            lambda desk, _job: desk.installer.edit(self._id, name),
            lambda _added: self._kept(name),
            self._refused,
            owner=self,
        )

    def _kept(self, name: str) -> None:
        self.accept()
        self.renamed.emit(name)

    def _refused(self, error: LedgerDeskError) -> None:
        self.rename_button.setEnabled(True)
        self.form.show_errors([error])
