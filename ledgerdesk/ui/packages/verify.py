"""Trying out an accounting package that is set up: the check list of each sign-in it uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from ledgerdesk.errors import Disposition, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.ui.background import Job, Task
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button
from ledgerdesk.ui.wizard.checks import CheckList
from ledgerdesk.ui.wizard.trouble import is_host_key

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.setup.packages import Package

_LOOK_MS = 60


class VerifyDialog(QDialog):
    """Begins at once. ``ended`` comes when all was tried or a line failed; ``sign_in_wanted`` asks
    for signing in again, or for the mail account where the package has no sign-in of its own."""

    ended = Signal(bool)
    sign_in_wanted = Signal()

    def __init__(self, shell: Shell, package: Package, parent: QWidget) -> None:
        super().__init__(parent)
        self._package = package
        self._seen: list[Check] = []
        self.setObjectName("verifyDialog")
        title = translate(N_("Verify: {name}")).format(name=package.name)
        self.setWindowTitle(title)
        self.heading = plain_label(translate(N_("Trying it out…")), name="verifyHeading")
        self.heading.setProperty("section", True)
        self.checks = CheckList()
        self.remedy = plain_label(name="remedy", selectable=True)
        self.remedy.hide()
        self.sign_in_button = push_button("signInAgain", primary=True)
        self.sign_in_button.setText(self._way_on())
        self.sign_in_button.clicked.connect(self._want_sign_in)
        self.sign_in_button.hide()
        self._lay_out()
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(lambda: self.checks.show_checks(tuple(self._seen)))
        self._look.start()
        self.checks.set_busy(True)
        self._task: Task | None = shell.desk.run(
            self._try_out, self._went_well, self._failed, owner=self
        )

    def reject(self) -> None:
        if self._task is not None:
            self._task.cancel()
        super().reject()

    def _try_out(self, desk: Desk, job: Job) -> Sequence[Check]:
        from ledgerdesk.setup.connections import Connections

        connections = Connections(replace(desk.services, cancel=job))
        for id in self._package.connection_ids:
            connections.verify(id, seen=self._seen)
        return tuple(self._seen)

    def _went_well(self, checks: Sequence[Check]) -> None:
        self._end()
        self.checks.show_checks(checks)
        self.heading.setText(translate(N_("Everything works.")))
        self.ended.emit(True)

    def _failed(self, error: LedgerDeskError) -> None:
        self._end()
        self.checks.show_failure(tuple(self._seen), error)
        _, _, remedy = error.sentences()
        self.heading.setText(translate(N_("Something does not work.")))
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))
        needs_sign_in = error.disposition is Disposition.REAUTHENTICATE or is_host_key(error)
        can_sign_in = self._package.has_sign_in or self._package.uses_mail_account
        self.sign_in_button.setVisible(needs_sign_in and can_sign_in)
        self.ended.emit(False)

    def _end(self) -> None:
        self._task = None
        self._look.stop()
        self.checks.set_busy(False)

    def _want_sign_in(self) -> None:
        self.accept()
        self.sign_in_wanted.emit()

    def _way_on(self) -> str:
        if self._package.has_sign_in:
            return translate(N_("Sign in again…"))
        return translate(N_("Open the mail account"))

    def _lay_out(self) -> None:
        column = named(QWidget(), "scrolled")
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.setSpacing(10)
        inside.addWidget(self.checks)
        inside.addWidget(self.remedy)
        inside.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(column)
        buttons = QDialogButtonBox()
        buttons.addButton(self.sign_in_button, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(translate(N_("Close")), QDialogButtonBox.ButtonRole.RejectRole)
        close.setObjectName("closeVerify")
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 14)
        layout.setSpacing(12)
        layout.addWidget(self.heading)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.resize(580, 380)
