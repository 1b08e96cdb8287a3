"""Factors that an account owns. A passkey is a record of its own, not a blob of JSON."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from authserver.domain.ids import AccountId, PasskeyId

LABEL_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A WebAuthn credential record (Level 3 Candidate Recommendation, section 4).

    ``backup_eligible`` never changes after registration, ``backed_up`` may, ``sign_count`` grows.
    """

    id: PasskeyId
    account_id: AccountId
    credential_id: bytes
    public_key: bytes
    algorithm: int
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    aaguid: str
    transports: tuple[str, ...]
    label: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes:
    """How many one-time codes are left of the set in force, and since when it exists."""

    left: int
    created_at: datetime | None


def normal_label(text: str) -> str:
    """A label of at most 40 characters with nothing in it that hides or reorders text."""
    spelled = unicodedata.normalize("NFC", text)
    shown = (
        c
        for c in spelled
        if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    return "".join(shown).strip()[:LABEL_MAX]
