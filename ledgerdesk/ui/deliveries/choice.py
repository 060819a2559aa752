"""What is chosen in a long list: by keys, so that rows which were never on screen count too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from PySide6.QtCore import QItemSelectionRange

from ledgerdesk.model import DeliveryState
from ledgerdesk.ui.table_view import TableView

MOST = 5000
"""What one action takes at once; more is a mistake of the hand, or one for *by cause*."""
_LOOKED_AT = 300


def how_many(view: TableView) -> int:
    return sum(bottom - top + 1 for top, bottom in _ranges(view))


def keys(view: TableView) -> list[int]:
    """From top to bottom, at most ``MOST``."""
    return [int(str(view.table.key_at(number))) for number in islice(_numbers(view), MOST)]


def states(view: TableView) -> frozenset[DeliveryState]:
    """The states among what is chosen; all of them where some rows are still fetched."""
    found = set()
    for number in islice(_numbers(view), _LOOKED_AT):
        row = view.table.row_at(number)
        if row is None:
            return frozenset(DeliveryState)
        found.add(row.delivery.state)
    return frozenset(DeliveryState if how_many(view) > _LOOKED_AT else found)


def _numbers(view: TableView) -> Iterator[int]:
    for top, bottom in _ranges(view):
        yield from range(top, bottom + 1)


def _ranges(view: TableView) -> list[tuple[int, int]]:
    chosen: Iterable[QItemSelectionRange] = view.selectionModel().selection()  # type: ignore[assignment]
    return sorted((one.top(), one.bottom()) for one in chosen)
