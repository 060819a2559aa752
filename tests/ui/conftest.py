"""The window on a practice folder, driven as a person would: click, type, wait for what is seen.

``open_desk`` is the services, ``show_page(PageClass)`` a window with that one page, loaded.
``type_text`` types any characters (``qtbot.keyClicks`` aborts at the first é). ``answer`` clicks a
button of the next dialog.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest
from PySide6.QtCore import QEvent, QLocale, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from ledgerdesk import i18n, log
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import open_books
from ledgerdesk.ui import style, texts
from ledgerdesk.ui.background import Background
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.page import Page
from ledgerdesk.ui.window import Window

if TYPE_CHECKING:
    from tests.ui.person import Person, Shell

P = TypeVar("P", bound=Page)
W = TypeVar("W", bound=QObject)


class ShowPage(Protocol):
    def __call__(self, page: type[P]) -> P: ...


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """A window that still sends asks before it closes; at a test's end nobody would answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Window, "_closes_while_sending", lambda self: True)
        yield


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> Iterator[None]:
    """Light, English, in the locale of the tests; a test that changes it harms no other one."""
    if qapp.property("prepared") is None:
        style.prepare(qapp)
        qapp.setProperty("prepared", True)
    style.use(qapp, style.LIGHT)
    texts.use_language("en")
    yield
    texts.use_language("en")
    i18n.use("en")
    QLocale.setDefault(QLocale.c())


@pytest.fixture
def practice_folder(data_dir: Path) -> Path:
    """A data folder marked as practice: loopback only, and its key needs no key store."""
    with open_books(DataFolder(data_dir), practice=True):
        return data_dir


@pytest.fixture
def closed_desk(qapp: QApplication, practice_folder: Path) -> Iterator[OpenDesk]:
    background = Background()
    desk = OpenDesk(practice_folder, background)
    yield desk
    desk.close()
    log.stop()
    background.deleteLater()
    desk.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def open_desk(qtbot: QtBot, closed_desk: OpenDesk) -> OpenDesk:
    """The services of a practice folder, as this window's own."""
    with qtbot.waitSignal(closed_desk.opened, timeout=10_000):
        closed_desk.open()
    return closed_desk


@pytest.fixture
def show_page(qtbot: QtBot, open_desk: OpenDesk) -> Iterator[ShowPage]:
    """Shows one page in a window of its own and waits until it is loaded."""

    def show(page: type[P]) -> P:
        window = Window(open_desk, [page])
        qtbot.addWidget(window)
        window.show()
        window.go_to(page.name)
        made = window.page(page.name)
        assert isinstance(made, page)
        wait_loaded(qtbot, made)
        return made

    yield show


def wait_loaded(qtbot: QtBot, page: Page) -> None:
    """Until nothing is being read for ``page``: what is on screen is what the books say."""
    qtbot.waitUntil(lambda: not page.is_loading and page.was_loaded, timeout=10_000)


def find(root: QWidget, kind: type[W], name: str = "") -> W:
    """The one child of that kind, and with that object name."""
    found = root.findChildren(kind, name) if name else root.findChildren(kind)
    assert len(found) == 1, f"{len(found)} × {kind.__name__} {name}"
    return found[0]


def type_text(widget: QWidget, text: str) -> None:
    """Types into ``widget`` any characters at all, and nothing but typing: it is focused before."""
    widget.setFocus()
    for sign in text:
        event = QInputMethodEvent()
        event.setCommitString(sign)
        QApplication.sendEvent(widget, event)


def unnamed(root: QWidget) -> list[str]:
    """What can be reached with the keyboard below ``root`` and tells a screen reader nothing."""
    found = []
    for widget in root.findChildren(QWidget):
        inner = widget.objectName().startswith("qt_")
        if not widget.isVisible() or inner or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        spoken = QAccessible.queryAccessibleInterface(widget)
        if not spoken.text(QAccessible.Text.Name):
            found.append(f"{type(widget).__name__} {widget.objectName()}")
    return found


@pytest.fixture
def answer(qtbot: QtBot) -> Callable[[str], contextlib.AbstractContextManager[list[str]]]:
    """``with answer("Close") as said:`` clicks that button of the dialog that comes; ``said`` holds
    its texts afterwards. Fails when none came."""

    @contextlib.contextmanager
    def answering(button: str) -> Iterator[list[str]]:
        said: list[str] = []
        timer = QTimer(interval=10)
        timer.timeout.connect(lambda: _answer(timer, button, said))
        timer.start()
        yield said
        qtbot.waitUntil(lambda: bool(said), timeout=5000)
        timer.stop()

    return answering


def _answer(timer: QTimer, button: str, said: list[str]) -> None:
    dialog: Any = QApplication.activeModalWidget()
    if not isinstance(dialog, QDialog):
        return
    timer.stop()
    if isinstance(dialog, QMessageBox):
        said += [dialog.text(), dialog.informativeText(), dialog.detailedText()]
    else:
        said.append(dialog.windowTitle())
    for one in dialog.findChildren(QPushButton):
        if one.text().replace("&", "") == button:
            one.click()
            return
    names = [one.text() for one in dialog.findChildren(QPushButton)]
    dialog.reject()
    pytest.fail(f"no button “{button}” among {names}")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice folder full of documents and deliveries; use a copy of it."""
    from tests.ui.tour import demo_folder

    return demo_folder(tmp_path_factory.mktemp("demo") / "folder")


@pytest.fixture
def demo_window(
    qtbot: QtBot,
    qapp: QApplication,
    demo: Path,
    data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Any]:
    """The whole program on the demo's folder. Nothing opens outside, nobody chooses a file."""
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QFileDialog

    from ledgerdesk import connectors
    from ledgerdesk.ui import trial
    from tests.ui.tour import copy_of

    # The day's stand-ins are gone: nobody answers, and nobody outside is asked.
    for one in connectors.all_connectors():
        monkeypatch.setenv(f"LEDGERDESK_ENDPOINT_{one.id.upper()}", "http://127.0.0.1:9")
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_, **__: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda *_: True)
    with trial.opened(copy_of(demo, tmp_path / "demo")) as program:
        yield program
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def shell(open_desk: OpenDesk) -> Shell:
    """A window without pages: notes where it was sent."""
    from tests.ui.person import Shell

    return Shell(open_desk)


@pytest.fixture
def person(qtbot: QtBot, shell: Shell) -> Iterator[Person]:
    """Somebody who walks the wizard."""
    from tests.ui.person import Person

    made = Person(qtbot, shell)
    yield made
    for wizard in made.opened:
        if isValid(wizard):
            wizard.close()
