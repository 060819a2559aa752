"""Keeps a small database of the newest revision for the tests of all later versions.

Run it once before a release whose schema is new: ``python -m tests.unit.store.keep_revision``.
Everything in it is fictional.
"""

from __future__ import annotations

import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from ledgerdesk.model import Client
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import clients, journal, open_books
from ledgerdesk.store import tables as t
from ledgerdesk.vault import FileKeyStore, Owner, Vault

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEPT = Path(__file__).parents[2] / "data" / "store"


def fill(c: sa.Connection) -> None:
    name = "Bakkerij Voorbeeld"
    clients.insert(c, Client("c1", name, AT, company_numbers=("BE0123456749",)))
    journal.append(c, journal.Entry("client.added", {"client_id": "c1"}, {"name": name}), at=AT)
    journal.append(c, journal.Entry("client.changed", {"client_id": "c1"}), at=AT)
    journal.append(c, journal.Entry("sync", {"taken_in": 0}), at=AT)


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        folder = DataFolder(Path(work))
        with open_books(folder, practice=True) as books:
            books.write(fill)
            vault = Vault(books, folder, FileKeyStore(folder), holding_lock=False)
            vault.prepare()
            owner = Owner("connection", "k1")
            books.write(lambda c: vault.seal(c, owner, {"password": "practice"}))
        KEPT.mkdir(parents=True, exist_ok=True)
        target = KEPT / f"revision_{t.HEAD}.db.gz"
        target.write_bytes(gzip.compress(folder.database.read_bytes(), mtime=0))
        print(target)


if __name__ == "__main__":
    main()
