"""Approvals of one operation; each change of state happens once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from authserver.adapters.database.rows import Rows
from authserver.adapters.database.schema import step_ups
from authserver.domain.action import Action
from authserver.domain.assurance import Level
from authserver.domain.ids import SessionId, StepUpId
from authserver.domain.step_up import StepUp, StepUpState

_COLUMNS = (
    step_ups.c.id,
    step_ups.c.session_id,
    step_ups.c.account_id,
    step_ups.c.action,
    step_ups.c.subject,
    step_ups.c.subject_digest,
    step_ups.c.level,
    step_ups.c.state,
    step_ups.c.requested_at,
    step_ups.c.expires_at,
)
_OPEN = (StepUpState.REQUESTED.value, StepUpState.SATISFIED.value)

_ADD = insert(step_ups).inline()
_GET = select(*_COLUMNS).where(
    step_ups.c.id == bindparam("the_id"), step_ups.c.session_id == bindparam("session_id")
)
_OPEN_COUNT = select(func.count()).where(
    step_ups.c.session_id == bindparam("session_id"),
    step_ups.c.state.in_(_OPEN),
    step_ups.c.expires_at > bindparam("at"),
)
_WHEN = {
    StepUpState.SATISFIED: step_ups.c.satisfied_at,
    StepUpState.SPENT: step_ups.c.spent_at,
    StepUpState.CANCELLED: step_ups.c.cancelled_at,
}
_MOVE = {
    to: update(step_ups)
    .where(step_ups.c.id == bindparam("the_id"), step_ups.c.state == bindparam("expected"))
    .values({step_ups.c.state: to.value, when: bindparam("at")})
    for to, when in _WHEN.items()
}


class StepUpRows(Rows):
    """Fulfils ``flows.stores.StepUps``."""

    __slots__ = ()

    def add(self, step_up: StepUp) -> None:
        row = {column.key: getattr(step_up, column.key) for column in _COLUMNS}
        row |= {
            "action": step_up.action.value,
            "subject": dict(step_up.subject),
            "level": step_up.level.value,
            "state": step_up.state.value,
        }
        self._connection.execute(_ADD, row)

    def get(self, step_up_id: StepUpId, session_id: SessionId) -> StepUp | None:
        parameters = {"the_id": step_up_id, "session_id": session_id}
        row = self._connection.execute(_GET, parameters).mappings().first()
        if row is None:
            return None
        words = {
            "action": Action(row["action"]),
            "level": Level(row["level"]),
            "state": StepUpState(row["state"]),
        }
        return StepUp(**{**row, **words})

    def open_count(self, session_id: SessionId, now: datetime) -> int:
        parameters = {"session_id": session_id, "at": now}
        return self._connection.execute(_OPEN_COUNT, parameters).scalar_one()

    def move(
        self, step_up_id: StepUpId, *, expected: StepUpState, to: StepUpState, at: datetime
    ) -> bool:
        """Raises KeyError for a move back to REQUESTED, which there is not."""
        parameters = {"the_id": step_up_id, "expected": expected.value, "at": at}
        return self._changed(_MOVE[to], parameters) == 1
