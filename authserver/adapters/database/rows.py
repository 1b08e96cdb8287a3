"""What every store is made of: one transaction's connection, and statements for two databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = Callable[[Table], sqlite.Insert]
OnBoth = Mapping[str, Executable]

COUNTED = {"preserve_rowcount": True}
"""Execution options of an INSERT whose row count is its answer."""


def on_both(build: Callable[[Insert], Executable]) -> OnBoth:
    """One statement per dialect from one text: ON CONFLICT reads alike, but is two classes."""
    return {
        "sqlite": build(sqlite.insert),
        "postgresql": build(cast(Insert, postgresql.insert)),
    }


class Rows:
    """A store within one transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _here(self, statement: OnBoth) -> Executable:
        return statement[self._connection.dialect.name]

    def _changed(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """How many rows the statement changed; the database has decided."""
        return self._connection.execute(statement, parameters).rowcount
