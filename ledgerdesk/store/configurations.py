"""Connections, configurations and the mail account in the books, inside the caller's transaction.

What is removed stays as a row: receipts and the journal keep pointing at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.model import (
    Configuration,
    Connection,
    ConnectionState,
    ExportKind,
    KindSetup,
    MailAccount,
)
from ledgerdesk.store import tables as t
from ledgerdesk.store.rows import changed, one, page

MAIL_ACCOUNT_ID = "mail"
"""There is one: the firm's."""

# --- connections --------------------------------------------------------------------------------


def insert_connection(connection: sa.Connection, made: Connection) -> None:
    connection.execute(t.connection.insert().values(id=made.id, **_connection_columns(made)))


def update_connection(connection: sa.Connection, made: Connection) -> None:
    """Raises UnknownId."""
    changed(connection, t.connection, made.id, _connection_columns(made))


def remove_connection(connection: sa.Connection, connection_id: str, at: datetime) -> None:
    """Raises UnknownId."""
    changed(connection, t.connection, connection_id, {"removed_at": at})


def restore_connection(connection: sa.Connection, connection_id: str) -> None:
    """Raises UnknownId."""
    changed(connection, t.connection, connection_id, {"removed_at": None})


def connection(connection: sa.Connection, connection_id: str) -> Connection:
    """Also a removed one: old deliveries point at it. Raises UnknownId."""
    query = sa.select(t.connection).where(t.connection.c.id == connection_id)
    return _connection(one(connection, query, "connection", connection_id))


def connections(
    connection: sa.Connection, *, limit: int | None = 1000, offset: int = 0
) -> list[Connection]:
    query = sa.select(t.connection).where(t.connection.c.removed_at.is_(None))
    query = page(query.order_by(t.connection.c.id), limit, offset)
    return [_connection(row) for row in connection.execute(query)]


def set_expiry(connection: sa.Connection, connection_id: str, until: datetime | None) -> None:
    """When its sign-in ends unless it is used. Raises UnknownId."""
    changed(connection, t.connection, connection_id, {"expires_at": until})


def delivered_through(connection: sa.Connection, connection_id: str, at: datetime) -> None:
    """A document just arrived through it."""
    changed(connection, t.connection, connection_id, {"delivered_at": at})


def last_deliveries(connection: sa.Connection) -> dict[str, datetime]:
    """When a document last arrived, by connection; those without one are not in it."""
    query = sa.select(t.connection.c.id, t.connection.c.delivered_at)
    found = connection.execute(query.where(t.connection.c.delivered_at.is_not(None)))
    return {id: at for id, at in found}


def find_account(
    connection: sa.Connection, connector_id: str, account_key: str
) -> Connection | None:
    """The connection already signed in as this account, if there is one."""
    query = sa.select(t.connection).where(
        t.connection.c.connector_id == connector_id,
        t.connection.c.account_key == account_key,
        t.connection.c.removed_at.is_(None),
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _connection(row)


def _connection_columns(made: Connection) -> dict[str, Any]:
    return {
        "connector_id": made.connector_id,
        "account": made.account,
        "account_key": made.account_key,
        "values": dict(made.values),
        "created_at": made.created_at,
        "host_key": made.host_key,
        "ca_pem": made.ca_pem,
        "state": made.state,
        "error": dict(made.error),
        "verified_at": made.verified_at,
        "expires_at": made.expires_at,
    }


def _connection(row: sa.Row[Any]) -> Connection:
    return Connection(
        row.id,
        row.connector_id,
        row.account,
        row.account_key,
        row.values,
        row.created_at,
        row.host_key,
        row.ca_pem,
        ConnectionState(row.state),
        row.error,
        row.verified_at,
        row.expires_at,
    )


# --- configurations -------------------------------------------------------------------------------


def insert(connection: sa.Connection, configuration: Configuration) -> None:
    connection.execute(
        t.configuration.insert().values(
            id=configuration.id,
            name=configuration.name,
            connector_id=configuration.connector_id,
            created_at=configuration.created_at,
        )
    )
    _keep_kinds(connection, configuration)


def update(connection: sa.Connection, configuration: Configuration) -> None:
    """Raises UnknownId."""
    changed(connection, t.configuration, configuration.id, {"name": configuration.name})
    kinds = t.configuration_kind
    connection.execute(kinds.delete().where(kinds.c.configuration_id == configuration.id))
    _keep_kinds(connection, configuration)


def remove(connection: sa.Connection, configuration_id: str, at: datetime) -> None:
    """Raises UnknownId."""
    changed(connection, t.configuration, configuration_id, {"removed_at": at})


def restore(connection: sa.Connection, configuration_id: str) -> None:
    """Raises UnknownId."""
    changed(connection, t.configuration, configuration_id, {"removed_at": None})


def get(
    connection: sa.Connection, configuration_id: str, *, removed: bool = False
) -> Configuration:
    """Raises UnknownId; ``removed`` finds also one that is no longer in use."""
    query = sa.select(t.configuration).where(t.configuration.c.id == configuration_id)
    if not removed:
        query = query.where(t.configuration.c.removed_at.is_(None))
    row = one(connection, query, "configuration", configuration_id)
    return _configurations(connection, [row])[0]


def listed(
    connection: sa.Connection, *, limit: int | None = 1000, offset: int = 0
) -> list[Configuration]:
    query = sa.select(t.configuration).where(t.configuration.c.removed_at.is_(None))
    query = page(query.order_by(t.configuration.c.id), limit, offset)
    return _configurations(connection, connection.execute(query).all())


def _keep_kinds(connection: sa.Connection, configuration: Configuration) -> None:
    for setup in configuration.kinds.values():
        connection.execute(
            t.configuration_kind.insert().values(
                configuration_id=configuration.id,
                kind=setup.kind,
                connection_id=setup.connection_id,
                format=setup.format,
                only_this_format=setup.only_this_format,
                administration_id=setup.administration_id,
                administration_name=setup.administration_name,
                values=dict(setup.values),
                tested=setup.tested,
                terms_version=setup.terms_version,
                terms_accepted_at=setup.terms_accepted_at,
            )
        )


def _configurations(connection: sa.Connection, rows: Iterable[sa.Row[Any]]) -> list[Configuration]:
    kinds: dict[str, dict[ExportKind, KindSetup]] = {}
    for row in connection.execute(
        sa.select(t.configuration_kind).order_by(t.configuration_kind.c.kind)
    ):
        setup = KindSetup(
            ExportKind(row.kind),
            row.connection_id,
            row.format,
            row.only_this_format,
            row.administration_id,
            row.administration_name,
            row.values,
            row.tested,
            row.terms_version,
            row.terms_accepted_at,
        )
        kinds.setdefault(row.configuration_id, {})[setup.kind] = setup
    return [
        Configuration(row.id, row.name, row.connector_id, row.created_at, kinds.get(row.id, {}))
        for row in rows
    ]


# --- the mail account -----------------------------------------------------------------------------


def mail_account(connection: sa.Connection) -> MailAccount | None:
    row = connection.execute(sa.select(t.mail_account)).one_or_none()
    if row is None:
        return None
    return MailAccount(row.values, row.changed_at, row.ca_pem, ConnectionState(row.state))


def set_mail_account(connection: sa.Connection, account: MailAccount) -> None:
    connection.execute(t.mail_account.delete())
    connection.execute(
        t.mail_account.insert().values(
            id=MAIL_ACCOUNT_ID,
            values=dict(account.values),
            changed_at=account.changed_at,
            ca_pem=account.ca_pem,
            state=account.state,
        )
    )
