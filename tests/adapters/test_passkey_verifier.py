"""Gate and verifier together: good credentials pass, and no altered bit does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
import webauthn
from webauthn.authentication import verify_authentication_response as library

from authserver.adapters.passkey_verifier import PasskeyVerifier
from authserver.domain.ids import from_base64url
from authserver.domain.passkey.gate import (
    ExpectedCeremony,
    check_assertion,
    check_registration,
)
from authserver.domain.passkey.rule import GateRefusal, GateRule
from authserver.domain.passkey.verdict import SignatureRefused, Verified
from authserver.testing.soft_passkey import to_base64url
from tests.support.passkey_ceremonies import (
    EVERY_ALGORITHM,
    EXPECTED,
    a_passkey,
    assertion,
    checked_assertion,
    checked_registration,
    registration,
)

OWN = json.loads((Path(__file__).parent / "vectors" / "own.json").read_text(encoding="utf-8"))
VERIFIER = PasskeyVerifier()
Answer = Verified | SignatureRefused | GateRefusal


def registered(credential: object, expected: ExpectedCeremony, verifier: PasskeyVerifier) -> Answer:
    checked = check_registration(credential, expected=expected)
    if isinstance(checked, GateRefusal):
        return checked
    return verifier.verify_registration(checked, expected=expected)


def asserted(credential: object, expected: ExpectedCeremony, public_key: bytes) -> Answer:
    checked = check_assertion(credential, expected=expected, expected_credential_ids=None)
    if isinstance(checked, GateRefusal):
        return checked
    return VERIFIER.verify_assertion(checked, expected=expected, public_key=public_key)


def own(challenge: str) -> ExpectedCeremony:
    return ExpectedCeremony(
        challenge=from_base64url(challenge) or b"",
        origins=frozenset({OWN["origin"]}),
        rp_id=OWN["rp_id"],
        algorithms=frozenset({-7, -8, -257, -48}),
    )


@pytest.mark.parametrize("vector", OWN["accepted"], ids=lambda vector: vector["name"])
def test_our_own_good_vectors_are_accepted(vector: dict[str, Any]) -> None:
    expected = own(vector["registration_challenge"])
    checked = checked_registration(vector["registration"], expected)
    assert to_base64url(checked.public_key) == vector["public_key"]
    assert checked.algorithm == vector["algorithm"]
    assert VERIFIER.verify_registration(checked, expected=expected) == Verified()
    expected = own(vector["assertion_challenge"])
    assert asserted(vector["assertion"], expected, checked.public_key) == Verified()


@pytest.mark.parametrize("vector", OWN["refused"], ids=lambda vector: vector["name"])
def test_our_own_bad_vectors_are_refused_by_their_rule(vector: dict[str, Any]) -> None:
    refusal = GateRefusal(GateRule(vector["rule"]))
    expected = own(vector["registration_challenge"])
    assert registered(vector["registration"], expected, VERIFIER) == refusal
    expected = own(vector["assertion_challenge"])
    key = from_base64url(vector["public_key"]) or b""
    assert asserted(vector["assertion"], expected, key) == refusal


def flips(credential: dict[str, Any], member: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The credential with each single bit of one member flipped in turn."""
    raw = from_base64url(credential["response"][member]) or b""
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        yield (
            bit,
            {
                **credential,
                "response": {**credential["response"], member: to_base64url(bytes(flipped))},
            },
        )


