"""Sources as a person sets them up: add, list, test, remove."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

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
from ledgerdesk.log import register_secret
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
from ledgerdesk.setup.mail_sign_in import MailSignIn
from ledgerdesk.setup.tokens import HeldTokens
from ledgerdesk.sources import all_kinds, patterns
from ledgerdesk.sources.base import Context, Session, SourceKind
from ledgerdesk.store import Books, clients, journal, sources
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.journal import Entry

_AFTER = ("leave", "move")
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class SourceForm:
    """What a person says about a new source. ``values`` and ``secrets`` are its type's fields;
    one that the type does not have is refused, also ``ca_pem`` and ``accept_host_key``."""

    type: str = "folder"
    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    ca_pem: str = ""
    accept_host_key: str = ""
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

    def add(self, form: SourceForm, tokens: HeldTokens | None = None) -> Listed:
        """Keeps a new source. What is there from before its starting point is remembered as seen.
        ``tokens`` are what a sign-in in the browser gave.

        Raises UnknownId, MissingValue, InvalidValue, BadTemplate, AlreadyExists, and what stops a
        look there now, such as PlaceMissing: nothing is kept then.
        """
        source, secrets = self._cleaned(form)
        source = replace(source, state=SourceState.OK)
        with self._doors.kind(source.type).open(self._first(source, secrets, tokens)) as session:
            list(session.verify())
            self._prepare(secrets, tokens)
            self._books.write(lambda c: self._insert(c, source, secrets, tokens))
            if source.starting_point != "all":
                source = replace(source, cursor=self._begun(source, session))
                source = replace(source, last_look_at=self._clock.now())
                self._keep(source)
        return Listed(source)

    def sign_in(self, form: SourceForm) -> MailSignIn | None:
        """The sign-in in the browser that ``add`` needs first; None where a password is enough.

        Raises MissingValue, InvalidValue and the like about the form. Close it when given up.
        """
        source, secrets = self._cleaned(form)
        return self._sign_in(source, secrets)

    def sign_in_again(self, source_id: str) -> MailSignIn | None:
        """As ``sign_in``, for one that is kept. Raises UnknownId."""
        source = self._listed(source_id).source
        return self._sign_in(source, self._doors.vault.open(source.id) if self._doors.vault else {})

    def signed_in(
        self,
        source_id: str,
        secrets: Mapping[str, str],
        tokens: HeldTokens | None = None,
        accept_host_key: str = "",
    ) -> Listed:
        """Keeps a new password, a new sign-in or a newly approved host key, once it worked. Raises
        UnknownId, InvalidValue for what the kind does not have, and what signing in raises: nothing
        is kept then."""
        source = self._listed(source_id).source
        kind = self._doors.kind(source.type)
        if accept_host_key:
            source = _approved(source, kind, accept_host_key)
        known = [one.name for one in kind.fields if one.secret and one.visible(source.values)]
        for name in secrets:
            if name not in known:
                hint = ", ".join(known)
                raise InvalidValue(field=name, value="…", name="--secret", hint=hint)
        before = self._doors.vault.open(source.id) if self._doors.vault else {}
        secrets = {**before, **secrets}
        with kind.open(self._first(source, secrets, tokens)) as session:
            checks = tuple(session.verify())
        self._prepare(secrets, tokens)
        after, at = replace(source, state=SourceState.OK, error={}), self._clock.now()

        def work(connection: sa.Connection) -> None:
            if accept_host_key:
                sources.update(connection, after)
            keep_health(connection, after, at)
            self._seal(connection, source.id, secrets, tokens)

        self._books.write(work)
        return replace(self._listed(source_id), checks=checks)

    def kinds(self) -> tuple[Kind, ...]:
        """Every kind of source there is."""
        return tuple(Kind(one.id, one.label, one.help, one.fields) for one in all_kinds())

    def survey(
        self, form: SourceForm, cancel: Cancel | None = None, tokens: HeldTokens | None = None
    ) -> Survey:
        """What ``add`` would find there; keeps nothing. Raises what ``add`` does, and Cancelled."""
        (source, secrets), now = self._cleaned(form), self._clock.now()
        rules = patterns.read_rules(source)
        days: list[date] = []
        examples: list[Example] = []
        with self._doors.kind(source.type).open(self._first(source, secrets, tokens)) as session:
            checks = tuple(session.verify())
            for item in session.survey():
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
            context = self._doors.context(source, self._clock)
            with self._doors.kind(source.type).open(context) as session:
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
            if self._doors.vault is not None:
                self._doors.vault.forget(connection, source_id)
            journal.append(connection, Entry("source.removed", {"source": source_id}), at=at)

        self._books.write(work)
        return removed

    def _listed(self, source_id: str) -> Listed:
        with self._books.read() as connection:
            source = sources.get(connection, source_id)
            return Listed(source, sources.waiting(connection).get(source_id, 0))

    # --- adding -------------------------------------------------------------------------------

    def _cleaned(self, form: SourceForm) -> tuple[Source, dict[str, str]]:
        """The source, and apart from it its secrets."""
        kind = self._doors.kind(form.type)
        secret = {one.name for one in kind.fields if one.secret}
        for name in secret & set(form.values):
            hint = translate(N_("It is a secret: give it with --secret {name}=…"))
            raise InvalidValue(field=name, value="…", name=name, hint=hint.format(name=name))
        apart = {"ca_pem": form.ca_pem, "host_key": form.accept_host_key}
        given = {**form.values, **form.secrets, **{n: one for n, one in apart.items() if one}}
        filled = {name: value for name, value in given.items() if value.strip()}
        values, errors = clean_all(kind.fields, {**kind.implied(filled), **filled})
        if errors:
            raise errors[0]
        secrets = {name: values.pop(name) for name in secret & set(values) if values[name]}
        values = {name: value for name, value in values.items() if value and name not in secret}
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
        return source, secrets

    def _insert(
        self,
        connection: sa.Connection,
        source: Source,
        secrets: Mapping[str, str],
        tokens: HeldTokens | None,
    ) -> None:
        if source.client_id:
            clients.get(connection, source.client_id)
        for other in sources.listed(connection, limit=None):
            if (other.type, other.path) == (source.type, source.path):
                what = translate(N_("The source"))
                raise AlreadyExists(what=what, name=source.path, field="path")
        sources.insert(connection, source)
        self._seal(connection, source.id, secrets, tokens)
        entry = Entry(
            "source.added", {"source": source.id, "type": source.type}, {"path": source.path}
        )
        journal.append(connection, entry, at=source.created_at)

    def _first(
        self, source: Source, secrets: Mapping[str, str], tokens: HeldTokens | None
    ) -> Context:
        """With what a person just typed, or just signed in as."""
        for value in secrets.values():
            register_secret(value)
        return Context(
            source=source,
            secrets=secrets,
            clock=self._clock,
            network=self._doors.network,
            tokens=tokens,
        )

    def _begun(self, source: Source, session: Session) -> Mapping[str, Any]:
        """The first cursor; what is older than the starting point is remembered as seen."""
        begun = session.start()
        if begun is None:
            remember_older(self._books, self._clock, source, session)
            return source.cursor
        return begun

    def _sign_in(self, source: Source, secrets: Mapping[str, str]) -> MailSignIn | None:
        kind = self._doors.kind(source.type)
        if not kind.in_browser(source.values) or self._doors.network is None:
            return None
        return MailSignIn(
            self._doors.network,
            self._clock,
            kind.authorization_server(source.values, secrets),
            ca_pem=source.values.get("ca_pem", ""),
        )

    def _prepare(self, secrets: Mapping[str, str], tokens: HeldTokens | None) -> None:
        """Raises KeyringUnusable before anything is kept."""
        if self._doors.vault is not None and (secrets or tokens is not None):
            self._doors.vault.prepare()

    def _seal(
        self,
        connection: sa.Connection,
        source_id: str,
        secrets: Mapping[str, str],
        tokens: HeldTokens | None,
    ) -> None:
        if self._doors.vault is not None:
            given = tokens.read() if tokens is not None else None
            self._doors.vault.seal(connection, source_id, secrets, given)

    def _keep(self, after: Source) -> None:
        at = self._clock.now()
        self._books.write(lambda connection: keep_health(connection, after, at))


def _approved(source: Source, kind: SourceKind, host_key: str) -> Source:
    """Raises InvalidValue where there is no host key to approve."""
    if "host_key" not in {one.name for one in kind.fields}:
        hint = translate(kind.label)
        raise InvalidValue(field="host_key", value=host_key, name="--accept-host-key", hint=hint)
    return replace(source, values={**source.values, "host_key": host_key.strip()})


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
