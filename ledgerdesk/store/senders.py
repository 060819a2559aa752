"""What is known about who mails documents: a person's rule, or what was learnt from decisions.

Functions work inside the caller's transaction. An address is lower case; ``@domain`` means
everybody there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t
from ledgerdesk.store.rows import page

_s = t.sender_rule.c


@dataclass(frozen=True, slots=True)
class SenderRule:
    """``said``: a person made it, so it decides; otherwise it is learnt and only proposes.
    ``ignored``: nothing from there is for the books."""

    address: str
    changed_at: datetime
    client_id: str = ""
    kind: str = ""
    direction: str = ""
    ignored: bool = False
    said: bool = True


def find(connection: sa.Connection, address: str) -> SenderRule | None:
    """The rule of exactly this address."""
    row = connection.execute(sa.select(t.sender_rule).where(_s.address == address)).one_or_none()
    return None if row is None else _rule(row)


def everything(connection: sa.Connection) -> dict[str, SenderRule]:
    return {row.address: _rule(row) for row in connection.execute(sa.select(t.sender_rule))}


def listed(
    connection: sa.Connection, *, limit: int | None = 1000, offset: int = 0
) -> list[SenderRule]:
    """In order of address."""
    query = sa.select(t.sender_rule).order_by(_s.address)
    return [_rule(row) for row in connection.execute(page(query, limit, offset))]


def put(connection: sa.Connection, rule: SenderRule) -> None:
    """In place of what was known of this address."""
    remove(connection, rule.address)
    connection.execute(
        t.sender_rule.insert().values(
            address=rule.address,
            changed_at=rule.changed_at,
            client_id=rule.client_id or None,
            kind=rule.kind,
            direction=rule.direction,
            ignored=rule.ignored,
            said=rule.said,
        )
    )


def remove(connection: sa.Connection, address: str) -> bool:
    """Whether there was one."""
    return bool(connection.execute(t.sender_rule.delete().where(_s.address == address)).rowcount)


def _rule(row: sa.Row[Any]) -> SenderRule:
    return SenderRule(
        row.address,
        row.changed_at,
        row.client_id or "",
        row.kind,
        row.direction,
        row.ignored,
        row.said,
    )
