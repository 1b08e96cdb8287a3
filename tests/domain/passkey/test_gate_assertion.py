"""The gate in front of assertions: what is let through, and what is refused by which rule."""

from __future__ import annotations

import pytest

from authserver.domain.passkey.gate import CheckedAssertion, check_assertion, check_registration
from authserver.domain.passkey.rule import GateRefusal, GateRule
from tests.support.passkey_attacks import (
    ON_ASSERTION,
    ON_REGISTRATION,
    ON_RSA_REGISTRATION,
    Attack,
)
from tests.support.passkey_ceremonies import (
    EXPECTED,
    ORIGIN,
    USER_HANDLE,
    a_passkey,
    assertion,
    checked_assertion,
    registration,
)

JUDGED = {
    GateRule.STORED_CREDENTIAL,
    GateRule.USER_HANDLE_MISSING,
    GateRule.USER_HANDLE_OWNER,
    GateRule.BACKUP_ELIGIBLE_UNCHANGED,
    GateRule.SIGN_COUNT,
}
"""Rules that need the stored record: test_judgement.py has their attacks."""
ELSEWHERE = {GateRule.CREDENTIAL_ALLOWED, GateRule.UNREADABLE}


@pytest.mark.parametrize("attack", ON_ASSERTION, ids=str)
def test_an_assertion_is_refused_by_the_rule_it_breaks(attack: Attack) -> None:
    refusal = check_assertion(attack.credential(), expected=EXPECTED, expected_credential_ids=None)
    assert refusal == GateRefusal(attack.rule)


def test_every_rule_has_an_attack() -> None:
    attacks = [*ON_REGISTRATION, *ON_RSA_REGISTRATION, *ON_ASSERTION]
    assert {attack.rule for attack in attacks} == set(GateRule) - JUDGED - ELSEWHERE


@pytest.mark.parametrize("user_handle", [None, USER_HANDLE, b"x", b"x" * 64])
def test_a_good_assertion_is_read_field_by_field(user_handle: bytes | None) -> None:
    passkey = a_passkey(backup_eligible=True, backed_up=True)
    checked = checked_assertion(
        assertion(passkey, user_handle=user_handle, sign_count=513, extensions=b"\xa0")
    )
    assert checked.credential_id == passkey.raw_credential_id
    assert checked.user_handle == user_handle
    assert checked.sign_count == 513
    assert (checked.backup_eligible, checked.backed_up, checked.user_verified) == (True,) * 3
    assert checked.origin == ORIGIN
    assert checked.authenticator_data.endswith(b"\xa0")


def test_a_user_handle_of_null_counts_as_absent() -> None:
    credential = assertion(response_members={"userHandle": None})
    assert checked_assertion(credential).user_handle is None


def test_a_credential_that_was_not_asked_for_is_refused() -> None:
    mine, other = a_passkey(), a_passkey(seed=b"other")
    for allowed in (frozenset({other.raw_credential_id}), frozenset[bytes]()):
        refusal = check_assertion(
            assertion(mine), expected=EXPECTED, expected_credential_ids=allowed
        )
        assert refusal == GateRefusal(GateRule.CREDENTIAL_ALLOWED)
    both = frozenset({mine.raw_credential_id, other.raw_credential_id})
    checked = check_assertion(assertion(mine), expected=EXPECTED, expected_credential_ids=both)
    assert isinstance(checked, CheckedAssertion)
    assert checked.credential_id == mine.raw_credential_id


def test_a_registration_is_no_assertion_and_the_other_way_round() -> None:
    created, got = registration(), assertion()
    refusals = [
        check_assertion(created, expected=EXPECTED, expected_credential_ids=None),
        check_registration(got, expected=EXPECTED),
    ]
    assert refusals == [GateRefusal(GateRule.RESPONSE_MEMBERS)] * 2
