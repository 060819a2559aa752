"""Clients as a list shows them: their accounting software and what waits for them, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ledgerdesk.model import Client, Clock, ExportKind, Link
from ledgerdesk.store import Books, client_list

if TYPE_CHECKING:
    import sqlalchemy as sa


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
    """Its list is the first thing many windows show: nothing that is slow to load is needed."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def listed(self, *, archived: bool | None = False) -> list[Listed]:
        """Clients by name; ``archived`` gives those instead, None both."""
        with self._books.read_bare() as c:
            clients = client_list.clients(c)
            software = client_list.software(c, self._today())
            waiting = client_list.waiting(c)
        return [
            Listed(one, software.get(one.id, {}), waiting.get(one.id, 0))
            for one in clients
            if archived in (None, one.archived_at is not None)
        ]

    def links(self, client_id: str) -> list[KeptLink]:
        """All of a client's links, what is in force first, then the newest. Raises UnknownId."""
        from ledgerdesk.setup.links import is_active
        from ledgerdesk.store import clients as books_of
        from ledgerdesk.store import configurations

        today = self._today()
        with self._books.read() as c:
            books_of.get(c, client_id)
            names = {one.id: one.name for one in configurations.listed(c, limit=None)}
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

    def _today(self) -> date:
        """The day on this computer's own calendar."""
        return self._clock.now().astimezone().date()


def _sealed(c: sa.Connection, links: Sequence[Link]) -> dict[str, list[str]]:
    import sqlalchemy as sa

    from ledgerdesk.store import tables as t

    query = sa.select(t.secret.c.owner_id, t.secret.c.field).where(
        t.secret.c.owner_kind == "link", t.secret.c.owner_id.in_([one.id for one in links])
    )
    found: dict[str, list[str]] = {}
    for owner_id, name in c.execute(query):
        found.setdefault(owner_id, []).append(name)
    return found
