"""What was asked of the vendors that count: every call, every refused one, every pause.

``account`` is one sign-in there, ``scope`` the administration or domain a call concerns. Functions
work inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t

_b = t.budget_call.c
_p = t.budget_pause.c

# Every call of every document asks these: building them costs more than running them.
_OF_ACCOUNT = (_b.account == sa.bindparam("account"), _b.refused == sa.bindparam("refused"))
_RECENT = (
    sa.select(_b.at)
    .where(*_OF_ACCOUNT, _b.at > sa.bindparam("since"))
    .order_by(_b.at.desc())
    .limit(1)
    .offset(sa.bindparam("before"))
)
_RECENT_THERE = _RECENT.where(_b.scope == sa.bindparam("scope"))
_COUNT = t.budget_call.insert()
_PAUSES = sa.select(t.budget_pause).where(
    _p.account == sa.bindparam("account"), _p.scope.in_(["", sa.bindparam("scope")])
)
_AHEAD = (_b.account == sa.bindparam("one_account"), _b.at > sa.bindparam("now"))
_IS_AHEAD = sa.select(sa.exists().where(*_AHEAD))
_BRING_BACK = t.budget_call.update().where(*_AHEAD).values(at=sa.bindparam("now"))


@dataclass(frozen=True, slots=True)
class Pause:
    """The vendor wants no call ``until`` then. ``scope`` is "" for the whole account."""

    account: str
    scope: str
    since: datetime
    until: datetime


def recent(
    connection: sa.Connection,
    account: str,
    scope: str | None,
    number: int,
    since: datetime,
    *,
    refused: bool = False,
) -> datetime | None:
    """When the ``number``-th newest call (one or more) behind ``since`` was made; None: there are
    fewer. ``scope`` None counts those of all scopes; ``refused`` counts refused answers instead."""
    given: dict[str, Any] = {"account": account, "refused": refused, "since": since}
    query = _RECENT
    if scope is not None:
        query, given["scope"] = _RECENT_THERE, scope
    found: datetime | None = connection.scalar(query, {**given, "before": number - 1})
    return found


def count(
    connection: sa.Connection, account: str, scope: str, at: datetime, *, refused: bool = False
) -> None:
    """One call more, or one refused answer more."""
    given = {"account": account, "scope": scope, "refused": refused, "at": at}
    connection.execute(_COUNT, given)


def number(
    connection: sa.Connection, account: str, since: datetime, scope: str | None = None
) -> int:
    """How many calls were made behind ``since``; ``scope`` None counts those of all scopes."""
    query = sa.select(sa.func.count()).select_from(t.budget_call)
    query = query.where(_b.account == account, _b.refused.is_(False), _b.at > since)
    if scope is not None:
        query = query.where(_b.scope == scope)
    return connection.execute(query).scalar_one()


def pause(connection: sa.Connection, one: Pause) -> None:
    """Takes the place of an earlier pause of the same scope."""
    same = (_p.account == one.account, _p.scope == one.scope)
    connection.execute(t.budget_pause.delete().where(*same))
    given = {"scope": one.scope, "since": one.since, "until": one.until}
    connection.execute(t.budget_pause.insert().values(account=one.account, **given))


def pauses(connection: sa.Connection, account: str, scope: str) -> list[Pause]:
    """Those of the account and of this scope, also those that are over."""
    rows = connection.execute(_PAUSES, {"account": account, "scope": scope})
    return [Pause(row.account, row.scope, row.since, row.until) for row in rows]


def bring_back(connection: sa.Connection, account: str, at: datetime) -> None:
    """The clock was set back: what it says lies ahead happened now at the latest. Such calls count
    from now on, a pause begins again; neither lasts longer than it would have."""
    given = {"one_account": account, "now": at}
    if connection.scalar(_IS_AHEAD, given):
        connection.execute(_BRING_BACK, given)
    ahead = sa.select(t.budget_pause).where(_p.account == account, _p.since > at)
    for row in connection.execute(ahead).all():
        pause(connection, Pause(account, row.scope, at, at + (row.until - row.since)))


def forget(connection: sa.Connection, before: datetime) -> None:
    """Calls and pauses of earlier than that are of no use to any limit."""
    connection.execute(t.budget_call.delete().where(_b.at < before))
    connection.execute(t.budget_pause.delete().where(_p.until < before))
