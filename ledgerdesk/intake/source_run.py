"""One look into one source: what is new and stable is taken in, then acknowledged.

Told apart here: items that are in the books, items from before the starting point, items that are
still being written, and new ones. Trouble with one item stops that item alone.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from ledgerdesk.documents.mail_answers import answer_in
from ledgerdesk.errors import Cancelled, ItemChanging, ItemGone, LedgerDeskError, SourceError
from ledgerdesk.i18n import N_
from ledgerdesk.intake.ahead import ahead, done
from ledgerdesk.intake.drafts import Draft, Drafter, Origin, too_large
from ledgerdesk.intake.duplicates import Originals
from ledgerdesk.intake.firm import Firm
from ledgerdesk.intake.keeping import rehearse
from ledgerdesk.intake.senders import hints_by
from ledgerdesk.intake.taking_in import Batch
from ledgerdesk.model import (
    Cancel,
    Clock,
    Document,
    DocumentState,
    NeverCancelled,
    Progress,
    Source,
)
from ledgerdesk.sources.base import Item, Session
from ledgerdesk.store import Books, senders, sources
from ledgerdesk.store.senders import SenderRule
from ledgerdesk.store.sources import OLDER, TAKEN, WAITING, KnownItem


@dataclass(slots=True)
class Looked:
    """What one look into one source found and did. ``older`` were remembered as seen."""

    source: Source
    taken_in: int = 0
    older: int = 0
    waiting: int = 0
    states: Counter[DocumentState] = field(default_factory=Counter)
    troubles: list[LedgerDeskError] = field(default_factory=list)
    error: LedgerDeskError | None = None

    def count(self, documents: Sequence[Document]) -> None:
        self.taken_in += len(documents)
        self.states.update(one.state for one in documents)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a look does: ``stable`` is how long an item must have rested; with ``earlier`` it is a
    rehearsal that keeps nothing."""

    stable: timedelta
    earlier: Originals | None = None
    cancel: Cancel = field(default_factory=NeverCancelled)
    progress: Progress | None = None


