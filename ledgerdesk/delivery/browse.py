"""Deliveries as a person looks at them: lists of any length, what stands still for one cause, one
with its life line and its proof, what a run does now. Reads only; ``desk`` changes things."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.connectors.base import MAIL_LANE
from ledgerdesk.errors import UnknownId
from ledgerdesk.model import Clock, DeliveryState, Receipt
from ledgerdesk.model.listing import DeliveryRow, WantedDeliveries
from ledgerdesk.store import (
    Books,
    clients,
    configurations,
    deliveries,
    delivery_list,
    documents,
    journal,
)
from ledgerdesk.store import tables as t
from ledgerdesk.store.deliveries import Attempt
from ledgerdesk.store.ids import lowest_at
from ledgerdesk.store.journal import Entry

__all__ = ["Arrived", "Attempt", "DeliveryList", "Detail", "Entry", "LaneLeft", "Lines"]

_LIFE = 60
"""Lines of a life line; a delivery that has more waited for weeks, and its newest tell."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One delivery with all that is known of it, receipts and attempts oldest first."""

    row: DeliveryRow
    receipts: tuple[Receipt, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    life: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class LaneLeft:
    """A lane, whose account it sends through, and how many are due there now."""

    lane: str
    account: str
    left: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """What arrived since a moment: how many at each package, and the last ones."""

    packages: Mapping[str, int] = field(default_factory=dict)
    last: tuple[DeliveryRow, ...] = ()

    @property
    def how_many(self) -> int:
        return sum(self.packages.values())


class Lines:
    """The rows of one list; every call reads for itself, so any thread may ask."""

    def __init__(self, books: Books, wanted: WantedDeliveries) -> None:
        self._books = books
        self._wanted = wanted

    def keys(self, sort: str, descending: bool) -> array[int]:
        with self._books.read() as c:
            return delivery_list.keys(c, self._wanted, sort, descending)

    def page(self, keys: Collection[int]) -> Mapping[int, DeliveryRow]:
        with self._books.read() as c:
            return delivery_list.rows(c, keys)


class DeliveryList:
    """Service for the window."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def lines(self, wanted: WantedDeliveries) -> Lines:
        return Lines(self._books, wanted)

    def counts(self) -> dict[DeliveryState, int]:
        """How many stand in each state; every state is there."""
        with self._books.read() as c:
            return deliveries.counts(c)

    def packages(self) -> dict[str, str]:
        """The names of the accounting packages that are in use, by id, in order of name."""
        with self._books.read() as c:
            found = {one.id: one.name for one in configurations.listed(c, limit=None)}
        return dict(sorted(found.items(), key=lambda one: one[1].casefold()))

    def of_keys(self, keys: Sequence[int]) -> list[DeliveryRow]:
        """The rows with these keys, in the same order; those that are gone are left out."""
        with self._books.read() as c:
            found = delivery_list.rows(c, keys)
        return [found[key] for key in keys if key in found]

    def key_of(self, delivery_id: str) -> int | None:
        """Its key in the lists; None when it is not there."""
        with self._books.read() as c:
            row = delivery_list.row_of(c, delivery_id)
        return None if row is None else row.key

    def name_of(self, wanted: WantedDeliveries) -> str:
        """The client or the document a list is narrowed to; "" when it is to neither."""
        with self._books.read() as c:
            if wanted.document_id:
                document = documents.get(c, wanted.document_id)
                return document.facts.number or document.file_name
            return clients.get(c, wanted.client_id).name if wanted.client_id else ""

    def ids_like(self, delivery_id: str) -> list[str]:
        """All that stand still for the same cause, this one included. Raises UnknownId."""
        with self._books.read() as c:
            return delivery_list.ids_like(c, deliveries.get(c, delivery_id))

    def detail(self, delivery_id: str) -> Detail:
        """One delivery without its life line, which takes longer. Raises UnknownId."""
        with self._books.read() as c:
            row = delivery_list.row_of(c, delivery_id)
            if row is None:
                raise UnknownId(what="delivery", id=delivery_id)
            receipts = deliveries.receipts(c, [delivery_id]).get(delivery_id, [])
            return Detail(row, tuple(receipts), tuple(deliveries.attempts(c, delivery_id)))

    def with_life(self, detail: Detail) -> Detail:
        """``detail`` with what the journal tells of it, oldest first."""
        one = detail.row.delivery
        with self._books.read() as c:
            life = journal.recent(c, {"delivery": one.id}, _LIFE, since=one.created_at)
        return replace(detail, life=tuple(life))

    def arrived(self, since: datetime, last: int = 8) -> Arrived:
        """What arrived since ``since``."""
        lowest = lowest_at(since)
        with self._books.read() as c:
            packages = delivery_list.arrived(c, lowest, since)
            found = delivery_list.newest(c, lowest, since, last)
        return Arrived(packages, tuple(found))

    def lanes(self) -> list[LaneLeft]:
        """What is on its way or due now, by transport account, in order of name."""
        with self._books.read() as c:
            left = delivery_list.left_in_lanes(c, self._clock.now())
            names = _accounts(c)
        found = [
            LaneLeft(lane, names.get(MAIL_LANE if lane == MAIL_LANE else used, ""), number)
            for lane, used, number in left
        ]
        return sorted(found, key=lambda one: (one.account.casefold(), one.lane))


def _accounts(c: sa.Connection) -> dict[str, str]:
    """Whose account each connection is; the mail account has its sender's address."""
    query = sa.select(t.connection.c.id, t.connection.c.account)
    found: dict[str, str] = {id: account for id, account in c.execute(query)}
    mail = configurations.mail_account(c)
    if mail is not None:
        found[MAIL_LANE] = mail.values.get("from_address") or mail.values.get("username", "")
    return found
