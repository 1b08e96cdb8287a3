"""Authenticator apps: an accepted step is later than every one before it, by one UPDATE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from authserver.adapters.database.rows import Rows
from authserver.adapters.database.schema import totps
from authserver.domain.ids import AccountId
from authserver.domain.totp import Totp

_COLUMNS = (
    totps.c.id,
    totps.c.account_id,
    totps.c.label,
    totps.c.sealed_secret,
    totps.c.last_step,
    totps.c.created_at,
    totps.c.confirmed_at,
    totps.c.last_used_at,
)
_THERE = (totps.c.id == bindparam("the_id"), totps.c.removed_at.is_(None))
_OWN = (*_THERE, totps.c.account_id == bindparam("owner"))
_LATER = totps.c.last_step < bindparam("step")

_ADD = insert(totps).inline()
_OF_ACCOUNT = (
    select(*_COLUMNS)
    .where(totps.c.account_id == bindparam("owner"), totps.c.removed_at.is_(None))
    .order_by(totps.c.created_at, totps.c.id)
)
_CONFIRM = (
    update(totps)
    .where(*_OWN, totps.c.confirmed_at.is_(None), _LATER)
    .values(last_step=bindparam("step"), confirmed_at=bindparam("at"))
)
_USE = (
    update(totps)
    .where(*_THERE, totps.c.confirmed_at.is_not(None), _LATER)
    .values(last_step=bindparam("step"), last_used_at=bindparam("at"))
)
_REMOVE = update(totps).where(*_OWN).values(removed_at=bindparam("at"), sealed_secret=b"")


class TotpRows(Rows):
    """Fulfils ``flows.stores.Totps``."""

    __slots__ = ()

    def add(self, totp: Totp) -> None:
        self._connection.execute(_ADD, {c.key: getattr(totp, c.key) for c in _COLUMNS})

    def of_account(self, account_id: AccountId) -> Sequence[Totp]:
        rows = self._connection.execute(_OF_ACCOUNT, {"owner": account_id}).mappings()
        return [Totp(**row) for row in rows]

    def confirm(self, account_id: AccountId, totp_id: str, step: int, at: datetime) -> bool:
        parameters = {"owner": account_id, "the_id": totp_id, "step": step, "at": at}
        return self._changed(_CONFIRM, parameters) == 1

    def use(self, totp_id: str, step: int, at: datetime) -> bool:
        return self._changed(_USE, {"the_id": totp_id, "step": step, "at": at}) == 1

    def remove(self, account_id: AccountId, totp_id: str, at: datetime) -> bool:
        """The row stays for those who ask what an event spoke of; its secret does not."""
        return self._changed(_REMOVE, {"owner": account_id, "the_id": totp_id, "at": at}) == 1
