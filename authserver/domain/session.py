"""The session: a row that the server can end at any moment; the cookie is only its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from authserver.domain.account import Account
from authserver.domain.assurance import Assurance, Proof, assurance
from authserver.domain.ids import AccountId, SessionId

TOUCH_AFTER = timedelta(seconds=60)
"""Last use is written at most this often: a read must not cost a write (performance)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. ``token_digest`` is the SHA-256 of the cookie's value."""

    id: SessionId
    account_id: AccountId
    token_digest: bytes
    created_at: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    device: str
    place: str
    proofs: tuple[Proof, ...]

    @property
    def assurance(self) -> Assurance:
        return assurance(self.proofs)

    def alive(self, now: datetime) -> bool:
        """Whether neither the idle nor the absolute limit has passed (ASVS 5.0 V7.3)."""
        return now < self.idle_expires_at and now < self.expires_at

    def wants_touch(self, now: datetime) -> bool:
        return now - self.last_seen_at >= TOUCH_AFTER


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session together with the account that owns it."""

    session: Session
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSignIn:
    """When, where and with which device the account was entered before this session."""

    at: datetime
    place: str
    device: str
