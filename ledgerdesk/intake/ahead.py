"""Working a few files ahead: while one is read, the next is fetched and the last is kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from ledgerdesk.errors import Cancelled, SourceError
from ledgerdesk.model import Cancel

K = TypeVar("K")
R = TypeVar("R")

AHEAD = 4
"""So many files may lie in memory beside the one that is looked at."""


def ahead(
    keys: Iterable[K], start: Callable[[K], Future[R]], cancel: Cancel
) -> Iterator[tuple[K, Future[R]]]:
    """Each key with what ``start`` made of it, in order, a few started before they are asked for.

    A SourceError of ``start`` is told by its future. When a person stops the work, what was
    started is still answered; then Cancelled is raised.
    """
    window: deque[tuple[K, Future[R]]] = deque()
    for key in keys:
        try:
            cancel.raise_if_cancelled()
        except Cancelled:
            yield from window
            raise
        window.append((key, _started(start, key)))
        if len(window) > AHEAD:
            yield window.popleft()
    yield from window


def done(result: R) -> Future[R]:
    """A future that is answered already."""
    future: Future[R] = Future()
    future.set_result(result)
    return future


def _started(start: Callable[[K], Future[R]], key: K) -> Future[R]:
    try:
        return start(key)
    except SourceError as error:
        failed: Future[R] = Future()
        failed.set_exception(error)
        return failed
