"""``--selftest``: is this program whole? For a bundle, which may lack a library, a picture, a page.

It works in a folder of its own, without a screen, and talks to nobody.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ledgerdesk.paths import DataFolder

LIBRARIES = (
    *("sqlalchemy", "alembic", "keyring", "cryptography", "filelock", "requests", "truststore"),
    *("paramiko", "dropbox", "lxml.etree", "platformdirs", "watchdog.observers", "facturx"),
    *("stdnum.be.vat", "pypdf", "pypdfium2", "rapidfuzz", "holidays", "imap_tools", "rich"),
)
"""What is imported only when it is first needed: nothing else would notice that it is missing."""


class NotWhole(Exception):
    """A part is there, but does not do what it should."""


def selftest() -> int:
    """Prints a line for each part; 0 when all of them work."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    parts: tuple[tuple[str, Callable[[Path], str]], ...] = (
        ("libraries", _libraries),
        ("connectors", _connectors),
        ("books", _books),
        ("documents", _documents),
        ("pages", _pages),
    )
    failed = False
    with tempfile.TemporaryDirectory(prefix="ledgerdesk-selftest-") as folder:
        for name, part in parts:
            place = Path(folder, name)
            place.mkdir()
            try:
                _say(f"{name}: {part(place)}")
            except Exception as error:
                # Whatever it is: the line says it, the exit code tells it to machines.
                failed = True
                _say(f"{name}: FAILED: {type(error).__name__}: {error}")
    _say("selftest: FAILED" if failed else "selftest: passed")
    return 1 if failed else 0


def _say(line: str) -> None:
    # A program without console on Windows has no standard output; its exit code says enough.
    if sys.stdout is not None:
        print(line, flush=True)


def _libraries(_place: Path) -> str:
    for name in LIBRARIES:
        import_module(name)
    return str(len(LIBRARIES))


def _connectors(_place: Path) -> str:
    from ledgerdesk.connectors import all_connectors

    found = [one.id for one in all_connectors()]
    if not found:
        raise NotWhole("none")
    return f"{len(found)} ({' '.join(sorted(found))})"


def _books(place: Path) -> str:
    """New books, and books that a migration makes."""
    from ledgerdesk.app import own_desk
    from ledgerdesk.store import migrate, open_books

    folder = DataFolder(place / "new")
    with open_books(folder, practice=True):
        pass
    with own_desk(folder.root) as desk:
        count = len(desk.settings())
    migrate.upgrade(place / "migrated.db")
    return f"opened, with {count} settings"


def _documents(_place: Path) -> str:
    """Every sample document is read, and those that must be held are."""
    from ledgerdesk.documents import is_archive, read
    from ledgerdesk.practice.documents import make_plan
    from ledgerdesk.practice.firm import make_firm
    from ledgerdesk.practice.plan import Result

    checked = 0
    for document in make_plan(make_firm(1)).documents:
        held = any(one.result is Result.HELD for one in document.expected)
        if is_archive(document.content) or len(document.expected) != 1:
            continue
        reading = read(document.content)
        if (reading.held is not None) and not held:
            raise NotWhole(f"{document.path}: {reading.held}")
        checked += 1
    if checked == 0:
        raise NotWhole("none")
    return f"{checked} checked"


def _pages(place: Path) -> str:
    from ledgerdesk.store import open_books
    from ledgerdesk.ui.trial import draw_pages

    with open_books(DataFolder(place), practice=True):
        pass
    return f"{' '.join(draw_pages(place))} drawn"
