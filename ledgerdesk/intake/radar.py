"""The gap radar over the books: what is missing of every client's accounts and sales numbers.

Findings are worked out of what came, each time something changed; nothing is kept of them. What is
kept is only what a person says of an account: who supplies it, when it ended, an earlier balance.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from ledgerdesk import i18n
from ledgerdesk.errors import MissingValue, NothingMissing, UnknownId
from ledgerdesk.i18n import N_, translate
from ledgerdesk.intake import gaps, sales_numbers
from ledgerdesk.intake.firm import EURO, account_key
from ledgerdesk.intake.gap_calendar import CalendarDay, days_of
from ledgerdesk.intake.gap_message import Message, Recipient, prepare
from ledgerdesk.intake.routing import reroute
from ledgerdesk.model import Client, Clock, SystemClock
from ledgerdesk.model.radar import (
    AccountSupplier,
    Arrival,
    BankAccount,
    Gap,
    GapKind,
    NumberGap,
)
from ledgerdesk.store import Books, bank_accounts, clients, journal
from ledgerdesk.store.journal import Entry

_Key = tuple[str, str]
_SHORTEST = 7


@dataclass(frozen=True, slots=True)
class AccountReport:
    """An account with what came of it and what did not. ``usual`` is its rhythm in bank working
    days, 0 where it is not known yet; ``first`` and ``last`` are the days of its statements."""

    account: BankAccount
    client: str
    statements: int = 0
    first: date | None = None
    last: date | None = None
    usual: int = 0
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """``clients`` are the names of those spoken of, by id."""

    accounts: tuple[AccountReport, ...] = ()
    sales: tuple[NumberGap, ...] = ()
    clients: Mapping[str, str] = field(default_factory=dict)

    @property
    def gaps(self) -> list[Gap]:
        return [gap for one in self.accounts for gap in one.gaps]


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What a person says of an account; None stays as it is. ``no_baseline`` forgets the typed
    balance: the first statement is the beginning again."""

    account: str
    currency: str = EURO
    client_id: str = ""
    supplier: AccountSupplier | None = None
    ended_on: date | None = None
    baseline_day: date | None = None
    baseline_balance: Decimal | None = None
    no_baseline: bool = False


class Radar:
    """Service for the window and the command line."""

    def __init__(self, books: Books, clock: Clock | None = None) -> None:
        self._books = books
        self._clock: Clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._told: tuple[object, Report] | None = None

    def report(self, client_id: str = "") -> Report:
        """Of all clients that are not archived, or of one. Raises UnknownId."""
        with self._books.read() as connection:
            if client_id:
                return of_clients(connection, [clients.get(connection, client_id)], self._today())
            return self.whole(connection)

    def whole(self, connection: sa.Connection) -> Report:
        """Of all clients; worked out again only when the books or the day changed."""
        today = self._today()
        state = (journal.head(connection), today)
        with self._lock:
            if self._told is None or self._told[0] != state:
                every = clients.listed(connection, limit=None)
                self._told = (state, of_clients(connection, every, today))
            return self._told[1]

    def calendar(
        self, account: str, first: date, last: date, currency: str = EURO
    ) -> list[CalendarDay]:
        """Each day of an account: what came, what is missing. Raises UnknownId."""
        wanted = (account_key(account), currency)
        with self._books.read() as connection:
            today = self._today()
            for one, came in _accounts(connection, clients.listed(connection, limit=None)):
                if (one.account, one.currency) == wanted:
                    return days_of(one, came, gaps.find(one, came, today), (first, last), today)
        raise UnknownId(what="account", id=account)

    def message(
        self, client_id: str, recipient: Recipient, account: str = "", language: str = ""
    ) -> Message:
        """Asks for what is missing of a client (or of one account), in ``language`` or else in the
        client's. Raises UnknownId; NothingMissing."""
        with self._books.read() as connection:
            client = clients.get(connection, client_id)
            report = of_clients(connection, [client], self._today())
        wanted = account_key(account)
        found = [
            one
            for one in report.gaps
            if one.kind is not GapKind.OVERLAP and wanted in ("", one.account)
        ]
        sales = report.sales if recipient is Recipient.CLIENT and not wanted else ()
        if not found and not sales:
            raise NothingMissing(client=client.name)
        spoken = language or client.language or i18n.language()
        return prepare(client.name, found, sales, recipient, spoken)

    def set_account(self, form: AccountForm) -> BankAccount:
        """Keeps what a person says; documents that wait are routed anew. What the package fetches
        itself is set aside from now on, unless it left already.

        Raises UnknownId for a client, or an account that is nobody's; MissingValue.
        """
        at = self._clock.now()

        def work(connection: sa.Connection) -> BankAccount:
            before = _known(connection, form)
            after = _changed(before, form)
            bank_accounts.put(connection, after)
            journal.append(connection, _entry(after), at=at)
            if after.supplier is not before.supplier:
                reroute(connection, at)
            return after

        return self._books.write(work)

    def _today(self) -> date:
        return _local_day(self._clock.now())


