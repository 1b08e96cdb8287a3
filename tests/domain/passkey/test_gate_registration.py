"""The gate in front of registrations: what is let through, and what is refused by which rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from authserver.domain.passkey.gate import ExpectedCeremony, check_registration
from authserver.domain.passkey.rule import GateRefusal, GateRule
from tests.support.passkey_attacks import ON_REGISTRATION, ON_RSA_REGISTRATION, Attack
from tests.support.passkey_ceremonies import (
    CHALLENGE,
    EVERY_ALGORITHM,
    EXPECTED,
    ORIGIN,
    RP_ID,
    a_passkey,
    checked_registration,
    registration,
)


@pytest.mark.parametrize("attack", ON_REGISTRATION, ids=str)
def test_a_registration_is_refused_by_the_rule_it_breaks(attack: Attack) -> None:
    refusal = check_registration(attack.credential(), expected=EXPECTED)
    assert refusal == GateRefusal(attack.rule)


@pytest.mark.parametrize("attack", ON_RSA_REGISTRATION, ids=str)
def test_an_rsa_key_is_refused_by_the_rule_it_breaks(attack: Attack) -> None:
    refusal = check_registration(attack.credential(), expected=EVERY_ALGORITHM)
    assert refusal == GateRefusal(attack.rule)


@pytest.mark.parametrize("algorithm", [-7, -8, -257, -48, -49, -50])
@pytest.mark.parametrize("attestation", ["none", "packed-self"])
def test_a_good_registration_is_read_field_by_field(algorithm: int, attestation: str) -> None:
    passkey = a_passkey(
        seed=None,
        algorithm=algorithm,
        attestation=attestation,
        aaguid="01020304-0506-0708-090a-0b0c0d0e0f10",
        backup_eligible=True,
        backed_up=True,
        sign_count=2**32 - 1,
        transports=["internal", "hybrid"],
    )
    credential = registration(passkey, extensions=b"\xa1\x6bcredProtect\x03")
    checked = checked_registration(credential, EVERY_ALGORITHM)
    assert checked.credential_id == passkey.raw_credential_id
    assert checked.public_key == passkey.key.cose
    assert checked.algorithm == algorithm
    assert checked.sign_count == 2**32 - 1
    assert checked.aaguid == passkey.aaguid
    assert (checked.backup_eligible, checked.backed_up, checked.user_verified) == (True,) * 3
    assert checked.transports == ("hybrid", "internal")
    assert checked.attestation_format == attestation.removesuffix("-self")
    assert not checked.attestation_chained
    assert checked.origin == ORIGIN


def test_a_byte_order_mark_before_client_data_is_let_through() -> None:
    data = b"\xef\xbb\xbf" + checked_registration(registration()).client_data_json
    assert checked_registration(registration(client_data=data)).client_data_json == data


def test_members_that_browsers_add_are_tolerated_and_never_believed() -> None:
    credential = registration(
        members={"authenticatorAttachment": "surprise", "clientExtensionResults": [1], "x": {}},
        response_members={"publicKey": "!", "publicKeyAlgorithm": -65535, "authenticatorData": 7},
    )
    assert checked_registration(credential) == checked_registration(registration())


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        (["usb", "carrier-pigeon", "nfc", "usb"], ("nfc", "usb")),
        (["smart-card"] * 10, ("smart-card",)),
        (["\ud800"], ()),
        ([], ()),
        (None, ()),
    ],
)
def test_transports_unknown_to_us_are_left_out(named: object, kept: tuple[str, ...]) -> None:
    credential = registration(response_members={"transports": named})
    assert checked_registration(credential).transports == kept


def test_a_credential_id_may_be_as_short_as_16_and_as_long_as_1023_bytes() -> None:
    for length in (16, 1023):
        passkey = a_passkey()
        passkey.raw_credential_id = bytes(length)
        assert len(checked_registration(registration(passkey)).credential_id) == length


def test_any_of_the_configured_origins_is_good() -> None:
    expected = replace(EXPECTED, origins=frozenset({ORIGIN, "https://www.login.example"}))
    credential = registration(origin="https://www.login.example")
    assert checked_registration(credential, expected).origin == "https://www.login.example"


def test_a_chained_format_passes_only_where_it_has_roots() -> None:
    statement = {"alg": -7, "sig": b"signature", "x5c": [b"certificate"]}
    credential = registration(attestation_format="packed", attestation_statement=statement)
    refusal = check_registration(credential, expected=EXPECTED)
    assert refusal == GateRefusal(GateRule.ATTESTATION_FORMAT)
    rooted = replace(EXPECTED, rooted_formats=frozenset({"packed"}))
    assert checked_registration(credential, rooted).attestation_chained
    other = replace(EXPECTED, rooted_formats=frozenset({"tpm"}))
    assert check_registration(credential, expected=other) == refusal


@pytest.mark.parametrize("chain", [[], None, [b""], "text", [7]])
def test_an_empty_chain_is_not_taken_for_a_self_attestation_even_with_roots(chain: object) -> None:
    statement = {"alg": -7, "sig": b"signature", "x5c": chain}
    credential = registration(attestation_format="packed", attestation_statement=statement)
    rooted = replace(EXPECTED, rooted_formats=frozenset({"packed"}))
    refusal = check_registration(credential, expected=rooted)
    assert refusal == GateRefusal(GateRule.ATTESTATION_STATEMENT)


def test_user_verification_is_demanded_unless_a_test_says_otherwise() -> None:
    credential = registration(user_verified=False)
    assert check_registration(credential, expected=EXPECTED) == GateRefusal(GateRule.USER_VERIFIED)
    lax = replace(EXPECTED, user_verification=False)
    assert not checked_registration(credential, lax).user_verified


@pytest.mark.parametrize(
    "useless",
    [
        {"challenge": CHALLENGE[:15]},
        {"origins": frozenset()},
        {"rp_id": ""},
        {"algorithms": frozenset()},
    ],
)
def test_a_ceremony_that_protects_nothing_cannot_be_expected(useless: dict[str, object]) -> None:
    good: dict[str, object] = {
        "challenge": CHALLENGE,
        "origins": frozenset({ORIGIN}),
        "rp_id": RP_ID,
        "algorithms": frozenset({-7}),
    }
    with pytest.raises(ValueError, match=r"challenge|ceremony"):
        ExpectedCeremony(**{**good, **useless})  # type: ignore[arg-type]
