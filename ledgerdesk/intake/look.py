"""Looking: every source in turn, each with its own health; one that is out of reach stops none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledgerdesk import settings
from ledgerdesk import sources as source_kinds
from ledgerdesk.documents import pdf_text
from ledgerdesk.errors import (
    Cancelled,
    CredentialsRejected,
    Disposition,
    KeyMissing,
    KeyringUnusable,
    LedgerDeskError,
    LocalError,
    SecretMissing,
    SignInMethodRefused,
    UnknownId,
    by_code,
    to_record,
)
from ledgerdesk.intake.drafts import Drafter
from ledgerdesk.intake.duplicates import Originals
from ledgerdesk.intake.source_run import Looked, Rules, SourceRun, looked_at
from ledgerdesk.intake.source_secrets import SourceSecrets
from ledgerdesk.intake.taking_in import Intake, readers
from ledgerdesk.model import (
    Cancel,
    Clock,
    DocumentState,
    Network,
    NeverCancelled,
    Progress,
    Source,
    SourceState,
)
from ledgerdesk.sources.base import Context, Session, SourceKind
from ledgerdesk.store import journal, sources
from ledgerdesk.store.journal import Entry
from ledgerdesk.store.settings import get as setting

_REFUSALS = (CredentialsRejected.code, SignInMethodRefused.code)


@dataclass(frozen=True, slots=True)
class Report:
    """All of one look. ``taken_in`` counts documents, ``states`` what they became."""

    sources: Sequence[Looked] = ()

    @property
    def taken_in(self) -> int:
        return sum(one.taken_in for one in self.sources)

    @property
    def states(self) -> Counter[DocumentState]:
        return sum((one.states for one in self.sources), Counter())


@dataclass(frozen=True, slots=True)
class Doors:
    """What a session may need beside the source itself. ``vault`` keeps the sources' secrets."""

    network: Network | None = None
    vault: SourceSecrets | None = None
    kind: Callable[[str], SourceKind] = source_kinds.get

    def context(self, source: Source, clock: Clock, cancel: Cancel | None = None) -> Context:
        """Of a kept source. Raises KeyMissing, SecretMissing or KeyringUnusable."""
        signs_in = self.vault is not None and self.kind(source.type).in_browser(source.values)
        return Context(
            source=source,
            secrets=self.vault.open(source.id) if self.vault else {},
            clock=clock,
            cancel=cancel or NeverCancelled(),
            network=self.network,
            tokens=self.vault.tokens(source.id) if self.vault and signs_in else None,
        )


class Look:
    """Looks into sources. The caller holds the engine lock."""

    def __init__(self, intake: Intake, doors: Doors | None = None) -> None:
        self._intake = intake
        self._books = intake.books
        self._clock = intake.clock
        self._doors = doors or Doors()

    def run(
        self,
        ids: Sequence[str] = (),
        *,
        dry_run: bool = False,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Looks into all sources, or those named. Raises UnknownId, Cancelled and what stops
        everything, such as a full disk; never for a source that is out of reach.

        ``dry_run`` only counts and keeps nothing.
        """
        rules = self._rules(dry_run, cancel or NeverCancelled(), progress)
        if not dry_run:
            self._intake.split_waiting()
        with self._drafter(rules) as drafter:
            found = [self._one(source, drafter, rules) for source in self._wanted(ids)]
        return Report(found)

    def _one(self, source: Source, drafter: Drafter, rules: Rules) -> Looked:
        looked = Looked(source)
        refused = _refused(source)
        if refused is not None:
            looked.error = refused
            return looked
        try:
            with self._open(source, rules.cancel) as session:
                run = SourceRun(self._books, self._clock, source, session, drafter, rules)
                looked = run.looked
                run.run()
                after = looked_at(source, looked, session, self._clock.now())
        except (KeyMissing, KeyringUnusable, SecretMissing) as error:
            # Its own password cannot be read; other sources need none.
            looked.error = error
            after = source
        except (LocalError, Cancelled):
            raise
        except LedgerDeskError as error:
            looked.error = error
            after = source
        looked.source = _healthy(after, looked)
        if rules.earlier is None:
            self._keep(looked.source)
        return looked

    def _open(self, source: Source, cancel: Cancel) -> Session:
        context = self._doors.context(source, self._clock, cancel)
        return self._doors.kind(source.type).open(context)

    @contextmanager
    def _drafter(self, rules: Rules) -> Iterator[Drafter]:
        if rules.earlier is not None:
            with readers() as pool:
                yield Drafter(None, self._intake.firm, pool, text=pdf_text.shared().text)
            return
        with self._intake.drafter() as drafter:
            yield drafter

    def _wanted(self, ids: Sequence[str]) -> list[Source]:
        with self._books.read() as connection:
            if not ids:
                return sources.listed(connection, limit=None)
            return [sources.get(connection, one) for one in dict.fromkeys(ids)]

    def _rules(self, dry_run: bool, cancel: Cancel, progress: Progress | None) -> Rules:
        with self._books.read() as connection:
            stable = setting(connection, settings.STABLE_SECONDS)
        return Rules(
            timedelta(seconds=stable),
            earlier=Originals() if dry_run else None,
            cancel=cancel,
            progress=progress,
        )

    def _keep(self, after: Source) -> None:
        at = self._clock.now()

        def work(connection: sa.Connection) -> None:
            keep_health(connection, after, at)

        self._books.write(work)


def look(
    intake: Intake,
    *,
    doors: Doors | None = None,
    ids: Sequence[str] = (),
    dry_run: bool = False,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Report:
    """One look into all sources: see Look.run."""
    return Look(intake, doors).run(ids, dry_run=dry_run, cancel=cancel, progress=progress)


def keep_health(connection: sa.Connection, after: Source, at: datetime) -> None:
    """Keeps how a source is. What a person changed meanwhile stays; a removed one stays removed."""
    try:
        before = sources.get(connection, after.id)
    except UnknownId:
        return
    kept = replace(
        before,
        state=after.state,
        error=after.error,
        cursor=after.cursor,
        last_look_at=after.last_look_at,
        last_document_at=after.last_document_at,
    )
    sources.update(connection, kept)
    if before.state is not kept.state:
        facts = {"source": kept.id, "error": str(kept.error.get("code", ""))}
        entry = Entry(f"source.{kept.state}", {k: v for k, v in facts.items() if v})
        journal.append(connection, entry, at=at)


def health_of(error: LedgerDeskError) -> SourceState:
    if error.disposition is Disposition.REAUTHENTICATE:
        return SourceState.REAUTHENTICATE
    return SourceState.UNREACHABLE


def _refused(source: Source) -> LedgerDeskError | None:
    """Why it does not ask again: servers ban who repeats a wrong password. A person's test or new
    sign-in ends it."""
    code = source.error.get("code", "")
    if source.state is not SourceState.REAUTHENTICATE or code not in _REFUSALS:
        return None
    return by_code(code)(**source.error.get("params", {}))


def _healthy(source: Source, looked: Looked) -> Source:
    """``ok`` with the first trouble it had with an item, or out of reach."""
    if looked.error is not None:
        return replace(source, state=health_of(looked.error), error=to_record(looked.error))
    trouble = to_record(looked.troubles[0]) if looked.troubles else {}
    return replace(source, state=SourceState.OK, error=trouble)
