"""``tasks.py screenshots``: pictures of every page, dialog and state of the demo's window.

Twice: in light and in dark colours; the scale is Qt's own (QT_SCALE_FACTOR), part of the names.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from ledgerdesk.paths import DataFolder
from ledgerdesk.store import open_books
from ledgerdesk.ui import style, texts, trial
from ledgerdesk.ui.application import Program
from tests.ui.tour import Tour, copy_of, demo_folder


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    # Nobody is there to choose a file.
    QFileDialog.getOpenFileName = QFileDialog.getSaveFileName = lambda *_, **__: ("", "")  # type: ignore[method-assign]
    QFileDialog.getExistingDirectory = lambda *_, **__: ""  # type: ignore[method-assign]
    QFileDialog.getOpenFileNames = lambda *_, **__: ([], "")  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as place:
        demo = demo_folder(Path(place, "demo"))
        empty = Path(place, "empty")
        with open_books(DataFolder(empty), practice=True):
            pass
        for appearance in (style.LIGHT, style.DARK):
            for name, folder in (("", demo), ("empty-", empty)):
                with trial.opened(copy_of(folder, Path(place, f"{name}{appearance}"))) as program:
                    _dress(program, appearance)
                    _take(program, target, f"{appearance}-{_scale()}-{name}", tour=not name)


def _dress(program: Program, appearance: str) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    style.use(application, appearance)
    texts.use_language("en")
    program.window.resize(1120, 720)


def _take(program: Program, target: Path, prefix: str, *, tour: bool) -> None:
    def look(name: str, widget: QWidget) -> None:
        safe = re.sub(r"[^A-Za-z0-9.]+", "-", name)
        widget.grab().save(str(target / f"{prefix}{safe}.png"))

    if tour:
        Tour(program).walk(look)
        return
    for one in program.window.entries:
        trial.show(program.window, one.name)
        look(one.name, program.window)


def _scale() -> str:
    return f"{round(float(os.environ.get('QT_SCALE_FACTOR', '1')) * 100)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