class SourceRun:
    """One look. ``session`` is open; the caller holds the engine lock."""

    def __init__(
        self,
        books: Books,
        clock: Clock,
        source: Source,
        session: Session,
        drafter: Drafter,
        rules: Rules,
    ) -> None:
        self._books = books
        self._clock = clock
        self._source = source
        self._session = session
        self._drafter = drafter
        self._rules = rules
        self._first = source.last_look_at is None
        self._gone: list[str] = []
        self._senders: Mapping[str, SenderRule] = {}
        self.looked = Looked(source)

    def run(self) -> Looked:
        """Raises what makes the whole source unreachable; what was kept until then stays."""
        with self._books.read() as connection:
            known = sources.items(connection, self._source.id)
            self._senders = senders.everything(connection)
        new, resting = self._sorted(known)
        self._remember(resting, known)
        self._take_in(new)
        self.looked.troubles += self._session.troubles
        return self.looked

    def remember_older(self) -> None:
        """What is there from before the starting point is remembered as seen; nothing else."""
        with self._books.read() as connection:
            known = sources.items(connection, self._source.id)
        _, resting = self._sorted(known)
        self._remember([one for one in resting if one.outcome == OLDER], known)

    # --- what is there ----------------------------------------------------------------------

    def _sorted(self, known: Mapping[str, KnownItem]) -> tuple[list[Item], list[KnownItem]]:
        """The items to take in, and what is remembered of the others that are not known yet."""
        new: list[Item] = []
        resting: list[KnownItem] = []
        there: set[str] = set()
        now = self._clock.now()
        for item in self._session.look(self._source.cursor):
            self._rules.cancel.raise_if_cancelled()
            there.add(item.key)
            before = known.get(item.key)
            if before is not None and before.version == item.version and before.outcome != WAITING:
                self._again(before, item)
            elif self._is_older(item, before):
                resting.append(KnownItem(item.key, item.version, OLDER))
                self.looked.older += 1
            elif self._is_stable(item, before, now):
                new.append(item)
            else:
                resting.append(
                    KnownItem(item.key, item.version, WAITING, _since(before, item, now))
                )
                self.looked.waiting += 1
        self._gone = [k for k, one in known.items() if one.outcome == WAITING and k not in there]
        return new, resting

    def _again(self, before: KnownItem, item: Item) -> None:
        """It is in the books. If it still lies there, the last run ended before it moved it."""
        asked = self._session.acknowledges and not self._rehearsal
        if asked and before.outcome == TAKEN:
            self._acknowledge(item)

    def _is_older(self, item: Item, before: KnownItem | None) -> bool:
        """The starting point is about what lies there when the source is first looked into. What
        appears later is new, whatever its date: programs keep the dates of what they copy."""
        point = self._source.starting_point
        if not self._first or before is not None or point == "all":
            return False
        if point == "now":
            return True
        changed = item.changed_at or self._clock.now()
        return changed.astimezone().date() < date.fromisoformat(point)

    def _is_stable(self, item: Item, before: KnownItem | None, now: datetime) -> bool:
        if item.changed_at is None or item.changed_at <= now - self._rules.stable:
            return True
        # Written just now, or dated in the future: then only watching it tells.
        same = before is not None and before.version == item.version and before.since is not None
        return same and now - _since(before, item, now) >= self._rules.stable

    def _remember(self, resting: Sequence[KnownItem], known: Mapping[str, KnownItem]) -> None:
        changed = [one for one in resting if known.get(one.key) != one]
        if self._rehearsal or not (changed or self._gone):
            return
        source_id = self._source.id

        def work(connection: sa.Connection) -> None:
            sources.forget(connection, source_id, self._gone)
            sources.remember(connection, source_id, changed)

        self._books.write(work)

    # --- taking in ----------------------------------------------------------------------------

    def _take_in(self, new: Sequence[Item]) -> None:
        batch = Batch(self._books, self._clock, self._drafter, self._source.id)
        pending: list[Item] = []
        try:
            for number, (item, drafts) in enumerate(self._drafted(new, batch)):
                if drafts:
                    batch.add(drafts, KnownItem(item.key, item.version, TAKEN))
                    pending.append(item)
                if batch.full:
                    self._flush(batch, pending)
                    pending = []
                if self._rules.progress is not None:
                    self._rules.progress.step(N_("Taking in"), number + 1, len(new))
        except Cancelled:
            # What is read is kept: stopping costs nothing.
            self._flush(batch, pending)
            raise
        self._flush(batch, pending)

    def _drafted(self, new: Sequence[Item], batch: Batch) -> Iterator[tuple[Item, list[Draft]]]:
        for item, drafts in ahead(new, self._start, self._rules.cancel):
            try:
                yield item, drafts.result()
            except ItemGone:
                yield item, []
            except SourceError as error:
                if not isinstance(error, ItemChanging):
                    self.looked.troubles.append(error)
                self.looked.waiting += 1
                seen = KnownItem(item.key, item.version, WAITING, self._clock.now())
                batch.add([], seen)
                yield item, []

    def _start(self, item: Item) -> Future[list[Draft]]:
        fetched = self._session.fetch(item)
        doubted = fetched.sender_doubted
        hints, set_aside = hints_by(self._senders, fetched.hints, doubted=doubted)
        origin = Origin(
            path=item.shown or item.path,
            name=posixpath.basename(item.path),
            hints=hints,
            source_id=self._source.id,
            pdf_is_copy=fetched.pdf_is_copy,
            is_mail=fetched.is_mail,
            set_aside=set_aside,
            answer=answer_in(fetched.content) if fetched.is_mail and fetched.content else None,
        )
        if fetched.content is None:
            return done([too_large(fetched.sha256, fetched.size, origin)])
        return self._drafter.start(fetched.content, origin)

    def _flush(self, batch: Batch, pending: Sequence[Item]) -> None:
        if self._rehearsal:
            self.looked.count(self._rehearsed(batch))
            return
        self.looked.count(batch.flush())
        for item in pending:
            self._acknowledge(item)

    def _rehearsed(self, batch: Batch) -> list[Document]:
        assert self._rules.earlier is not None
        with self._books.read() as connection:
            drafts = batch.discard()
            return rehearse(connection, drafts, self._clock.now(), self._rules.earlier)

    def _acknowledge(self, item: Item) -> None:
        try:
            self._session.acknowledge(item)
        except SourceError as error:
            self.looked.troubles.append(error)

    @property
    def _rehearsal(self) -> bool:
        return self._rules.earlier is not None


def _since(before: KnownItem | None, item: Item, now: datetime) -> datetime:
    """When this version was first seen; a wall clock that was set back starts the wait anew."""
    if before is None or before.version != item.version or before.since is None:
        return now
    return min(before.since, now)


def remember_older(books: Books, clock: Clock, source: Source, session: Session) -> None:
    """The first look into a source whose starting point is not ``all``; nothing is taken in."""

    def no_firm() -> Firm:
        raise AssertionError("nothing is taken in here")

    rules = Rules(timedelta(0))
    SourceRun(books, clock, source, session, Drafter(None, no_firm), rules).remember_older()


def looked_at(source: Source, looked: Looked, session: Session, at: datetime) -> Source:
    """``source`` after a look that reached it."""
    return replace(
        source,
        last_look_at=at,
        cursor=dict(session.cursor),
        last_document_at=at if looked.taken_in else source.last_document_at,
    )
