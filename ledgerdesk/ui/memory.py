"""What the window remembers to look right at its first paint, before the books are open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from ledgerdesk.paths import DataFolder


class Memory:
    """``window.ini`` in the data folder. Losing it loses nothing but the window's place."""

    def __init__(self, folder: DataFolder) -> None:
        self._kept = QSettings(str(folder.root / "window.ini"), QSettings.Format.IniFormat)

    @property
    def language(self) -> str:
        return str(self._kept.value("language", ""))

    @property
    def appearance(self) -> str:
        return str(self._kept.value("appearance", ""))

    def remember(self, language: str, appearance: str) -> None:
        self._kept.setValue("language", language)
        self._kept.setValue("appearance", appearance)

    @property
    def told(self) -> Mapping[str, datetime]:
        """When each open cause was told last: a start tells nothing twice."""
        try:
            kept = json.loads(str(self._kept.value("told", "{}")))
            return {str(key): datetime.fromisoformat(at) for key, at in kept.items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    @told.setter
    def told(self, told: Mapping[str, datetime]) -> None:
        kept = {key: at.isoformat() for key, at in told.items()}
        self._kept.setValue("told", json.dumps(kept))

    def keep_place(self, window: QMainWindow, page: str) -> None:
        self._kept.setValue("geometry", window.saveGeometry())
        self._kept.setValue("page", page)
        self._kept.sync()

    def restore_place(self, window: QMainWindow) -> str:
        """Puts the window where it was; the name of the page it showed."""
        geometry = self._kept.value("geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        return str(self._kept.value("page", ""))
