"""The window. ``start`` is all that the rest of the program calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def start(
    given: str | Path | None = None, paths: Sequence[Path] = (), *, unseen: bool = False
) -> int:
    """Opens the window on a data folder and returns the exit code at its end.

    Where a window is open on it already, that one comes forward and takes ``paths``: code 0.
    """
    import gc

    # A start makes much and drops little: searching it for garbage costs a tenth of its time.
    gc.disable()
    from ledgerdesk.ui.imports import spare_sources

    spare_sources()
    from ledgerdesk.ui.application import run

    return run(given, paths, unseen=unseen)
