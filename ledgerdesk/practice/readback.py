"""The books compared with the servers: line by line, byte by byte, from each server's own store."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState, Document, DocumentState
from ledgerdesk.practice.office import Office
from ledgerdesk.practice.packages.base import Arrival
from ledgerdesk.practice.plan import Expected, Plan, PlannedDocument, Result

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

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
    """What happened to one document. ``connector_id`` is the integration its client uses, ``place``
    where the server has it."""

    file: str
    client: str
    connector_id: str
    what: str
    outcome: str
    place: str
    agrees: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Books:
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


def compared(plan: Plan, office: Office, books: Books) -> Iterator[Line]:
    """One line per expected document, and one for whatever else lies on a server."""
    left = Counter(office.arrivals())
    for document in plan.documents:
        for expected in document.expected:
            yield _line(document, expected, office, books, left)
    for arrival in left.elements():
        package = office.packages.get(arrival.destination)
        connector_id = package.connector_id if package else ""
        what, place = translate(N_("not expected")), arrival.place
        yield Line(place, "", connector_id, "", what, place, False)


def _line(
    document: PlannedDocument,
    expected: Expected,
    office: Office,
    books: Books,
    left: Counter[Arrival],
) -> Line:
    client = expected.client
    client_id = office.client_ids[client.file_number] if client else ""
    outcome = books.outcome(expected, client_id)
    place, agrees = "", outcome in _IN_THE_BOOKS[expected.result]
    if expected.result is Result.DELIVERED:
        found = _found(expected, office, left)
        agrees = agrees and len(found) == 1
        if found:
            left.subtract(found[:1])
            place = found[0].place
    return Line(
        document.path + (f" › {expected.member}" if expected.member else ""),
        client.business.name if client else "",
        office.packages[client.destination.id].connector_id if client else "",
        translate(document.story),
        translate(_OUTCOMES.get(outcome, outcome)) or translate(N_("nothing")),
        place,
        agrees,
    )


def _found(expected: Expected, office: Office, left: Counter[Arrival]) -> list[Arrival]:
    """What lies where the document must be, and is the document."""
    assert expected.client is not None
    package = office.packages[expected.client.destination.id]
    folder, sha256 = package.belongs(expected), hashlib.sha256(expected.content).hexdigest()
    wanted = (package.id, folder, sha256)
    return [one for one in left.elements() if (one.destination, one.folder, one.sha256) == wanted]
