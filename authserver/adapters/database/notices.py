"""The queue of notices: claimed under a lease, settled one by one, never lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, insert, select, update

from authserver.adapters.database.rows import Rows
from authserver.adapters.database.schema import notices
from authserver.domain.event import EventKind
from authserver.domain.ids import NoticeId
from authserver.domain.notice import RULES, Channel, Notice, NoticeClass, NoticeState

_COLUMNS = (
    notices.c.id,
    notices.c.event_id,
    notices.c.account_id,
    notices.c.kind,
    notices.c.channel,
    notices.c.recipient,
    notices.c.locale,
    notices.c.at,
    notices.c.facts,
    notices.c.secret,
    notices.c.state,
    notices.c.attempts,
    notices.c.next_try_at,
    notices.c.created_at,
)
_FIRST, _LATER = 0, 1
_PRIORITY = {
    kind: _FIRST if rule.notice_class in (NoticeClass.SECURITY, NoticeClass.CODE) else _LATER
    for kind, rule in RULES.items()
}

_ADD = insert(notices).inline()
# The words of the partial index ix_notices_due, so that both planners recognise it.
_UNSETTLED = notices.c.state.in_(
    [
        bindparam(None, state.value, literal_execute=True, unique=True)
        for state in (NoticeState.QUEUED, NoticeState.SENDING, NoticeState.FAILED)
    ]
)
# While servers of two versions run on one database, a newer one may queue what this one has no
# words for: such rows are left to those who have.
_READABLE = notices.c.kind.in_([kind.value for kind in EventKind])
# One class after the other, each in the order of its index. SKIP LOCKED lets PostgreSQL's claimers
# pass each other; SQLite has no such thing, and only one writer.
_DUE = (
    select(notices.c.id)
    .where(
        _UNSETTLED,
        _READABLE,
        notices.c.priority == bindparam("class"),
        notices.c.next_try_at <= bindparam("now"),
    )
    .order_by(notices.c.next_try_at, notices.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(notices)
    .where(notices.c.id.in_(_DUE.scalar_subquery()))
    .values(
        state=NoticeState.SENDING.value,
        attempts=notices.c.attempts + 1,
        next_try_at=bindparam("lease_until"),
    )
    .returning(*_COLUMNS)
)
# A message that went out stays sent, whatever a slower claimer reports afterwards. Back in the
# queue means that nobody tried: the attempt is given back.
_SETTLE = (
    update(notices)
    .where(notices.c.id == bindparam("the_id"), notices.c.state != NoticeState.SENT.value)
    .values(
        state=bindparam("new_state"),
        attempts=notices.c.attempts
        - case(
            (
                (bindparam("new_state") == NoticeState.QUEUED.value) & (notices.c.attempts > 0),
                1,
            ),
            else_=0,
        ),
        next_try_at=bindparam("again_at"),
        settled_at=bindparam("now"),
        cause=bindparam("new_cause"),
    )
)
_SETTLE_AND_FORGET = _SETTLE.values(secret=b"")
_NEWEST = select(*_COLUMNS).where(_READABLE).order_by(notices.c.id.desc()).limit(bindparam("most"))


def _notice_of(row: Sequence[Any]) -> Notice:
    return Notice(
        id=row[0],
        event_id=row[1],
        account_id=row[2],
        kind=EventKind(row[3]),
        channel=Channel(row[4]),
        recipient=row[5],
        locale=row[6],
        at=row[7],
        facts=row[8],
        secret=row[9],
        state=NoticeState(row[10]),
        attempts=row[11],
        next_try_at=row[12],
        created_at=row[13],
    )


def _row(notice: Notice) -> dict[str, Any]:
    row = {column.key: getattr(notice, column.key) for column in _COLUMNS}
    row |= {
        "kind": notice.kind.value,
        "channel": notice.channel.value,
        "state": notice.state.value,
        "facts": dict(notice.facts),
        "priority": _PRIORITY.get(notice.kind, _LATER),
        "cause": "",
    }
    return row


class NoticeRows(Rows):
    """Fulfils ``flows.stores.Notices``."""

    __slots__ = ()

    def add(self, *told: Notice) -> None:
        if told:
            self._connection.execute(_ADD, [_row(notice) for notice in told])

    def claim(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[Notice]:
        """Due ones, the security and code class first; one whose lease ran out is due again."""
        claimed: list[Notice] = []
        for priority in (_FIRST, _LATER):
            if len(claimed) == limit:
                break
            parameters = {
                "class": priority,
                "now": now,
                "lease_until": lease_until,
                "most": limit - len(claimed),
            }
            rows = self._connection.execute(_CLAIM, parameters)
            # RETURNING promises no order.
            found = sorted(map(_notice_of, rows), key=lambda notice: (notice.created_at, notice.id))
            claimed += found
        return claimed

    def settle(
        self,
        notice_id: NoticeId,
        state: NoticeState,
        *,
        at: datetime,
        next_try_at: datetime,
        cause: str,
        forget_secret: bool,
    ) -> None:
        parameters = {
            "the_id": notice_id,
            "new_state": state.value,
            "again_at": next_try_at,
            "now": at,
            "new_cause": cause,
        }
        self._connection.execute(_SETTLE_AND_FORGET if forget_secret else _SETTLE, parameters)

    def newest(
        self, limit: int, before: NoticeId | None, recipient: str, kind: str, channel: str
    ) -> Sequence[Notice]:
        statement = _NEWEST
        parameters: dict[str, Any] = {"most": limit}
        if before is not None:
            statement = statement.where(notices.c.id < bindparam("before"))
            parameters["before"] = before
        for name, value in (("recipient", recipient), ("kind", kind), ("channel", channel)):
            if value:
                statement = statement.where(notices.c[name] == bindparam(name))
                parameters[name] = value
        return [_notice_of(row) for row in self._connection.execute(statement, parameters)]
