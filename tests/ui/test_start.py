"""A start: what is loaded before the first paint, and how a bundle is looked over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from ledgerdesk.ui import trial

# What a window without books needs nothing of; each of these costs a twentieth of a second or more.
SLOW = (
    *("alembic", "asyncio", "cryptography", "dropbox", "filelock", "keyring", "lxml", "paramiko"),
    *("requests", "rich", "sqlalchemy", "ledgerdesk.app", "ledgerdesk.cli", "ledgerdesk.store"),
    *("PySide6.QtNetwork", "PySide6.QtSvg"),
)

_UNTIL_PAINTED = """
import os, sys
from ledgerdesk.ui.window import Window

paint = Window.paintEvent

def painted(self, event):
    paint(self, event)
    import PySide6.QtCore
    # The namespace Qt brings hundreds of enums, 16 ms of a first paint of 150.
    enums = ["PySide6.QtCore.Qt"] if "Qt" in vars(PySide6.QtCore) else []
    print(*sys.modules, *enums, flush=True)
    os._exit(0)

Window.paintEvent = painted
from ledgerdesk.__main__ import {entry}
{entry}()
"""


def loaded_at_first_paint(entry: str, folder: Path) -> set[str]:
    environment = {**os.environ, "LEDGERDESK_DATA_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", _UNTIL_PAINTED.format(entry=entry)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("entry", ["window", "main"])
def test_nothing_slow_is_loaded_before_the_first_paint(entry: str, data_dir: Path) -> None:
    loaded = loaded_at_first_paint(entry, data_dir)
    assert "ledgerdesk.ui.window" in loaded
    assert loaded & {*SLOW, "PySide6.QtCore.Qt"} == set()


def test_no_page_is_made_before_the_first_paint(data_dir: Path) -> None:
    loaded = loaded_at_first_paint("window", data_dir)
    assert [name for name in loaded if name.startswith("ledgerdesk.ui.pages.")] == []


def test_the_selftest_of_a_whole_program_passes_and_says_what_it_saw(tmp_path: Path) -> None:
    done = selftest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert set(said) == {"libraries", "connectors", "books", "documents", "pages", "selftest"}
    assert "sftp" in said["connectors"]
    assert "settings" in said["pages"]
    assert said["selftest"] == "passed"


def test_the_selftest_of_a_program_that_lacks_a_library_fails_and_names_it(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['paramiko'] = None\n", encoding="utf-8"
    )
    done = selftest(tmp_path)
    assert done.returncode == 1
    assert "libraries: FAILED" in done.stdout
    assert "paramiko" in done.stdout


def selftest(place: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(place)}
    return subprocess.run(
        [sys.executable, "-m", "ledgerdesk", "--selftest"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
    )


def test_a_page_of_one_colour_counts_as_not_drawn() -> None:
    image = QImage(QSize(40, 40), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    assert trial.is_blank(image)
    image.setPixelColor(20, 20, QColor("black"))
    assert not trial.is_blank(image)
