"""The databases that this folder's tests ask for."""

from __future__ import annotations

from tests.support.databases import (
    database,
    database_url,
    migrated_postgresql,
    migrated_sqlite,
    postgresql_server,
    unmigrated_url,
)

__all__ = [
    "database",
    "database_url",
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql_server",
    "unmigrated_url",
]
