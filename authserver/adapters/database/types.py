"""Column types that mean the same in SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_SECOND = 1_000_000

Id = String(36)
"""A UUIDv7 as text: sorts by age, and reads the same in the log, the API and the database."""


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in, UTC out, exact to the microsecond.

    TIMESTAMPTZ on PostgreSQL. SQLite has no type for it: there it is an integer of microseconds
    since 1970, which compares and sorts as time does, and costs no parsing of text.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Raises ValueError for a naive time: nobody knows what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must be aware of its time zone")
        if dialect.name == "postgresql":
            return value
        since = value - _EPOCH
        return since.days * _DAY + since.seconds * _SECOND + since.microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            at: datetime = value
            return at.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """JSON as text: compact, keys sorted, so that equal values are equal columns."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
