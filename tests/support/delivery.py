"""Delivery without a database: a notice store in memory, a clock to move, a scripted postman."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from authserver.adapters.mail import InAppPostman
from authserver.adapters.sealer import Sealer
from authserver.domain.ids import NoticeId
from authserver.domain.notice import Notice, NoticeState
from authserver.flows.ports import Postman, Services
from authserver.flows.send_notices import Round, deliver_round
from tests.support.notices import NOON, a_renderer

RENDERER = a_renderer()
SEALER = Sealer([b"k" * 32])


class FakeNotices:
    """The notice store in memory; ``claim`` counts the attempt, as the database does."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self.rows = {notice.id: notice for notice in notices}
        self.leases: dict[NoticeId, datetime] = {}
        self.causes: dict[NoticeId, list[str]] = {notice.id: [] for notice in notices}

    def claim(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[Notice]:
        claimed = [row for row in self.rows.values() if self._due(row, now)][:limit]
        for row in claimed:
            attempts = row.attempts + 1
            self.rows[row.id] = replace(row, state=NoticeState.SENDING, attempts=attempts)
            self.leases[row.id] = lease_until
        return [self.rows[row.id] for row in claimed]

    def _due(self, row: Notice, now: datetime) -> bool:
        if row.state is NoticeState.SENDING:
            return self.leases[row.id] <= now
        return row.state in (NoticeState.QUEUED, NoticeState.FAILED) and row.next_try_at <= now

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
        row = self.rows[notice_id]
        secret = b"" if forget_secret else row.secret
        self.rows[notice_id] = replace(row, state=state, next_try_at=next_try_at, secret=secret)
        self.causes[notice_id].append(cause)

    def newest(
        self, limit: int, before: NoticeId | None, recipient: str, kind: str, channel: str
    ) -> Sequence[Notice]:
        return [row for row in reversed(self.rows.values()) if recipient in ("", row.recipient)][
            :limit
        ]


class Server:
    """Services with a store in memory, a clock that the test moves, and a transaction counter."""

    def __init__(self, *notices: Notice, postman: Postman) -> None:
        self.notices = FakeNotices(notices)
        self.time = NOON
        self.open_transactions = 0
        self.transactions = 0
        self.services = cast(
            Services,
            SimpleNamespace(
                clock=self,
                database=self,
                entropy=SimpleNamespace(token=lambda length: bytes(length)),
                sealer=SEALER,
                renderer=RENDERER,
                postmen={"mail": postman, "in_app": InAppPostman()},
            ),
        )

    def now(self) -> datetime:
        return self.time

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        self.open_transactions += 1
        self.transactions += 1
        yield SimpleNamespace(notices=self.notices, housekeeping=self)
        self.open_transactions -= 1

    snapshot = transaction

    def prune(self, _now: datetime, _limit: int) -> int:
        return 0

    def round(self, limit: int = 50, *, forget: bool = False, **more: Any) -> Round:
        return deliver_round(self.services, limit, forget_secret=forget, **more)

    def states(self) -> list[str]:
        return [row.state.value for row in self.notices.rows.values()]


class Scripted:
    """A postman that does what the script says, one line per notice, and then succeeds."""

    def __init__(self, *script: Exception | Callable[[], None]) -> None:
        self.script = list(script)
        self.taken: list[Notice] = []

    def send(self, notice: Notice) -> None:
        self.taken.append(notice)
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        if step:
            step()
