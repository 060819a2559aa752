"""The services of set-up on an empty data folder, with a key store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledgerdesk.net.sockets import Sockets
from ledgerdesk.paths import DataFolder
from ledgerdesk.setup.services import Consequences, Services
from ledgerdesk.store import Books, open_books
from ledgerdesk.store import tables as t
from ledgerdesk.vault import SystemKeyStore, Vault
from tests.helpers.keyring import MemoryKeyring

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


@dataclass
class Hands:
    """A clock that a test moves."""

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def on(self, days: int) -> None:
        self.time += timedelta(days=days)


@dataclass
class Noted(Consequences):
    """Notes what documents that wait would be told."""

    reroutes: int = 0
    unblocked: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    mail_unblocked: int = 0

    def reroute(self, c: sa.Connection, at: datetime) -> None:
        self.reroutes += 1

    def unblock(self, c: sa.Connection, at: datetime, connection_id: str) -> None:
        self.unblocked.append(connection_id)

    def unblock_place(self, c: sa.Connection, at: datetime, configuration_id: str) -> None:
        self.places.append(configuration_id)

    def unblock_mail(self, c: sa.Connection, at: datetime) -> None:
        self.mail_unblocked += 1


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def folder(data_dir: Path) -> DataFolder:
    return DataFolder(data_dir)


@pytest.fixture
def books(folder: DataFolder) -> Iterator[Books]:
    with open_books(folder) as opened:
        yield opened


@pytest.fixture
def services(
    books: Books, folder: DataFolder, memory_keyring: MemoryKeyring, clock: Hands, noted: Noted
) -> Services:
    vault = Vault(books, folder, SystemKeyStore(), holding_lock=False)
    return Services(books, vault, Sockets(loopback_only=True), clock, consequences=noted)


def contents(books: Books) -> dict[str, list[Any]]:
    """Every row of every table but the key's own: what a refused set-up must leave as it was."""
    with books.read() as c:
        return {
            table.name: [tuple(row) for row in c.execute(sa.select(table))]
            for table in t.metadata.sorted_tables
            if table.name != "meta"
        }


def journal_of(books: Books) -> list[str]:
    with books.read() as c:
        return list(c.execute(sa.select(t.journal.c.what).order_by(t.journal.c.seq)).scalars())
