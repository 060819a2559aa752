"""The health of each connected account: when it last worked, what waits, who must act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledgerdesk.errors import Owner, from_record
from ledgerdesk.model import Clock, Connection, ConnectionState, Delivery
from ledgerdesk.store import Books, configurations, deliveries, health
from ledgerdesk.store.health import Tries

OVER = timedelta(days=7)
"""How far back the error rate looks."""


@dataclass(frozen=True, slots=True)
class Health:
    """One account. ``clients`` take their documents through it, ``clients_waiting`` have one that
    is not there yet. ``error_rate`` is the share of the last week's attempts that failed; None:
    there were none. ``owner`` is who must act before all of it goes on, "" nobody."""

    connection: Connection
    last_delivered_at: datetime | None = None
    waiting: int = 0
    oldest_waiting_at: datetime | None = None
    tries: Tries = field(default_factory=Tries)
    clients: int = 0
    clients_waiting: int = 0
    owner: Owner | None = None

    @property
    def error_rate(self) -> float | None:
        return self.tries.failed / self.tries.made if self.tries.made else None

    @property
    def needs_sign_in(self) -> bool:
        return self.connection.state is ConnectionState.REAUTHENTICATE


class AccountHealth:
    """Service for the window and the command line."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def of_all(self) -> dict[str, Health]:
        """By connection id, in the order of the list of connections."""
        now = self._clock.now()
        with self._books.read() as c:
            accounts = configurations.connections(c, limit=None)
            last = configurations.last_deliveries(c)
            waiting = health.waiting(c)
            tries = health.tries(c, now - OVER)
            clients = health.linked_clients(c)
            blocked = deliveries.blocked(c)
        found = {}
        for account in accounts:
            open_ = waiting.get(account.id)
            found[account.id] = Health(
                connection=account,
                last_delivered_at=last.get(account.id),
                waiting=open_.how_many if open_ else 0,
                oldest_waiting_at=open_.oldest_at if open_ else None,
                tries=tries.get(account.id, Tries()),
                clients=len(clients.get(account.id, ())),
                clients_waiting=open_.clients if open_ else 0,
                owner=_owner(account, blocked, now),
            )
        return found

    def to_sign_in(self) -> list[Health]:
        """The accounts to sign in to again, in the order that helps most: what most waits for."""
        wanted = [one for one in self.of_all().values() if one.needs_sign_in]
        return sorted(wanted, key=lambda one: (-one.waiting, -one.clients, one.connection.id))

    def expiring(self) -> list[Connection]:
        """Every sign-in that ends by itself, the next one first."""
        with self._books.read() as c:
            accounts = configurations.connections(c, limit=None)
        dated = [(one.expires_at, one.id, one) for one in accounts if one.expires_at]
        return [one for _, _, one in sorted(dated, key=lambda each: each[:2])]


def _owner(account: Connection, blocked: Iterable[Delivery], now: datetime) -> Owner | None:
    """The account's own trouble first; else whoever most of what stands still waits for."""
    told = from_record(account.error)
    if account.state in (ConnectionState.REAUTHENTICATE, ConnectionState.BLOCKED):
        return told.owner if told else Owner.YOU
    if account.expires_at is not None and account.expires_at <= now:
        return Owner.YOU
    owners = Counter(
        each.owner
        for one in blocked
        if one.connection_id == account.id and (each := from_record(one.error))
    )
    return owners.most_common(1)[0][0] if owners else None
