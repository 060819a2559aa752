"""From start to end: what is loaded before the first paint, settings that act, faults told."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ledgerdesk import i18n, log
from ledgerdesk.app import own_desk
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import engine_running
from ledgerdesk.ui import style
from ledgerdesk.ui.application import Hooks, Program, run
from ledgerdesk.ui.window import Window
from tests.ui.conftest import wait_loaded

Answer = Callable[[str], AbstractContextManager[list[str]]]

_FIRST_PAINT = """
import sys
from PySide6.QtWidgets import QApplication
from ledgerdesk import paths
from ledgerdesk.ui.application import Program
application = QApplication(sys.argv[:1])
program = Program(application, paths.data_folder(sys.argv[1]), sys.argv[1])
program.window.show()
program.window.grab()
slow = ("sqlalchemy", "alembic", "keyring", "paramiko", "requests", "dropbox", "lxml")
print(*[name for name in slow if name in sys.modules])
"""


@pytest.fixture
def program(qtbot: QtBot, qapp: QApplication, practice_folder: Path) -> Iterator[Program]:
    made = Program(qapp, DataFolder(practice_folder), practice_folder, serves=False)
    qtbot.addWidget(made.window)
    yield made
    made.end()
    log.stop()


def started(qtbot: QtBot, program: Program) -> None:
    with qtbot.waitSignal(program.desk.opened, timeout=10_000):
        program.start()
    page = program.window.current_page
    assert page is not None
    wait_loaded(qtbot, page)
    qtbot.waitUntil(lambda: program.background.is_idle, timeout=10_000)


def test_nothing_slow_is_loaded_before_the_first_paint(data_dir: Path) -> None:
    command = [sys.executable, "-c", _FIRST_PAINT, str(data_dir)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.split() == []


def test_the_books_are_opened_after_the_window_is_shown(qtbot: QtBot, program: Program) -> None:
    assert not program.desk.is_open
    started(qtbot, program)
    assert program.desk.is_owner


def test_language_and_appearance_of_the_books_are_used_at_start(
    qtbot: QtBot, program: Program, practice_folder: Path
) -> None:
    with own_desk(practice_folder) as desk:
        desk.change_setting("language", "nl")
        desk.change_setting("appearance", "dark")
    started(qtbot, program)
    qtbot.waitUntil(lambda: style.colours() is style.DARK_COLOURS)
    assert i18n.language() == "nl"


def test_a_changed_setting_acts_at_once_and_is_remembered_for_the_next_first_paint(
    qtbot: QtBot, qapp: QApplication, program: Program, practice_folder: Path
) -> None:
    started(qtbot, program)
    assert program.desk.desk is not None
    program.desk.settings_changed.emit(program.desk.desk.change_setting("appearance", "dark"))
    assert style.colours() is style.DARK_COLOURS
    style.use(qapp, style.LIGHT)
    following = Program(qapp, DataFolder(practice_folder), practice_folder, serves=False)
    qtbot.addWidget(following.window)
    assert style.colours() is style.DARK_COLOURS


def test_the_end_lets_go_of_everything(
    qtbot: QtBot, program: Program, practice_folder: Path
) -> None:
    started(qtbot, program)
    program.end()
    assert not engine_running(DataFolder(practice_folder))


def test_a_fault_is_one_calm_dialog_with_a_report_without_secrets(
    qtbot: QtBot, program: Program, answer: Answer
) -> None:
    started(qtbot, program)
    log.register_secret("tres-geheim")
    fault = ZeroDivisionError("password=tres-geheim")
    with answer("OK") as said:
        program.bug.emit(fault)
        program.bug.emit(fault)
        qtbot.waitUntil(lambda: bool(said), timeout=5000)
    report = said[2]
    assert "ZeroDivisionError" in report
    assert "tres-geheim" not in report
    assert QApplication.activeModalWidget() is None


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_a_second_start_brings_its_files_to_the_window(
    qtbot: QtBot, program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started(qtbot, program)
    taken: list[list[Path]] = []
    monkeypatch.setattr(program.window, "take_in", taken.append)
    program.window.hide()
    program.take_in([tmp_path])
    assert program.window.isVisible()
    assert taken == [[tmp_path]]


def test_a_whole_run_ends_with_0_when_its_window_is_closed(
    qtbot: QtBot, practice_folder: Path
) -> None:
    def close() -> None:
        for one in QApplication.topLevelWidgets():
            if isinstance(one, Window) and one.desk.is_open:
                timer.stop()
                one.close()

    timer = QTimer(interval=20)
    timer.timeout.connect(close)
    timer.start()
    assert run(practice_folder) == 0
    assert not engine_running(DataFolder(practice_folder))


def test_what_nobody_caught_in_any_thread_is_told_and_not_lost(
    qtbot: QtBot, program: Program, allow_log: Callable[..., None]
) -> None:
    allow_log("ledgerdesk")
    told: list[object] = []
    program.bug.disconnect()
    program.bug.connect(told.append)

    def fault() -> None:
        raise ZeroDivisionError("a fault")

    with Hooks(program):
        thread = threading.Thread(target=fault)
        thread.start()
        thread.join()
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], ZeroDivisionError)


def test_without_a_screen_it_says_so_instead_of_crashing(data_dir: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Qt on Linux ends the process")
    command = [sys.executable, "-m", "ledgerdesk", "--data-dir", str(data_dir)]
    ended = subprocess.run(
        command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 3
    assert "no screen" in ended.stderr
