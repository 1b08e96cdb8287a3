"""The exception for people who cannot use a passkey: asked for, decided by somebody, expiring.

It changes the way in to password *and* one-time code, and never to less (FSA-SEC-12, JSDA-S-06).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authserver.domain.ids import AccountId

CONSENT_VERSION = "1"
"""Of the text that a person agrees to; the page shows it, and the request repeats its version."""


class ExceptionReason(StrEnum):
    NO_DEVICE = "no_device"
    DISABILITY = "disability"
    ASSISTED = "assisted"
    OTHER = "other"


class ExceptionState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaException:
    """One request and what became of it. ``decided_by`` is the operator's account."""

    id: str
    account_id: AccountId
    reason: ExceptionReason
    consent_version: str
    state: ExceptionState
    requested_at: datetime
    decided_at: datetime | None
    decided_by: AccountId | None
    effective_at: datetime | None
    expires_at: datetime | None

    def in_force(self, now: datetime) -> bool:
        """Whether it opens the alternative way in at this moment."""
        return (
            self.state is ExceptionState.APPROVED
            and self.effective_at is not None
            and self.expires_at is not None
            and self.effective_at <= now < self.expires_at
        )
