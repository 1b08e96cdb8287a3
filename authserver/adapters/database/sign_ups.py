"""Accounts that are being opened: one row per browser, and a counted try at its code."""

from __future__ import annotations

from sqlalchemy import Executable, bindparam, delete, select, update

from authserver.adapters.database.rows import Insert, Rows, on_both
from authserver.adapters.database.schema import sign_ups
from authserver.domain.ids import AccountId, SignUpId
from authserver.domain.sign_up import IdentityMethod, IdentityProof, SignUp, SignUpStep

_COLUMNS = (
    sign_ups.c.id,
    sign_ups.c.browser,
    sign_ups.c.step,
    sign_ups.c.login_id,
    sign_ups.c.email,
    sign_ups.c.display_name,
    sign_ups.c.locale,
    sign_ups.c.user_handle,
    sign_ups.c.code_digest,
    sign_ups.c.code_tries,
    sign_ups.c.code_expires_at,
    sign_ups.c.expires_at,
    sign_ups.c.account_id,
)
_IDENTITY = (
    sign_ups.c.identity_method,
    sign_ups.c.identity_level,
    sign_ups.c.identity_simulated,
    sign_ups.c.identity_evidence_digest,
    sign_ups.c.identity_at,
)


def _put(insert: Insert) -> Executable:
    begun = insert(sign_ups).values({column.key: bindparam(column.key) for column in _COLUMNS})
    # Everything is new, and the identity that an earlier sign-up had proved is gone.
    fresh = {column.key: begun.excluded[column.key] for column in (*_COLUMNS, *_IDENTITY)}
    return begun.on_conflict_do_update(index_elements=["browser"], set_=fresh)


_PUT = on_both(_put)
_OF_BROWSER = select(*_COLUMNS).where(sign_ups.c.browser == bindparam("browser"))
_TAKE_TRY = (
    update(sign_ups)
    .where(sign_ups.c.id == bindparam("the_id"), sign_ups.c.code_tries < bindparam("most"))
    .values(code_tries=sign_ups.c.code_tries + 1)
)
_ADVANCE = (
    update(sign_ups)
    .where(sign_ups.c.id == bindparam("the_id"), sign_ups.c.step == bindparam("expected"))
    .values(step=bindparam("to"))
)
_SET_IDENTITY = (
    update(sign_ups)
    .where(sign_ups.c.id == bindparam("the_id"))
    .values({column.key: bindparam("new_" + column.key) for column in _IDENTITY})
)
_GET_IDENTITY = select(*_IDENTITY).where(
    sign_ups.c.id == bindparam("the_id"), sign_ups.c.identity_method.is_not(None)
)


_END = delete(sign_ups).where(sign_ups.c.account_id == bindparam("owner"))


class SignUpRows(Rows):
    """Fulfils ``flows.stores.SignUps``."""

    __slots__ = ()

    def put(self, sign_up: SignUp) -> None:
        row = {column.key: getattr(sign_up, column.key) for column in _COLUMNS}
        row["step"] = sign_up.step.value
        self._connection.execute(self._here(_PUT), row)

    def of_browser(self, browser: bytes) -> SignUp | None:
        row = self._connection.execute(_OF_BROWSER, {"browser": browser}).mappings().first()
        if row is None:
            return None
        return SignUp(**{**row, "step": SignUpStep(row["step"])})

    def take_try(self, sign_up_id: SignUpId, most: int) -> bool:
        return self._changed(_TAKE_TRY, {"the_id": sign_up_id, "most": most}) == 1

    def advance(self, sign_up_id: SignUpId, *, expected: SignUpStep, to: SignUpStep) -> bool:
        parameters = {"the_id": sign_up_id, "expected": expected.value, "to": to.value}
        return self._changed(_ADVANCE, parameters) == 1

    def set_identity(self, sign_up_id: SignUpId, proof: IdentityProof) -> None:
        parameters = {
            "the_id": sign_up_id,
            "new_identity_method": proof.method.value,
            "new_identity_level": proof.level,
            "new_identity_simulated": proof.simulated,
            "new_identity_evidence_digest": proof.evidence_digest,
            "new_identity_at": proof.at,
        }
        self._connection.execute(_SET_IDENTITY, parameters)

    def identity(self, sign_up_id: SignUpId) -> IdentityProof | None:
        row = self._connection.execute(_GET_IDENTITY, {"the_id": sign_up_id}).first()
        if row is None:
            return None
        method, level, simulated, evidence_digest, at = row
        return IdentityProof(
            method=IdentityMethod(method),
            level=level,
            simulated=simulated,
            evidence_digest=evidence_digest,
            at=at,
        )

    def end(self, account_id: AccountId) -> None:
        self._connection.execute(_END, {"owner": account_id})
