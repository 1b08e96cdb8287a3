"""A verified assertion against the stored credential record: pure, and the last word before use.

The compare-and-set on the counter is the database's; this says what it should compare and set.
"""

from __future__ import annotations

from dataclasses import dataclass

from authserver.domain.passkey.gate import CheckedAssertion
from authserver.domain.passkey.rule import GateRefusal, GateRule, RuleBroken, demand


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPasskey:
    """The credential record, with the user handle of the account that owns it (§4)."""

    credential_id: bytes
    public_key: bytes
    algorithm: int
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    user_handle: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What becomes of the record: ``new_sign_count`` is never below the stored one."""

    new_sign_count: int
    backed_up: bool
    backup_state_changed: bool


def judge_assertion(
    checked: CheckedAssertion, stored: StoredPasskey, *, expected_discoverable: bool
) -> Judgement | GateRefusal:
    """Owner, backup flags and counter (§7.2 steps 6, 18 and 19, §6.1.1).

    ``expected_discoverable``: nobody was named before the ceremony, so the user handle must be
    there. Where the account was known it may be absent, but never somebody else's.
    """
    try:
        _hold_against(checked, stored, expected_discoverable)
    except RuleBroken as broken:
        return GateRefusal(broken.rule)
    return Judgement(
        new_sign_count=checked.sign_count,
        backed_up=checked.backed_up,
        backup_state_changed=checked.backed_up != stored.backed_up,
    )


def _hold_against(
    checked: CheckedAssertion, stored: StoredPasskey, expected_discoverable: bool
) -> None:
    demand(checked.credential_id == stored.credential_id, GateRule.STORED_CREDENTIAL)
    named = checked.user_handle is not None
    demand(named or not expected_discoverable, GateRule.USER_HANDLE_MISSING)
    demand(not named or checked.user_handle == stored.user_handle, GateRule.USER_HANDLE_OWNER)
    unchanged = checked.backup_eligible == stored.backup_eligible
    demand(unchanged, GateRule.BACKUP_ELIGIBLE_UNCHANGED)
    demand(checked.backup_eligible or not checked.backed_up, GateRule.BACKUP_STATE)
    # Both zero: the authenticator keeps no counter. Else it has to grow (§6.1.1).
    silent = checked.sign_count == stored.sign_count == 0
    demand(silent or checked.sign_count > stored.sign_count, GateRule.SIGN_COUNT)
