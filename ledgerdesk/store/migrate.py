"""Runs the migrations with Alembic. Imported only when a database is not at the newest schema."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ledgerdesk.errors import DatabaseDamaged
from ledgerdesk.store import tables as t
from ledgerdesk.store.engine import converted, make_engine


def upgrade(path: Path, revision: str = "head") -> None:
    """Brings the database at ``path`` to ``revision``, all of it in one transaction.

    Batch migrations rebuild tables: foreign keys are looked at once, at the end, and the triggers
    that went with a rebuilt table are made again. Raises DatabaseDamaged, EngineBusy, DiskFull.
    """
    engine = make_engine(path, foreign_keys=False)
    try:
        with converted(path), engine.connect() as connection, connection.begin():
            command.upgrade(_config(connection), revision)
            if revision == "head":
                make_triggers(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise DatabaseDamaged(path=str(path), reason=f"foreign_key_check: {broken[0]}")
    finally:
        engine.dispose()


def make_triggers(connection: sa.Connection) -> None:
    """The triggers of ``tables.TRIGGERS`` and no others."""
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'")
    for name in names.scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for trigger in t.TRIGGERS:
        connection.exec_driver_sql(trigger)


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
