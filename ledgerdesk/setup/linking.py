"""What a window needs to link clients: the packages with what they ask of a client, how many
documents a starting point concerns, many links at once, and a link that is changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from ledgerdesk.errors import AlreadyLinked, InvalidValue, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Client,
    Configuration,
    DeliveryState,
    DocumentKind,
    DocumentState,
    ExportKind,
    Link,
)
from ledgerdesk.setup.answers import own_values
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.contexts import link_owner
from ledgerdesk.setup.fields import Field, FieldScope
from ledgerdesk.setup.links import LinkForm, defaults_of, in_the_way, link_in, tell_link
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import prepare_vault
from ledgerdesk.store import clients as books_of
from ledgerdesk.store import configurations
from ledgerdesk.store import tables as t


@dataclass(frozen=True, slots=True)
class Resolved:
    """A path or address as it comes out for one client; ``error`` says what is missing instead."""

    field: Field
    text: str = ""
    error: LedgerDeskError | None = None


@dataclass(frozen=True, slots=True)
class Linkable:
    """An accounting package as a link sees it.

    ``fields`` are asked of each client; what the package gives itself is not required. ``given``
    are its values per kind, of secrets only that they are there.
    """

    configuration: Configuration
    label: str
    noun: str
    has_administrations: bool
    fields: tuple[Field, ...]
    templates: tuple[Field, ...]
    given: Mapping[ExportKind, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        return self.configuration.id

    @property
    def name(self) -> str:
        return self.configuration.name

    @property
    def kinds(self) -> tuple[ExportKind, ...]:
        return tuple(self.configuration.kinds)

    def resolved(
        self, client: Client, own: Mapping[str, str], kind: ExportKind | None = None
    ) -> tuple[Resolved, ...]:
        """Every path and address as it would come out with these own values. Pure and quick."""
        from ledgerdesk.delivery.naming import preview

        found: dict[tuple[str, str], Resolved] = {}
        for each in self.kinds if kind is None else (kind,):
            values = {**self.given[each], **{name: one for name, one in own.items() if one}}
            for one in self.templates:
                template = values.get(one.name, "") if one.visible(values) else ""
                if not template:
                    continue
                try:
                    text = preview(template, client, is_path=one.template == "path")
                    made = Resolved(one, text)
                except LedgerDeskError as error:
                    made = Resolved(one, error=error)
                found[one.name, template] = made
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Concerned:
    """Documents a new link may take, by their day: ``waiting`` for a destination, and ``older``
    ones that are ready and never went to this package."""

    waiting: Mapping[date, int] = field(default_factory=dict)
    older: Mapping[date, int] = field(default_factory=dict)

    def since(self, day: date | None) -> tuple[int, int]:
        """How many waiting and how many older ones a link from ``day`` on takes; None: all."""

        def count(days: Mapping[date, int]) -> int:
            return sum(number for one, number in days.items() if day is None or one >= day)

        return count(self.waiting), count(self.older)


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What a link is from now on. Secrets that are not given stay."""

    administration_id: str
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of one client of many; ``error`` says why it was not linked."""

    client_id: str
    error: LedgerDeskError | None = None


class Linking:
    def __init__(self, services: Services) -> None:
        self._services = services

    def packages(self) -> tuple[Linkable, ...]:
        """Every accounting package that is set up, by name."""
        with self._services.books.read() as c:
            found = [self._package(c, one) for one in configurations.listed(c, limit=None)]
        return tuple(sorted(found, key=lambda one: one.name.casefold()))

    def administrations(self, configuration_id: str) -> list[Administration]:
        """What the package's account shows to choose from, the active ones, by name.

        Raises UnknownId or what signing in raises.
        """
        with self._services.books.read() as c:
            configuration = configurations.get(c, configuration_id)
        ids = sorted({setup.connection_id for setup in configuration.kinds.values()})
        connections = Connections(self._services)
        found = {one.id: one for id in ids for one in connections.administrations(id)}
        return sorted(
            (one for one in found.values() if one.active), key=lambda one: one.name.casefold()
        )

    def concerned(
        self, client_ids: Sequence[str], configuration_id: str, kind: ExportKind | None = None
    ) -> Concerned:
        """What each starting point of a new link would take along."""
        with self._services.books.read() as c:
            kinds = list(configurations.get(c, configuration_id).kinds)
            wanted = [one for one in kinds if kind in (None, one)]
            return _concerned(c, client_ids, configuration_id, wanted)

    def link_many(self, forms: Mapping[str, LinkForm]) -> tuple[Linked, ...]:
        """Links each client (id to form); one at fault is told and harms no other one.

        Raises KeyringUnusable when secrets cannot be kept: nothing is linked then.
        """
        services, at = self._services, self._services.clock.now()
        if any(secret for form in forms.values() for secret in form.secrets.values()):
            prepare_vault(services)

        def one(c: sa.Connection, client_id: str, form: LinkForm) -> Linked:
            try:
                with c.begin_nested():
                    link_in(c, services, books_of.get(c, client_id), form, at)
            except LedgerDeskError as error:
                return Linked(client_id, error)
            return Linked(client_id)

        def work(c: sa.Connection) -> tuple[Linked, ...]:
            done = tuple(one(c, client_id, form) for client_id, form in forms.items())
            if any(each.error is None for each in done):
                services.consequences.reroute(c, at)
            return done

        return services.books.write(work)

    def change(self, link_id: str, change: LinkChange) -> Link:
        """Changes a link where it stands; what waits for it is aimed again.

        Raises UnknownId, InvalidValue, MissingValue, BadTemplate, KeyringUnusable, or AlreadyLinked
        when its days meet those of another main link.
        """
        services, at, today = self._services, self._services.clock.now(), self._services.today()
        if any(change.secrets.values()):
            prepare_vault(services)

        def work(c: sa.Connection) -> Link:
            before = books_of.link(c, link_id)
            client = books_of.get(c, before.client_id)
            configuration = configurations.get(c, before.configuration_id)
            kept: dict[str, str] = {name: "…" for name in c.execute(_sealed(link_id)).scalars()}
            values, secrets = own_values(
                services.connector(configuration.connector_id),
                change.values,
                change.secrets,
                {**defaults_of(c, configuration, before.kind), **kept},
                before.kind,
            )
            after = replace(
                before,
                administration_id=change.administration_id,
                values=values,
                since=change.since,
                until=change.until,
            )
            _require_room(c, client, before, after, today)
            books_of.update_link(c, after)
            services.vault.seal(c, link_owner(link_id), secrets)
            tell_link(c, "link.changed", client, after, at)
            services.consequences.reroute(c, at)
            if change.secrets or after.values != before.values:
                services.consequences.unblock_link(c, at, link_id)
            return after

        return services.books.write(work)

    def _package(self, c: sa.Connection, configuration: Configuration) -> Linkable:
        connector = self._services.connector(configuration.connector_id)
        given = {kind: defaults_of(c, configuration, kind) for kind in configuration.kinds}
        return Linkable(
            configuration,
            connector.label,
            connector.administration_noun,
            any(connector.lists(values) for values in given.values()),
            _asked(connector.fields, given),
            tuple(one for one in connector.fields if one.template),
            given,
        )


def _asked(
    fields: Sequence[Field], given: Mapping[ExportKind, Mapping[str, str]]
) -> tuple[Field, ...]:
    """The client's own fields. Whether one is asked may hang on an answer of the package (its
    route): that is known here; what hangs on another own field stays open."""
    own = {one.name: one for one in fields if one.scope is FieldScope.CLIENT}
    defaults = {one.name: one.default for one in fields if one.default}
    asked = []
    for one in own.values():
        decided = {name: v for name, v in one.visible_when.items() if name not in own}
        settled = replace(one, visible_when=decided)
        concerned = [
            values
            for kind, values in given.items()
            if one.serves(kind) and settled.visible({**defaults, **values})
        ]
        if not concerned:
            continue
        is_given = all(values.get(one.name) for values in concerned)
        still_open = {name: v for name, v in one.visible_when.items() if name in own}
        asked.append(replace(one, required=one.required and not is_given, visible_when=still_open))
    return tuple(asked)


def _sealed(link_id: str) -> sa.Select[Any]:
    owner = link_owner(link_id)
    return sa.select(t.secret.c.field).where(
        t.secret.c.owner_kind == owner.kind, t.secret.c.owner_id == owner.id
    )


def _require_room(c: sa.Connection, client: Client, before: Link, after: Link, today: date) -> None:
    if after.since and after.until and after.until < after.since:
        hint = translate(N_("The last day cannot be before the first one ({first})."))
        raise InvalidValue(
            field="until",
            value=after.until.isoformat(),
            name=translate(N_("The last day")),
            hint=hint.format(first=after.since.isoformat()),
        )
    days_changed = (before.since, before.until) != (after.since, after.until)
    is_over = after.until is not None and after.until < today
    if days_changed and not is_over and in_the_way(c, after, today):
        raise AlreadyLinked(field="until", client=client.name, kind=after.kind)


def _concerned(
    c: sa.Connection, client_ids: Sequence[str], configuration_id: str, kinds: list[ExportKind]
) -> Concerned:
    document, delivery = t.document.c, t.delivery.c
    went_there = sa.exists().where(
        delivery.document_id == document.id,
        delivery.configuration_id == configuration_id,
        delivery.state != DeliveryState.CANCELLED,
    )
    day = sa.func.coalesce(document.issue_date, sa.func.date(document.taken_in_at))
    query = (
        sa.select(document.state, sa.cast(day, sa.String), sa.func.count())
        .where(
            document.client_id.in_(list(client_ids)),
            document.kind.in_([one for one in DocumentKind if one.export in kinds]),
            document.state.in_((DocumentState.NO_DESTINATION, DocumentState.READY)),
            sa.not_(went_there),
        )
        .group_by(document.state, day)
    )
    waiting: dict[date, int] = {}
    older: dict[date, int] = {}
    for state, text, number in c.execute(query):
        days = waiting if state == DocumentState.NO_DESTINATION else older
        days[date.fromisoformat(text)] = number
    return Concerned(waiting, older)
