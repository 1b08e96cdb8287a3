"""Recoveries: attempts to come back after every factor was lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, exists, insert, or_, select, update

from authserver.adapters.database.rows import Rows
from authserver.adapters.database.schema import recoveries
from authserver.domain.ids import AccountId, PasskeyId, SignUpId
from authserver.domain.recovery import Recovery, RecoveryStep

_COLUMNS = tuple(column for column in recoveries.c if column.key != "stopped_at")
_UNDER_WAY = recoveries.c.step.in_(
    [RecoveryStep.GIVE_CODE.value, RecoveryStep.PROVE.value, RecoveryStep.ENROL_PASSKEY.value]
)
_ADD = insert(recoveries).inline()
_OF_BROWSER = (
    select(*_COLUMNS)
    .where(recoveries.c.browser == bindparam("of_browser"))
    .order_by(recoveries.c.id.desc())
    .limit(1)
)
_TAKE_TRY = (
    update(recoveries)
    .where(
        recoveries.c.id == bindparam("the_id"),
        recoveries.c.step == bindparam("expected"),
        recoveries.c.tries < bindparam("most"),
    )
    .values(tries=recoveries.c.tries + 1)
)
_ADVANCE = (
    update(recoveries)
    .where(recoveries.c.id == bindparam("the_id"), recoveries.c.step == bindparam("expected"))
    .values(
        step=bindparam("to"),
        tries=0,
        code_digest=bindparam("next_digest"),
        code_expires_at=bindparam("next_code_expires_at"),
        expires_at=bindparam("next_expires_at"),
        sign_up_id=bindparam("way"),
    )
)
_COMPLETE = (
    update(recoveries)
    .where(
        recoveries.c.sign_up_id == bindparam("way"),
        recoveries.c.step == RecoveryStep.ENROL_PASSKEY.value,
    )
    .values(
        step=RecoveryStep.DONE.value,
        passkey_id=bindparam("passkey"),
        hold_until=bindparam("until"),
    )
)
_GOES_ON = _UNDER_WAY & (recoveries.c.expires_at > bindparam("at"))
_HOLDS = (recoveries.c.step == RecoveryStep.DONE.value) & (
    recoveries.c.hold_until > bindparam("at")
)
_OPEN_ONES = (
    select(*_COLUMNS)
    .where(
        recoveries.c.account_id == bindparam("of_account"),
        or_(_GOES_ON, _HOLDS),
    )
    .order_by(recoveries.c.id.desc())
)
_STOP_UNDER_WAY, _STOP_DONE = (
    update(recoveries)
    .where(recoveries.c.account_id == bindparam("of_account"), which)
    .values(step=RecoveryStep.STOPPED.value, stopped_at=bindparam("at"))
    for which in (_GOES_ON, _HOLDS)
)
_STOPPED_SINCE = select(
    exists().where(
        recoveries.c.account_id == bindparam("of_account"),
        recoveries.c.stopped_at > bindparam("since"),
    )
)


def _recovery_of(row: RowMapping) -> Recovery:
    return Recovery(**{**row, "step": RecoveryStep(row["step"])})


class RecoveryRows(Rows):
    """Fulfils ``flows.stores.Recoveries``."""

    __slots__ = ()

    def add(self, recovery: Recovery) -> None:
        row: dict[str, Any] = {column.key: getattr(recovery, column.key) for column in _COLUMNS}
        self._connection.execute(_ADD, row | {"step": recovery.step.value})

    def of_browser(self, browser: bytes) -> Recovery | None:
        row = self._connection.execute(_OF_BROWSER, {"of_browser": browser}).mappings().first()
        return None if row is None else _recovery_of(row)

    def take_try(self, recovery_id: str, step: RecoveryStep, most: int) -> bool:
        parameters = {"the_id": recovery_id, "expected": step.value, "most": most}
        return self._changed(_TAKE_TRY, parameters) == 1

    def advance(
        self,
        recovery_id: str,
        *,
        expected: RecoveryStep,
        to: RecoveryStep,
        code_digest: bytes,
        code_expires_at: datetime,
        expires_at: datetime,
        sign_up_id: SignUpId | None,
    ) -> bool:
        parameters = {
            "the_id": recovery_id,
            "expected": expected.value,
            "to": to.value,
            "next_digest": code_digest,
            "next_code_expires_at": code_expires_at,
            "next_expires_at": expires_at,
            "way": sign_up_id,
        }
        return self._changed(_ADVANCE, parameters) == 1

    def complete(self, sign_up_id: SignUpId, passkey_id: PasskeyId, hold_until: datetime) -> bool:
        parameters = {"way": sign_up_id, "passkey": passkey_id, "until": hold_until}
        return self._changed(_COMPLETE, parameters) == 1

    def open_ones(self, account_id: AccountId, now: datetime) -> Sequence[Recovery]:
        parameters = {"of_account": account_id, "at": now}
        return [
            _recovery_of(row) for row in self._connection.execute(_OPEN_ONES, parameters).mappings()
        ]

    def stop_under_way(self, account_id: AccountId, at: datetime) -> int:
        return self._changed(_STOP_UNDER_WAY, {"of_account": account_id, "at": at})

    def stop_done(self, account_id: AccountId, at: datetime) -> int:
        return self._changed(_STOP_DONE, {"of_account": account_id, "at": at})

    def stopped_since(self, account_id: AccountId, since: datetime) -> bool:
        parameters = {"of_account": account_id, "since": since}
        return bool(self._connection.execute(_STOPPED_SINCE, parameters).scalar())
