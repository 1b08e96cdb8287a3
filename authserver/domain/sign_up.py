"""An account that is being opened: nothing of it exists until its first passkey does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from authserver.domain.ids import AccountId, SignUpId
from authserver.domain.outcome import Reason, Refused


class SignUpStep(StrEnum):
    VERIFY_EMAIL = "verify_email"
    PROVE_IDENTITY = "prove_identity"
    ENROL_PASSKEY = "enrol_passkey"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """One browser's way to a first passkey, bound to that browser's cookie (its SHA-256).

    A sign-up whose login id or address is taken looks the same from outside, but has an empty
    ``code_digest`` that no code matches. ``account_id`` is set where the account exists already
    and an enrolment code brought the browser here.
    """

    id: SignUpId
    browser: bytes
    step: SignUpStep
    login_id: str
    email: str
    display_name: str
    locale: str
    user_handle: bytes
    code_digest: bytes
    code_tries: int
    code_expires_at: datetime
    expires_at: datetime
    account_id: AccountId | None


def not_at(sign_up: SignUp, step: SignUpStep, now: datetime) -> Refused | None:
    """Why a sign-up cannot take this step now, if so."""
    if now >= sign_up.expires_at:
        return Refused(Reason.SIGN_UP_EXPIRED)
    return None if sign_up.step is step else Refused(Reason.SIGN_UP_STEP)


class IdentityMethod(StrEnum):
    ID_CARD = "simulated-id-card"
    EKYC = "simulated-ekyc"
    BRANCH = "simulated-branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityClaim:
    """Who a person says to be: full name in kana and date of birth."""

    method: IdentityMethod
    full_name_kana: str
    birth_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProof:
    """What a proofing service answered; ``simulated`` travels into every record and page."""

    method: IdentityMethod
    level: str
    simulated: bool
    evidence_digest: str
    at: datetime
