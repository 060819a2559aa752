"""Links: which client sends which kind of document to which accounting package, from when on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import AlreadyLinked, InvalidValue, NotPossibleNow
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, Configuration, ExportKind, Link, LinkRole
from ledgerdesk.setup.answers import own_values
from ledgerdesk.setup.clients import day_before, tell
from ledgerdesk.setup.contexts import link_owner, setup_owner
from ledgerdesk.setup.fields import FieldScope
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import prepare_vault
from ledgerdesk.store import clients as books_of
from ledgerdesk.store import configurations, journal
from ledgerdesk.store import tables as t
from ledgerdesk.store.ids import new_id


@dataclass(frozen=True, slots=True)
class LinkForm:
    """What is the client's own about a link.

    ``kind`` None: every kind the configuration has. ``start`` is ``all``, ``now`` or an ISO date.
    ``share`` False keeps everything back, also what other links would take. ``replace`` ends the
    main link there is, ``copy`` adds a second road.
    """

    configuration_id: str
    kind: ExportKind | None = None
    administration_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    start: str = "all"
    share: bool = True
    replace: bool = False
    copy: bool = False


class Links:
    def __init__(self, services: Services) -> None:
        self._services = services

    def link(self, client_id: str, form: LinkForm) -> list[Link]:
        """One link per kind; all or none. Raises UnknownId, AlreadyLinked, InvalidValue,
        MissingValue, NotPossibleNow for an archived client, or KeyringUnusable."""
        if any(form.secrets.values()):
            prepare_vault(self._services)
        at = self._services.clock.now()

        def work(c: sa.Connection) -> list[Link]:
            made = link_in(c, self._services, books_of.get(c, client_id), form, at)
            self._services.consequences.reroute(c, at)
            return made

        return self._services.books.write(work)

    def unlink(
        self,
        client_id: str,
        configuration_id: str,
        *,
        kind: ExportKind | None = None,
        until: date | None = None,
    ) -> list[Link]:
        """Ends the links that are still open; ``until`` (today) is their last day.

        Documents of earlier days go on taking them. Raises UnknownId, or NotPossibleNow when there
        is none to end.
        """
        at, today = self._services.clock.now(), self._services.today()
        last = until or today

        def work(c: sa.Connection) -> list[Link]:
            client = books_of.get(c, client_id)
            configurations.get(c, configuration_id, removed=True)
            ended = [
                replace(one, until=last)
                for one in books_of.links_of(c, client_id, kind)
                if one.configuration_id == configuration_id and _is_open(one, today)
            ]
            if not ended:
                raise NotPossibleNow(state=translate(N_("not linked")))
            for one in ended:
                books_of.update_link(c, one)
                tell_link(c, "link.ended", client, one, at)
            self._services.consequences.reroute(c, at)
            return ended

        return self._services.books.write(work)

    def of(self, client_id: str) -> list[Link]:
        """The client's links, also those that ended. Raises UnknownId."""
        with self._services.books.read() as c:
            books_of.get(c, client_id)
            return books_of.links_of(c, client_id)

    def preview(
        self, client_id: str, configuration_id: str, kind: ExportKind | None = None
    ) -> dict[str, str]:
        """Every path and address with variables as it resolves for this client: field to text.

        Raises UnknownId, or EmptyVariable when the client lacks what one of them uses.
        """
        from ledgerdesk.delivery.naming import preview

        with self._services.books.read() as c:
            client = books_of.get(c, client_id)
            configuration = configurations.get(c, configuration_id)
            links = books_of.links_of(c, client_id, kind)
        own = next((one.values for one in reversed(links) if _leads(one, configuration)), {})
        resolved = {}
        for each in configuration.kinds.values():
            if kind not in (None, each.kind):
                continue
            values = {**each.values, **{name: value for name, value in own.items() if value}}
            for one in self._services.connector(configuration.connector_id).fields:
                if one.template and values.get(one.name):
                    is_path = one.template == "path"
                    resolved[one.name] = preview(values[one.name], client, is_path=is_path)
        return resolved


# --- inside the caller's transaction --------------------------------------------------------------


