"""What keeps lists quick: the first one needs no SQLAlchemy, and no plan hangs on chance."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from ledgerdesk.paths import DataFolder
from ledgerdesk.store import document_list, open_books
from ledgerdesk.store import tables as t

_LISTED = """
import sys
from ledgerdesk.app import own_desk
with own_desk(sys.argv[1]) as desk:
    desk.settings(), desk.roster.listed(archived=None)
    assert "sqlalchemy" not in sys.modules
    desk.load_the_rest()
    assert "sqlalchemy" in sys.modules
"""


def test_clients_are_listed_without_sqlalchemy(tmp_path: Path) -> None:
    with open_books(DataFolder(tmp_path), practice=True):
        pass
    subprocess.run([sys.executable, "-c", _LISTED, str(tmp_path)], check=True, timeout=60)


def test_deliveries_of_a_document_are_never_looked_for_by_their_client(tmp_path: Path) -> None:
    """Which of two indices SQLite takes hangs on the order they were made in, which is chance."""
    with open_books(DataFolder(tmp_path), practice=True) as books:
        books.write(_make_client_index_the_newest)
        with books.read() as c:
            place = document_list.whereabouts(("cannot_connect",))
            query = sa.select(place).select_from(t.document)
            said = str(query.compile(c, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in c.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}")]
    assert any("uq_delivery_document_link" in step for step in plan)
    assert not any("ix_delivery_client_id" in step for step in plan)


def _make_client_index_the_newest(c: sa.Connection) -> None:
    """SQLite takes the newest of two that look equally good."""
    c.exec_driver_sql("DROP INDEX ix_delivery_client_id")
    c.exec_driver_sql("CREATE INDEX ix_delivery_client_id ON delivery (client_id)")
