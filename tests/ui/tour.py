"""A walk through the whole window: every page, every command that opens a dialog, every menu.

``Tour(program).walk(look)`` calls ``look(name, widget)`` for each of them while it is on screen.
Commands are started with the first line of every list chosen; dialogs are closed unanswered.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QMenu, QWidget, QWizard

from ledgerdesk.ui import trial
from ledgerdesk.ui.application import Program

Look = Callable[[str, QWidget], None]

_LONGEST_WIZARD = 8
_QUIET_MS = 150
_FILLED_TICKS = 25


def demo_folder(place: Path) -> Path:
    """A practice folder as ``ledgerdesk demo`` leaves it."""
    command = [sys.executable, "-m", "ledgerdesk", "--data-dir", str(place), "demo", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    return place


def copy_of(folder: Path, place: Path) -> Path:
    """A folder that may be changed."""
    shutil.copytree(folder, place)
    for name in ("engine.lock", "window.lock"):
        (place / name).unlink(missing_ok=True)
    return place


class Tour:
    def __init__(self, program: Program) -> None:
        self.window = program.window
        self.seen: list[str] = []
        self._look: Look = lambda name, widget: None
        self._name = ""
        self._done: list[QWidget] = []
        self._ticks = 0
        self._failed: BaseException | None = None

    def walk(self, look: Look) -> list[str]:
        """The names of all that was looked at. What ``look`` raises comes out of here."""
        self._look = look
        timer = QTimer(interval=20)
        timer.timeout.connect(self._attend)
        timer.start()
        try:
            for one in self.window.entries:
                self._page(one.name)
            self._commands_of_the_window()
        finally:
            timer.stop()
        if self._failed is not None:
            raise self._failed
        return self.seen

    def _page(self, name: str) -> None:
        trial.show(self.window, name)
        self._see(name, self.window)
        for number in range(len(self.window.page(name).commands)):
            trial.show(self.window, name)
            self._choose_first_lines()
            self._run(name, self.window.page(name).commands[number])

    def _commands_of_the_window(self) -> None:
        self._run("window", self.window.menus.about)

    def _choose_first_lines(self) -> None:
        page = self.window.current_page
        assert page is not None
        for view in page.findChildren(QAbstractItemView):
            model = view.model()
            if view.isVisible() and model.rowCount() > 0:
                view.setCurrentIndex(model.index(0, 0))
        trial.settle(self.window)

    def _run(self, page: str, command: QAction) -> None:
        menu = command.menu()
        actions = menu.actions() if isinstance(menu, QMenu) else [command]
        for action in actions:
            if action.isEnabled() and not action.isSeparator() and not action.isCheckable():
                self._name = f"{page}.{action.objectName() or action.text()}"
                action.trigger()
                self._wait_for_dialogs()

    def _wait_for_dialogs(self) -> None:
        quiet = QDeadlineTimer(_QUIET_MS)
        longest = QDeadlineTimer(20_000)
        while not quiet.hasExpired():
            QApplication.processEvents()
            busy = not self.window.desk.background.is_idle
            if self._dialog() is not None or busy:
                quiet.setRemainingTime(_QUIET_MS)
            assert not longest.hasExpired(), f"{self._name} does not come to an end"

    def _dialog(self) -> QDialog | None:
        dialog = QApplication.activeModalWidget()
        return dialog if isinstance(dialog, QDialog) else None

    def _attend(self) -> None:
        """Looks at the dialog that is open, once it has been filled, and closes it."""
        dialog = self._dialog()
        if dialog is None or dialog in self._done:
            return
        # A dialog that tells how a task ended keeps that task from coming to its end.
        self._ticks += 1
        if not self.window.desk.background.is_idle and self._ticks < _FILLED_TICKS:
            return
        self._ticks = 0
        self._done.append(dialog)
        try:
            if isinstance(dialog, QWizard):
                self._wizard(dialog)
            else:
                self._see(f"{self._name}.{dialog.objectName()}", dialog)
        except BaseException as error:
            self._failed = self._failed or error
        dialog.reject()

    def _wizard(self, wizard: QWizard) -> None:
        """As far as *Next* leads with what is chosen already."""
        for step in range(_LONGEST_WIZARD):
            self._see(f"{self._name}.{wizard.objectName()}{step}", wizard)
            here = wizard.currentId()
            following = wizard.button(QWizard.WizardButton.NextButton)
            if not following.isVisible() or not following.isEnabled():
                return
            following.click()
            trial.settle(self.window)
            if wizard.currentId() == here:
                self._see(f"{self._name}.{wizard.objectName()}{step}.refused", wizard)
                return

    def _see(self, name: str, widget: QWidget) -> None:
        self.seen.append(name)
        self._look(name, widget)
