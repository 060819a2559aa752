"""Marks by which a PDF and the invoice it pictures find each other.

``pdf:`` and the SHA-256 of a PDF that an invoice carries; ``place:`` and a digest of where
a file lay and what it was called, without its suffix.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from ledgerdesk.store import tables as t

_m = t.document_mark.c
_PORTION = 400


def insert(connection: sa.Connection, marks: Mapping[str, Collection[str]]) -> None:
    """The marks of new documents, by their ids."""
    rows = [
        {"mark": mark, "document_id": id}
        for id, each in marks.items()
        for mark in sorted(set(each))
    ]
    if rows:
        connection.execute(t.document_mark.insert(), rows)


def documents_with(connection: sa.Connection, marks: Collection[str]) -> dict[str, list[str]]:
    """The ids of documents by mark, oldest first."""
    wanted = sorted(marks)
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), _PORTION):
        query = sa.select(_m.mark, _m.document_id).where(
            _m.mark.in_(wanted[start : start + _PORTION])
        )
        for mark, id in connection.execute(query.order_by(_m.document_id)):
            found.setdefault(mark, []).append(id)
    return found


def pdfs_with(connection: sa.Connection, sha256s: Collection[str]) -> dict[str, list[str]]:
    """The ids of the documents that are one of these PDFs, by its SHA-256, oldest first."""
    wanted = sorted(sha256s)
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), _PORTION):
        query = sa.select(t.document.c.sha256, t.document.c.id).where(
            t.document.c.sha256.in_(wanted[start : start + _PORTION]),
            t.document.c.format == "pdf",
        )
        for sha256, id in connection.execute(query.order_by(t.document.c.id)):
            found.setdefault(sha256, []).append(id)
    return found
