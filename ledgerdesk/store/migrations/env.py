"""Alembic's entry: the connection is handed in, so a migration runs inside our own transaction."""

from alembic import context

from ledgerdesk.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
