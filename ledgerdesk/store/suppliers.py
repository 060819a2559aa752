"""The accounts suppliers asked to be paid on: seen on invoices, at whichever client."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.store import tables as t

_s = t.supplier_account.c
_PORTION = 400


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """``times`` counts invoices; a person may have ``confirmed_at`` that it is the supplier's."""

    number: str
    account: str
    times: int
    first_seen_at: datetime
    last_seen_at: datetime
    confirmed_at: datetime | None = None


def seen(connection: sa.Connection, numbers: Collection[str]) -> list[SeenAccount]:
    """All accounts of the suppliers with these company numbers, the oldest first."""
    wanted = sorted(numbers)
    found: list[SeenAccount] = []
    for start in range(0, len(wanted), _PORTION):
        query = sa.select(t.supplier_account).where(_s.number.in_(wanted[start : start + _PORTION]))
        found += [SeenAccount(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (one.first_seen_at, one.account))


def put(connection: sa.Connection, rows: Iterable[SeenAccount]) -> None:
    """Keeps each in place of what was known of the same supplier and account."""
    kept = list(rows)
    if not kept:
        return
    connection.execute(
        t.supplier_account.delete().where(
            _s.number == sa.bindparam("n"), _s.account == sa.bindparam("a")
        ),
        [{"n": one.number, "a": one.account} for one in kept],
    )
    connection.execute(
        t.supplier_account.insert(),
        [
            {
                "number": one.number,
                "account": one.account,
                "times": one.times,
                "first_seen_at": one.first_seen_at,
                "last_seen_at": one.last_seen_at,
                "confirmed_at": one.confirmed_at,
            }
            for one in kept
        ],
    )
