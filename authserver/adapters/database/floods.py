"""What keeps floods out and tables small: spent ceremonies, counted windows, pruning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Select,
    Table,
    TextClause,
    bindparam,
    delete,
    exists,
    or_,
    select,
    tuple_,
)

from authserver.adapters.database.rows import COUNTED, Rows, on_both
from authserver.adapters.database.schema import (
    OF_NOBODY,
    enrolment_codes,
    guesses,
    mail_codes,
    recoveries,
    sessions,
    sign_ups,
    spent_ceremonies,
    step_ups,
    throttles,
    unfinished_sign_ins,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SPEND = on_both(
    lambda insert: (
        insert(spent_ceremonies)
        .on_conflict_do_nothing(index_elements=["id"])
        .execution_options(**COUNTED)
    )
)
_HIT = on_both(
    lambda insert: (
        insert(throttles)
        .values(
            bucket=bindparam("bucket"),
            starts_at=bindparam("starts_at"),
            ends_at=bindparam("ends_at"),
            hits=1,
        )
        .on_conflict_do_update(
            index_elements=["bucket", "starts_at"], set_={"hits": throttles.c.hits + 1}
        )
        .returning(throttles.c.hits)
    )
)


class Counters(Protocol):
    """Somewhere quicker than rows to count in, which may fail at any moment."""

    def hit(self, bucket: str, starts_at: datetime, ends_at: datetime, now: datetime) -> int | None:
        """Count one more in this window and give the count, or None where it was not counted."""

    def close(self) -> None:
        """Close every connection; the next use opens new ones."""


class SpentCeremonyRows(Rows):
    """Fulfils ``flows.stores.SpentCeremonies``."""

    __slots__ = ()

    def spend(self, ceremony_id: str, expires_at: datetime) -> bool:
        row = {"id": ceremony_id, "expires_at": expires_at}
        return self._changed(self._here(_SPEND), row) == 1


class ThrottleRows(Rows):
    """Fulfils ``flows.stores.Throttles`` ; windows begin at multiples of their length."""

    __slots__ = ()

    def hit(self, bucket: str, now: datetime, window_seconds: int) -> int:
        starts_at, ends_at = _window(now, window_seconds)
        row = {"bucket": bucket, "starts_at": starts_at, "ends_at": ends_at}
        hits: int = self._connection.execute(self._here(_HIT), row).scalar_one()
        return hits


class CountersFirst:
    """Fulfils ``flows.stores.Throttles``: what the counters do not count, the rows do."""

    __slots__ = ("_counters", "_rows")

    def __init__(self, counters: Counters, rows: ThrottleRows) -> None:
        self._counters = counters
        self._rows = rows

    def hit(self, bucket: str, now: datetime, window_seconds: int) -> int:
        counted = self._counters.hit(bucket, *_window(now, window_seconds), now)
        return self._rows.hit(bucket, now, window_seconds) if counted is None else counted


def _window(now: datetime, seconds: int) -> tuple[datetime, datetime]:
    length = timedelta(seconds=seconds)
    starts_at = _EPOCH + (now - _EPOCH) // length * length
    return starts_at, starts_at + length


def _delete(table: Table, chosen: Select[Any], *only: ColumnElement[bool]) -> Delete:
    """Delete the chosen keys; what another worker is deleting is passed by, not waited for."""
    key = tuple_(*table.primary_key)
    return delete(table).where(key.in_(chosen.with_for_update(skip_locked=True)), *only)


def _expired(
    table: Table, ends: Column[datetime], *only: ColumnElement[bool] | TextClause
) -> Delete:
    """Of rows under an index on their end, those that ended first."""
    first = select(*table.primary_key).where(ends <= bindparam("until"), *only).order_by(ends)
    return _delete(table, first.limit(bindparam("most")))


def _oldest(table: Table, ends: Column[datetime], *only: ColumnElement[bool]) -> Delete:
    """Of rows without such an index, the oldest: ids are UUIDv7, so the key sorts by age.

    An index on the end would cost every sign-in a page for the sake of this one statement.
    """
    first = select(*table.primary_key).order_by(*table.primary_key).limit(bindparam("most"))
    return _delete(table, first, ends <= bindparam("until"), *only)


_UNLOCKED = or_(guesses.c.locked_until.is_(None), guesses.c.locked_until <= bindparam("until"))
_UNNAMED = ~exists().where(step_ups.c.session_id == sessions.c.id)
_PRUNED: Sequence[tuple[Delete, timedelta]] = (
    # A token is refused by its own expiry; a day more than covers any doubt about clocks.
    (_oldest(spent_ceremonies, spent_ceremonies.c.expires_at), timedelta(days=1)),
    (_expired(throttles, throttles.c.ends_at), timedelta()),
    (_expired(unfinished_sign_ins, unfinished_sign_ins.c.expires_at), timedelta()),
    (_expired(mail_codes, mail_codes.c.expires_at), timedelta()),
    # An account's counter lasts until full success, that of a made-up id would last for ever.
    (_expired(guesses, guesses.c.last_try_at, OF_NOBODY, _UNLOCKED), timedelta(days=1)),
    (_expired(sign_ups, sign_ups.c.expires_at), timedelta(days=1)),
    (_expired(enrolment_codes, enrolment_codes.c.expires_at), timedelta(days=1)),
    # Of a made-up id nothing is kept; of an account, who tried to come back is worth knowing.
    (
        _expired(recoveries, recoveries.c.expires_at, recoveries.c.account_id.is_(None)),
        timedelta(days=1),
    ),
    (_expired(recoveries, recoveries.c.expires_at), timedelta(days=400)),
    (_expired(step_ups, step_ups.c.expires_at), timedelta(days=30)),
    # Sessions tell of the last sign-in long after they ended. Their proofs go with them.
    (_oldest(sessions, sessions.c.expires_at, _UNNAMED), timedelta(days=400)),
)
"""What may go, and how long after its end; in this order, for step-ups name their session."""


class HousekeepingRows(Rows):
    """Fulfils ``flows.stores.Housekeeping``."""

    __slots__ = ()

    def prune(self, now: datetime, limit: int) -> int:
        """How many rows went; notices and events never do."""
        return sum(
            self._changed(statement, {"until": now - kept, "most": limit})
            for statement, kept in _PRUNED
        )
