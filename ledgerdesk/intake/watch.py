"""The watch: an invoice that wants to be paid on an account its supplier never used before.

Fraud often is nothing but a changed account on a real invoice. The accounts of every supplier are
remembered across all clients; one that differs from those of the last invoices is told of before
the invoice reaches the books. It never holds a document. A person may confirm an account; otherwise
it is believed once three invoices have named it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.i18n import N_
from ledgerdesk.model import (
    Direction,
    Document,
    DocumentState,
    ExportKind,
    Finding,
    Severity,
)
from ledgerdesk.store import Books, documents, journal, suppliers
from ledgerdesk.store.journal import Entry
from ledgerdesk.store.suppliers import SeenAccount

RULE = "LD-SUPPLIER-ACCOUNT"
_BELIEVED = 3
_TOLD = N_(
    "This invoice is to be paid on {account}, an account that {supplier} never used before; its "
    "earlier invoices name {before}. Call the supplier, on a number that is not on the invoice."
)
_Seen = dict[tuple[str, str], SeenAccount]


def watched(connection: sa.Connection, fresh: Sequence[Document], at: datetime) -> list[Document]:
    """``fresh`` with the warning where an account is new to its supplier; what they name is
    remembered, in their order."""
    known = _known(connection, fresh)
    changed: _Seen = {}
    found = []
    for document in fresh:
        found.append(_told(document, known))
        if document.state is not DocumentState.DUPLICATE:
            for row in _rows(document, known, at):
                counted = replace(row, times=row.times + 1, last_seen_at=at)
                known[row.number, row.account] = changed[row.number, row.account] = counted
    suppliers.put(connection, changed.values())
    return found


def confirm(books: Books, document_id: str, at: datetime) -> Document:
    """A person asked the supplier: the account on this invoice is right. The warning goes from it,
    and later invoices that name the account have none. Raises UnknownId."""

    def work(connection: sa.Connection) -> Document:
        document = documents.get(connection, document_id)
        rows = _rows(document, _known(connection, [document]), at)
        suppliers.put(connection, [replace(row, confirmed_at=at) for row in rows])
        told = Entry(
            "supplier.account_confirmed",
            {"document": document.id},
            {"account": document.facts.account},
        )
        journal.append(connection, told, at=at)
        kept = tuple(one for one in document.findings if one.rule != RULE)
        after = replace(document, findings=kept)
        documents.update(connection, after)
        return after

    return books.write(work)


def _known(connection: sa.Connection, some: Iterable[Document]) -> _Seen:
    numbers = {number for one in some if _names_account(one) for number in _numbers(one)}
    return {(one.number, one.account): one for one in suppliers.seen(connection, numbers)}


def _names_account(document: Document) -> bool:
    """Sales are the client's own; nobody pays them from its books."""
    facts = document.facts
    return (
        bool(facts.account and facts.supplier.identifiers)
        and facts.kind.export is ExportKind.INVOICES
        and document.direction is not Direction.SALE
    )


def _told(document: Document, known: _Seen) -> Document:
    if not _names_account(document):
        return document
    facts = document.facts
    numbers = _numbers(document)
    rows = [row for (number, _), row in known.items() if number in numbers]
    others = [row for row in rows if row.account != facts.account]
    believed = any(
        row.account == facts.account and (row.confirmed_at or row.times >= _BELIEVED)
        for row in rows
    )
    if not others or believed or _came_first(facts.account, rows):
        return document
    last = max(others, key=lambda row: (row.last_seen_at, row.times))
    told = Finding(
        RULE,
        Severity.WARNING,
        _TOLD,
        {"account": facts.account, "supplier": facts.supplier.name, "before": last.account},
    )
    return replace(document, findings=(*document.findings, told))


def _came_first(account: str, rows: Sequence[SeenAccount]) -> bool:
    """The oldest one is where the others differ from."""
    return min(rows, key=lambda row: row.first_seen_at).account == account


def _rows(document: Document, known: _Seen, at: datetime) -> list[SeenAccount]:
    """What is known of the account this document names, for each number of its supplier."""
    if not _names_account(document):
        return []
    account = document.facts.account
    return [
        known.get((number, account), SeenAccount(number, account, 0, at, at))
        for number in _numbers(document)
    ]


def _numbers(document: Document) -> tuple[str, ...]:
    return document.facts.supplier.identifiers
