"""authenticatorData: relying party, flags, counter, and a new credential if there is one (§6.1)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Set
from dataclasses import dataclass

from authserver.domain.passkey import cbor
from authserver.domain.passkey.envelope import CREDENTIAL_ID_BYTES
from authserver.domain.passkey.public_key import PublicKey, check_public_key
from authserver.domain.passkey.rule import GateRule, RuleBroken, demand

_UP, _UV, _BE, _BS, _AT, _ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
_HEADER = 37
_AAGUID = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorData:
    sign_count: int
    user_verified: bool
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedCredential:
    """``aaguid`` names the model of the authenticator, by its own word; all zeros say nothing."""

    aaguid: str
    public_key: PublicKey


def check_asserted(
    data: bytes, *, expected_rp_id: str, expected_user_verification: bool
) -> AuthenticatorData:
    """Check the authenticator data of an assertion. Raises RuleBroken."""
    header = _header(data, expected_rp_id, expected_user_verification)
    demand(not data[32] & _AT, GateRule.ATTESTED_FLAG)
    _check_rest(data, _HEADER)
    return header


def check_attested(
    data: bytes,
    *,
    expected_rp_id: str,
    expected_user_verification: bool,
    expected_credential_id: bytes,
    expected_algorithms: Set[int],
) -> tuple[AuthenticatorData, AttestedCredential]:
    """Check the authenticator data of a registration with its new key. Raises RuleBroken."""
    header = _header(data, expected_rp_id, expected_user_verification)
    demand(bool(data[32] & _AT), GateRule.ATTESTED_FLAG)
    begin = _HEADER + _AAGUID + 2
    demand(len(data) >= begin, GateRule.ATTESTED_DATA)
    length = int.from_bytes(data[begin - 2 : begin], "big")
    demand(length in CREDENTIAL_ID_BYTES and len(data) > begin + length, GateRule.ATTESTED_DATA)
    demand(data[begin : begin + length] == expected_credential_id, GateRule.ATTESTED_ID)
    public_key = check_public_key(data[begin + length :], expected_algorithms=expected_algorithms)
    _check_rest(data, begin + length + len(public_key.cose))
    aaguid = str(uuid.UUID(bytes=data[_HEADER : _HEADER + _AAGUID]))
    return header, AttestedCredential(aaguid=aaguid, public_key=public_key)


def _header(
    data: bytes, expected_rp_id: str, expected_user_verification: bool
) -> AuthenticatorData:
    demand(len(data) >= _HEADER, GateRule.AUTHENTICATOR_DATA_SIZE)
    expected_hash = hashlib.sha256(expected_rp_id.encode()).digest()
    demand(data[:32] == expected_hash, GateRule.RP_ID_HASH)
    flags = data[32]
    user_verified = bool(flags & _UV)
    demand(bool(flags & _UP), GateRule.USER_PRESENT)
    demand(user_verified or not expected_user_verification, GateRule.USER_VERIFIED)
    demand(bool(flags & _BE) or not flags & _BS, GateRule.BACKUP_STATE)
    return AuthenticatorData(
        sign_count=int.from_bytes(data[33:_HEADER], "big"),
        user_verified=user_verified,
        backup_eligible=bool(flags & _BE),
        backed_up=bool(flags & _BS),
    )


def _check_rest(data: bytes, at: int) -> None:
    """Behind ``at``: one CBOR map if and only if ED is set, and then nothing."""
    if data[32] & _ED:
        try:
            extensions, consumed = cbor.read(data[at:])
        except cbor.NotStrictCbor:
            raise RuleBroken(GateRule.EXTENSION_DATA) from None
        demand(isinstance(extensions, dict), GateRule.EXTENSION_DATA)
        at += consumed
    demand(at == len(data), GateRule.TRAILING_DATA)
