"""The facts of a file of bank statements, whatever its format: one row for one or many."""

from __future__ import annotations

from datetime import date

from ledgerdesk.documents import keys
from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import (
    DocumentFormat,
    DocumentKind,
    Facts,
    HeldReason,
    Party,
    Statement,
)

MAX_STATEMENTS = 10_000


def too_many() -> Refused:
    """Nobody's bank sends a file of more: years of daily statements of every account."""
    told = N_("The file holds more than {limit} statements.")
    return Refused(HeldReason.TOO_LARGE, fatal("LD-STATEMENTS", told, limit=MAX_STATEMENTS))


def of(format_: DocumentFormat, statements: tuple[Statement, ...]) -> Facts:
    """What holds for the whole file: the last statement's number, date and balance.

    Account, holder and currency are those of the first; where they differ, ``statements`` decides.
    """
    if not statements:
        return Facts(kind=DocumentKind.STATEMENT, format=format_)
    first = statements[0]
    last = max(statements, key=lambda s: s.closing_date or date.min)
    logical, content = keys.statement_keys(statements)
    return Facts(
        kind=DocumentKind.STATEMENT,
        format=format_,
        number=_number(last),
        issue_date=last.closing_date,
        account=first.account,
        holder=next((s.holder for s in statements if s.holder != Party()), Party()),
        total=last.closing_balance,
        currency=first.currency,
        statements=statements,
        logical_key=logical,
        content_key=content,
    )


def _number(statement: Statement) -> str:
    """``2026-001``: the sequence restarts every year. Zeros say that the bank gives none."""
    if not statement.sequence.strip("0") or statement.closing_date is None:
        return ""
    return f"{statement.closing_date.year}-{statement.sequence}"
