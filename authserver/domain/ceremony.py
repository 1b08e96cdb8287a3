"""A WebAuthn ceremony between its beginning and its end.

Beginning one writes nothing: the ceremony travels as a token under a MAC, bound to purpose,
browser, account, subject and expiry. Ending it spends the token's id under a unique index,
whether the credential was good or not, so that a challenge is answered at most once, for ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    ENROL_FIRST = "enrol_first"
    ADD = "add"
    STEP_UP = "step_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """What the server promised itself when it handed out a challenge.

    ``about`` names what the ceremony is bound to besides the browser: the login id that was typed,
    the sign-up, the account, or the step-up, depending on ``purpose``; empty for a discoverable
    sign-in. ``nonce`` is 32 random bytes; the challenge is derived from it.
    """

    id: str
    purpose: Purpose
    nonce: bytes
    browser: bytes
    about: str
    subject_digest: bytes
    expires_at: datetime

    @property
    def challenge(self) -> bytes:
        """SHA-256 over nonce and subject digest: an approval of one subject fits no other."""
        return hashlib.sha256(self.nonce + self.subject_digest).digest()
