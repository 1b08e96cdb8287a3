"""The tester's doors into the database: a clock that runs ahead, named clients, a fresh start.

Only test mode builds a ``Harness``; in every other mode its two tables stay empty and unread. What
it holds is in the database so that all of a server's processes agree on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Executable, bindparam, delete, select, text

from authserver.adapters.database.engine import Database
from authserver.adapters.database.rows import Insert, on_both
from authserver.adapters.database.schema import metadata, test_clients, test_clock


@dataclass(frozen=True, slots=True)
class BoundClient:
    """Address and user agent that a tester bound to a name."""

    ip: str
    user_agent: str


def _advance(insert: Insert) -> Executable:
    first = insert(test_clock).values(id=1, offset_seconds=bindparam("seconds"))
    return first.on_conflict_do_update(
        index_elements=["id"],
        set_={"offset_seconds": test_clock.c.offset_seconds + first.excluded.offset_seconds},
    ).returning(test_clock.c.offset_seconds)


def _bind(insert: Insert) -> Executable:
    bound = insert(test_clients)
    return bound.on_conflict_do_update(
        index_elements=["name"],
        set_={"ip": bound.excluded.ip, "user_agent": bound.excluded.user_agent},
    )


_ADVANCE = on_both(_advance)
_BIND = on_both(_bind)
_OFFSET = select(test_clock.c.offset_seconds)
_CLIENT = select(test_clients.c.ip, test_clients.c.user_agent).where(
    test_clients.c.name == bindparam("name")
)


class Harness:
    """Test mode's own statements, each in its own transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect = database.dialect

    def offset_seconds(self) -> int:
        """How far ahead of the system's clock this server's time is."""
        with self._database.reading() as connection:
            return connection.execute(_OFFSET).scalar() or 0

    def advance(self, seconds: int) -> int:
        """Move time forward; gives the new offset. Raises ValueError for a step back."""
        if seconds < 0:
            raise ValueError("time never goes back")
        with self._database.writing() as connection:
            moved = connection.execute(_ADVANCE[self._dialect], {"seconds": seconds})
            offset: int = moved.scalar_one()
            return offset

    def bind_client(self, name: str, ip: str, user_agent: str) -> None:
        """Requests that carry this name come from this address and user agent until changed."""
        row = {"name": name, "ip": ip, "user_agent": user_agent}
        with self._database.writing() as connection:
            connection.execute(_BIND[self._dialect], row)

    def client(self, name: str) -> BoundClient | None:
        with self._database.reading() as connection:
            row = connection.execute(_CLIENT, {"name": name}).first()
        return None if row is None else BoundClient(ip=row[0], user_agent=row[1])

    def reset(self) -> None:
        """Empty every table but the clock's, and count from one again."""
        with self._database.writing() as connection:
            empty(connection)


def empty(connection: Connection) -> None:
    """Delete every row but the revision's and the clock's, in the connection's transaction."""
    tables = [table for table in metadata.sorted_tables if table is not test_clock]
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        return
    for table in reversed(tables):
        connection.execute(delete(table))
    connection.execute(text("DELETE FROM sqlite_sequence"))
