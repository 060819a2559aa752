"""Clients as their list shows them, read straight from the driver: the first list of a window does
not wait for SQLAlchemy. Read only."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime

from ledgerdesk.model import Client, DocumentState, ExportKind, LinkRole

_WAITING = (DocumentState.NO_DESTINATION, DocumentState.HELD)


def clients(c: sqlite3.Connection) -> list[Client]:
    """All clients by name, also those no longer in use."""
    numbers: dict[tuple[str, str], list[str]] = {}
    query = "SELECT client_id, scheme, value FROM client_identifier ORDER BY position"
    for client_id, scheme, value in c.execute(query):
        numbers.setdefault((client_id, scheme), []).append(value)
    query = """
        SELECT id, name, created_at, file_number, language, share, archived_at
        FROM client ORDER BY lower(name), id
    """
    return [
        Client(
            id,
            name,
            _moment(created_at),
            tuple(numbers.get((id, "company"), ())),
            tuple(numbers.get((id, "iban"), ())),
            file_number,
            language,
            bool(share),
            _moment(archived_at) if archived_at else None,
        )
        for id, name, created_at, file_number, language, share, archived_at in c.execute(query)
    ]


def software(c: sqlite3.Connection, today: date) -> dict[str, dict[ExportKind, tuple[str, ...]]]:
    """By client: the packages that take each kind of document today or later, the main one first.
    One that was removed takes nothing any more."""
    query = """
        SELECT link.client_id, link.kind, configuration.name
        FROM link JOIN configuration ON configuration.id = link.configuration_id
        WHERE configuration.removed_at IS NULL AND (link.until IS NULL OR link.until >= ?)
        ORDER BY link.role = ?, link.id
    """
    found: dict[str, dict[ExportKind, tuple[str, ...]]] = {}
    for client_id, kind, name in c.execute(query, (today.isoformat(), LinkRole.COPY.value)):
        of_client = found.setdefault(client_id, {})
        of_client[ExportKind(kind)] = (*of_client.get(ExportKind(kind), ()), name)
    return found


def waiting(c: sqlite3.Connection) -> dict[str, int]:
    """By client: how many of its documents wait for somebody."""
    query = """
        SELECT client_id, count(*) FROM document
        WHERE state IN (?, ?) AND client_id IS NOT NULL GROUP BY client_id
    """
    return dict(c.execute(query, [state.value for state in _WAITING]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