@pytest.mark.parametrize("member", ["clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("algorithm", [-7, -8, -257])
def test_no_flipped_bit_of_a_self_attested_registration_is_accepted(
    algorithm: int, member: str
) -> None:
    good = registration(a_passkey(seed=None, algorithm=algorithm, attestation="packed-self"))
    assert registered(good, EVERY_ALGORITHM, VERIFIER) == Verified()
    tried = 0
    for bit, credential in flips(good, member):
        assert registered(credential, EVERY_ALGORITHM, VERIFIER) != Verified(), bit
        tried += 1
    assert tried > 1000


@pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature"])
@pytest.mark.parametrize("algorithm", [-7, -8, -257])
def test_no_flipped_bit_of_an_assertion_is_accepted(algorithm: int, member: str) -> None:
    passkey = a_passkey(seed=None, algorithm=algorithm)
    good = assertion(passkey)
    assert asserted(good, EVERY_ALGORITHM, passkey.key.cose) == Verified()
    tried = 0
    for bit, credential in flips(good, member):
        assert asserted(credential, EVERY_ALGORITHM, passkey.key.cose) != Verified(), bit
        tried += 1
    assert tried >= 8 * 37


def test_without_the_signature_check_a_flipped_bit_would_be_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passkey = a_passkey()
    forged = assertion(passkey, alter_signature=lambda good: good[:-1] + bytes([good[-1] ^ 1]))
    refused = SignatureRefused("InvalidAuthenticationResponse")
    assert asserted(forged, EXPECTED, passkey.key.cose) == refused
    monkeypatch.setattr(library, "verify_signature", lambda **_: None)
    assert asserted(forged, EXPECTED, passkey.key.cose) == Verified()


def test_somebody_elses_signature_is_refused() -> None:
    mine, other = a_passkey(), a_passkey(seed=b"other")
    credential = assertion(other, id=mine.credential_id)
    refused = SignatureRefused("InvalidAuthenticationResponse")
    assert asserted(credential, EXPECTED, mine.key.cose) == refused


def test_an_attestation_signed_with_another_key_is_refused() -> None:
    mine, other = a_passkey(attestation="packed-self"), a_passkey(seed=b"other")
    credential = registration(mine, public_key_cose=other.key.cose)
    refused = SignatureRefused("InvalidRegistrationResponse")
    assert registered(credential, EXPECTED, VERIFIER) == refused


def test_the_verifier_demands_user_verification_even_behind_a_blind_gate() -> None:
    lax = replace(EXPECTED, user_verification=False)
    unverified = checked_assertion(assertion(user_verified=False), lax)
    key = a_passkey().key.cose
    assert VERIFIER.verify_assertion(unverified, expected=lax, public_key=key) == Verified()
    refused = VERIFIER.verify_assertion(unverified, expected=EXPECTED, public_key=key)
    assert refused == SignatureRefused("InvalidAuthenticationResponse")
    created = checked_registration(registration(user_verified=False), lax)
    assert VERIFIER.verify_registration(created, expected=lax) == Verified()
    refused = VERIFIER.verify_registration(created, expected=EXPECTED)
    assert refused == SignatureRefused("InvalidRegistrationResponse")


def test_a_counter_is_not_the_verifiers_affair() -> None:
    passkey = a_passkey()
    for sign_count in (9, 9, 1, 0, 2**32 - 1):
        credential = assertion(passkey, sign_count=sign_count)
        assert asserted(credential, EXPECTED, passkey.key.cose) == Verified()


def test_a_library_that_reads_something_else_than_the_gate_is_not_believed() -> None:
    passkey = a_passkey()
    checked = checked_assertion(assertion(passkey))
    for other in ({"sign_count": 9}, {"user_verified": False}, {"backed_up": True}):
        misread = replace(checked, **other)
        verdict = VERIFIER.verify_assertion(misread, expected=EXPECTED, public_key=passkey.key.cose)
        assert verdict == SignatureRefused("ReadingsDiffer")
    created = replace(checked_registration(registration(passkey)), public_key=b"\xa0")
    verdict = VERIFIER.verify_registration(created, expected=EXPECTED)
    assert verdict == SignatureRefused("ReadingsDiffer")


@pytest.mark.parametrize(
    "public_key",
    [
        b"",
        b"\x04",
        b"\xff",
        b"\xa0",
        b"\x80",
        b"\x81" * 5000,
        cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"", -3: b""}),
        cbor2.dumps({1: 2, 3: -7, -1: 1, -2: "text", -3: 7}),
        cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x01" * 32}),
        cbor2.dumps({1: 1, 3: -8, -1: 6, -2: b"short"}),
        cbor2.dumps({1: 3, 3: -257, -1: b"\x01", -2: b"\x00"}),
        cbor2.dumps({1: 9, 3: -9999}),
    ],
    ids=lambda key: key.hex()[:24] or "empty",
)
def test_a_damaged_stored_key_is_a_refusal_and_not_a_fault(public_key: bytes) -> None:
    verdict = asserted(assertion(), EXPECTED, public_key)
    assert isinstance(verdict, SignatureRefused)
    assert verdict.cause.isidentifier()


class PanicException(BaseException):
    pass


@pytest.mark.parametrize("fault", [KeyError, RecursionError, MemoryError, PanicException])
def test_whatever_the_library_raises_is_a_refusal_that_names_only_its_class(
    fault: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(**_: object) -> None:
        raise fault("what was sent")

    monkeypatch.setattr(webauthn, "verify_authentication_response", stumble)
    monkeypatch.setattr(webauthn, "verify_registration_response", stumble)
    refused = SignatureRefused(fault.__name__)
    assert asserted(assertion(), EXPECTED, a_passkey().key.cose) == refused
    assert registered(registration(), EXPECTED, VERIFIER) == refused


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_order_to_stop_is_obeyed(
    stop: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(**_: object) -> None:
        raise stop

    monkeypatch.setattr(webauthn, "verify_authentication_response", stopped)
    with pytest.raises(stop):
        asserted(assertion(), EXPECTED, a_passkey().key.cose)
