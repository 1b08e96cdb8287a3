"""The log's vocabulary: ``subject:done``, append only. An event is never read by its subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from authserver.domain.client import Client
from authserver.domain.ids import AccountId, EventId, SessionId
from authserver.domain.outcome import Reason


class EventKind(StrEnum):
    SIGN_UP_BEGUN = "sign_up:begun"
    SIGN_UP_COLLIDED = "sign_up:collided"
    EMAIL_VERIFIED = "email:verified"
    EMAIL_REFUSED = "email:refused"
    IDENTITY_PROVED = "identity:proved"
    IDENTITY_REFUSED = "identity:refused"
    ACCOUNT_OPENED = "account:opened"
    ENROLMENT_CODE_ISSUED = "enrolment_code:issued"
    ENROLMENT_CODE_REDEEMED = "enrolment_code:redeemed"
    ENROLMENT_CODE_REFUSED = "enrolment_code:refused"
    SIGN_IN_SUCCEEDED = "sign_in:succeeded"
    SIGN_IN_REFUSED = "sign_in:refused"
    PASSWORD_ACCEPTED = "password:accepted"  # noqa: S105 - the name of an event
    SIGN_IN_CODE_SENT = "sign_in:code_sent"
    PASSWORD_SET = "password:set"  # noqa: S105 - the name of an event
    PASSWORD_REFUSED = "password:refused"  # noqa: S105 - the name of an event
    FALLBACK_REFUSED = "fallback:refused"
    PATH_LOCKED = "path:locked"
    TOTP_ADDED = "totp:added"
    TOTP_REFUSED = "totp:refused"
    TOTP_REMOVED = "totp:removed"
    RECOVERY_CODE_USED = "recovery_code:used"
    EXCEPTION_REQUESTED = "exception:requested"
    EXCEPTION_REFUSED = "exception:refused"
    EXCEPTION_APPROVED = "exception:approved"
    EXCEPTION_REJECTED = "exception:rejected"
    EXCEPTION_ENDED = "exception:ended"
    PATH_CLOSED = "path:closed"
    PATH_REOPENED = "path:reopened"
    RECOVERY_CODE_SENT = "recovery:code_sent"
    RECOVERY_SMS_SENT = "recovery:sms_sent"
    RECOVERY_BEGUN = "recovery:begun"
    RECOVERY_PROVED = "recovery:proved"
    RECOVERY_REFUSED = "recovery:refused"
    RECOVERY_BARRED = "recovery:barred"
    RECOVERY_DONE = "recovery:done"
    RECOVERY_STOPPED = "recovery:stopped"
    ACCOUNT_FROZEN = "account:frozen"
    SIGN_OUT_DONE = "sign_out:done"
    PASSKEY_ADDED = "passkey:added"
    PASSKEY_REFUSED = "passkey:refused"
    PASSKEY_RENAMED = "passkey:renamed"
    PASSKEY_REMOVED = "passkey:removed"
    PASSKEY_BACKUP_CHANGED = "passkey:backup_changed"
    PASSKEY_SUSPECTED = "passkey:suspected"
    RECOVERY_CODES_RENEWED = "recovery_codes:renewed"
    SESSION_ENDED = "session:ended"
    SESSIONS_ENDED = "sessions:ended"
    STEP_UP_REQUESTED = "step_up:requested"
    STEP_UP_SATISFIED = "step_up:satisfied"
    STEP_UP_SPENT = "step_up:spent"
    STEP_UP_CANCELLED = "step_up:cancelled"
    STEP_UP_REFUSED = "step_up:refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """One thing that happened or was refused.

    ``reason`` is the precise inside reason of a refusal and empty otherwise; ``details`` hold typed
    facts and never a secret. ``sequence`` is given by the database and is 0 before that.
    """

    id: EventId
    at: datetime
    kind: EventKind
    account_id: AccountId | None
    session_id: SessionId | None
    client: Client
    reason: Reason | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    sequence: int = 0

    @property
    def outcome(self) -> str:
        return "refused" if self.reason else "done"
