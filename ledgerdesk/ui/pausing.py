"""The menu that pauses what runs by itself; “Send now” goes on working."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from ledgerdesk.i18n import N_
from ledgerdesk.ui import commands
from ledgerdesk.ui.commands import Command

if TYPE_CHECKING:
    from ledgerdesk.delivery.schedules import Pause, Shown
    from ledgerdesk.errors import LedgerDeskError
    from ledgerdesk.ui.desk import OpenDesk

_LENGTHS = (
    ("hour", N_("For an &hour")),
    ("today", N_("Until &tomorrow")),
    ("on", N_("Until I &resume")),
)


class PauseMenu(QMenu):
    """``show_pause`` says which of its entries make sense now."""

    def __init__(
        self,
        desk: OpenDesk,
        failed: Callable[[LedgerDeskError], object],
        parent: QWidget | None = None,
        owner: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._failed = failed
        self._owner = owner or self
        self.pauses = [
            Command(self, text, lambda length=length: self._pause(length), name=f"pause_{length}")
            for length, text in _LENGTHS
        ]
        self.resume = Command(self, N_("&Resume now"), self._resume, name="resume")
        self.addActions([*self.pauses, self.resume])
        self.show_pause(None)

    def show_pause(self, pause: Pause | None) -> None:
        self.resume.setVisible(pause is not None)

    def retranslate(self) -> None:
        commands.retranslate([*self.pauses, self.resume])

    def _pause(self, length: str) -> None:
        self._desk.run(
            lambda desk, _job: desk.schedules.pause(length),
            self._done,
            self._failed,
            owner=self._owner,
        )

    def _resume(self) -> None:
        self._desk.run(
            lambda desk, _job: desk.schedules.resume(),
            self._done,
            self._failed,
            owner=self._owner,
        )

    def _done(self, shown: Shown) -> None:
        self.show_pause(shown.pause)
        self._desk.changed.emit()
