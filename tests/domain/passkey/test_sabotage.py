"""Each check is all that stands in the way: blind it, and its attack is let through.

This is what shows that the gate's tests can fail. For every attack that is ``alone`` the check of
its rule is switched off, and nothing else; then the same credential must come out as checked.
"""

from __future__ import annotations

import io
import json
from types import ModuleType
from typing import Any

import cbor2
import pytest

from authserver.domain.passkey import (
    attestation,
    authenticator_data,
    cbor,
    client_data,
    envelope,
    gate,
    public_key,
    strict_json,
)
from authserver.domain.passkey.gate import (
    CheckedAssertion,
    CheckedRegistration,
    check_assertion,
    check_registration,
)
from authserver.domain.passkey.rule import GateRefusal, GateRule, demand
from tests.support.passkey_attacks import (
    ON_ASSERTION,
    ON_REGISTRATION,
    ON_RSA_REGISTRATION,
    Attack,
)
from tests.support.passkey_ceremonies import (
    EVERY_ALGORITHM,
    EXPECTED,
    a_passkey,
    assertion,
    checked_assertion,
    checked_registration,
    registration,
)

MODULES: list[ModuleType] = [
    attestation,
    authenticator_data,
    client_data,
    envelope,
    gate,
    public_key,
]
DESERVE_A_TWIN = {
    GateRule.CLIENT_DATA_TYPE,
    GateRule.CLIENT_DATA_CHALLENGE,
    GateRule.CLIENT_DATA_ORIGIN,
    GateRule.CLIENT_DATA_CROSS_ORIGIN,
    GateRule.CLIENT_DATA_TOP_ORIGIN,
    GateRule.RP_ID_HASH,
    GateRule.USER_PRESENT,
    GateRule.USER_VERIFIED,
    GateRule.BACKUP_STATE,
    GateRule.ATTESTED_ID,
    GateRule.ATTESTATION_FORMAT,
    GateRule.PUBLIC_KEY_ALGORITHM,
    GateRule.PUBLIC_KEY_TYPE,
    GateRule.PUBLIC_KEY_MEMBERS,
    GateRule.PUBLIC_KEY_LENGTH,
    GateRule.PUBLIC_KEY_POINT,
    GateRule.PUBLIC_KEY_LOW_ORDER,
    GateRule.PUBLIC_KEY_MODULUS,
    GateRule.PUBLIC_KEY_EXPONENT,
    GateRule.TRAILING_DATA,
}


def alone(attacks: list[Attack]) -> list[Attack]:
    return [attack for attack in attacks if attack.alone]


def blind(monkeypatch: pytest.MonkeyPatch, rule: GateRule) -> None:
    """Switch one rule off, everywhere in the gate."""

    def blinded(holds: bool, asked: GateRule) -> None:
        demand(holds or asked is rule, asked)

    for module in MODULES:
        monkeypatch.setattr(module, "demand", blinded)


def read_leniently(monkeypatch: pytest.MonkeyPatch) -> None:
    """The readers that a first version would have taken."""

    def lenient(data: bytes, *, shortest: bool = False) -> tuple[Any, int]:
        stream = io.BytesIO(data)
        # One byte at a time, so that the stream stands where the item ends.
        value = cbor2.CBORDecoder(stream, read_size=1).decode()
        return value, stream.tell()

    def loads(data: bytes, *, bom: bool = False) -> Any:
        return json.loads(data)

    monkeypatch.setattr(cbor, "read", lenient)
    monkeypatch.setattr(strict_json, "loads", loads)


@pytest.mark.parametrize("attack", alone(ON_REGISTRATION), ids=str)
def test_without_its_check_the_registration_would_be_let_through(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = attack.credential()
    assert check_registration(credential, expected=EXPECTED) == GateRefusal(attack.rule)
    blind(monkeypatch, attack.rule)
    assert isinstance(check_registration(credential, expected=EXPECTED), CheckedRegistration)


@pytest.mark.parametrize("attack", alone(ON_RSA_REGISTRATION), ids=str)
def test_without_its_check_the_rsa_key_would_be_let_through(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind(monkeypatch, attack.rule)
    checked = check_registration(attack.credential(), expected=EVERY_ALGORITHM)
    assert isinstance(checked, CheckedRegistration)


@pytest.mark.parametrize("attack", alone(ON_ASSERTION), ids=str)
def test_without_its_check_the_assertion_would_be_let_through(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind(monkeypatch, attack.rule)
    checked = check_assertion(attack.credential(), expected=EXPECTED, expected_credential_ids=None)
    assert isinstance(checked, CheckedAssertion)


def test_without_its_check_anybodys_passkey_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    blind(monkeypatch, GateRule.CREDENTIAL_ALLOWED)
    mine = frozenset({a_passkey().raw_credential_id})
    theirs = assertion(a_passkey(seed=b"somebody else"))
    checked = check_assertion(theirs, expected=EXPECTED, expected_credential_ids=mine)
    assert isinstance(checked, CheckedAssertion)


@pytest.mark.parametrize("name", ["duplicate origin", "not a number", "overflow", "lone surrogate"])
def test_with_a_lenient_json_reader_the_client_data_would_be_let_through(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for attacks, check in (
        (ON_REGISTRATION, checked_registration),
        (ON_ASSERTION, checked_assertion),
    ):
        attack = next(attack for attack in attacks if attack.name == name)
        with monkeypatch.context() as patch:
            read_leniently(patch)
            check(attack.credential())


@pytest.mark.parametrize(
    "credential",
    [
        lambda: registration(extensions=b"\xbf\xff"),
        lambda: registration(extensions=b"\xa2\x61a\x01\x61a\x02"),
        lambda: registration(public_key_cose=b"\xa6" + a_passkey().key.cose[1:] + b"\xf5\x02"),
        lambda: registration(
            public_key_cose=b"\xa6" + a_passkey().key.cose[1:] + b"\xf9\x3c\x00\x02"
        ),
    ],
    ids=["indefinite length", "extension twice", "label 1 again as true", "label 1 again as 1.0"],
)
def test_with_a_lenient_cbor_reader_the_registration_would_be_let_through(
    credential: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = credential()
    assert isinstance(check_registration(sent, expected=EXPECTED), GateRefusal)
    read_leniently(monkeypatch)
    checked_registration(sent)


def test_the_rules_that_carry_the_most_weight_all_have_a_twin() -> None:
    twins = {
        attack.rule for attack in alone([*ON_REGISTRATION, *ON_RSA_REGISTRATION, *ON_ASSERTION])
    }
    assert twins >= DESERVE_A_TWIN
