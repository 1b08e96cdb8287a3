"""Opening SQLite or PostgreSQL the way this server needs them, and their transactions."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from authserver.adapters.database.floods import Counters
from authserver.adapters.database.transaction import Transaction
from authserver.adapters.database.writer_queue import WriterQueue

Synchronous = Literal["FULL", "NORMAL"]

_POOL: dict[str, Any] = {
    "pool_size": 10,
    "max_overflow": 20,
    "pool_timeout": 10,
    # The connection used last has the warmest caches.
    "pool_use_lifo": True,
}
_POSTGRESQL_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s"
    " -c idle_in_transaction_session_timeout=60s"
)
_PING = text("SELECT 1")


class DatabaseUnusable(Exception):
    """The address cannot be served; the text says what to change."""


class Database:
    """One database, open. Fulfils ``flows.ports.Database``; may be shared by threads."""

    def __init__(
        self,
        writing: Engine,
        reading: Engine,
        queue: AbstractContextManager[None],
        counters: Counters | None = None,
    ) -> None:
        self._writing = writing
        self._counters = counters
        self._reading = reading
        self._queue = queue
        self._immediate = writing.dialect.name == "sqlite"
        _forget_in_children(self)

    @classmethod
    def open(
        cls, url: str, *, counters: Counters | None = None, synchronous: Synchronous = "FULL"
    ) -> Self:
        """Open ``sqlite:///path`` or ``postgresql://…``; makes a SQLite file, but no tables.

        ``counters`` take the throttles' counting off the rows as long as they answer.
        ``synchronous`` is SQLite's: with NORMAL a power cut may undo the last commits, which would
        make a spent challenge good again. Raises DatabaseUnusable.
        """
        parsed = parse(url)
        if parsed.get_backend_name() == "postgresql":
            return cls(
                _postgresql(parsed, "READ COMMITTED"),
                _postgresql(parsed, "AUTOCOMMIT"),
                nullcontext(),
                counters,
            )
        path = sqlite_path(parsed)
        engine = _sqlite(parsed.set(database=str(path)), synchronous)
        return cls(engine, engine, WriterQueue(queue_path(path)), counters)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writing.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A writing transaction: leaving it commits, an exception rolls back.

        On SQLite only one runs at a time. On PostgreSQL each statement sees what was committed
        before it (READ COMMITTED), and races are decided by the statements themselves.
        """
        with self.writing() as connection:
            yield Transaction(connection, self._counters)

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """For reading: each call of a store sees one moment, two calls may see two.

        A transaction around them would cost PostgreSQL two more round trips per request, and every
        answer that has to be of one moment is one statement. Decisions are made in ``transaction``.
        """
        with self.reading() as connection:
            yield Transaction(connection, self._counters)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """What ``transaction`` runs on, for this room's own statements."""
        with self._queue, self._writing.begin() as connection:
            if self._immediate:
                begin_immediate(connection)
            yield connection

    def reading(self) -> AbstractContextManager[Connection]:
        """What ``snapshot`` runs on, for this room's own statements."""
        return self._reading.connect()

    def ping(self) -> None:
        """Raises when the database does not answer."""
        with self.reading() as connection:
            connection.execute(_PING)

    def dispose(self) -> None:
        """Close every connection; the next use opens new ones."""
        self._writing.dispose()
        self._reading.dispose()
        if isinstance(self._queue, WriterQueue):
            self._queue.close()
        if self._counters is not None:
            self._counters.close()

    def after_fork(self) -> None:
        """In a child process: leave the parent's connections alone.

        On SQLite nobody may fork inside a transaction: the library would take it for the child's.
        """
        self._writing.dispose(close=False)
        self._reading.dispose(close=False)
        if isinstance(self._queue, WriterQueue):
            self._queue.after_fork()


def parse(url: str) -> URL:
    """The address with its driver. Raises DatabaseUnusable; never repeats a password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnusable(
            "The database address cannot be read. Write sqlite:///path/to/file.db "
            "or postgresql://name:password@host/database."
        ) from None
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise DatabaseUnusable(
                "A SQLite database must be a file: several processes share it. "
                "Write sqlite:///path/to/file.db."
            )
        return parsed.set(drivername="sqlite+pysqlite")
    raise DatabaseUnusable(f"{backend} is not served; use sqlite:/// or postgresql://.")


def sqlite_path(url: URL) -> Path:
    """The database file, made with its folder if need be, closed to other people of the machine."""
    path = Path(url.database or "").absolute()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return path


def queue_path(path: Path) -> Path:
    return path.with_name(path.name + ".writer-lock")


def _sqlite(url: URL, synchronous: Synchronous) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
        **_POOL,
    )
    settings = (
        # Readers never wait for the writer.
        "PRAGMA journal_mode = WAL",
        f"PRAGMA synchronous = {synchronous}",
        "PRAGMA foreign_keys = ON",
        # For writers that do not stand in our line: a backup, a shell.
        "PRAGMA busy_timeout = 5000",
    )
    prepare_sqlite(engine, settings)
    return engine


def prepare_sqlite(engine: Engine, settings: tuple[str, ...]) -> None:
    """Take transactions away from the driver, which would begin them late and deferred."""

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(setting)
        cursor.close()


def begin_immediate(connection: Connection) -> None:
    """Really begin what SQLAlchemy believes to have begun, as a writer from the first statement on.

    A deferred transaction that reads first fails when it then wants to write and somebody else did.
    Not by SQLAlchemy's "begin" event: any listener there slows down every statement.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE")


def _postgresql(url: URL, isolation_level: Literal["READ COMMITTED", "AUTOCOMMIT"]) -> Engine:
    given = str(url.query.get("options", ""))
    return create_engine(
        url,
        isolation_level=isolation_level,
        connect_args={"options": f"{_POSTGRESQL_OPTIONS} {given}".strip(), "connect_timeout": 5},
        hide_parameters=True,
        **_POOL,
    )


def _forget_in_children(database: Database) -> None:
    """A forked process must not speak on its parent's connections, nor hold its lock."""
    known = weakref.ref(database)

    def forget() -> None:
        if (alive := known()) is not None:
            alive.after_fork()

    os.register_at_fork(after_in_child=forget)
