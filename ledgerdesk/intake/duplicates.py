"""One document, once, whatever the road: exact and logical duplicates, and conflicts.

Exact: the same bytes for the same client in the same direction. Logical: the same invoice or
statement in other bytes (another road, another envelope) is a duplicate when its content is the
same; otherwise it is held in conflict, and both are shown. A bare PDF has no logical key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from ledgerdesk.documents.mail import INLINE_IMAGE, SIGNATURE
from ledgerdesk.model import Document, DocumentState, HeldReason
from ledgerdesk.store import documents
from ledgerdesk.store.documents import Known

_FURNITURE = (INLINE_IMAGE, SIGNATURE)
"""The same logo in every mail of a sender is no repeated document."""


class Originals:
    """The documents a new one may repeat: those in the books, and those of this batch."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self._by_sha256: dict[str, list[Known]] = {}
        self._by_key: dict[str, list[Known]] = {}
        for one in known:
            self._add(one)

    def add(self, document: Document) -> None:
        if document.state is not DocumentState.DUPLICATE:
            self._add(_known(document))

    def checked(self, document: Document) -> Document:
        """``document`` as it stays: itself, a duplicate, or held in conflict with another."""
        if document.released or document.reason in _FURNITURE:
            return document
        same = self._same_bytes(document)
        if same is not None:
            return _duplicate(document, same)
        told = self._same_story(document)
        if told is None:
            return document
        if _tells_the_same(told, document):
            return _duplicate(document, told)
        if document.state in (DocumentState.HELD, DocumentState.SET_ASIDE):
            return document
        return replace(
            document,
            state=DocumentState.HELD,
            reason=HeldReason.CONFLICT.value,
            duplicate_of=told.id,
        )

    def _add(self, one: Known) -> None:
        self._by_sha256.setdefault(one.sha256, []).append(one)
        if one.logical_key:
            self._by_key.setdefault(one.logical_key, []).append(one)

    def _same_bytes(self, document: Document) -> Known | None:
        found = [k for k in self._by_sha256.get(document.sha256, ()) if k.id != document.id]
        if not document.client_id:
            # Nobody knows whose this one is: the bytes were here before, that is enough.
            return found[0] if found else None
        return next((one for one in found if _same_place(one, document)), None)

    def _same_story(self, document: Document) -> Known | None:
        """The one with equal content first: a third copy is a duplicate, not a conflict."""
        key = document.facts.logical_key
        found = [
            one
            for one in (self._by_key.get(key, ()) if key else ())
            if one.id != document.id and _same_place(one, document)
        ]
        equal = [one for one in found if _tells_the_same(one, document)]
        return next(iter(equal or found), None)


def originals_of(connection: sa.Connection, drafts: Iterable[Document]) -> Originals:
    """What the books hold that one of ``drafts`` may repeat."""
    drafts = list(drafts)
    return Originals(
        documents.known(
            connection,
            {one.sha256 for one in drafts},
            {one.facts.logical_key for one in drafts},
        )
    )


def _tells_the_same(known: Known, document: Document) -> bool:
    """Equal content. Two formats of one bank file have no bytes in common: there the balances of
    the same numbers and days decide."""
    if known.content_key == document.facts.content_key:
        return True
    if known.format == document.facts.format or not known.balances:
        return False
    return known.balances == documents.balances_of(document.facts.statements)


def _same_place(known: Known, document: Document) -> bool:
    return (known.client_id, known.direction) == (document.client_id, document.direction or "")


def _known(document: Document) -> Known:
    facts = document.facts
    return Known(
        document.id,
        document.sha256,
        document.client_id,
        document.direction or "",
        "" if documents.is_faulty(document.state, document.reason) else facts.logical_key,
        facts.content_key,
        facts.format.value,
        documents.balances_of(facts.statements),
    )


def _duplicate(document: Document, of: Known) -> Document:
    return replace(document, state=DocumentState.DUPLICATE, reason="", duplicate_of=of.id)
