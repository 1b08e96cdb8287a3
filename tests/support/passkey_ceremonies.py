"""One ceremony and its answers, for every test of the gate and the verifier."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Unpack

from authserver.domain.passkey.gate import (
    CheckedAssertion,
    CheckedRegistration,
    ExpectedCeremony,
    check_assertion,
    check_registration,
)
from authserver.testing.soft_passkey import Overrides, SoftPasskey, to_base64url

RP_ID = "login.example"
ORIGIN = "https://login.example"
CHALLENGE = hashlib.sha256(b"challenge").digest()
USER_HANDLE = hashlib.sha256(b"account-1").digest()
EXPECTED = ExpectedCeremony(
    challenge=CHALLENGE, origins=frozenset({ORIGIN}), rp_id=RP_ID, algorithms=frozenset({-7, -8})
)
EVERY_ALGORITHM = replace(EXPECTED, algorithms=frozenset({-7, -8, -257, -36, -48, -49, -50}))
CREATION_OPTIONS = {
    "rp": {"id": RP_ID, "name": "Mihon Securities"},
    "user": {"id": to_base64url(USER_HANDLE), "name": "demo", "displayName": "demo"},
    "challenge": to_base64url(CHALLENGE),
}
REQUEST_OPTIONS = {"rpId": RP_ID, "challenge": to_base64url(CHALLENGE), "allowCredentials": []}


def a_passkey(seed: bytes | None = b"demo", **fields: Any) -> SoftPasskey:
    """A passkey of account-1, the same one every time."""
    passkey = SoftPasskey(origin=ORIGIN, seed=seed, **fields)
    passkey.user_handle = USER_HANDLE
    return passkey


def registration(passkey: SoftPasskey | None = None, **wrong: Unpack[Overrides]) -> dict[str, Any]:
    return (passkey or a_passkey()).create(CREATION_OPTIONS, **wrong)


def assertion(passkey: SoftPasskey | None = None, **wrong: Unpack[Overrides]) -> dict[str, Any]:
    return (passkey or a_passkey()).get(REQUEST_OPTIONS, **wrong)


def checked_registration(
    credential: object, expected: ExpectedCeremony = EXPECTED
) -> CheckedRegistration:
    """What the gate makes of it; the test fails here where the gate refuses."""
    checked = check_registration(credential, expected=expected)
    assert isinstance(checked, CheckedRegistration), checked
    return checked


def checked_assertion(
    credential: object, expected: ExpectedCeremony = EXPECTED
) -> CheckedAssertion:
    """What the gate makes of it; the test fails here where the gate refuses."""
    checked = check_assertion(credential, expected=expected, expected_credential_ids=None)
    assert isinstance(checked, CheckedAssertion), checked
    return checked
