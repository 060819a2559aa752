"""The practice world, end to end: a day at a firm that does not exist, on servers that do.

Every line is read back from a server's disk or mailbox after the run and compared with the books.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledgerdesk.delivery.counts import Counts
from ledgerdesk.errors import DataFolderUnusable, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState, Document, DocumentState, Progress
from ledgerdesk.paths import DataFolder
from ledgerdesk.practice.documents import make_plan
from ledgerdesk.practice.firm import make_firm
from ledgerdesk.practice.office import Office, Servers, set_up
from ledgerdesk.practice.plan import Expected, Plan, PlannedDocument, Result
from ledgerdesk.practice.readback import Arrival, arrivals, belongs
from ledgerdesk.store import engine_lock

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

    OpenDesk = Callable[..., AbstractContextManager[Desk]]

_OUTCOMES = {
    "delivered": N_("delivered"),
    "retrying": N_("tried again later: the server is down"),
    "queued": N_("waits for its server"),
    "duplicate": N_("received twice, sent once"),
    "unassigned": N_("asks whose it is"),
    "held": N_("held: to check"),
}
_IN_THE_BOOKS = {
    Result.DELIVERED: ("delivered",),
    Result.WAITING: ("retrying", "queued"),
    Result.DUPLICATE: ("duplicate",),
    Result.UNASSIGNED: ("unassigned",),
    Result.HELD: ("held",),
}


@dataclass(frozen=True, slots=True)
class Line:
    """What happened to one document. ``place`` is where the server has it."""

    file: str
    client: str
    what: str
    outcome: str
    place: str
    agrees: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Played:
    seed: int
    folder: Path
    lines: tuple[Line, ...]
    counts: Counts

    @property
    def agree(self) -> bool:
        return all(line.agrees for line in self.lines)


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
            Servers(folder.root / "servers") as servers,
        ):
            office = set_up(desk, firm, servers, arriving)
            counts = desk.run(progress)
            there = arrivals(servers.sftp, servers.mail, servers.down)
            lines = tuple(_compared(plan, office, _Books(desk), there))
    return Played(seed, folder.root, lines, counts)


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


# --- books against servers ----------------------------------------------------------------------


class _Books:
    """What our own side says became of each document."""

    def __init__(self, desk: Desk) -> None:
        self._documents: dict[str, list[Document]] = {}
        for one in desk.triage.listed(limit=None):
            self._documents.setdefault(one.sha256, []).append(one)
        self._deliveries: dict[str, list[DeliveryState]] = {}
        for shown in desk.deliveries.listed(limit=None):
            delivery = shown.delivery
            self._deliveries.setdefault(delivery.document_id, []).append(delivery.state)

    def outcome(self, expected: Expected, client_id: str) -> str:
        """The document's state, or that of its delivery once it is ready. "" when there is none."""
        sha256 = hashlib.sha256(expected.content).hexdigest()
        twice = expected.result is Result.DUPLICATE
        found = [
            one
            for one in self._documents.get(sha256, [])
            if (one.state is DocumentState.DUPLICATE) is twice
            and (expected.result is Result.HELD or one.client_id == client_id)
        ]
        if len(found) != 1:
            return ""
        if found[0].state is not DocumentState.READY:
            return found[0].state.value
        states = self._deliveries.get(found[0].id, [])
        return states[0].value if len(states) == 1 else ""


def _compared(plan: Plan, office: Office, books: _Books, there: list[Arrival]) -> Iterator[Line]:
    left = Counter(there)
    for document in plan.documents:
        for expected in document.expected:
            yield _line(document, expected, office, books, left)
    for arrival in left.elements():
        yield Line(arrival.place, "", "", translate(N_("not expected")), arrival.place, False)


def _line(
    document: PlannedDocument,
    expected: Expected,
    office: Office,
    books: _Books,
    left: Counter[Arrival],
) -> Line:
    client = expected.client
    client_id = office.client_ids[client.file_number] if client else ""
    outcome = books.outcome(expected, client_id)
    place, agrees = "", outcome in _IN_THE_BOOKS[expected.result]
    if expected.result is Result.DELIVERED:
        wanted = belongs(expected)
        found = [one for one in left if (one.destination, one.folder, one.sha256) == wanted]
        agrees = agrees and len(found) == 1
        if found:
            left.subtract(found[:1])
            place = found[0].place
    return Line(
        document.path + (f" › {expected.member}" if expected.member else ""),
        client.business.name if client else "",
        translate(document.story),
        translate(_OUTCOMES.get(outcome, outcome)) or translate(N_("nothing")),
        place,
        agrees,
    )
