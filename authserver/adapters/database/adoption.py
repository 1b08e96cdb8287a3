"""How far passkeys have come, counted in a few statements over whole tables."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from authserver.adapters.database.rows import Rows
from authserver.adapters.database.schema import accounts, mfa_exceptions, passkeys
from authserver.domain.adoption import Adoption
from authserver.domain.mfa_exception import ExceptionReason, ExceptionState

RECENT = timedelta(days=30)
_ACCOUNTS = select(func.count()).select_from(accounts)
_PASSKEYS = select(
    func.count(passkeys.c.account_id.distinct()),
    func.count(passkeys.c.account_id.distinct()).filter(
        passkeys.c.last_used_at > bindparam("since")
    ),
).where(passkeys.c.removed_at.is_(None))
_EXCEPTIONS = (
    select(mfa_exceptions.c.reason, func.count(mfa_exceptions.c.account_id.distinct()))
    .where(
        mfa_exceptions.c.state == ExceptionState.APPROVED.value,
        mfa_exceptions.c.effective_at <= bindparam("at"),
        mfa_exceptions.c.expires_at > bindparam("at"),
    )
    .group_by(mfa_exceptions.c.reason)
)
_REQUESTED = (
    select(func.count())
    .select_from(mfa_exceptions)
    .where(mfa_exceptions.c.state == ExceptionState.REQUESTED.value)
)


class AdoptionRows(Rows):
    """Fulfils ``flows.stores.Adoptions``; writes nothing."""

    __slots__ = ()

    def figures(self, now: datetime) -> Adoption:
        run = self._connection.execute
        with_passkey, used = run(_PASSKEYS, {"since": now - RECENT}).one()
        by_reason = {ExceptionReason(reason): n for reason, n in run(_EXCEPTIONS, {"at": now})}
        return Adoption(
            accounts=run(_ACCOUNTS).scalar_one(),
            with_passkey=with_passkey,
            passkey_used=used,
            exceptions={reason: by_reason.get(reason, 0) for reason in ExceptionReason},
            requested=run(_REQUESTED).scalar_one(),
        )
