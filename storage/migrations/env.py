"""Run by the migration tool: it works on the connection that `storage.database.migrate` hands in."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from storage import service_tables

assert service_tables.JobRow.metadata is SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
