"""Proofs are stored, assurance is computed: nobody can forget to lower it again.

Levels follow the catalogue: AL1 one factor, AL2 several that a person in the middle can relay,
AL3 phishing-resistant with user verification (NIST SP 800-63B-4 section 3.2.5 for the term).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Level(IntEnum):
    AL0 = 0
    AL1 = 1
    AL2 = 2
    AL3 = 3


class FactorKind(StrEnum):
    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - the name of a factor, not a secret
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    EMAIL_CODE = "email_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One accepted presentation of a factor. Kept on its session, never edited."""

    factor: FactorKind
    factor_id: str
    at: datetime
    user_verified: bool
    phishing_resistant: bool


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a session's proofs amount to, and when each level was last proved."""

    level: Level
    newest: dict[Level, datetime]

    def age(self, level: Level, now: datetime) -> timedelta | None:
        """Time since the level, or a higher one, was last proved; None if it never was."""
        moments = [at for proved, at in self.newest.items() if proved >= level]
        return now - max(moments) if moments else None


def assurance(proofs: Iterable[Proof]) -> Assurance:
    """Compute the assurance of a session from its proofs, whatever their order."""
    newest: dict[Level, datetime] = {}
    by_kind: dict[FactorKind, datetime] = {}
    for proof in proofs:
        by_kind[proof.factor] = max(by_kind.get(proof.factor, proof.at), proof.at)
        level = Level.AL3 if proof.phishing_resistant and proof.user_verified else Level.AL1
        newest[level] = max(newest.get(level, proof.at), proof.at)
    if len(by_kind) >= 2:
        # Two relayable factors make AL2 from the moment when the second of them was shown.
        newest[Level.AL2] = sorted(by_kind.values())[-2]
    return Assurance(max(newest, default=Level.AL0), newest)
