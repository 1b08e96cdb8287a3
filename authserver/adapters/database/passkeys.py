"""Passkeys: the counter is compared and set, and the last one stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from authserver.adapters.database.accounts import ACCOUNT_COLUMNS, account_of
from authserver.adapters.database.rows import COUNTED, Rows, on_both
from authserver.adapters.database.schema import accounts, passkeys
from authserver.domain.account import Account
from authserver.domain.factor import Passkey
from authserver.domain.ids import AccountId, PasskeyId

_COLUMNS = (
    passkeys.c.id,
    passkeys.c.account_id,
    passkeys.c.credential_id,
    passkeys.c.public_key,
    passkeys.c.algorithm,
    passkeys.c.sign_count,
    passkeys.c.backup_eligible,
    passkeys.c.backed_up,
    passkeys.c.aaguid,
    passkeys.c.transports,
    passkeys.c.label,
    passkeys.c.created_at,
    passkeys.c.last_used_at,
)

_ADD = on_both(
    lambda insert: (
        insert(passkeys)
        .on_conflict_do_nothing(index_elements=["credential_id"])
        .execution_options(**COUNTED)
    )
)
_OF_ACCOUNT = (
    select(*_COLUMNS)
    .where(passkeys.c.account_id == bindparam("account_id"), passkeys.c.removed_at.is_(None))
    .order_by(passkeys.c.created_at, passkeys.c.id)
)
# One statement, two columns: a login id that somebody has costs hardly more than one of nobody.
_NAMED_BY = (
    select(passkeys.c.credential_id, passkeys.c.transports)
    .join_from(passkeys, accounts)
    .where(accounts.c.login_id == bindparam("login_id"), passkeys.c.removed_at.is_(None))
    .order_by(passkeys.c.created_at, passkeys.c.id)
)
_BY_CREDENTIAL_ID = (
    select(*_COLUMNS, *ACCOUNT_COLUMNS)
    .join_from(passkeys, accounts)
    .where(passkeys.c.credential_id == bindparam("credential_id"), passkeys.c.removed_at.is_(None))
)
_USE = (
    update(passkeys)
    .where(
        passkeys.c.id == bindparam("the_id"),
        passkeys.c.sign_count == bindparam("expected_sign_count"),
        passkeys.c.removed_at.is_(None),
    )
    .values(
        sign_count=bindparam("new_sign_count"),
        backed_up=bindparam("is_backed_up"),
        last_used_at=bindparam("at"),
    )
)
_OWN = (
    passkeys.c.id == bindparam("the_id"),
    passkeys.c.account_id == bindparam("owner"),
    passkeys.c.removed_at.is_(None),
)
_RENAME = update(passkeys).where(*_OWN).values(label=bindparam("new_label"))
_siblings = passkeys.alias("siblings")
_KEPT = (
    select(func.count())
    .select_from(_siblings)
    .where(_siblings.c.account_id == bindparam("owner"), _siblings.c.removed_at.is_(None))
    .scalar_subquery()
)
# Two removals at once would each count the other's passkey: hence the account's lock.
_REMOVE = update(passkeys).where(*_OWN, _KEPT > 1).values(removed_at=bindparam("at"))


def _passkey_of(row: Sequence[Any]) -> Passkey:
    return Passkey(
        id=row[0],
        account_id=row[1],
        credential_id=row[2],
        public_key=row[3],
        algorithm=row[4],
        sign_count=row[5],
        backup_eligible=row[6],
        backed_up=row[7],
        aaguid=row[8],
        transports=tuple(row[9]),
        label=row[10],
        created_at=row[11],
        last_used_at=row[12],
    )


class PasskeyRows(Rows):
    """Fulfils ``flows.stores.Passkeys``."""

    __slots__ = ()

    def add(self, passkey: Passkey) -> bool:
        row = {column.key: getattr(passkey, column.key) for column in _COLUMNS}
        row["transports"] = list(passkey.transports)
        return self._changed(self._here(_ADD), row) == 1

    def of_account(self, account_id: AccountId) -> Sequence[Passkey]:
        rows = self._connection.execute(_OF_ACCOUNT, {"account_id": account_id})
        return [_passkey_of(row) for row in rows]

    def named_by(self, login_id: str) -> Sequence[tuple[bytes, tuple[str, ...]]]:
        rows = self._connection.execute(_NAMED_BY, {"login_id": login_id})
        return [(credential_id, tuple(transports)) for credential_id, transports in rows]

    def by_credential_id(self, credential_id: bytes) -> tuple[Passkey, Account] | None:
        found = self._connection.execute(_BY_CREDENTIAL_ID, {"credential_id": credential_id})
        row = found.first()
        if row is None:
            return None
        return _passkey_of(row), account_of(row[len(_COLUMNS) :])

    def use(
        self,
        passkey_id: PasskeyId,
        *,
        expected_sign_count: int,
        sign_count: int,
        backed_up: bool,
        at: datetime,
    ) -> bool:
        parameters = {
            "the_id": passkey_id,
            "expected_sign_count": expected_sign_count,
            "new_sign_count": sign_count,
            "is_backed_up": backed_up,
            "at": at,
        }
        return self._changed(_USE, parameters) == 1

    def rename(self, account_id: AccountId, passkey_id: PasskeyId, label: str) -> bool:
        parameters = {"the_id": passkey_id, "owner": account_id, "new_label": label}
        return self._changed(_RENAME, parameters) == 1

    def remove(self, account_id: AccountId, passkey_id: PasskeyId, at: datetime) -> bool:
        parameters = {"the_id": passkey_id, "owner": account_id, "at": at}
        return self._changed(_REMOVE, parameters) == 1