def link_in(
    c: sa.Connection, services: Services, client: Client, form: LinkForm, at: datetime
) -> list[Link]:
    """Links ``client`` as ``form`` says. Call prepare_vault() before it when it has secrets."""
    if client.archived_at is not None:
        raise NotPossibleNow(state=translate(N_("archived")))
    configuration = configurations.get(c, form.configuration_id)
    connector = services.connector(configuration.connector_id)
    _require_administrations(connector, form)
    today = services.today()
    made = []
    for kind in _kinds(configuration, form.kind):
        defaults = defaults_of(c, configuration, kind)
        values, secrets = own_values(connector, form.values, form.secrets, defaults, kind)
        link = Link(
            id=new_id(),
            client_id=client.id,
            configuration_id=configuration.id,
            kind=kind,
            created_at=at,
            role=LinkRole.COPY if form.copy else LinkRole.MAIN,
            since=_since(form.start, today),
            administration_id=form.administration_id,
            values=values,
        )
        _make_way(c, client, link, form, at, today)
        books_of.insert_link(c, link)
        services.vault.seal(c, link_owner(link.id), secrets)
        tell_link(c, "link.added", client, link, at)
        made.append(link)
    if client.share is not form.share:
        shared = replace(client, share=form.share)
        books_of.update(c, shared)
        tell(c, "client.changed", shared, at)
    return made


def client_fields(connector: Connector) -> tuple[str, ...]:
    """The names of what may be the client's own."""
    return tuple(one.name for one in connector.fields if one.scope is FieldScope.CLIENT)


def is_active(link: Link, today: date) -> bool:
    """Whether documents of today or later may still take it."""
    return _is_open(link, today) or link.until == today


def _kinds(configuration: Configuration, kind: ExportKind | None) -> tuple[ExportKind, ...]:
    if kind is None:
        return tuple(configuration.kinds)
    if kind not in configuration.kinds:
        hint = ", ".join(configuration.kinds)
        raise InvalidValue(field="kind", value=kind, name=configuration.name, hint=hint)
    return (kind,)


def _require_administrations(connector: Connector, form: LinkForm) -> None:
    if form.administration_id and not connector.has_administrations:
        hint = translate(N_("{package} has none to choose from."))
        raise InvalidValue(
            field="administration",
            value=form.administration_id,
            name=translate(connector.administration_noun),
            hint=hint.format(package=translate(connector.label)),
        )


def defaults_of(c: sa.Connection, configuration: Configuration, kind: ExportKind) -> dict[str, str]:
    """What the configuration and its connection give for the clients; of the configuration's
    secrets only that they are there."""
    owner = setup_owner(configuration.id, kind)
    sealed = sa.select(t.secret.c.field).where(
        t.secret.c.owner_kind == owner.kind, t.secret.c.owner_id == owner.id
    )
    secrets = dict.fromkeys(c.execute(sealed).scalars(), "…")
    setup = configuration.kinds[kind]
    signed_in = configurations.connection(c, setup.connection_id)
    return {**signed_in.values, **setup.values, **secrets}


def _make_way(
    c: sa.Connection, client: Client, link: Link, form: LinkForm, at: datetime, today: date
) -> None:
    """Ends what ``link`` replaces. Raises AlreadyLinked where nothing may be replaced."""
    for other in in_the_way(c, link, today):
        if not form.replace:
            raise AlreadyLinked(field="configuration", client=client.name, kind=link.kind)
        ended = replace(other, until=day_before(link.since or today))
        books_of.update_link(c, ended)
        tell_link(c, "link.ended", client, ended, at)


def _since(start: str, today: date) -> date | None:
    word = start.strip().lower() or "all"
    if word == "all":
        return None
    if word == "now":
        return today
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        hint = translate(N_("Write all, now, or a date as YYYY-MM-DD."))
        name = translate(N_("The start"))
        raise InvalidValue(field="start", value=start, name=name, hint=hint) from error


def in_the_way(c: sa.Connection, link: Link, today: date) -> list[Link]:
    """Open links ``link`` cannot stand beside: another main one, or the same road twice."""
    return [
        other
        for other in books_of.links_of(c, link.client_id, link.kind)
        if other.id != link.id
        and _meets(other, link, today)
        and (
            other.role is link.role is LinkRole.MAIN
            or other.configuration_id == link.configuration_id
        )
    ]


def _meets(other: Link, link: Link, today: date) -> bool:
    """Whether both take documents of one day, from now on or from the new link's start."""
    first = link.since or today
    return other.until is None or other.until >= first


def _is_open(link: Link, today: date) -> bool:
    return link.until is None or link.until > today


def _leads(link: Link, configuration: Configuration) -> bool:
    return link.configuration_id == configuration.id


def tell_link(c: sa.Connection, what: str, client: Client, link: Link, at: datetime) -> None:
    facts = {
        "link": link.id,
        "client": client.id,
        "configuration": link.configuration_id,
        "kind": link.kind,
        "role": link.role,
        "since": link.since,
        "until": link.until,
    }
    personal = {"name": client.name, "values": dict(link.values)}
    journal.append(c, journal.Entry(what, facts, personal), at=at)
