"""How Alembic runs here: on a connection, and in a transaction, that ``migrate.py`` hands over."""

from __future__ import annotations

from alembic import context

from authserver.adapters.database.schema import metadata

if context.is_offline_mode():
    raise RuntimeError("Migrations run against a database: use `authserver migrate`.")

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter a table: batch operations rebuild it.
    render_as_batch=attributes["connection"].dialect.name == "sqlite",
    # All revisions of one run share the caller's transaction, on SQLite too.
    transactional_ddl=True,
    on_version_apply=attributes.get("applied"),
)
context.run_migrations()
