"""Clients as a list shows them: their accounting software and what waits for them, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ledgerdesk.model import Client, DocumentState, ExportKind, Link, LinkRole
from ledgerdesk.setup.links import is_active
from ledgerdesk.setup.services import Services
from ledgerdesk.store import clients as books_of
from ledgerdesk.store import configurations
from ledgerdesk.store import tables as t

_WAITING = (DocumentState.NO_DESTINATION, DocumentState.HELD)


@dataclass(frozen=True, slots=True)
class Listed:
    """``software`` names the accounting packages that take each kind of document now, the main one
    first; ``waiting`` counts the client's documents that wait for somebody."""

    client: Client
    software: Mapping[ExportKind, tuple[str, ...]] = field(default_factory=dict)
    waiting: int = 0

    @property
    def is_linked(self) -> bool:
        return bool(self.software)

    @property
    def is_archived(self) -> bool:
        return self.client.archived_at is not None

    def fits(self, text: str) -> bool:
        """Whether every word of ``text`` stands in a name or number of the client."""
        client = self.client
        packages = (name for names in self.software.values() for name in names)
        whole = " ".join(
            (client.name, client.file_number, *client.company_numbers, *client.ibans, *packages)
        ).casefold()
        bare = whole.replace(".", "")
        return all(
            word in whole or (word.replace(".", "") or word) in bare
            for word in text.casefold().split()
        )


@dataclass(frozen=True, slots=True)
class KeptLink:
    """A link with the package it leads to; ``secrets`` names the client's own sealed values."""

    link: Link
    package: str
    is_active: bool
    secrets: frozenset[str] = frozenset()


class Roster:
    def __init__(self, services: Services) -> None:
        self._services = services

    def listed(self, *, archived: bool | None = False) -> list[Listed]:
        """Clients by name; ``archived`` gives those instead, None both."""
        today = self._services.today()
        with self._services.books.read() as c:
            clients = books_of.listed(c, archived=archived is not False, limit=None)
            links = [one for one in books_of.all_links(c) if is_active(one, today)]
            names = _names(c)
            waiting = _waiting(c)
        software: dict[str, dict[ExportKind, tuple[str, ...]]] = {}
        for link in sorted(links, key=lambda one: one.role is LinkRole.COPY):
            if link.configuration_id in names:
                of_client = software.setdefault(link.client_id, {})
                name = names[link.configuration_id]
                of_client[link.kind] = (*of_client.get(link.kind, ()), name)
        return [
            Listed(one, software.get(one.id, {}), waiting.get(one.id, 0))
            for one in clients
            if archived in (None, one.archived_at is not None)
        ]

    def links(self, client_id: str) -> list[KeptLink]:
        """All of a client's links, what is in force first, then the newest. Raises UnknownId."""
        today = self._services.today()
        with self._services.books.read() as c:
            books_of.get(c, client_id)
            names = _names(c)
            sealed = _sealed(c, links := books_of.links_of(c, client_id))
        kept = [
            KeptLink(
                one,
                names.get(one.configuration_id, ""),
                is_active(one, today) and one.configuration_id in names,
                frozenset(sealed.get(one.id, ())),
            )
            for one in reversed(links)
        ]
        return sorted(kept, key=lambda one: (not one.is_active, one.is_active and one.link.kind))


def _names(c: sa.Connection) -> dict[str, str]:
    """Packages in use by id. One that was removed takes nothing any more."""
    return {one.id: one.name for one in configurations.listed(c, limit=None)}


def _waiting(c: sa.Connection) -> dict[str, int]:
    document = t.document.c
    query = sa.select(document.client_id, sa.func.count()).where(
        document.state.in_(_WAITING), document.client_id.is_not(None)
    )
    return {id: number for id, number in c.execute(query.group_by(document.client_id))}


def _sealed(c: sa.Connection, links: Sequence[Link]) -> dict[str, list[str]]:
    query = sa.select(t.secret.c.owner_id, t.secret.c.field).where(
        t.secret.c.owner_kind == "link", t.secret.c.owner_id.in_([one.id for one in links])
    )
    found: dict[str, list[str]] = {}
    for owner_id, name in c.execute(query):
        found.setdefault(owner_id, []).append(name)
    return found
