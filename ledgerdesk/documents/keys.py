"""The keys by which two files are found to tell the same thing (duplicate) or not quite (conflict).

An invoice is the supplier's number in a year; a statement is an account's sequence number and its
new balance. Facts: the paper number of a CODA statement is no key (one bank repeats it daily).
"""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

from ledgerdesk.model import DocumentKind, Party, Statement


def invoice_keys(
    kind: DocumentKind,
    supplier: Party,
    number: str,
    issue_date: date | None,
    total: Decimal | None,
    currency: str,
) -> tuple[str, str]:
    """(logical key, content key); empty where supplier, number or date are not known."""
    who = supplier.identifier or _folded(supplier.name)
    if not who or not _folded(number) or issue_date is None:
        return "", ""
    logical = _digest("invoice", kind.value, who, _folded(number), str(issue_date.year))
    return logical, _digest(issue_date.isoformat(), amount(total), currency)


def statement_keys(statements: tuple[Statement, ...]) -> tuple[str, str]:
    """(logical key, content key) of one file's statements; empty where one of them has no key."""
    parts = [_statement_key(statement) for statement in statements]
    if not parts or not all(parts):
        return "", ""
    return _digest("statement", *parts), _digest(*(s.core_sha256 for s in statements))


def amount(value: Decimal | None) -> str:
    """Equal text for equal amounts: 121, 121.0 and 121.00 are one."""
    if value is None:
        return ""
    normal = value.normalize()
    return "0" if not normal else format(normal, "f")


def _statement_key(statement: Statement) -> str:
    if not statement.account or statement.closing_date is None:
        return ""
    sequence = statement.sequence.lstrip("0")
    return "|".join(
        (
            statement.account,
            statement.currency,
            sequence or "from " + amount(statement.opening_balance),
            statement.closing_date.isoformat(),
            amount(statement.closing_balance),
        )
    )


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
