"""One run: look, take in, send what is due; and how another process asks the owner for one.

Whoever holds the engine lock runs; a second ``sync`` leaves a request in the books, waits and
reports what the owner's run brought.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ledgerdesk.delivery.counts import Counts, count, from_dict
from ledgerdesk.errors import EngineBusy
from ledgerdesk.model import Clock
from ledgerdesk.store import Books, runs

ANSWER_WITHIN = 30.0
"""Seconds until an owner that does not answer counts as busy."""
_LISTEN_EVERY = 1.0
_ASK_EVERY = 0.2


class Run:
    """The owner's run. ``look`` and ``send`` return how many they took in and delivered."""

    def __init__(
        self, books: Books, clock: Clock, look: Callable[[], int], send: Callable[[], int]
    ) -> None:
        self._books = books
        self._clock = clock
        self._look = look
        self._send = send
        self._heard: list[str] = []

    def until_done(self) -> Counts:
        """Runs once, and once more for whoever asked meanwhile; the sum of it all."""
        taken_in = delivered = 0
        self._books.write(runs.reopen)
        with self._listening():
            while True:
                answering = self._claimed()
                taken_in += self._look()
                delivered += self._send()
                with self._books.read() as connection:
                    counts = count(connection, taken_in=taken_in, delivered=delivered)
                self._answer(answering, counts)
                if not self._waiting():
                    return counts

    def _claimed(self) -> list[str]:
        self._hear()
        answering, self._heard = self._heard, []
        return answering

    def _waiting(self) -> bool:
        self._hear()
        return bool(self._heard)

    def _hear(self) -> None:
        at = self._clock.now()
        with self._books.read() as connection:
            if not runs.unclaimed(connection):
                return
        self._heard += [one.id for one in self._books.write(lambda c: runs.claim(c, at))]

    def _answer(self, ids: list[str], counts: Counts) -> None:
        if ids:
            at = self._clock.now()
            self._books.write(lambda c: runs.finish(c, ids, counts.as_dict(), at))

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """A long run answers "I heard you" while it works; the asker then waits for its end."""
        ended = threading.Event()

        def listen() -> None:
            while not ended.wait(_LISTEN_EVERY):
                self._hear()

        thread = threading.Thread(target=listen, name="run requests", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def ask(books: Books, clock: Clock, owner_is_gone: Callable[[], bool]) -> Counts | None:
    """Asks the engine's owner for a run and waits for its end.

    None: the owner went away without an answer, so the caller can run itself. Raises EngineBusy
    when nobody answers for 30 seconds; nothing is left behind then.
    """
    at = clock.now()
    request = books.write(lambda c: runs.ask(c, at))
    deadline = time.monotonic() + ANSWER_WITHIN
    while True:
        time.sleep(_ASK_EVERY)
        with books.read() as connection:
            kept = runs.get(connection, request)
        if kept is not None and kept.result is not None:
            return from_dict(kept.result)
        if owner_is_gone():
            books.write(lambda c: runs.withdraw(c, request))
            return None
        unheard = kept is None or kept.claimed_at is None
        if (
            unheard
            and time.monotonic() > deadline
            and books.write(lambda c: runs.withdraw(c, request))
        ):
            raise EngineBusy()
