"""Which stored copies have done their work (design: removed 24 months after delivery)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.model import DeliveryState, DocumentState
from ledgerdesk.store import tables as t

_OPEN_DELIVERIES = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.RETRYING,
    DeliveryState.BLOCKED,
    DeliveryState.UNKNOWN,
)
_WAITING_DOCUMENTS = (
    DocumentState.UNASSIGNED,
    DocumentState.NO_DESTINATION,
    DocumentState.HELD,
)


def delivered_before(connection: sa.Connection, limit: datetime) -> list[str]:
    """The SHA-256 of every copy whose deliveries all ended, the last one before ``limit``.

    One that waits anywhere, or that never went out, is not among them.
    """
    sha256 = t.document.c.sha256
    open_deliveries = sa.case((t.delivery.c.state.in_(_OPEN_DELIVERIES), 1), else_=0)
    waiting = sa.case((t.document.c.state.in_(_WAITING_DOCUMENTS), 1), else_=0)
    last = sa.func.max(t.delivery.c.delivered_at)
    query = (
        sa.select(sha256)
        .outerjoin(t.delivery, t.delivery.c.document_id == t.document.c.id)
        .group_by(sha256)
        .having(
            last.is_not(None),
            sa.func.max(open_deliveries) == 0,
            sa.func.max(waiting) == 0,
            last < limit,
        )
    )
    return list(connection.scalars(query))
