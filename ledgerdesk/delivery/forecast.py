"""How long what waits will take: what vendors allow per minute and day decides, not this computer.

An estimate, said as one: how many calls a document costs is counted from the last ones that went
the same way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa

from ledgerdesk import connectors
from ledgerdesk.delivery.budgets import account_of, day_begins, day_ends, told
from ledgerdesk.errors import UnknownId
from ledgerdesk.i18n import translate
from ledgerdesk.model import Connection, Limit
from ledgerdesk.store import budgets, configurations, health

CALLS = 4.0
"""A document's calls at a vendor nothing was sent to yet: look, make, fill, look again."""
SECONDS = 1.0
"""A document's own time on the way."""
_HISTORY = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Forecast:
    """``documents`` wait for ``account`` and take about ``seconds``; ``limit`` says in words what
    makes it last, "" where nobody counts."""

    connection_id: str
    account: str
    documents: int
    seconds: float
    limit: str = ""


def forecasts(c: sa.Connection, at: datetime) -> list[Forecast]:
    """Every account with something to send, the longest first."""
    known = {one.id: one for one in configurations.connections(c, limit=None)}
    waiting: dict[str, Counter[str]] = defaultdict(Counter)
    for connection_id, administration, number in health.waiting_by_administration(c):
        waiting[connection_id][administration] += number
    found = [
        _forecast(c, known[one], per_administration, at)
        for one, per_administration in waiting.items()
        if one in known
    ]
    return sorted(found, key=lambda one: (-one.seconds, one.account))


def duration(
    calls: Mapping[str, float],
    limits: Sequence[Limit],
    used: Mapping[Limit, Mapping[str, int]],
    at: datetime,
) -> tuple[float, Limit | None]:
    """Seconds until ``calls`` (by scope) are made, and the limit that decides. Pure.

    ``used`` is what was counted already: by limit and scope, under "" for one of the whole account.
    Limits on refused calls do not count: nothing is expected to be refused.
    """
    longest, decides = 0.0, None
    for limit in limits:
        wanted = dict(calls) if limit.per_scope else {"": sum(calls.values())}
        spent = {} if limit.errors else wanted
        for scope, number in spent.items():
            seconds = _seconds(number, limit, used.get(limit, {}).get(scope, 0), at)
            if seconds > longest:
                longest, decides = seconds, limit
    return longest, decides


def _seconds(number: float, limit: Limit, used: int, at: datetime) -> float:
    beyond = number - max(0, limit.count - used)
    if beyond <= 0:
        return 0.0
    rounds = ceil(beyond / limit.count)
    if limit.zone:
        tomorrow = (day_ends(limit.zone, at) - at).total_seconds()
        return tomorrow + (rounds - 1) * timedelta(days=1).total_seconds()
    return rounds * limit.seconds


def _forecast(
    c: sa.Connection, account: Connection, waiting: Counter[str], at: datetime
) -> Forecast:
    documents = waiting.total()
    try:
        connector = connectors.get(account.connector_id)
    except UnknownId:
        return Forecast(account.id, account.account, documents, documents * SECONDS)
    limits = connector.limited(account.values)
    key = account_of(connector, account)
    each = _calls_each(c, account, key, at) if limits else 0.0
    calls = {scope: number * each for scope, number in waiting.items()}
    used = {limit: _used(c, key, limit, calls, at) for limit in limits}
    seconds, decides = duration(calls, limits, used, at)
    name = account.account or translate(connector.label)
    limit = told(decides) if decides and seconds > documents * SECONDS else ""
    return Forecast(account.id, name, documents, max(seconds, documents * SECONDS), limit)


def _calls_each(c: sa.Connection, account: Connection, key: str, at: datetime) -> float:
    since = at - _HISTORY
    sent = health.sent_through(c, account.id, since)
    counted = budgets.number(c, key, since)
    return max(1.0, counted / sent) if sent and counted else CALLS


def _used(
    c: sa.Connection, key: str, limit: Limit, calls: Mapping[str, float], at: datetime
) -> dict[str, int]:
    since = day_begins(limit.zone, at) if limit.zone else at - timedelta(seconds=limit.seconds)
    if not limit.per_scope:
        return {"": budgets.number(c, key, since)}
    return {scope: budgets.number(c, key, since, scope) for scope in calls}
