"""Opening the window without loading the books first: they come after its first paint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def open_window(
    given: str | Path | None, files: Sequence[Path] = (), *, unseen: bool = False
) -> int:
    """Opens the window on a data folder, or raises the one that is open on it; the exit code.
    ``unseen``: it begins in the tray."""
    from ledgerdesk.ui import start

    return start(given, files, unseen=unseen)
