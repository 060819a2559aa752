"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ledgerdesk.errors import FileNotWritten


@contextmanager
def written(target: Path) -> Iterator[TextIO]:
    """A text file under a temporary name that becomes ``target`` at the end; this user's alone.

    Raises FileNotWritten; a former ``target`` is as it was then.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="\n", opener=_private) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, target)
    except OSError as error:
        raise FileNotWritten(path=str(target), reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def write_whole(target: Path, content: bytes) -> None:
    """``content`` under a temporary name that becomes ``target``; what is there is replaced.

    Raises FileNotWritten.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(content)
        os.replace(part, target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileNotWritten(path=str(target), reason=reason) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
