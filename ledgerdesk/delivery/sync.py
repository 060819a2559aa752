"""One run: look, take in, send what is due; what is kept of it; and how another process asks the
owner for one.

Whoever holds the engine lock runs; a second ``sync`` leaves a request in the books, waits and
reports what the owner's run brought.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa

from ledgerdesk import settings
from ledgerdesk.delivery import brake, calendar, first_mail
from ledgerdesk.delivery.counts import Counts, count, from_dict
from ledgerdesk.delivery.plan import Plan, Trigger
from ledgerdesk.errors import EngineBusy, LedgerDeskError, to_record
from ledgerdesk.model import Clock
from ledgerdesk.store import Books, runs, schedules
from ledgerdesk.store import settings as kept_settings
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.runs import MadeRun

ANSWER_WITHIN = 30.0
"""Seconds until an owner that does not answer counts as busy."""
_LISTEN_EVERY = 1.0
_ASK_EVERY = 0.2


BY_PERSON = Plan()
_ASKED = Plan(Trigger.REQUEST)


class Run:
    """The owner's run. ``look`` and ``send`` return how many they took in and delivered."""

    def __init__(
        self,
        books: Books,
        clock: Clock,
        look: Callable[[Plan], int],
        send: Callable[[Plan], int],
    ) -> None:
        self._books = books
        self._clock = clock
        self._look = look
        self._send = send
        self._heard: list[str] = []

    def until_done(self, plan: Plan = BY_PERSON, *, listens: bool = True) -> Counts:
        """Runs once, and once more for whoever asked meanwhile; the sum of it all. Without
        ``listens`` somebody else hears who asks, and says so in the plan.

        Kept with what it brought or what ended it; one that only looks leaves no such trace.
        Raises what ``look`` and ``send`` raise.
        """
        if not plan.sends:
            return self._work(plan, listens)
        run_id = self._begin(plan)
        try:
            with self._listening() if listens else nullcontext():
                counts = self._work(plan, listens)
        except LedgerDeskError as error:
            self._end(run_id, {}, to_record(error))
            raise
        self._end(run_id, counts.as_dict(), {})
        return counts

    def _work(self, plan: Plan, listens: bool) -> Counts:
        taken_in = delivered = 0
        while True:
            answering = self._claimed() if listens else list(plan.answers)
            now = _ASKED if answering and not plan.by_person else plan
            taken_in += self._look(now) if now.looks else 0
            if now.sends:
                self._books.write(lambda c, now=now: self._brake(c, now))  # type: ignore[misc]
                delivered += self._send(now)
            with self._books.read() as connection:
                counts = count(connection, taken_in=taken_in, delivered=delivered)
            self._answer(answering, counts)
            if not (listens and self._waiting()):
                return counts

    def _brake(self, c: sa.Connection, plan: Plan) -> None:
        at = self._clock.now()
        if plan.by_person:
            first_mail.let_go(c, at)
            brake.let_go(c, at)
        else:
            first_mail.hold(c, at, plan.configurations)
            brake.hold(c, kept_settings.get(c, settings.BRAKE), at, plan.configurations)

    # --- what is kept of it -----------------------------------------------------------------------

    def _begin(self, plan: Plan) -> str:
        at = self._clock.now()
        only = None if plan.configurations is None else tuple(sorted(plan.configurations))
        run = MadeRun(new_id(), plan.trigger, at, plan.reason, plan.missed, only)

        def work(c: sa.Connection) -> None:
            known = calendar.read(c, at)
            schedules.forget_slots(c, known.forgettable(at))
            slots = plan.slots
            if plan.by_person:
                # It makes up for whatever is due: the same is not done twice.
                slots = tuple((one, late.slot) for one, late in known.due(at))
            for configuration_id, slot in slots:
                if slot.key not in known.ran.get(configuration_id, {}):
                    schedules.ran(c, configuration_id, slot.key, slot.at)
            runs.begin(c, run)

        self._books.write(work)
        return run.id

    def _end(self, run_id: str, result: Mapping[str, int], error: Mapping[str, Any]) -> None:
        at = self._clock.now()
        self._books.write(lambda c: runs.end(c, run_id, at, result, error))

    # --- who asks ---------------------------------------------------------------------------------

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
