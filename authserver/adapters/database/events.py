"""The log: appended to, read forward, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select

from authserver.adapters.database.rows import Rows
from authserver.adapters.database.schema import events
from authserver.domain.client import Client
from authserver.domain.event import EventKind, SecurityEvent
from authserver.domain.ids import AccountId
from authserver.domain.outcome import Reason

_ADD = insert(events).inline()
_AFTER = (
    select(events)
    .where(events.c.sequence > bindparam("sequence"))
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
)
_AFTER_OF_ACCOUNT = _AFTER.where(events.c.account_id == bindparam("owner"))


class EventRows(Rows):
    """Fulfils ``flows.stores.Events``.

    The browser's digest is not kept: it would tie the log to a cookie for nothing. On PostgreSQL
    a sequence is taken before its commit, so that whoever follows the log live may see 8 before 7
    and must look again at what is younger than the longest transaction.
    """

    __slots__ = ()

    def add(self, event: SecurityEvent) -> None:
        client = event.client
        row = {
            "id": event.id,
            "at": event.at,
            "kind": event.kind.value,
            "account_id": event.account_id,
            "session_id": event.session_id,
            "reason": event.reason.value if event.reason else None,
            "details": dict(event.details),
            "ip": client.ip,
            "user_agent": client.user_agent,
            "device": client.device,
            "place": client.place,
            "request_id": client.request_id,
        }
        self._connection.execute(_ADD, row)

    def after(
        self, sequence: int, limit: int, account_id: AccountId | None
    ) -> Sequence[SecurityEvent]:
        parameters: dict[str, Any] = {"sequence": sequence, "most": limit}
        statement = _AFTER
        if account_id is not None:
            statement, parameters["owner"] = _AFTER_OF_ACCOUNT, account_id
        return [_event_of(row) for row in self._connection.execute(statement, parameters)]


def _event_of(row: Any) -> SecurityEvent:
    return SecurityEvent(
        id=row.id,
        at=row.at,
        kind=EventKind(row.kind),
        account_id=row.account_id,
        session_id=row.session_id,
        client=Client(
            ip=row.ip,
            user_agent=row.user_agent,
            device=row.device,
            place=row.place,
            request_id=row.request_id,
            browser=b"",
        ),
        reason=Reason(row.reason) if row.reason else None,
        details=row.details,
        sequence=row.sequence,
    )
