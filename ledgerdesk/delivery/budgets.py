"""How often a vendor may still be asked: counted durably before each call, across processes.

A limit holds for any stretch of its length: one that a vendor counts in fixed minutes or days is
kept as well. A limit with a ``zone`` is a calendar day there. Vendor's and our clock differ, and a
call takes its time, so both ends get some room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ledgerdesk import connectors
from ledgerdesk.connectors.base import MAIL_LANE, Connector
from ledgerdesk.errors import AdministrationLimitReached, LimitReached
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Budget, Clock, Connection, Limit, Unlimited
from ledgerdesk.store import Books, budgets
from ledgerdesk.store.budgets import Pause

ROOM = timedelta(seconds=2)
"""Calls arrive later than they were counted, and not all by the same."""
ROOM_AT_MIDNIGHT = timedelta(minutes=5)
SPARING_SHARE = 0.5
"""Of each limit, what questions may use up that can wait: the rest is for documents."""
_KEPT = timedelta(days=2)


def budget_of(books: Books, clock: Clock, connector: Connector, connection: Connection) -> Budget:
    """The budget of one account; it is the same account after it was signed in to again."""
    limits = connector.limited(connection.values)
    if not limits:
        return Unlimited()
    label = translate(connector.label)
    return AccountBudget(books, clock, account_of(connector, connection), label, limits)


def account_of(connector: Connector, connection: Connection) -> str:
    """Under which name its calls are counted."""
    key = MAIL_LANE if connector.by_mail(connection.values) else connection.account_key
    return f"{connector.id}:{key}"


def sparing(budget: Budget) -> AbstractContextManager[None]:
    """Within it ``budget`` leaves a share of each limit for what is more important."""
    return budget.sparing() if isinstance(budget, AccountBudget) else nullcontext()


def forget_old_calls(c: sa.Connection, at: datetime) -> None:
    """What no connector's limit looks back to any more."""
    longest = [one.seconds for each in connectors.all_connectors() for one in each.limits]
    budgets.forget(c, at - timedelta(seconds=max(longest, default=0.0)) - _KEPT)


@dataclass(frozen=True, slots=True)
class _Stop:
    """Why no call may be made before ``until``. ``scope`` is "" for the whole account."""

    until: datetime
    scope: str
    limit: str


class AccountBudget:
    """Implements model.Budget on the books. Used by one thread; ``name`` is what people read."""

    def __init__(
        self, books: Books, clock: Clock, account: str, name: str, limits: Sequence[Limit]
    ) -> None:
        self._books = books
        self._clock = clock
        self._account = account
        self._name = name
        self._limits = limits
        self._share = 1.0

    def spend(self, scope: str = "") -> None:
        """Counts one call before it is made; returns after that is durably kept.

        Raises LimitReached, or AdministrationLimitReached when only ``scope`` has to wait.
        """
        error = self._books.write(lambda c: self._spend(c, scope))
        if error is not None:
            raise error

    def refused(self, scope: str = "") -> None:
        """Counts an answer the vendor holds against the account."""
        now = self._clock.now
        self._books.write(lambda c: budgets.count(c, self._account, scope, now(), refused=True))

    def closed(self, scope: str, seconds: float) -> None:
        """The vendor wants no call for so long."""
        at = self._clock.now()
        until = at + timedelta(seconds=max(0.0, seconds))
        self._books.write(lambda c: budgets.pause(c, Pause(self._account, scope, at, until)))

    @contextmanager
    def sparing(self) -> Iterator[None]:
        self._share = SPARING_SHARE
        try:
            yield
        finally:
            self._share = 1.0

    # --- how ------------------------------------------------------------------------------------

    def _spend(self, c: sa.Connection, scope: str) -> LimitReached | None:
        """Not raised here: what was brought back from the future must be kept."""
        at = self._clock.now()
        budgets.bring_back(c, self._account, at)
        stops = [*self._pauses(c, scope, at), *self._used_up(c, scope, at)]
        if stops:
            # What stops the whole account is told first; else what lasts longest.
            return self._told(max(stops, key=lambda one: (not one.scope, one.until)), at)
        budgets.count(c, self._account, scope, at)
        return None

    def _pauses(self, c: sa.Connection, scope: str, at: datetime) -> Iterator[_Stop]:
        for one in budgets.pauses(c, self._account, scope):
            if one.until > at:
                yield _Stop(one.until, one.scope, translate(N_("it asked for a pause")))

    def _used_up(self, c: sa.Connection, scope: str, at: datetime) -> Iterator[_Stop]:
        for limit in self._limits:
            where = scope if limit.per_scope else None
            number = max(1, int(limit.count * self._share))
            since = day_begins(limit.zone, at) if limit.zone else at - _length(limit)
            newest = budgets.recent(c, self._account, where, number, since, refused=limit.errors)
            if newest is not None:
                until = day_ends(limit.zone, at) if limit.zone else newest + _length(limit)
                yield _Stop(until, where or "", told(limit))

    def _told(self, stop: _Stop, at: datetime) -> LimitReached:
        wait = (stop.until - at).total_seconds()
        if stop.scope:
            return AdministrationLimitReached(
                host=self._name, administration=stop.scope, limit=stop.limit, retry_after=wait
            )
        return LimitReached(host=self._name, limit=stop.limit, retry_after=wait)


def _length(limit: Limit) -> timedelta:
    return timedelta(seconds=limit.seconds) + ROOM


def day_begins(zone: str, at: datetime) -> datetime:
    """From when on calls count for the calendar day there. A little of the day before counts
    twice, since the vendor's midnight is not exactly ours."""
    return _midnight(zone, at - ROOM_AT_MIDNIGHT, 0) - ROOM_AT_MIDNIGHT


def day_ends(zone: str, at: datetime) -> datetime:
    """When the next day certainly began there."""
    return _midnight(zone, at - ROOM_AT_MIDNIGHT, 1) + ROOM_AT_MIDNIGHT


def _midnight(zone: str, at: datetime, days: int) -> datetime:
    """The local midnight before ``at``, or so many days later: a day there has 23 to 25 hours."""
    there = at.astimezone(ZoneInfo(zone))
    first = there.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (first + timedelta(days=days)).astimezone(at.tzinfo)


def told(limit: Limit) -> str:
    """The limit in words."""
    if limit.zone:
        text = translate(N_("{count} requests a day"))
    elif limit.errors:
        text = translate(N_("{count} refused requests in {minutes} minutes"))
    else:
        text = translate(_IN_WORDS.get(limit.seconds, N_("{count} requests in {minutes} minutes")))
    return text.format(count=limit.count, minutes=f"{limit.seconds / 60:g}")


_IN_WORDS = {
    60.0: N_("{count} requests a minute"),
    3600.0: N_("{count} requests an hour"),
    86400.0: N_("{count} requests a day"),
}
