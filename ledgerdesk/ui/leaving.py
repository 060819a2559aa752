"""Closing the window while its icon stays beside the clock: asked once, kept in the settings."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from ledgerdesk import settings
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import dialogs
from ledgerdesk.ui.deliveries import words

if TYPE_CHECKING:
    from ledgerdesk.ui.window import Window


class Way(Enum):
    """What closing the window comes to. ``STAY``: out of sight, it goes on; ``OPEN``: nothing."""

    STAY = auto()
    QUIT = auto()
    OPEN = auto()
    ASK = auto()


def way_of(when_closed: str) -> Way:
    """What the setting says."""
    return {"keep": Way.STAY, "quit": Way.QUIT}.get(when_closed, Way.ASK)


class Leaving:
    """Given to the window where there is a tray. ``waiting`` tells how many deliveries go out by
    themselves as long as LedgerDesk runs."""

    def __init__(self, window: Window, waiting: Callable[[], int]) -> None:
        self._window = window
        self._waiting = waiting
        self.when_closed = settings.WHEN_CLOSED.default

    def close(self) -> Way:
        """The window is being closed; never ``ASK``."""
        way = way_of(self.when_closed)
        if way is Way.ASK:
            way = self._ask()
            if way is not Way.OPEN:
                self._keep("keep" if way is Way.STAY else "quit", way)
                # It quits once the answer is kept.
                return Way.STAY if way is Way.STAY else Way.OPEN
        return way

    def may_quit(self) -> bool:
        """Says what will wait; a person may stay."""
        waiting = self._waiting()
        if not waiting:
            return True
        return dialogs.ask(
            self._window,
            translate(N_("Quit LedgerDesk?")),
            self._what_waits(waiting),
            yes=translate(N_("Quit")),
            no=translate(N_("Keep running")),
        )

    def _what_waits(self, waiting: int) -> str:
        text = translate(
            N_("Still to be sent: {documents}. They wait until LedgerDesk runs again.")
        )
        return text.format(documents=words.documents(waiting))

    def _ask(self) -> Way:
        question = translate(N_("Keep LedgerDesk running in the background?"))
        box = dialogs.message(self._window, QMessageBox.Icon.Question, question)
        detail = [
            translate(
                N_(
                    "It goes on sending on schedule, and its icon stays beside the clock. You are "
                    "asked only once; Settings change it."
                )
            )
        ]
        if waiting := self._waiting():
            detail.append(self._what_waits(waiting))
        box.setInformativeText("\n\n".join(detail))
        roles = QMessageBox.ButtonRole
        stay = box.addButton(translate(N_("Keep running")), roles.AcceptRole)
        leave = box.addButton(translate(N_("Quit")), roles.DestructiveRole)
        back = box.addButton(translate(N_("Cancel")), roles.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(back)
        box.exec()
        clicked = box.clickedButton()
        if clicked is stay:
            return Way.STAY
        return Way.QUIT if clicked is leave else Way.OPEN

    def _keep(self, text: str, way: Way) -> None:
        window = self._window
        self.when_closed = text

        def kept(every: dict[str, str | int]) -> None:
            window.desk.settings_changed.emit(every)
            if way is Way.QUIT:
                window.quit_unasked()

        window.desk.run(
            lambda desk, _job: desk.change_setting(settings.WHEN_CLOSED.key, text),
            kept,
            owner=window,
        )
