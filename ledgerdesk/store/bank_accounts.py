"""The accounts of clients as the radar watches them, and what it asks the books about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ledgerdesk.model import DocumentState
from ledgerdesk.model.radar import AccountSupplier, Arrival, BankAccount, SoldNumber
from ledgerdesk.store import documents
from ledgerdesk.store import tables as t

_a = t.bank_account.c
_d = t.document.c
_LONGEST_NUMBER = 9


def listed(connection: sa.Connection, client_id: str = "") -> list[BankAccount]:
    """What a person said of accounts; one nobody spoke of is not there."""
    query = sa.select(t.bank_account).order_by(_a.account, _a.currency)
    if client_id:
        query = query.where(_a.client_id == client_id)
    return [_account(row) for row in connection.execute(query)]


def put(connection: sa.Connection, account: BankAccount) -> None:
    """Keeps it in place of what was said before."""
    connection.execute(
        t.bank_account.delete().where(
            _a.account == account.account, _a.currency == account.currency
        )
    )
    balance = account.baseline_balance
    connection.execute(
        t.bank_account.insert().values(
            account=account.account,
            currency=account.currency,
            client_id=account.client_id,
            supplier=account.supplier.value,
            ended_on=account.ended_on,
            baseline_day=account.baseline_day,
            baseline_balance="" if balance is None else f"{balance:f}",
        )
    )


def fetched_by_package(connection: sa.Connection) -> frozenset[tuple[str, str]]:
    """The (account, currency) pairs whose statements the package itself brings."""
    query = sa.select(_a.account, _a.currency).where(_a.supplier == AccountSupplier.PACKAGE)
    return frozenset((account, currency) for account, currency in connection.execute(query))


def arrivals(connection: sa.Connection, client_id: str = "") -> Iterator[Arrival]:
    """Every statement that came for a client, also the duplicates, in the order of arrival.

    What was set aside, or is held because it may be another client's, is not among them.
    """
    query = (
        sa.select(
            *(_d.id, _d.sha256, _d.client_id, _d.format, _d.source_id),
            *(_d.state, _d.reason, _d.statements),
        )
        .where(sa.text("document.kind = 'statement'"))
        .where(_d.client_id == client_id if client_id else _d.client_id.is_not(None))
    )
    # Sorted here: asked for an order, SQLite reads every document there is instead.
    for row in sorted(connection.execute(query), key=lambda one: one.id):
        if row.state == DocumentState.SET_ASIDE or row.reason == "other_client":
            continue
        damaged = documents.is_faulty(row.state, row.reason)
        for kept in row.statements or ():
            if kept["account"] and kept["closing_date"]:
                yield _arrival(row, kept, damaged)


def sold(connection: sa.Connection, since: date, client_id: str = "") -> list[SoldNumber]:
    """The numbers of sales since a day, in the order of their days; without the duplicates."""
    query = (
        sa.select(_d.id, _d.client_id, _d.number, _d.issue_date)
        .where(sa.text("document.direction = 'sale'"), _d.issue_date >= since, _d.number != "")
        .where(_d.state.not_in((DocumentState.DUPLICATE, DocumentState.SET_ASIDE)))
        .where(_d.client_id == client_id if client_id else _d.client_id.is_not(None))
        .order_by(_d.client_id, _d.issue_date, _d.id)
    )
    return [SoldNumber(*row) for row in connection.execute(query)]


def _arrival(row: Any, kept: dict[str, Any], damaged: bool) -> Arrival:
    digits = kept["sequence"]
    counts = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER
    return Arrival(
        document_id=row.id,
        sha256=row.sha256,
        client_id=row.client_id,
        account=kept["account"],
        currency=kept["currency"],
        format=row.format,
        road=row.source_id or "",
        number=int(digits) if counts else 0,
        day=date.fromisoformat(kept["closing_date"]),
        opening=None if damaged else _decimal(kept["opening_balance"]),
        closing=None if damaged else _decimal(kept["closing_balance"]),
        core=kept["core_sha256"],
        counts=row.state != DocumentState.DUPLICATE,
    )


def _account(row: sa.Row[Any]) -> BankAccount:
    return BankAccount(
        client_id=row.client_id,
        account=row.account,
        currency=row.currency,
        supplier=AccountSupplier(row.supplier),
        ended_on=row.ended_on,
        baseline_day=row.baseline_day,
        baseline_balance=_decimal(row.baseline_balance),
    )


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
