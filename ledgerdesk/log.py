"""The log: a rotating file in the data folder, and standard error. Never a secret, never a body.

Redaction sits in the handlers' formatter, so it covers every record whatever its logger, its
arguments and its traceback. It knows the secrets that were opened (``register_secret``) in the
spellings they travel in, and the patterns of those it was never told about.
"""

from __future__ import annotations

import contextlib
import io
import logging
import logging.handlers
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from ledgerdesk.paths import DataFolder
from ledgerdesk.redaction import Redactor

_SIZE = 2_000_000
_KEPT = 5
# They tell at INFO and DEBUG what travels, and at ERROR what they also raise.
_CHATTY = (
    *("paramiko", "urllib3", "requests", "dropbox", "keyring", "jeepney", "mail.log", "asyncio"),
    *("sqlalchemy", "alembic", "filelock", "watchdog", "pypdf", "PIL"),
)

_redactor = Redactor()
_handlers: list[logging.Handler] = []
_logger = logging.getLogger("ledgerdesk")


def register_secret(value: str) -> None:
    """From now on ``value`` never appears in the log, in any spelling it may travel in."""
    _redactor.add(value)


def redacted(text: str) -> str:
    """``text`` without the secrets that are known or look like ones."""
    return _redactor.clean(text)


def start(folder: DataFolder | None, *, level: str = "info", verbose: bool = False) -> None:
    """Logs from ``level`` on to the folder's file (None: no file), warnings to standard error.

    ``verbose`` brings all of it to standard error too. A second call replaces what the first one
    set up.
    """
    stop()
    wanted = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shown = logging.StreamHandler()
    shown.setLevel(wanted if verbose else logging.WARNING)
    shown.setFormatter(_Formatter(_redactor))
    if not verbose:
        shown.addFilter(_for_people)
    _handlers.append(shown)
    if folder is not None:
        kept = _File(folder.log, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8", delay=True)
        kept.setLevel(wanted)
        kept.setFormatter(_Formatter(_redactor))
        _handlers.append(kept)
    root = logging.getLogger()
    for handler in _handlers:
        root.addHandler(handler)
    root.setLevel(wanted)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def stop() -> None:
    """Closes what ``start`` opened."""
    root = logging.getLogger()
    if _handlers:
        root.setLevel(logging.WARNING)
    while _handlers:
        handler = _handlers.pop()
        root.removeHandler(handler)
        handler.close()


def bug(error: BaseException) -> None:
    """Keeps where something unexpected happened: the stack without its values, redacted."""
    text = "".join(traceback.format_exception(error))
    _logger.error("unexpected %s\n%s", type(error).__name__, redacted(text), extra={"bug": True})


def _for_people(record: logging.LogRecord) -> bool:
    """Whoever meets a bug reads one calm sentence, which the caller shows; the rest is for us.
    What other packages log, they also raise."""
    return not hasattr(record, "bug") and _of_ours(record.name)


def _of_ours(name: str) -> bool:
    return name == "ledgerdesk" or name.startswith("ledgerdesk.")


class _Formatter(logging.Formatter):
    """``2026-11-24T15:00:00.123Z | WARNING | ledgerdesk.delivery | message``; a line of its own
    belongs to one record only: what follows the first line is set in."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s | %(levelname)s | %(name)s | %(message)s")
        self._redactor = redactor

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        at = datetime.fromtimestamp(record.created, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def format(self, record: logging.LogRecord) -> str:
        lines = self._redactor.clean(super().format(record)).splitlines()
        return "\n    ".join(_printable(line) for line in lines)


def _printable(line: str) -> str:
    return "".join(
        sign if sign.isprintable() or sign == "\t" else repr(sign)[1:-1] for sign in line
    )


class _File(logging.handlers.RotatingFileHandler):
    """Readable by this user only. Several processes may write to the same file: when another one
    holds it, it is rotated later. A log that cannot be written never disturbs the work."""

    def _open(self) -> Any:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        stream: TextIO = io.TextIOWrapper(
            os.fdopen(descriptor, "ab"), encoding="utf-8", errors="backslashreplace"
        )
        return stream

    def rotate(self, source: str, dest: str) -> None:
        with contextlib.suppress(OSError):
            super().rotate(source, dest)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)
