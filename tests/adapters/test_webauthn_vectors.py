"""The test vectors of W3C Web Authentication Level 3, section 16, and a second opinion on them.

They stay outside this repository: ``WEBAUTHN_VECTORS`` names their folder, or they lie in
``../shared/vectors`` beside it. Some lack user verification, which the policy here demands; for
those the flag is off in the test, and the refusal with the flag on is asserted too.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fido2.attestation.base import Attestation
from fido2.webauthn import AttestationObject, AuthenticatorData

from authserver.adapters.passkey_verifier import PasskeyVerifier
from authserver.domain.passkey.gate import (
    CheckedRegistration,
    ExpectedCeremony,
    check_assertion,
    check_registration,
)
from authserver.domain.passkey.rule import GateRefusal, GateRule
from authserver.domain.passkey.verdict import Verified
from authserver.testing.soft_passkey import to_base64url
from tests.support.passkey_ceremonies import checked_assertion, checked_registration

FOLDER = Path(
    os.environ.get("WEBAUTHN_VECTORS") or Path(__file__).parents[2] / ".." / "shared" / "vectors"
)
FILE = FOLDER / "webauthn-l3.json"
W3C: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {"vectors": []}
pytestmark = pytest.mark.skipif(
    not W3C["vectors"],
    reason="the W3C vectors are not here; WEBAUTHN_VECTORS may name their folder",
)
FRAMED = "none-es256-crossOrigin"
CHAINED = {"packed-es256", "packed-es512", "packed-rs256", "apple-es256"}
UNVERIFIED_REGISTRATION = {"none-es256", "apple-es256"}
VERIFIED_ASSERTION = {"packed-es256"}
DEFAULT = frozenset({-7, -8, -257})
WITH_ES512 = DEFAULT | {-36}


@dataclass(frozen=True)
class Vector:
    name: str
    registration: dict[str, bytes]
    authentication: dict[str, bytes]

    def __str__(self) -> str:
        return self.name

    def created(self) -> dict[str, Any]:
        return self._credential(self.registration, "clientDataJSON", "attestationObject")

    def got(self) -> dict[str, Any]:
        return self._credential(
            self.authentication, "clientDataJSON", "authenticatorData", "signature"
        )

    def _credential(self, half: dict[str, bytes], *members: str) -> dict[str, Any]:
        credential_id = to_base64url(self.registration["credential_id"])
        return {
            "id": credential_id,
            "rawId": credential_id,
            "type": "public-key",
            "response": {name: to_base64url(half[name]) for name in members},
        }


def _vector(stored: dict[str, Any]) -> Vector:
    halves = [
        {name: bytes.fromhex(text) for name, text in stored[half].items()}
        for half in ("registration", "authentication")
    ]
    return Vector(stored["name"], *halves)


VECTORS = [_vector(stored) for stored in W3C["vectors"]]
ACCEPTED = [vector for vector in VECTORS if vector.name != FRAMED]


def verifier() -> PasskeyVerifier:
    """With the root of the file, which signs all of its chains."""
    der = bytes.fromhex(W3C["attestation_root"]["attestation_ca_cert"])
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    return PasskeyVerifier({"packed": [pem], "apple": [pem]})


def expecting(half: dict[str, bytes], *, user_verification: bool) -> ExpectedCeremony:
    return ExpectedCeremony(
        challenge=half["challenge"],
        origins=frozenset({W3C["origin"]}),
        rp_id=W3C["rpId"],
        algorithms=WITH_ES512,
        user_verification=user_verification,
        rooted_formats=verifier().rooted_formats,
    )


def new_credential(vector: Vector) -> CheckedRegistration:
    expected = expecting(vector.registration, user_verification=False)
    return checked_registration(vector.created(), expected)


@pytest.mark.parametrize("vector", ACCEPTED, ids=str)
def test_a_published_ceremony_is_accepted_in_both_halves(vector: Vector) -> None:
    checked = new_credential(vector)
    assert checked.credential_id == vector.registration["credential_id"]
    assert checked.aaguid.replace("-", "") == vector.registration["aaguid"].hex()
    expected = expecting(vector.registration, user_verification=False)
    assert verifier().verify_registration(checked, expected=expected) == Verified()
    expected = expecting(vector.authentication, user_verification=False)
    assertion = checked_assertion(vector.got(), expected)
    verdict = verifier().verify_assertion(
        assertion, expected=expected, public_key=checked.public_key
    )
    assert verdict == Verified()


@pytest.mark.parametrize("vector", ACCEPTED, ids=str)
def test_a_second_verifier_agrees(vector: Vector) -> None:
    checked = new_credential(vector)
    attested = AttestationObject(checked.attestation_object)
    digest = hashlib.sha256(checked.client_data_json).digest()
    Attestation.for_type(attested.fmt)().verify(attested.att_stmt, attested.auth_data, digest)
    credential = attested.auth_data.credential_data
    assert credential is not None
    assert credential.credential_id == checked.credential_id
    assert credential.public_key[3] == checked.algorithm
    expected = expecting(vector.authentication, user_verification=False)
    assertion = checked_assertion(vector.got(), expected)
    data = AuthenticatorData(assertion.authenticator_data)
    assert (data.counter, data.is_user_verified()) == (
        assertion.sign_count,
        assertion.user_verified,
    )
    digest = hashlib.sha256(assertion.client_data_json).digest()
    credential.public_key.verify(assertion.authenticator_data + digest, assertion.signature)


def test_the_framed_ceremony_is_refused_in_both_halves() -> None:
    framed = next(vector for vector in VECTORS if vector.name == FRAMED)
    refused = GateRefusal(GateRule.CLIENT_DATA_CROSS_ORIGIN)
    expected = expecting(framed.registration, user_verification=False)
    assert check_registration(framed.created(), expected=expected) == refused
    expected = expecting(framed.authentication, user_verification=False)
    got = check_assertion(framed.got(), expected=expected, expected_credential_ids=None)
    assert got == refused


@pytest.mark.parametrize("vector", ACCEPTED, ids=str)
def test_where_nobody_was_verified_the_policy_refuses(vector: Vector) -> None:
    refused = GateRefusal(GateRule.USER_VERIFIED)
    expected = expecting(vector.registration, user_verification=True)
    created = check_registration(vector.created(), expected=expected)
    assert (created == refused) == (vector.name in UNVERIFIED_REGISTRATION)
    expected = expecting(vector.authentication, user_verification=True)
    got = check_assertion(vector.got(), expected=expected, expected_credential_ids=None)
    assert (got == refused) == (vector.name not in VERIFIED_ASSERTION)


@pytest.mark.parametrize("vector", ACCEPTED, ids=str)
def test_without_the_root_of_the_file_its_chains_are_refused(vector: Vector) -> None:
    expected = expecting(vector.registration, user_verification=False)
    rootless = replace(expected, rooted_formats=frozenset())
    created = check_registration(vector.created(), expected=rootless)
    refused = GateRefusal(GateRule.ATTESTATION_FORMAT)
    assert (created == refused) == (vector.name in CHAINED)


def test_es512_is_refused_where_it_is_not_enabled() -> None:
    vector = next(vector for vector in VECTORS if vector.name == "packed-es512")
    expected = expecting(vector.registration, user_verification=False)
    created = check_registration(vector.created(), expected=replace(expected, algorithms=DEFAULT))
    assert created == GateRefusal(GateRule.PUBLIC_KEY_ALGORITHM)
