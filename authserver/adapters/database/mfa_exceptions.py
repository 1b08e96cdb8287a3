"""Exceptions from the passkey: one request at a time and account, decided once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, RowMapping, and_, bindparam, exists, or_, select, update

from authserver.adapters.database.rows import COUNTED, Insert, Rows, on_both
from authserver.adapters.database.schema import REQUESTED, mfa_exceptions
from authserver.domain.ids import AccountId
from authserver.domain.mfa_exception import ExceptionReason, ExceptionState, MfaException

_COLUMNS = (
    mfa_exceptions.c.id,
    mfa_exceptions.c.account_id,
    mfa_exceptions.c.reason,
    mfa_exceptions.c.consent_version,
    mfa_exceptions.c.state,
    mfa_exceptions.c.requested_at,
    mfa_exceptions.c.decided_at,
    mfa_exceptions.c.decided_by,
    mfa_exceptions.c.effective_at,
    mfa_exceptions.c.expires_at,
)
_that = mfa_exceptions.alias("that")
_IN_THE_WAY = exists().where(
    _that.c.account_id == bindparam("account_id"),
    or_(
        _that.c.state == ExceptionState.REQUESTED.value,
        and_(
            _that.c.state == ExceptionState.APPROVED.value,
            _that.c.expires_at > bindparam("requested_at"),
        ),
    ),
)


def _add(insert: Insert) -> Executable:
    """Of two requests at once the index lets one through; an approved one is seen by the SELECT."""
    given = select(*(bindparam(c.key, type_=c.type) for c in _COLUMNS)).where(~_IN_THE_WAY)
    return (
        insert(mfa_exceptions)
        .from_select([c.key for c in _COLUMNS], given)
        .on_conflict_do_nothing(index_elements=["account_id"], index_where=REQUESTED)
        .execution_options(**COUNTED)
    )


_ADD = on_both(_add)
_NEWEST = (
    select(*_COLUMNS)
    .where(mfa_exceptions.c.account_id == bindparam("owner"))
    .order_by(mfa_exceptions.c.requested_at.desc(), mfa_exceptions.c.id.desc())
    .limit(1)
)
_LISTED = (
    select(*_COLUMNS)
    .where(mfa_exceptions.c.state == bindparam("in_state"))
    .order_by(mfa_exceptions.c.requested_at, mfa_exceptions.c.id)
    .limit(bindparam("most"))
)
_GET = select(*_COLUMNS).where(mfa_exceptions.c.id == bindparam("the_id"))
_END = (
    update(mfa_exceptions)
    .where(
        mfa_exceptions.c.id == bindparam("the_id"),
        mfa_exceptions.c.state.in_([ExceptionState.REQUESTED.value, ExceptionState.APPROVED.value]),
    )
    .values(state=ExceptionState.ENDED.value)
)
_DECISION = ("state", "decided_at", "decided_by", "effective_at", "expires_at")
_DECIDE = (
    update(mfa_exceptions)
    .where(mfa_exceptions.c.id == bindparam("the_id"), REQUESTED)
    .values({key: bindparam(f"new_{key}") for key in _DECISION})
)


def _row_of(exception: MfaException) -> dict[str, Any]:
    row = {column.key: getattr(exception, column.key) for column in _COLUMNS}
    return row | {"reason": exception.reason.value, "state": exception.state.value}


def _exception_of(row: RowMapping) -> MfaException:
    words = {"reason": ExceptionReason(row["reason"]), "state": ExceptionState(row["state"])}
    return MfaException(**{**row, **words})


class MfaExceptionRows(Rows):
    """Fulfils ``flows.stores.MfaExceptions``."""

    __slots__ = ()

    def add(self, exception: MfaException) -> bool:
        """Needs the account's lock: a decision in between would be seen by neither guard."""
        return self._changed(self._here(_ADD), _row_of(exception)) == 1

    def newest(self, account_id: AccountId) -> MfaException | None:
        row = self._connection.execute(_NEWEST, {"owner": account_id}).mappings().first()
        return None if row is None else _exception_of(row)

    def listed(self, state: ExceptionState, limit: int) -> Sequence[MfaException]:
        """The oldest request first."""
        parameters = {"in_state": state.value, "most": limit}
        return [
            _exception_of(row) for row in self._connection.execute(_LISTED, parameters).mappings()
        ]

    def decide(self, decided: MfaException) -> bool:
        row = _row_of(decided)
        parameters = {f"new_{key}": row[key] for key in _DECISION}
        return self._changed(_DECIDE, {"the_id": decided.id, **parameters}) == 1

    def get(self, exception_id: str) -> MfaException | None:
        row = self._connection.execute(_GET, {"the_id": exception_id}).mappings().first()
        return None if row is None else _exception_of(row)

    def end(self, exception_id: str) -> bool:
        return self._changed(_END, {"the_id": exception_id}) == 1
