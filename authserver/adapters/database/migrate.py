"""Bringing a database up to date, safely while several server processes start at once.

The revisions live in ``migrations/versions``, numbered and in one line. All missing ones are
applied in one transaction, so that a failing start leaves the database as it was. There is no way
back: undoing a release means restoring the backup that was taken before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from authserver.adapters.database.engine import (
    begin_immediate,
    parse,
    prepare_sqlite,
    queue_path,
    sqlite_path,
)
from authserver.adapters.database.writer_queue import WriterQueue

_PACKAGE = Path(__file__).resolve().parents[2]
_INSTALLED = _PACKAGE / "migrations"
SCRIPTS = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "migrations"
"""The revisions: inside an installed package, beside it in the repository."""

Progress = Callable[[int, int, str], None]
"""Called after each revision: how many are done, how many there are, and which it was."""

_LOCK_KEY = 0x61757468  # "auth": PostgreSQL's advisory locks are numbers
_MIGRATION_PATIENCE_SECONDS = 300.0


class BrokenReferences(Exception):
    """A migration left rows that refer to nothing; it was rolled back."""


def migrate(url: str, progress: Progress | None = None) -> list[str]:
    """Apply what is missing; gives the revisions that this call applied, oldest first.

    Of several callers at once one does the work and the others wait for it. Raises DatabaseUnusable
    for an address that cannot be served, and whatever a failing migration raises.
    """
    with _alone(url) as connection:
        config = _config()
        before = MigrationContext.configure(connection).get_current_revision()
        missing = _missing(config, before)
        if not missing:
            return []
        done: list[str] = []

        def applied(*, step: Any, **_rest: Any) -> None:
            done.append(step.up_revision_id)
            if progress is not None:
                progress(len(done), len(missing), step.up_revision_id)

        config.attributes.update(connection=connection, applied=applied)
        command.upgrade(config, "head")
        if connection.dialect.name == "sqlite" and _broken(connection):
            raise BrokenReferences
        return done


def current_revision(url: str) -> str | None:
    """Where the database stands, or None for one that is empty or, with SQLite, not there yet."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def head_revision() -> str:
    """The newest revision that this server knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise FileNotFoundError(f"{SCRIPTS} holds no migrations")
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def _missing(config: Config, before: str | None) -> list[str]:
    script = ScriptDirectory.from_config(config)
    return [step.revision for step in script.iterate_revisions("head", before or "base")]


def _engine(url: str) -> Engine:
    """An own engine: no time limits, and on SQLite no foreign keys while tables are rebuilt."""
    parsed = parse(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed, poolclass=NullPool, hide_parameters=True)
    parsed = parsed.set(database=str(sqlite_path(parsed)))
    engine = create_engine(parsed, poolclass=NullPool, hide_parameters=True)
    prepare_sqlite(
        engine,
        ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = OFF"),
    )
    return engine


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """One transaction that no other migration runs beside; leaving it commits."""
    engine = _engine(url)
    try:
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
                yield connection
            return
        queue = WriterQueue(
            queue_path(Path(engine.url.database or "")), _MIGRATION_PATIENCE_SECONDS
        )
        try:
            with queue, engine.begin() as connection:
                begin_immediate(connection)
                yield connection
        finally:
            queue.close()
    finally:
        engine.dispose()


def _broken(connection: Connection) -> bool:
    return connection.execute(text("PRAGMA foreign_key_check")).first() is not None
