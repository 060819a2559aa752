"""How things stand: what one run did, and what waits at its end (the answer of ``sync``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from ledgerdesk.model import DeliveryState, DocumentState
from ledgerdesk.store import deliveries, documents


@dataclass(frozen=True, slots=True)
class Counts:
    """``taken_in`` and ``delivered`` count one run, the others what stands at its end."""

    taken_in: int = 0
    delivered: int = 0
    queued: int = 0
    retrying: int = 0
    blocked: int = 0
    rejected: int = 0
    unknown: int = 0
    held: int = 0
    unassigned: int = 0
    no_destination: int = 0
    duplicate: int = 0

    @property
    def waits(self) -> bool:
        """Whether something waits or needs a person."""
        return bool(
            self.queued
            or self.retrying
            or self.blocked
            or self.unknown
            or self.held
            or self.unassigned
            or self.no_destination
        )

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def from_dict(kept: Mapping[str, int]) -> Counts:
    """The counts as another process answered them."""
    return Counts(**{name: int(kept.get(name, 0)) for name in asdict(Counts())})


def count(connection: sa.Connection, *, taken_in: int = 0, delivered: int = 0) -> Counts:
    """A delivery left in the middle of an attempt is one that is tried again."""
    out = deliveries.counts(connection)
    came = documents.counts(connection)
    return Counts(
        taken_in=taken_in,
        delivered=delivered,
        queued=out[DeliveryState.QUEUED],
        retrying=out[DeliveryState.RETRYING] + out[DeliveryState.SENDING],
        blocked=out[DeliveryState.BLOCKED],
        rejected=out[DeliveryState.REJECTED],
        unknown=out[DeliveryState.UNKNOWN],
        held=came.get(DocumentState.HELD, 0),
        unassigned=came.get(DocumentState.UNASSIGNED, 0),
        no_destination=came.get(DocumentState.NO_DESTINATION, 0),
        duplicate=came.get(DocumentState.DUPLICATE, 0),
    )
