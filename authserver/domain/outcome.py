"""How a flow says no. A refusal is a value, so that its event and its attempt count are kept.

``Reason`` is the precise, inside reason; what an outsider hears stands in ``web/problems.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    # opening an account, mail codes, enrolment codes
    SIGN_UP_UNKNOWN = "sign_up_unknown"
    SIGN_UP_EXPIRED = "sign_up_expired"
    SIGN_UP_STEP = "sign_up_step"
    LOGIN_ID_TAKEN = "login_id_taken"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    CODE_TRIES_SPENT = "code_tries_spent"
    IDENTITY_NOT_PROVED = "identity_not_proved"
    # ceremonies and passkeys
    CEREMONY_FORGED = "ceremony_forged"
    CEREMONY_EXPIRED = "ceremony_expired"
    CEREMONY_SPENT = "ceremony_spent"
    CEREMONY_OTHER_BROWSER = "ceremony_other_browser"
    CEREMONY_OTHER_PURPOSE = "ceremony_other_purpose"
    PASSKEY_GATE = "passkey_gate"
    PASSKEY_SIGNATURE = "passkey_signature"
    PASSKEY_UNKNOWN = "passkey_unknown"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_OTHER_OWNER = "passkey_other_owner"
    PASSKEY_COUNTER = "passkey_counter"
    PASSKEY_BACKUP_FLAGS = "passkey_backup_flags"
    PASSKEY_TAKEN = "passkey_taken"
    PASSKEY_LIMIT = "passkey_limit"
    PASSKEY_LAST = "passkey_last"
    # passwords, one-time codes, exceptions
    CREDENTIALS_WRONG = "credentials_wrong"
    PATH_LOCKED = "path_locked"
    HASHER_BUSY = "hasher_busy"
    SIGN_IN_NOT_BEGUN = "sign_in_not_begun"
    SECOND_FACTOR_WRONG = "second_factor_wrong"
    TOTP_REPLAYED = "totp_replayed"
    TOTP_SKEWED = "totp_skewed"
    TOTP_LIMIT = "totp_limit"
    PASSKEY_REQUIRED = "passkey_required"
    PASSWORD_TOO_SHORT = "password_too_short"  # noqa: S105 - a reason
    PASSWORD_TOO_LONG = "password_too_long"  # noqa: S105 - a reason
    PASSWORD_COMMON = "password_common"  # noqa: S105 - a reason
    PASSWORD_ABOUT_YOU = "password_about_you"  # noqa: S105 - a reason
    PASSWORD_UNPRINTABLE = "password_unprintable"  # noqa: S105 - a reason
    CONSENT_OUTDATED = "consent_outdated"
    EXCEPTION_OPEN = "exception_open"
    EXCEPTION_NEEDS_FACTORS = "exception_needs_factors"
    EXCEPTION_LAST_WAY = "exception_last_way"
    # recovery
    RECOVERY_UNKNOWN = "recovery_unknown"
    RECOVERY_EXPIRED = "recovery_expired"
    RECOVERY_STEP = "recovery_step"
    RECOVERY_ROLE = "recovery_role"
    RECOVERY_PAUSED = "recovery_paused"
    RECOVERY_OWN_PASSKEY = "recovery_own_passkey"
    RECOVERY_HOLD = "recovery_hold"
    # sessions, step-ups, accounts
    NOT_SIGNED_IN = "not_signed_in"
    NOT_FOUND = "not_found"
    ACCOUNT_FROZEN = "account_frozen"
    STEP_UP_NEEDED = "step_up_needed"
    STEP_UP_UNKNOWN = "step_up_unknown"
    STEP_UP_EXPIRED = "step_up_expired"
    STEP_UP_SPENT = "step_up_spent"
    STEP_UP_MISMATCH = "step_up_mismatch"
    STEP_UP_UNSATISFIED = "step_up_unsatisfied"
    STEP_UPS_TOO_MANY = "step_ups_too_many"
    FACTOR_TOO_WEAK = "factor_too_weak"
    # floods
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class Refused:
    """A flow's no. ``details`` go into the event, never into the answer."""

    reason: Reason
    retry_after_seconds: int = 0
    details: dict[str, str] = field(default_factory=dict)
