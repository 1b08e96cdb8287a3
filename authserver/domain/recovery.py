"""Coming back after every factor is lost: two proofs, a fresh passkey, and a hold (X-01, X-12).

Beginning costs nothing and proves nothing, so nothing is taken from the owner by it. What the
second proof opens is a new passkey and no more, and whoever reads any of the account's addresses
can stop it, until the hold is over. It never unfreezes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authserver.domain.ids import AccountId, PasskeyId, SignUpId

CODE_DIGITS = 8
STOP_DIGITS = 12
"""40 bits: a stop code lives for days, and guessing one would stop somebody's own recovery."""
TRIES = 3


class RecoveryStep(StrEnum):
    GIVE_CODE = "give_email_code"
    PROVE = "prove"
    ENROL_PASSKEY = "enrol_passkey"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One attempt, bound to the browser that began it (the SHA-256 of its cookie).

    ``owner`` is whose tries are counted: the account, or "?" and a digest for a login id that
    nobody has, whose ``account_id`` is None and whose code nobody was sent. ``tries`` counts those
    at the present step. ``hold_until`` is set once it is done.
    """

    id: str
    browser: bytes
    owner: str
    account_id: AccountId | None
    step: RecoveryStep
    code_digest: bytes
    tries: int
    code_expires_at: datetime
    stop_digest: bytes
    begun_at: datetime
    expires_at: datetime
    sign_up_id: SignUpId | None = None
    passkey_id: PasskeyId | None = None
    hold_until: datetime | None = None

    def stoppable(self, now: datetime) -> bool:
        """Whether there is still something to stop: it is under way, or its hold lasts."""
        if self.step is RecoveryStep.DONE:
            return self.hold_until is not None and now < self.hold_until
        return self.step is not RecoveryStep.STOPPED and now < self.expires_at

    def holds_until(self, now: datetime) -> datetime | None:
        """Until when held actions have to wait for this one; None where they need not."""
        if not self.stoppable(now):
            return None
        return self.expires_at if self.step is RecoveryStep.ENROL_PASSKEY else self.hold_until
