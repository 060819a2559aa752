"""Runs the migrations with Alembic. Imported only when a database is not at the newest schema."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ledgerdesk.store.engine import make_engine


def upgrade(path: Path, revision: str = "head") -> None:
    """Brings the database at ``path`` to ``revision``, each migration in one transaction."""
    engine = make_engine(path)
    try:
        with engine.connect() as connection, connection.begin():
            command.upgrade(_config(connection), revision)
    finally:
        engine.dispose()


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
