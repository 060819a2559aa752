"""The files a person names: themselves, or everything in a folder."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledgerdesk.errors import LedgerDeskError, UsageError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.sources._walk import shown, unreadable, walk

_KEPT = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """``path`` is what the person gave, with the way below it; ``place`` opens it."""

    path: str
    place: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """``content`` is None for a file that is too large to be kept; then ``sha256`` is given."""

    content: bytes | None
    sha256: str
    size: int


def gather(
    paths: Sequence[str | os.PathLike[str]], trouble: Callable[[LedgerDeskError], None]
) -> list[Given]:
    """Every file that ``paths`` mean, in the order given. What lies in a folder is chosen as in a
    source; a file that is named itself is always meant.

    Raises UsageError when one of them is not there: nothing is taken in then.
    """
    return [one for path in paths for one in _given(os.fspath(path), trouble)]


def load(given: Given) -> Loaded:
    """Raises ItemUnreadable."""
    try:
        with open(given.place, "rb") as stream:
            if os.fstat(stream.fileno()).st_size <= _KEPT:
                content = stream.read()
                return Loaded(content, "", len(content))
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            return Loaded(None, sha256, stream.tell())
    except OSError as error:
        raise unreadable(given.place, error) from error


def _given(path: str, trouble: Callable[[LedgerDeskError], None]) -> Iterator[Given]:
    try:
        about = os.stat(path)
    except OSError as error:
        reason = translate(N_("{path} is not there.")).format(path=shown(path))
        raise UsageError(reason=reason) from error
    if stat.S_ISREG(about.st_mode):
        yield Given(shown(path), path)
        return
    if not stat.S_ISDIR(about.st_mode):
        reason = translate(N_("{path} is neither a file nor a folder.")).format(path=shown(path))
        raise UsageError(reason=reason)
    try:
        for file in walk(path, trouble):
            yield Given(shown(os.path.join(path, file.relative)), file.path)
    except OSError as error:
        trouble(unreadable(path, error))
