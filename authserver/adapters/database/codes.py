"""Codes that stand in for a factor, kept as keyed digests: recovery codes and enrolment codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Executable, bindparam, case, delete, func, insert, null, select, update

from authserver.adapters.database.rows import Insert, Rows, on_both
from authserver.adapters.database.schema import enrolment_codes, recovery_codes
from authserver.adapters.database.types import Moment
from authserver.domain.factor import RecoveryCodes
from authserver.domain.ids import AccountId

_VOID_SET = delete(recovery_codes).where(recovery_codes.c.account_id == bindparam("owner"))
_ADD_CODES = insert(recovery_codes).inline()
_COUNT = select(
    func.count().filter(recovery_codes.c.used_at.is_(None)), func.min(recovery_codes.c.created_at)
).where(recovery_codes.c.account_id == bindparam("owner"))
_USE_CODE = (
    update(recovery_codes)
    .where(
        recovery_codes.c.account_id == bindparam("owner"),
        recovery_codes.c.digest == bindparam("given"),
        recovery_codes.c.used_at.is_(None),
    )
    .values(used_at=bindparam("at"))
)


def _issue(insert: Insert) -> Executable:
    issued = insert(enrolment_codes).values(
        account_id=bindparam("account_id"),
        digest=bindparam("digest"),
        tries=0,
        expires_at=bindparam("expires_at"),
        spent_at=null(),
    )
    fresh = {key: issued.excluded[key] for key in ("digest", "tries", "expires_at", "spent_at")}
    return issued.on_conflict_do_update(index_elements=["account_id"], set_=fresh)


_ISSUE = on_both(_issue)
# Counting the try and spending the code are one update: of many tries at once, each is counted,
# none beyond the most is judged, and the right code is taken by one of them.
_REDEEM = (
    update(enrolment_codes)
    .where(
        enrolment_codes.c.account_id == bindparam("owner"),
        enrolment_codes.c.spent_at.is_(None),
        enrolment_codes.c.expires_at > bindparam("at"),
        enrolment_codes.c.tries < bindparam("most"),
    )
    .values(
        tries=enrolment_codes.c.tries + 1,
        spent_at=case(
            (enrolment_codes.c.digest == bindparam("given"), bindparam("at", type_=Moment)),
            else_=null(),
        ),
    )
    .returning(enrolment_codes.c.spent_at)
)


class RecoveryCodeRows(Rows):
    """Fulfils ``flows.stores.RecoveryCodeSets``."""

    __slots__ = ()

    def replace(self, account_id: AccountId, digests: Sequence[bytes], at: datetime) -> None:
        self._connection.execute(_VOID_SET, {"owner": account_id})
        rows = [{"account_id": account_id, "digest": code, "created_at": at} for code in digests]
        if rows:
            self._connection.execute(_ADD_CODES, rows)

    def count(self, account_id: AccountId) -> RecoveryCodes:
        left, created_at = self._connection.execute(_COUNT, {"owner": account_id}).one()
        return RecoveryCodes(left=left, created_at=created_at)

    def use(self, account_id: AccountId, digest: bytes, at: datetime) -> bool:
        parameters = {"owner": account_id, "given": digest, "at": at}
        return self._changed(_USE_CODE, parameters) == 1


class EnrolmentCodeRows(Rows):
    """Fulfils ``flows.stores.EnrolmentCodes``."""

    __slots__ = ()

    def add(self, account_id: AccountId, digest: bytes, expires_at: datetime) -> None:
        row = {"account_id": account_id, "digest": digest, "expires_at": expires_at}
        self._connection.execute(self._here(_ISSUE), row)

    def redeem(self, account_id: AccountId, digest: bytes, now: datetime, most: int) -> bool:
        parameters = {"owner": account_id, "given": digest, "at": now, "most": most}
        row = self._connection.execute(_REDEEM, parameters).first()
        return row is not None and row[0] is not None
