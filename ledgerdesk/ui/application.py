"""Starting and ending the window: single instance, window first, then the books.

SQLAlchemy and everything else that is slow to import is loaded after the first paint, by the thread
that opens the data folder.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from ledgerdesk import paths
from ledgerdesk.paths import DataFolder
from ledgerdesk.ui import style, texts
from ledgerdesk.ui.background import Background
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.memory import Memory
from ledgerdesk.ui.pages import ENTRIES
from ledgerdesk.ui.single_instance import SingleInstance
from ledgerdesk.ui.window import Window

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.ui.background import Job
    from ledgerdesk.ui.tray import Tray

_STARTED_MS = 3000
"""By then the first page stands, and all that it needed is loaded."""
_BUSY = 3
"""Exit code: the first window does not answer."""
_SWITCH_SECONDS = 0.0001
"""How long a thread may keep the interpreter while the window wants it. The window wants it very
often for very short: its longest stalls halve against a millisecond, the work takes as long."""


def run(given: str | Path | None, files: Sequence[Path] = (), *, unseen: bool = False) -> int:
    """One window from start to end; the exit code. ``unseen``: it begins in the tray, or minimised
    where there is none. Raises NoScreen."""
    _need_screen()
    folder = paths.data_folder(given)
    first = SingleInstance(folder)
    if _can_be_made(folder) and not first.acquire():
        return 0 if first.hand_over(files) else _BUSY
    application = QApplication.instance() or Application(sys.argv[:1])
    assert isinstance(application, QApplication)
    sys.setswitchinterval(_SWITCH_SECONDS)
    program = Program(application, folder, given)
    first.asked.connect(program.take_in)
    program.window.painted.connect(first.listen)
    program.window.painted.connect(lambda: QTimer.singleShot(_STARTED_MS, _collect_again))
    with Hooks(program):
        program.start(files, unseen=unseen)
        code = application.exec()
        program.end()
    first.release()
    return int(code)


def _collect_again() -> None:
    """What the start has made stays: the collector need never look at it again."""
    gc.freeze()
    gc.enable()


def _need_screen() -> None:
    """Qt ends the whole process where it finds no display."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        from ledgerdesk.errors import NoScreen

        raise NoScreen()


def _can_be_made(folder: DataFolder) -> bool:
    """Whether the data folder is there now. Where it cannot be made, opening it says why."""
    try:
        folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return True


class Application(QApplication):
    """``quit_asked`` comes before the windows are asked: Cmd+Q, the Dock, the end of a session."""

    quit_asked = Signal()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Quit:
            self.quit_asked.emit()
        return super().event(event)


