"""A verified assertion against the stored record: owner, backup flags, counter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.passkey import judgement
from authserver.domain.passkey.gate import CheckedAssertion
from authserver.domain.passkey.judgement import Judgement, StoredPasskey, judge_assertion
from authserver.domain.passkey.rule import GateRefusal, GateRule, demand
from tests.support.passkey_ceremonies import USER_HANDLE, a_passkey, assertion, checked_assertion

STORED = StoredPasskey(
    credential_id=a_passkey().raw_credential_id,
    public_key=a_passkey().key.cose,
    algorithm=-7,
    sign_count=0,
    backup_eligible=False,
    backed_up=False,
    user_handle=USER_HANDLE,
)
SYNCED = replace(STORED, backup_eligible=True)
COUNTING = replace(STORED, sign_count=7)
GOOD = checked_assertion(assertion())

ATTACKS = {
    "another credential's record": (
        GOOD,
        replace(STORED, credential_id=bytes(32)),
        True,
        GateRule.STORED_CREDENTIAL,
    ),
    "nobody named, known account or not": (
        replace(GOOD, user_handle=None),
        STORED,
        True,
        GateRule.USER_HANDLE_MISSING,
    ),
    "somebody else's handle, discoverable": (
        replace(GOOD, user_handle=b"account-2"),
        STORED,
        True,
        GateRule.USER_HANDLE_OWNER,
    ),
    "somebody else's handle, known account": (
        replace(GOOD, user_handle=b"account-2"),
        STORED,
        False,
        GateRule.USER_HANDLE_OWNER,
    ),
    "became eligible for backup": (
        replace(GOOD, backup_eligible=True),
        STORED,
        True,
        GateRule.BACKUP_ELIGIBLE_UNCHANGED,
    ),
    "ceased to be eligible for backup": (
        GOOD,
        SYNCED,
        True,
        GateRule.BACKUP_ELIGIBLE_UNCHANGED,
    ),
    "backed up but not eligible": (
        replace(GOOD, backed_up=True),
        STORED,
        True,
        GateRule.BACKUP_STATE,
    ),
    "equal counter": (replace(GOOD, sign_count=7), COUNTING, True, GateRule.SIGN_COUNT),
    "lower counter": (replace(GOOD, sign_count=6), COUNTING, True, GateRule.SIGN_COUNT),
    "counter back to zero": (GOOD, COUNTING, True, GateRule.SIGN_COUNT),
}
Case = tuple[CheckedAssertion, StoredPasskey, bool, GateRule]


@pytest.mark.parametrize("case", ATTACKS.values(), ids=ATTACKS)
def test_an_assertion_that_does_not_fit_the_record_is_refused(case: Case) -> None:
    checked, stored, discoverable, rule = case
    refusal = judge_assertion(checked, stored, expected_discoverable=discoverable)
    assert refusal == GateRefusal(rule)


@pytest.mark.parametrize("case", ATTACKS.values(), ids=ATTACKS)
def test_without_its_check_the_same_assertion_would_be_accepted(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, stored, discoverable, rule = case

    def blind(holds: bool, asked: GateRule) -> None:
        demand(holds or asked is rule, asked)

    monkeypatch.setattr(judgement, "demand", blind)
    judged = judge_assertion(checked, stored, expected_discoverable=discoverable)
    assert isinstance(judged, Judgement)


@pytest.mark.parametrize("discoverable", [True, False])
def test_the_owner_with_a_grown_counter_is_accepted(discoverable: bool) -> None:
    judged = judge_assertion(
        replace(GOOD, sign_count=8), COUNTING, expected_discoverable=discoverable
    )
    assert judged == Judgement(new_sign_count=8, backed_up=False, backup_state_changed=False)


def test_a_known_account_needs_no_user_handle() -> None:
    checked = replace(GOOD, user_handle=None)
    assert isinstance(judge_assertion(checked, STORED, expected_discoverable=False), Judgement)


def test_an_authenticator_without_a_counter_stays_at_zero() -> None:
    judged = judge_assertion(GOOD, STORED, expected_discoverable=True)
    assert isinstance(judged, Judgement)
    assert judged.new_sign_count == 0


@pytest.mark.parametrize(("was", "is_now"), [(True, False), (False, True), (True, True)])
def test_a_change_of_the_backup_state_is_told(was: bool, is_now: bool) -> None:
    judged = judge_assertion(
        replace(GOOD, backup_eligible=True, backed_up=is_now),
        replace(SYNCED, backed_up=was),
        expected_discoverable=True,
    )
    assert judged == Judgement(
        new_sign_count=0, backed_up=is_now, backup_state_changed=was != is_now
    )


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_the_stored_counter_never_falls(shown: int, stored: int) -> None:
    judged = judge_assertion(
        replace(GOOD, sign_count=shown),
        replace(STORED, sign_count=stored),
        expected_discoverable=True,
    )
    if isinstance(judged, Judgement):
        assert judged.new_sign_count > stored or judged.new_sign_count == stored == 0
    else:
        assert judged == GateRefusal(GateRule.SIGN_COUNT)
        assert shown <= stored
