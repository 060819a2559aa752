"""Draws every page once, for ``--selftest`` and for pictures of the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEvent, QEventLoop, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMessageBox

from ledgerdesk.paths import DataFolder
from ledgerdesk.ui.application import Program
from ledgerdesk.ui.window import Window

_PATIENCE_MS = 60_000


class NotDrawn(Exception):
    """A page was not loaded in time, or shows nothing."""


def draw_pages(place: Path) -> list[str]:
    """Opens the window on the data folder ``place``; the names of the pages. Raises NotDrawn."""
    with opened(place) as program:
        refuser = _Refuser()
        window = program.window
        for one in window.entries:
            show(window, one.name)
            refuser.check()
            if is_blank(window.grab().toImage()):
                raise NotDrawn(one.name)
        refuser.stop()
        return [one.name for one in window.entries]


@contextmanager
def opened(place: Path) -> Iterator[Program]:
    """The whole window on a data folder, as a start makes it."""
    application = QApplication.instance() or QApplication(["ledgerdesk"])
    assert isinstance(application, QApplication)
    program = Program(application, DataFolder(place), place, serves=False)
    program.start()
    try:
        _wait(lambda: program.desk.is_open, "the books")
        yield program
    finally:
        program.end()
        program.window.deleteLater()
        program.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class _Refuser:
    """Closes every dialog that comes unasked: nobody is there to answer it."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._timer = QTimer(interval=100)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def check(self) -> None:
        """Raises NotDrawn when there was one."""
        if self._said:
            raise NotDrawn(self._said[0])

    def stop(self) -> None:
        self._timer.stop()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QMessageBox):
            self._said.append(f"{dialog.text()} {dialog.detailedText()}")
            dialog.reject()


def show(window: Window, page: str, **what: str) -> None:
    """Goes to a page and waits until it has been read. Raises NotDrawn."""
    window.go_to(page, **what)
    made = window.page(page)
    _wait(lambda: made.was_loaded and not made.is_loading, page)
    settle(window)


def settle(window: Window) -> None:
    """Until nothing is read in the background any more. Raises NotDrawn."""
    _wait(lambda: window.desk.background.is_idle, "the background")
    QApplication.processEvents()


def _wait(ready: Callable[[], bool], what: str) -> None:
    deadline = QDeadlineTimer(_PATIENCE_MS)
    while not ready():
        if deadline.hasExpired():
            raise NotDrawn(what)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def is_blank(image: QImage) -> bool:
    """Whether all of it has one colour."""
    first = image.pixel(0, 0)
    step = max(1, image.width() // 400)
    return all(
        image.pixel(x, y) == first
        for y in range(0, image.height(), step)
        for x in range(0, image.width(), step)
    )
