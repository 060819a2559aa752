"""Opening addresses and folders outside LedgerDesk: one door for the whole window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def open_address(address: str) -> bool:
    """Opens a web address in the browser. True does not mean that one was seen: always offer the
    address for copying as well."""
    import webbrowser

    return QDesktopServices.openUrl(QUrl(address)) or webbrowser.open(address)


def open_path(path: Path) -> bool:
    """Opens a folder, or a file in its own program. False: nothing here does that."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
