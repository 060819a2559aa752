"""What can be done with which documents, and doing it with all that are selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ledgerdesk.model import Direction, Document, DocumentKind, DocumentState, HeldReason
from ledgerdesk.model.listing import DocumentRow, Whereabouts

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

_PORTION = 500
_NEVER = (HeldReason.UNSAFE, HeldReason.NOT_WELL_FORMED)
_LEFT = (Whereabouts.DELIVERED,)

Doing = Callable[["Desk"], list[Document]]


def can_assign(row: DocumentRow) -> bool:
    return row.state is not DocumentState.SET_ASIDE and not _is_never(row)


def can_release(row: DocumentRow) -> bool:
    return row.state in (DocumentState.HELD, DocumentState.DUPLICATE) and not _is_never(row)


def can_set_aside(row: DocumentRow) -> bool:
    return row.state is not DocumentState.SET_ASIDE and row.whereabouts not in _LEFT


def can_restore(row: DocumentRow) -> bool:
    return row.state is DocumentState.SET_ASIDE


def ids_of(desk: Desk, keys: Sequence[int]) -> list[str]:
    """The documents of these lines of the list, also of those nobody scrolled to."""
    from ledgerdesk.model.listing import Wanted

    rows = desk.documents.rows(Wanted())
    found: list[str] = []
    for start in range(0, len(keys), _PORTION):
        some = keys[start : start + _PORTION]
        page = rows.page(some)
        found += [page[key].id for key in some if key in page]
    return found


def assign(
    keys: Sequence[int], client_id: str, kind: DocumentKind | None, direction: Direction | None
) -> Doing:
    return lambda desk: desk.triage.assign(ids_of(desk, keys), client_id, kind, direction)


def release(keys: Sequence[int], reason: str) -> Doing:
    return lambda desk: desk.triage.release(ids_of(desk, keys), reason)


def set_aside(keys: Sequence[int], reason: str) -> Doing:
    return lambda desk: desk.triage.set_aside(ids_of(desk, keys), reason)


def restore(keys: Sequence[int]) -> Doing:
    return lambda desk: desk.triage.restore(ids_of(desk, keys))


def restore_again(ids: Sequence[str]) -> Doing:
    return lambda desk: desk.triage.restore(ids)


def _is_never(row: DocumentRow) -> bool:
    return row.state is DocumentState.HELD and row.reason in _NEVER
