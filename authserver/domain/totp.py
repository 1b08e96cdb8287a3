"""Time steps of one-time codes (RFC 6238): which were meant, which may be accepted.

The library makes codes; which step a code belongs to, whether it is fresh, and what the clock's
skew tells is decided here. Accepting a step is a conditional UPDATE: steps strictly increase.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authserver.domain.ids import AccountId

STEP_SECONDS = 30
DIGITS = 6
ACCEPTED_SKEW = 1
"""Steps before and after the present one: half a minute of drift each way."""
DIAGNOSED_SKEW = 20
"""Steps within which a refused code is recognised as one of a wrong clock, for the log only."""


class TotpVerdict(StrEnum):
    FRESH = "fresh"
    REPLAYED = "replayed"
    SKEWED = "skewed"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Totp:
    """An authenticator app of an account. ``last_step`` is the newest step ever accepted."""

    id: str
    account_id: AccountId
    label: str
    sealed_secret: bytes
    last_step: int
    created_at: datetime
    confirmed_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class TotpJudgement:
    """What a code is, and the step it belongs to (0 where it belongs to none)."""

    verdict: TotpVerdict
    step: int


def step_of(at: datetime) -> int:
    """The number of the time step that a moment lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def is_code(text: str) -> bool:
    """Six ASCII digits. Others that look alike would be folded by the library and replay a code."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def judge_code(
    text: str, *, now: datetime, last_step: int, code_at: Callable[[int], str]
) -> TotpJudgement:
    """Which step the code belongs to, and whether that step may still be used.

    All accepted steps are compared, whatever the outcome, in constant time each.
    """
    if not is_code(text):
        return TotpJudgement(TotpVerdict.WRONG, 0)
    present = step_of(now)
    near = _matching(text, range(present - ACCEPTED_SKEW, present + ACCEPTED_SKEW + 1), code_at)
    if near:
        fresh = near > last_step
        return TotpJudgement(TotpVerdict.FRESH if fresh else TotpVerdict.REPLAYED, near)
    far = [
        step
        for step in range(present - DIAGNOSED_SKEW, present + DIAGNOSED_SKEW + 1)
        if abs(step - present) > ACCEPTED_SKEW
    ]
    skewed = _matching(text, far, code_at)
    return TotpJudgement(TotpVerdict.SKEWED if skewed else TotpVerdict.WRONG, skewed)


def _matching(text: str, steps: Sequence[int], code_at: Callable[[int], str]) -> int:
    found = 0
    for step in steps:
        if hmac.compare_digest(code_at(step).encode(), text.encode()):
            found = max(found, step)
    return found
