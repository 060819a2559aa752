"""The report about a fault in LedgerDesk: where it happened, on what, without secrets."""

from __future__ import annotations

import platform
import traceback

from PySide6.QtCore import qVersion

from ledgerdesk import __version__, log


def report(error: BaseException) -> str:
    """Versions and the stack without the values in it, redacted."""
    stack = "".join(traceback.format_exception(error))
    lines = (
        f"LedgerDesk {__version__}",
        f"Python {platform.python_version()}, Qt {qVersion()}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        "",
        stack,
    )
    return log.redacted("\n".join(lines))
