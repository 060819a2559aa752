"""Documents and deliveries as lists show them: one line each, and where each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ledgerdesk.model.delivery import Delivery
from ledgerdesk.model.kinds import DeliveryState, Direction, DocumentKind, DocumentState


class Whereabouts(StrEnum):
    """Where a document is. ``stopped_you``: its delivery needs a person of the firm, ``_others``
    somebody else."""

    DELIVERED = "delivered"
    ON_ITS_WAY = "on_its_way"
    HELD = "held"
    UNASSIGNED = "unassigned"
    NO_DESTINATION = "no_destination"
    STOPPED_YOU = "stopped_you"
    STOPPED_OTHERS = "stopped_others"
    CANCELLED = "cancelled"
    SET_ASIDE = "set_aside"
    DUPLICATE = "duplicate"


WAITING_FOR_YOU = (
    Whereabouts.HELD,
    Whereabouts.UNASSIGNED,
    Whereabouts.NO_DESTINATION,
    Whereabouts.STOPPED_YOU,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents a list shows; empty: all. ``text`` is looked for in number, parties, account
    and file. ``others`` are the codes of errors that are not the firm's to act on."""

    text: str = ""
    places: tuple[Whereabouts, ...] = ()
    client_id: str = ""
    source_id: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One line of the list. ``source`` is the path of the source, "" for what a person gave."""

    id: str
    kind: DocumentKind
    direction: Direction | None
    number: str
    issue_date: date | None
    taken_in_at: datetime
    sender: str
    receiver: str
    total: Decimal | None
    currency: str
    client_id: str
    client: str
    state: DocumentState
    reason: str
    whereabouts: Whereabouts
    file_name: str
    source: str


@dataclass(frozen=True, slots=True)
class WantedDeliveries:
    """Which deliveries a list shows; empty: all. ``text`` is looked for in the names and numbers of
    clients and packages; where none fits, in what ``Wanted.text`` is looked for."""

    text: str = ""
    states: tuple[DeliveryState, ...] = ()
    client_id: str = ""
    configuration_id: str = ""
    document_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One line of the list, with the names of what a delivery holds as ids. ``key`` is its rowid,
    ``total`` a number as text, "" where the document has none."""

    key: int
    delivery: Delivery
    client: str
    package: str
    kind: DocumentKind
    number: str
    file_name: str
    total: str
    currency: str
