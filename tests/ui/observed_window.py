"""The real window, observed: twenty times a second it writes down what is on its screen.

Only looks: whoever runs it brings every key from outside. Run as
``python -m tests.ui.observed_window FOLDER REPORT``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QWidget,
)

from ledgerdesk.ui.window import Window

_EVERY_MS = 50


def seen() -> dict[str, Any]:
    """The active window's name and texts, and what has the keyboard."""
    active = QApplication.activePopupWidget() or QApplication.activeWindow()
    focus = QApplication.focusWidget()
    return {
        "window": "" if active is None else active.objectName() or active.windowTitle(),
        "kind": type(active).__name__,
        "focus": spoken(focus),
        "texts": [] if active is None else list(texts_of(active)),
    }


def spoken(widget: QWidget | None) -> str:
    """What a screen reader says where the keyboard is."""
    if widget is None:
        return ""
    interface = QAccessible.queryAccessibleInterface(widget)
    return f"{widget.objectName()}|{interface.text(QAccessible.Text.Name)}"


def texts_of(window: QWidget) -> list[str]:
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            found.append(widget.text())
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            found += [
                str(model.index(row, column).data() or "")
                for row in range(min(model.rowCount(), 20))
                for column in range(8)
                if model.index(row, column).isValid()
            ]
    # Long names may be broken in the middle: the mark for it is not seen.
    return [text.replace("\u200b", "") for text in found if text]


def main() -> int:
    folder, report = sys.argv[1:3]
    first_paint = Window.paintEvent
    timer = QTimer(interval=_EVERY_MS)

    def write() -> None:
        fresh = Path(f"{report}.new")
        fresh.write_text(json.dumps(seen()), encoding="utf-8")
        os.replace(fresh, report)

    def paint(self: Window, event: Any) -> None:
        first_paint(self, event)
        if not timer.isActive():
            timer.start()

    Window.paintEvent = paint  # type: ignore[method-assign]
    timer.timeout.connect(write)
    from ledgerdesk.ui import start

    return start(folder)


if __name__ == "__main__":
    sys.exit(main())
