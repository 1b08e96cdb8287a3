"""Accounts and the proofs of identity behind them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, exists, insert, select, update

from authserver.adapters.database.rows import COUNTED, Rows, on_both
from authserver.adapters.database.schema import accounts, identity_proofs
from authserver.domain.account import Account, AccountState, Role
from authserver.domain.ids import AccountId
from authserver.domain.sign_up import IdentityProof

ACCOUNT_COLUMNS = (
    accounts.c.id,
    accounts.c.login_id,
    accounts.c.email,
    accounts.c.display_name,
    accounts.c.locale,
    accounts.c.user_handle,
    accounts.c.state,
    accounts.c.roles,
    accounts.c.created_at,
    accounts.c.phone,
)

# No conflict target: whichever of login id, address and handle is taken, the answer is the same,
# and the surrounding transaction lives on.
_ADD = on_both(
    lambda insert: insert(accounts).on_conflict_do_nothing().execution_options(**COUNTED)
)
_BY_ID = select(*ACCOUNT_COLUMNS).where(accounts.c.id == bindparam("id"))
# FOR NO KEY UPDATE: excludes every other holder and every change of the row, but not the foreign
# keys of rows that merely mention the account. SQLite's writer holds the whole database already.
_LOCK = _BY_ID.with_for_update(key_share=True)
_BY_LOGIN_ID = select(*ACCOUNT_COLUMNS).where(accounts.c.login_id == bindparam("login_id"))
_BY_EMAIL = select(*ACCOUNT_COLUMNS).where(accounts.c.email_key == bindparam("email_key"))
_ADD_IDENTITY_PROOF = insert(identity_proofs).inline()
_PROVED_AS = select(
    exists().where(
        identity_proofs.c.account_id == bindparam("id"),
        identity_proofs.c.evidence_digest == bindparam("evidence"),
    )
)
_FREEZE = (
    update(accounts)
    .where(accounts.c.id == bindparam("the_id"), accounts.c.state == AccountState.OPEN.value)
    .values(state=AccountState.FROZEN.value)
)


def account_of(row: Sequence[Any]) -> Account:
    """The account in a row of ``ACCOUNT_COLUMNS``."""
    id_, login_id, email, display_name, locale, user_handle, state, roles, created_at, phone = row
    return Account(
        id=id_,
        login_id=login_id,
        email=email,
        display_name=display_name,
        locale=locale,
        user_handle=user_handle,
        state=AccountState(state),
        roles=_roles(roles),
        created_at=created_at,
        phone=phone,
    )


@lru_cache
def _roles(text: str) -> frozenset[Role]:
    return frozenset(map(Role, text.split()))


class AccountRows(Rows):
    """Fulfils ``flows.stores.Accounts``."""

    __slots__ = ()

    def add(self, account: Account) -> bool:
        row = {
            "id": account.id,
            "login_id": account.login_id,
            "email": account.email,
            "email_key": account.email.casefold(),
            "display_name": account.display_name,
            "locale": account.locale,
            "user_handle": account.user_handle,
            "state": account.state.value,
            "roles": " ".join(sorted(role.value for role in account.roles)),
            "created_at": account.created_at,
            "phone": account.phone,
        }
        return self._changed(self._here(_ADD), row) == 1

    def get(self, account_id: AccountId) -> Account | None:
        row = self._connection.execute(_BY_ID, {"id": account_id}).first()
        return None if row is None else account_of(row)

    def lock(self, account_id: AccountId) -> Account | None:
        row = self._connection.execute(_LOCK, {"id": account_id}).first()
        return None if row is None else account_of(row)

    def by_login_id(self, login_id: str) -> Account | None:
        row = self._connection.execute(_BY_LOGIN_ID, {"login_id": login_id}).first()
        return None if row is None else account_of(row)

    def by_email(self, email: str) -> Account | None:
        row = self._connection.execute(_BY_EMAIL, {"email_key": email.casefold()}).first()
        return None if row is None else account_of(row)

    def add_identity_proof(self, account_id: AccountId, proof: IdentityProof) -> None:
        row = {
            "account_id": account_id,
            "method": proof.method.value,
            "level": proof.level,
            "simulated": proof.simulated,
            "evidence_digest": proof.evidence_digest,
            "at": proof.at,
        }
        self._connection.execute(_ADD_IDENTITY_PROOF, row)

    def proved_as(self, account_id: AccountId, evidence_digest: str) -> bool:
        parameters = {"id": account_id, "evidence": evidence_digest}
        return bool(self._connection.execute(_PROVED_AS, parameters).scalar())

    def freeze(self, account_id: AccountId) -> bool:
        return self._changed(_FREEZE, {"the_id": account_id}) == 1
