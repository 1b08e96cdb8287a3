"""Passwords: one hash per account, of which this room knows nothing but that it is text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Executable, bindparam, select, update

from authserver.adapters.database.rows import Insert, Rows, on_both
from authserver.adapters.database.schema import passwords
from authserver.domain.ids import AccountId


def _set(insert: Insert) -> Executable:
    new = insert(passwords)
    return new.on_conflict_do_update(
        index_elements=["account_id"],
        set_={"hashed": new.excluded.hashed, "set_at": new.excluded.set_at},
    )


_SET = on_both(_set)
_GET = select(passwords.c.hashed).where(passwords.c.account_id == bindparam("owner"))
_UPGRADE = (
    update(passwords)
    .where(passwords.c.account_id == bindparam("owner"), passwords.c.hashed == bindparam("given"))
    .values(hashed=bindparam("stronger"))
)


class PasswordRows(Rows):
    """Fulfils ``flows.stores.Passwords``."""

    __slots__ = ()

    def set(self, account_id: AccountId, hashed: str, at: datetime) -> None:
        row = {"account_id": account_id, "hashed": hashed, "set_at": at}
        self._connection.execute(self._here(_SET), row)

    def get(self, account_id: AccountId) -> str | None:
        hashed: str | None = self._connection.execute(_GET, {"owner": account_id}).scalar()
        return hashed

    def upgrade(self, account_id: AccountId, *, expected: str, hashed: str) -> bool:
        parameters = {"owner": account_id, "given": expected, "stronger": hashed}
        return self._changed(_UPGRADE, parameters) == 1
