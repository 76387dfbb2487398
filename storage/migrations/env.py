"""Alembic's entrance: runs the migrations on the connection that storage.migrate has opened."""

from alembic import context

from storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
    compare_type=True,
)
context.run_migrations()
