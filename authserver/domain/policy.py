"""What an account may do, with what proof: data, with a version and a digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from authserver.domain.action import Action
from authserver.domain.assurance import Assurance, Level
from authserver.domain.guessing import LockRule, Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What an action demands of the session that asks for it.

    ``oldest`` is the greatest age of the proof of ``level``; None means the session's life.
    ``bound`` demands an approval for exactly this subject, however fresh the session is.
    ``excepted`` is the level for accounts that have an exception in force and no passkey.
    ``held`` refuses the action while the hold after a recovery lasts, whoever asks.
    """

    level: Level
    oldest: timedelta | None = None
    bound: bool = False
    excepted: Level | None = None
    held: bool = False

    def met_by(self, shown: Assurance, now: datetime) -> bool:
        """Whether the session's own proofs suffice, without an approval for the subject."""
        if self.bound:
            return False
        age = shown.age(self.level, now)
        return self.level is Level.AL0 or (
            age is not None and (self.oldest is None or age <= self.oldest)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers that bound what anyone can do; durations unless they are counts."""

    session_idle: timedelta
    session_absolute: timedelta
    ceremony: timedelta
    step_up: timedelta
    step_ups_open: int
    mail_code: timedelta
    mail_code_tries: int
    sign_up: timedelta
    enrolment_code: timedelta
    enrolment_code_tries: int
    messages_per_address: int
    messages_per_network: int
    messages_window: timedelta
    failures_per_network: int
    failures_everywhere: int
    failures_window: timedelta
    passkeys: int
    recovery_codes: int
    recovery_codes_few: int
    totps: int
    password_alone: int
    password_with_second: int
    unfinished_sign_in: timedelta
    exception_delay: timedelta
    exception_life: timedelta


class PasswordPath(StrEnum):
    """Who may sign in with password and one-time code instead of a passkey."""

    EXCEPTION = "exception"
    INTERIM = "interim"


class SecondFactor(StrEnum):
    """What may follow a password. All of these can be relayed, so they make AL2 at most."""

    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    EMAIL_CODE = "email_code"


class RecoveryProof(StrEnum):
    """What a recovery demands besides the code that went to the account's mail address."""

    IDENTITY_PROOF = "identity_proof"
    SMS_CODE = "sms_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRules:
    """Coming back after every factor is lost (X-01, X-12).

    ``life`` bounds an attempt, and anew what its second proof opens; for ``hold`` after it nothing
    moves that a thief would want; after somebody has stopped one, no other begins for ``pause``.
    One network begins ``beginnings`` for one login id within the window of messages.
    """

    second: RecoveryProof
    beginnings: int
    life: timedelta
    hold: timedelta
    pause: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRules:
    """The ways in. ``interim_until`` is a published day; from then on, exceptions only."""

    password: PasswordPath
    second_factors: tuple[SecondFactor, ...]
    interim_until: datetime | None
    locks: Mapping[Path, LockRule]

    def second_factors_at(self, now: datetime) -> tuple[SecondFactor, ...]:
        """What may follow a password just now. A mailed code goes with the interim, by itself."""
        if self.interim(now):
            return self.second_factors
        return tuple(f for f in self.second_factors if f is not SecondFactor.EMAIL_CODE)

    def interim(self, now: datetime) -> bool:
        """Whether the interim still lasts; it ends by itself (FSA-SEC-14 to 16)."""
        return (
            self.password is PasswordPath.INTERIM
            and self.interim_until is not None
            and now < self.interim_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules in force. ``digest`` is the SHA-256 (hex) of the file they were read from."""

    name: str
    version: str
    digest: str
    algorithms: frozenset[int]
    limits: Limits
    sign_in: SignInRules
    recovery: RecoveryRules
    actions: Mapping[Action, Requirement]