def of_clients(connection: sa.Connection, some: Iterable[Client], today: date) -> Report:
    """Everything that is missing of these clients."""
    found = list(some)
    names = {one.id: one.name for one in found}
    only = found[0].id if len(found) == 1 else ""
    accounts = tuple(
        _report(one, came, names[one.client_id], today)
        for one, came in _accounts(connection, found)
    )
    sold = bank_accounts.sold(connection, date(today.year - 1, 1, 1), only)
    sales = sales_numbers.find(one for one in sold if one.client_id in names)
    return Report(accounts, tuple(sales), names)


def _report(one: BankAccount, came: list[Arrival], client: str, today: date) -> AccountReport:
    found = gaps.find(one, came, today)
    days = sorted({each.day for each in came if each.counts})
    if not days:
        return AccountReport(one, client, gaps=tuple(found))
    usual, _ = gaps.rhythm(one, days, found)
    counted = sum(each.counts for each in came)
    return AccountReport(one, client, counted, days[0], days[-1], usual, tuple(found))


def _accounts(
    connection: sa.Connection, some: list[Client]
) -> Iterator[tuple[BankAccount, list[Arrival]]]:
    """Every account of these clients that anybody named or that statements came of."""
    by_id = {one.id: one for one in some}
    only = some[0].id if len(some) == 1 else ""
    came: dict[_Key, list[Arrival]] = {}
    for arrival in bank_accounts.arrivals(connection, only):
        client = by_id.get(arrival.client_id)
        if client is not None:
            key = (_whole(arrival.account, client), arrival.currency or EURO)
            came.setdefault(key, []).append(arrival)
    kept = {(one.account, one.currency): one for one in bank_accounts.listed(connection, only)}
    for key, one in kept.items():
        if one.client_id in by_id:
            came.setdefault(key, [])
    named = {account for account, _ in came}
    for client in some:
        for iban in client.ibans:
            if iban not in named:
                came[iban, EURO] = []
                kept.setdefault((iban, EURO), BankAccount(client.id, iban))
    for (account, currency), each in sorted(came.items()):
        known = kept.get((account, currency))
        yield known or BankAccount(each[-1].client_id, account, currency), each


def _whole(account: str, client: Client) -> str:
    """A bank file may hold the end of an IBAN only."""
    found = account_key(account)
    if found in client.ibans or len(found) < _SHORTEST:
        return found
    ends = [iban for iban in client.ibans if iban.endswith(found)]
    return ends[0] if len(ends) == 1 else found


# --- what a person says ---------------------------------------------------------------------------


def _known(connection: sa.Connection, form: AccountForm) -> BankAccount:
    """The account as it is, whose it is included. Raises UnknownId."""
    account, currency = account_key(form.account), form.currency.strip().upper() or EURO
    owner = form.client_id or clients.owners(connection).iban.get(account, "")
    for one in bank_accounts.listed(connection):
        if (one.account, one.currency) == (account, currency):
            if form.client_id:
                clients.get(connection, form.client_id)
            return replace(one, client_id=owner or one.client_id)
    if not owner:
        raise UnknownId(what="account", id=form.account)
    clients.get(connection, owner)
    return BankAccount(owner, account, currency)


def _changed(before: BankAccount, form: AccountForm) -> BankAccount:
    after = before
    if form.supplier is not None:
        after = replace(after, supplier=form.supplier)
    if form.ended_on is not None:
        after = replace(after, supplier=AccountSupplier.ENDED, ended_on=form.ended_on)
    if after.supplier is not AccountSupplier.ENDED:
        after = replace(after, ended_on=None)
    if form.no_baseline:
        return replace(after, baseline_day=None, baseline_balance=None)
    if (form.baseline_day is None) is not (form.baseline_balance is None):
        missing = "balance" if form.baseline_balance is None else "balance_date"
        raise MissingValue(field=missing, name=translate(N_("The earlier balance and its day")))
    if form.baseline_day is not None and form.baseline_balance is not None:
        after = replace(
            after, baseline_day=form.baseline_day, baseline_balance=form.baseline_balance
        )
    return after


def _entry(account: BankAccount) -> Entry:
    facts = {
        "client": account.client_id,
        "supplier": account.supplier.value,
        "currency": account.currency,
        "ended_on": account.ended_on,
        "baseline_day": account.baseline_day,
    }
    told = {name: str(value) for name, value in facts.items() if value is not None}
    personal = {"account": account.account}
    if account.baseline_balance is not None:
        personal["balance"] = f"{account.baseline_balance:f}"
    return Entry("account.changed", told, personal)


def _local_day(at: datetime) -> date:
    return at.astimezone().date()