class Program(QObject):
    """The window and what it stands on. ``bug`` may be emitted in any thread. Without ``serves``
    nothing runs by itself."""

    bug = Signal(object)

    def __init__(
        self,
        application: QApplication,
        folder: DataFolder,
        given: str | Path | None,
        *,
        serves: bool = True,
    ) -> None:
        super().__init__()
        self._application = application
        self._memory = Memory(folder)
        self._appearance = self._memory.appearance or style.SYSTEM
        self._reporting = False
        application.setApplicationName("LedgerDesk")
        application.setDesktopFileName("ledgerdesk")
        style.prepare(application)
        style.use(application, self._appearance)
        texts.use_language(self._memory.language)
        self.background = Background(self)
        self.desk = OpenDesk(given, self.background, self, serves=serves)
        self.window = Window(self.desk, ENTRIES)
        self.bug.connect(self._hear_of_bug)
        self.background.bug.connect(self.bug)
        self.desk.settings_changed.connect(self._apply)
        application.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._serves = serves
        self.tray: Tray | None = None
        self.desk.opened.connect(self._make_tray)
        self.desk.opened.connect(self._read_settings)
        if isinstance(application, Application):
            application.quit_asked.connect(self.window.quits)

    def start(self, files: Sequence[Path] = (), *, unseen: bool = False) -> None:
        """Shows the window. Its first page is made, and the books are opened, once it is seen; or
        at once when it begins ``unseen``."""
        names = [one.name for one in self.window.entries]
        kept = self._memory.restore_place(self.window)
        page = kept if kept in names else names[0]
        self.window.navigation.setCurrentRow(names.index(page))
        self.window.painted.connect(lambda: self._go_on(page, list(files)))
        if not unseen:
            self.window.show()
        elif has_tray():
            self.window.start_unseen()
        else:
            self.window.start_unseen()
            self.window.showMinimized()

    def _go_on(self, page: str, files: list[Path]) -> None:
        self.window.go_to(page)
        self.desk.open()
        if files:
            self.take_in(files)

    @Slot()
    def _make_tray(self) -> None:
        """Once the books are open; from then on the program ends when somebody quits it."""
        if self.tray is not None or not self._serves or not has_tray():
            return
        from ledgerdesk.ui.leaving import Leaving
        from ledgerdesk.ui.tray import Tray

        self.tray = tray = Tray(self.window, self._memory)
        self.window.leaving = Leaving(self.window, lambda: tray.waiting)
        tray.icon.show()
        self._application.setQuitOnLastWindowClosed(False)
        self.window.closing.connect(lambda: self._application.exit(0))
        self._application.commitDataRequest.connect(lambda _session: self.window.quit_unasked())

    def end(self) -> None:
        if self.tray is not None:
            self.tray.icon.hide()
        page = self.window.current_page
        if page is not None:
            self._memory.keep_place(self.window, page.name)
        self.window.hide()
        self.desk.close()

    @Slot(object)
    def take_in(self, files: list[Path]) -> None:
        self.window.bring_forward()
        self.window.take_in(files)

    @Slot()
    def _read_settings(self) -> None:
        self.desk.run(_settings, self._apply, owner=self)

    @Slot(object)
    def _apply(self, kept: dict[str, str | int]) -> None:
        """Language and appearance as they are kept in the books."""
        from ledgerdesk import settings

        language = str(kept[settings.LANGUAGE.key])
        appearance = str(kept[settings.APPEARANCE.key])
        if appearance != self._appearance:
            self._appearance = appearance
            style.use(self._application, appearance)
        if texts.wanted(language) != texts.in_use():
            texts.use_language(language)
            if self.tray is not None:
                self.tray.retranslate()
        if self.tray is not None and self.window.leaving is not None:
            self.tray.apply(kept)
            self.window.leaving.when_closed = str(kept[settings.WHEN_CLOSED.key])
        self._memory.remember(language, appearance)

    @Slot()
    def _follow_system(self) -> None:
        style.use(self._application, self._appearance)

    @Slot(object)
    def _hear_of_bug(self, error: BaseException) -> None:
        # What failed goes on first; the dialog comes from the event loop.
        QTimer.singleShot(0, lambda: self._show_bug(error))

    def _show_bug(self, error: BaseException) -> None:
        """One dialog at a time: what follows from the same fault adds nothing."""
        if self._reporting:
            return
        from ledgerdesk.ui import dialogs
        from ledgerdesk.ui.report import report

        self._reporting = True
        try:
            dialogs.report_bug(self.window, report(error))
        finally:
            self._reporting = False


def has_tray() -> bool:
    from PySide6.QtWidgets import QSystemTrayIcon

    return QSystemTrayIcon.isSystemTrayAvailable()


def _settings(desk: Desk, _job: Job) -> dict[str, str | int]:
    return desk.settings()


class Hooks:
    """What nobody caught, in any thread, is logged and told once."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def __enter__(self) -> None:
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._uncaught
        threading.excepthook = lambda given: self._uncaught(
            given.exc_type, given.exc_value or given.exc_type(), given.exc_traceback
        )

    def __exit__(self, *_: object) -> None:
        sys.excepthook, threading.excepthook = self._before

    def _uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        from ledgerdesk import log

        log.bug(error)
        self._program.bug.emit(error)
