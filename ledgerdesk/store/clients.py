"""Clients and their links in the books. Functions work inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledgerdesk.errors import IdentifierTaken
from ledgerdesk.model import Client, ExportKind, Link, LinkRole
from ledgerdesk.store import tables as t
from ledgerdesk.store.rows import changed, one, page

COMPANY, IBAN = "company", "iban"


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose numbers these are: normalised identifier to client id. Archived clients own nothing.

    ``name`` is casefolded; names that two clients share are left out. So are empty file numbers
    and file numbers used twice.
    """

    company: Mapping[str, str]
    iban: Mapping[str, str]
    file_number: Mapping[str, str]
    name: Mapping[str, str]


# --- clients ----------------------------------------------------------------------------------


def insert(connection: sa.Connection, client: Client) -> None:
    """Raises IdentifierTaken."""
    connection.execute(t.client.insert().values(id=client.id, **_columns(client)))
    _keep_identifiers(connection, client)


def update(connection: sa.Connection, client: Client) -> None:
    """Raises UnknownId or IdentifierTaken."""
    changed(connection, t.client, client.id, _columns(client))
    connection.execute(
        t.client_identifier.delete().where(t.client_identifier.c.client_id == client.id)
    )
    _keep_identifiers(connection, client)


def get(connection: sa.Connection, client_id: str) -> Client:
    """Raises UnknownId."""
    row = one(
        connection, sa.select(t.client).where(t.client.c.id == client_id), "client", client_id
    )
    return _with_identifiers(connection, [row])[0]


def listed(
    connection: sa.Connection,
    *,
    archived: bool = False,
    limit: int | None = 1000,
    offset: int = 0,
) -> list[Client]:
    """Clients by name; ``archived`` adds those no longer in use."""
    query = sa.select(t.client).order_by(sa.func.lower(t.client.c.name), t.client.c.id)
    if not archived:
        query = query.where(t.client.c.archived_at.is_(None))
    return _with_identifiers(connection, connection.execute(page(query, limit, offset)).all())


def owners(connection: sa.Connection) -> Owners:
    """Everything routing asks about clients, read at once."""
    active = t.client.c.archived_at.is_(None)
    identifiers = connection.execute(
        sa.select(t.client_identifier).join(t.client).where(active)
    ).all()
    by = {
        scheme: {row.value: row.client_id for row in identifiers if row.scheme == scheme}
        for scheme in (COMPANY, IBAN)
    }
    rows = connection.execute(
        sa.select(t.client.c.id, t.client.c.name, t.client.c.file_number).where(active)
    ).all()
    return Owners(
        by[COMPANY],
        by[IBAN],
        _unshared((row.file_number, row.id) for row in rows),
        _unshared((row.name.casefold(), row.id) for row in rows),
    )


def _unshared(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    twice: set[str] = {""}
    for key, id in pairs:
        if key in found:
            twice.add(key)
        found[key] = id
    return {key: id for key, id in found.items() if key not in twice}


def _columns(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "file_number": client.file_number,
        "language": client.language,
        "share": client.share,
        "created_at": client.created_at,
        "archived_at": client.archived_at,
    }


def _keep_identifiers(connection: sa.Connection, client: Client) -> None:
    wanted = [(COMPANY, number) for number in client.company_numbers]
    wanted += [(IBAN, iban) for iban in client.ibans]
    for position, (scheme, value) in enumerate(wanted):
        owner = connection.execute(
            sa.select(t.client.c.name)
            .join(t.client_identifier)
            .where(t.client_identifier.c.scheme == scheme, t.client_identifier.c.value == value)
        ).scalar()
        if owner is not None:
            raise IdentifierTaken(value=value, client=owner, field=_FIELDS[scheme])
        connection.execute(
            t.client_identifier.insert().values(
                scheme=scheme, value=value, client_id=client.id, position=position
            )
        )


_FIELDS = {COMPANY: "vat", IBAN: "iban"}


def _with_identifiers(connection: sa.Connection, rows: Iterable[sa.Row[Any]]) -> list[Client]:
    rows = list(rows)
    kept: dict[tuple[str, str], list[str]] = {}
    query = sa.select(t.client_identifier).order_by(t.client_identifier.c.position)
    if len(rows) == 1:
        query = query.where(t.client_identifier.c.client_id == rows[0].id)
    for row in connection.execute(query):
        kept.setdefault((row.client_id, row.scheme), []).append(row.value)
    return [
        Client(
            row.id,
            row.name,
            row.created_at,
            tuple(kept.get((row.id, COMPANY), ())),
            tuple(kept.get((row.id, IBAN), ())),
            row.file_number,
            row.language,
            row.share,
            row.archived_at,
        )
        for row in rows
    ]


# --- links --------------------------------------------------------------------------------------


def insert_link(connection: sa.Connection, link: Link) -> None:
    connection.execute(t.link.insert().values(id=link.id, **_link_columns(link)))


def update_link(connection: sa.Connection, link: Link) -> None:
    """Raises UnknownId."""
    changed(connection, t.link, link.id, _link_columns(link))


def link(connection: sa.Connection, link_id: str) -> Link:
    """Raises UnknownId."""
    return _link(one(connection, sa.select(t.link).where(t.link.c.id == link_id), "link", link_id))


def links_of(
    connection: sa.Connection, client_id: str, kind: ExportKind | None = None
) -> list[Link]:
    """The links of one client, also those that ended, oldest first."""
    query = sa.select(t.link).where(t.link.c.client_id == client_id).order_by(t.link.c.id)
    if kind is not None:
        query = query.where(t.link.c.kind == kind)
    return [_link(row) for row in connection.execute(query)]


def links_of_configuration(connection: sa.Connection, configuration_id: str) -> list[Link]:
    """The links to one configuration, also those that ended, oldest first."""
    query = sa.select(t.link).where(t.link.c.configuration_id == configuration_id)
    return [_link(row) for row in connection.execute(query.order_by(t.link.c.id))]


def all_links(connection: sa.Connection) -> list[Link]:
    return [_link(row) for row in connection.execute(sa.select(t.link).order_by(t.link.c.id))]


def _link_columns(link: Link) -> dict[str, Any]:
    return {
        "client_id": link.client_id,
        "configuration_id": link.configuration_id,
        "kind": link.kind,
        "role": link.role,
        "since": link.since,
        "until": link.until,
        "administration_id": link.administration_id,
        "values": dict(link.values),
        "created_at": link.created_at,
    }


def _link(row: sa.Row[Any]) -> Link:
    return Link(
        row.id,
        row.client_id,
        row.configuration_id,
        ExportKind(row.kind),
        row.created_at,
        LinkRole(row.role),
        row.since,
        row.until,
        row.administration_id,
        row.values,
    )
