"""A file that is written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ledgerdesk.errors import DataFolderUnusable


@contextmanager
def written(target: Path) -> Iterator[TextIO]:
    """A text file under a temporary name that becomes ``target`` at the end.

    Raises DataFolderUnusable when the place cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, target)
    except OSError as error:
        raise DataFolderUnusable(path=str(target), reason=error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)
