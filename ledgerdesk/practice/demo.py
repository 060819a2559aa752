"""The practice world, end to end: a day at a firm that does not exist, on servers that do.

Every line is read back from a server's own store after the run and compared with the books.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.delivery.counts import Counts
from ledgerdesk.errors import DataFolderUnusable, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Progress
from ledgerdesk.paths import DataFolder
from ledgerdesk.practice.documents import make_plan
from ledgerdesk.practice.firm import make_firm
from ledgerdesk.practice.office import Office
from ledgerdesk.practice.plan import Plan
from ledgerdesk.practice.readback import Books, Line, compared
from ledgerdesk.store import engine_lock

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

    OpenDesk = Callable[..., AbstractContextManager[Desk]]


@dataclass(frozen=True, slots=True)
class Played:
    seed: int
    folder: Path
    lines: tuple[Line, ...]
    counts: Counts

    @property
    def agree(self) -> bool:
        return all(line.agrees for line in self.lines)


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was played, while its servers still run."""

    plan: Plan
    office: Office
    desk: Desk
    counts: Counts

    def lines(self) -> tuple[Line, ...]:
        return tuple(compared(self.plan, self.office, Books(self.desk)))


def play(
    folder: DataFolder,
    open_desk: OpenDesk,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Played:
    """Plays the day of ``seed`` (else of a new one) and compares books and servers.

    Begins anew: the former practice day in ``folder`` goes. Raises DataFolderUnusable for a folder
    that holds anything else.
    """
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    with day(folder, open_desk, seed, progress) as played:
        lines = played.lines()
    return Played(seed, folder.root, lines, played.counts)


@contextmanager
def day(
    folder: DataFolder, open_desk: OpenDesk, seed: int, progress: Progress | None = None
) -> Iterator[Day]:
    """Plays the day of ``seed`` in ``folder``; its servers run inside. Raises as ``play``."""
    _must_be_for_practice(folder, open_desk)
    firm = make_firm(seed)
    plan = make_plan(firm)
    # The servers log every connection that a test or a crash leaves open.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    with engine_lock(folder):
        _empty(folder)
        arriving = folder.root / "arriving"
        plan.lay_out(arriving, datetime.now(UTC))
        with (
            open_desk(folder.root, owner=True, practice=True) as desk,
            Office(firm, folder.root / "servers") as office,
        ):
            office.set_up(desk, arriving)
            counts = desk.run(progress)
            # Once more: packages are asked what became of it all, and nothing is sent again.
            desk.run()
            yield Day(plan, office, desk, counts)


# --- the folder -----------------------------------------------------------------------------------


def _must_be_for_practice(folder: DataFolder, open_desk: OpenDesk) -> None:
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        strangers = [one for one in folder.root.iterdir() if one.name != folder.engine_lock.name]
    except OSError as error:
        raise DataFolderUnusable(path=str(folder.root), reason=error.strerror or "") from error
    if strangers and not _is_practice(folder, open_desk):
        reason = translate(N_("It is not empty and not a practice folder."))
        raise DataFolderUnusable(path=str(folder.root), reason=reason)


def _is_practice(folder: DataFolder, open_desk: OpenDesk) -> bool:
    if not folder.database.exists():
        return False
    try:
        with open_desk(folder.root) as desk:
            return desk.is_practice
    except LedgerDeskError:
        return False


def _empty(folder: DataFolder) -> None:
    for one in folder.root.iterdir():
        if one == folder.engine_lock:
            continue
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
