"""Sources as a person sets them up: add, list, test, remove."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import sqlalchemy as sa

from ledgerdesk.errors import (
    AlreadyExists,
    InvalidValue,
    LedgerDeskError,
    to_record,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.intake.look import Doors, health_of, keep_health
from ledgerdesk.intake.source_run import remember_older
from ledgerdesk.model import (
    Cancel,
    Check,
    Clock,
    Direction,
    DocumentKind,
    Hints,
    Source,
    SourceState,
    SystemClock,
)
from ledgerdesk.setup.fields import Field, clean_all
from ledgerdesk.sources import all_kinds, patterns
from ledgerdesk.sources.base import Context
from ledgerdesk.store import Books, clients, journal, sources
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.journal import Entry

_AFTER = ("leave", "move")
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class SourceForm:
    """What a person says about a new source. ``values`` and ``secrets`` are its type's fields;
    one that the type does not have is refused, also ``ca_pem``."""

    type: str = "folder"
    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    ca_pem: str = ""
    client_id: str = ""
    kind: str = ""
    direction: str = ""
    pattern: str = ""
    preset: str = ""
    starting_point: str = "all"
    after: str = "leave"


@dataclass(frozen=True, slots=True)
class Listed:
    """A source, and how many items were seen there but not taken in yet. ``checks`` is what a
    test just found."""

    source: Source
    waiting: int = 0
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source, as a form asks for it."""

    id: str
    label: str
    help: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """An item of a place, and what the pattern there reads from its path."""

    path: str
    hints: Hints


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in a place that may become a source. ``days`` tells when each item was last
    written, in order; ``checks`` what was looked at on the way."""

    days: tuple[date, ...]
    examples: tuple[Example, ...] = ()
    checks: tuple[Check, ...] = ()

    def since(self, day: date) -> int:
        """How many items are of this day or later."""
        return len(self.days) - bisect_left(self.days, day)


class Sources:
    """Service for the window and the command line."""

    def __init__(
        self, books: Books, clock: Clock | None = None, doors: Doors | None = None
    ) -> None:
        self._books = books
        self._clock: Clock = clock or SystemClock()
        self._doors = doors or Doors()

    def add(self, form: SourceForm) -> Listed:
        """Keeps a new source. What is there from before its starting point is remembered as seen.

        Raises UnknownId, MissingValue, InvalidValue, BadTemplate, AlreadyExists, and what stops a
        look there now, such as PlaceMissing: nothing is kept then.
        """
        source = replace(self._cleaned(form), state=SourceState.OK)
        with self._doors.kind(source.type).open(self._context(source)) as session:
            list(session.verify())
            self._books.write(lambda connection: self._insert(connection, source))
            if source.starting_point != "all":
                remember_older(self._books, self._clock, source, session)
                source = replace(source, last_look_at=self._clock.now())
                self._keep(source)
        return Listed(source)

    def kinds(self) -> tuple[Kind, ...]:
        """Every kind of source there is."""
        return tuple(Kind(one.id, one.label, one.help, one.fields) for one in all_kinds())

    def survey(self, form: SourceForm, cancel: Cancel | None = None) -> Survey:
        """What ``add`` would find there; keeps nothing. Raises what ``add`` does, and Cancelled."""
        source, now = self._cleaned(form), self._clock.now()
        rules = patterns.read_rules(source)
        days: list[date] = []
        examples: list[Example] = []
        with self._doors.kind(source.type).open(self._context(source)) as session:
            checks = tuple(session.verify())
            for item in session.look({}):
                if cancel is not None:
                    cancel.raise_if_cancelled()
                days.append((item.changed_at or now).astimezone().date())
                if len(examples) < _EXAMPLES:
                    hints, _ = patterns.hints_of(source, rules, item.path)
                    examples.append(Example(item.path, hints))
        return Survey(tuple(sorted(days)), tuple(examples), checks)

    def listed(self, *, limit: int | None = 1000, offset: int = 0) -> list[Listed]:
        with self._books.read() as connection:
            found = sources.listed(connection, limit=limit, offset=offset)
            waiting = sources.waiting(connection)
        return [Listed(one, waiting.get(one.id, 0)) for one in found]

    def test(self, source_id: str) -> Listed:
        """With the check list, whose last line tells what fails. Keeps the health.

        Raises UnknownId.
        """
        source = self._listed(source_id).source
        checks: list[Check] = []
        try:
            with self._doors.kind(source.type).open(self._context(source)) as session:
                checks += session.verify()
            after = replace(source, state=SourceState.OK, error={})
        except LedgerDeskError as error:
            checks.append(Check(N_("The source can be looked into"), False, error.text()))
            after = replace(source, state=health_of(error), error=to_record(error))
        self._keep(after)
        return replace(self._listed(source_id), checks=tuple(checks))

    def remove(self, source_id: str) -> Listed:
        """Looks there no more; its documents stay. Answers what it was. Raises UnknownId."""
        at, removed = self._clock.now(), self._listed(source_id)

        def work(connection: sa.Connection) -> None:
            sources.remove(connection, source_id, at)
            journal.append(connection, Entry("source.removed", {"source": source_id}), at=at)

        self._books.write(work)
        return removed

    def _listed(self, source_id: str) -> Listed:
        with self._books.read() as connection:
            source = sources.get(connection, source_id)
            return Listed(source, sources.waiting(connection).get(source_id, 0))

    # --- adding -------------------------------------------------------------------------------

    def _cleaned(self, form: SourceForm) -> Source:
        kind = self._doors.kind(form.type)
        given = {**form.values, **form.secrets, **({"ca_pem": form.ca_pem} if form.ca_pem else {})}
        values, errors = clean_all(kind.fields, given)
        if errors:
            raise errors[0]
        source = Source(
            id=new_id(),
            type=kind.id,
            path=kind.path(values),
            created_at=self._clock.now(),
            values=values,
            client_id=form.client_id,
            kind=_one_of("kind", form.kind, [one.value for one in DocumentKind]),
            direction=_one_of("direction", form.direction, [one.value for one in Direction]),
            pattern=form.pattern.strip(),
            preset=_one_of("preset", form.preset, list(patterns.PRESETS)),
            starting_point=_starting_point(form.starting_point),
            after=_one_of("after", form.after or "leave", _AFTER),
        )
        patterns.read_rules(source)
        return source

    def _insert(self, connection: sa.Connection, source: Source) -> None:
        if source.client_id:
            clients.get(connection, source.client_id)
        for other in sources.listed(connection, limit=None):
            if (other.type, other.path) == (source.type, source.path):
                what = translate(N_("The source"))
                raise AlreadyExists(what=what, name=source.path, field="path")
        sources.insert(connection, source)
        entry = Entry(
            "source.added", {"source": source.id, "type": source.type}, {"path": source.path}
        )
        journal.append(connection, entry, at=source.created_at)

    def _context(self, source: Source) -> Context:
        return Context(
            source=source,
            secrets=self._doors.secrets(source.id),
            clock=self._clock,
            network=self._doors.network,
        )

    def _keep(self, after: Source) -> None:
        at = self._clock.now()
        self._books.write(lambda connection: keep_health(connection, after, at))


def _one_of(name: str, value: str, known: list[str] | tuple[str, ...]) -> str:
    """Choices are compared without case. Raises InvalidValue."""
    wanted = value.strip().lower()
    if wanted and wanted not in known:
        raise InvalidValue(field=name, value=value, name=f"--{name}", hint=", ".join(known))
    return wanted


def _starting_point(value: str) -> str:
    wanted = value.strip().lower() or "all"
    if wanted in ("all", "now"):
        return wanted
    try:
        return date.fromisoformat(wanted).isoformat()
    except ValueError as error:
        hint = translate(N_("Give all, now, or a date as YYYY-MM-DD."))
        raise InvalidValue(field="from", value=value, name="--from", hint=hint) from error
