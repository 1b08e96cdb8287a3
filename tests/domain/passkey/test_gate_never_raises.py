"""Whatever a browser sends is an answer of the gate, never a fault of the server."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.passkey import gate
from authserver.domain.passkey.gate import (
    CheckedAssertion,
    CheckedRegistration,
    check_assertion,
    check_registration,
)
from authserver.domain.passkey.rule import GateRefusal, GateRule
from authserver.testing.soft_passkey import from_base64url, to_base64url
from tests.support.passkey_ceremonies import (
    EVERY_ALGORITHM,
    a_passkey,
    assertion,
    checked_assertion,
    checked_registration,
    registration,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("public-key"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "signature"])
            | st.text(),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
GOOD = [registration(), registration(a_passkey(attestation="packed-self")), assertion()]
PLACES = [
    ("id",),
    ("rawId",),
    ("type",),
    ("response",),
    ("response", "clientDataJSON"),
    ("response", "attestationObject"),
    ("response", "authenticatorData"),
    ("response", "signature"),
    ("response", "userHandle"),
    ("response", "transports"),
]


def both_doors(credential: object) -> list[Any]:
    return [
        check_registration(credential, expected=EVERY_ALGORITHM),
        check_assertion(credential, expected=EVERY_ALGORITHM, expected_credential_ids=None),
    ]


def assert_answers(credential: object) -> None:
    for answer in both_doors(credential):
        assert isinstance(answer, CheckedRegistration | CheckedAssertion | GateRefusal)
        # UNREADABLE would mean that a parser stumbled instead of refusing by a rule.
        assert answer != GateRefusal(GateRule.UNREADABLE)


@given(JSON)
def test_any_json_value_is_answered(value: object) -> None:
    assert_answers(value)


@given(st.sampled_from(GOOD), st.sampled_from(PLACES), JSON | st.binary().map(to_base64url))
def test_a_good_credential_with_one_member_replaced_is_answered(
    good: dict[str, Any], place: tuple[str, ...], value: object
) -> None:
    credential = copy.deepcopy(good)
    inner = credential
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert_answers(credential)


@given(
    st.sampled_from(GOOD),
    st.sampled_from(["clientDataJSON", "attestationObject", "authenticatorData"]),
    st.data(),
)
def test_a_good_credential_with_bytes_cut_out_and_put_in_is_answered(
    good: dict[str, Any], member: str, data: st.DataObject
) -> None:
    credential = copy.deepcopy(good)
    raw = from_base64url(credential["response"].get(member, ""))
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    spliced = raw[:begin] + data.draw(st.binary(max_size=40)) + raw[end:]
    credential["response"][member] = to_base64url(spliced)
    assert_answers(credential)


@given(st.binary(max_size=300))
def test_any_attested_key_and_any_extensions_are_answered(data: bytes) -> None:
    assert_answers(registration(public_key_cose=data))
    assert_answers(registration(extensions=data))
    assert_answers(assertion(extensions=data))
    assert_answers(registration(attestation_object=data))
    assert_answers(registration(client_data=data))


@pytest.mark.parametrize("depth", [10, 10_000])
def test_a_bottomless_value_is_answered(depth: int) -> None:
    value: Any = {}
    for _ in range(depth):
        value = {"id": [value], "response": value, "type": "public-key"}
    assert_answers(value)


@pytest.mark.parametrize("fault", [RecursionError, MemoryError, KeyError, ValueError])
def test_a_fault_inside_the_gate_is_a_refusal(
    fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise fault

    checked_registration(registration())
    checked_assertion(assertion())
    monkeypatch.setattr(gate, "check_client_data", stumble)
    assert both_doors(registration()) == [
        GateRefusal(GateRule.UNREADABLE),
        GateRefusal(GateRule.RESPONSE_MEMBERS),
    ]
    assert both_doors(assertion())[1] == GateRefusal(GateRule.UNREADABLE)
