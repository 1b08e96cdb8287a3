"""The one place where a session comes into being, and what it puts an end to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from authserver.domain.account import Account
from authserver.domain.assurance import Proof
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import SessionId, to_base64url
from authserver.domain.session import LastSignIn, Session, SignedIn
from authserver.flows.ports import Services
from authserver.flows.recording import Recorder
from authserver.flows.stores import Transaction

BROWSER_PREFIX = "a."
"""Of the cookie that names a browser in which nobody is signed in."""
SESSION_PREFIX = "s."
"""Marks the cookie of a signed-in browser, so that others cost no look-up; it proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A new session. ``token`` is the cookie's new value and is known to nobody else afterwards."""

    signed_in: SignedIn
    token: str
    last_sign_in: LastSignIn | None


@dataclass(frozen=True, slots=True)
class Reissued:
    """The acting session goes on under a new token; whatever held the old one holds nothing."""

    token: str


def digest_of(token: str) -> bytes:
    """What the database keeps of a token: 256 random bits need no key and no salt."""
    return hashlib.sha256(token.encode()).digest()


def new_token(services: Services) -> str:
    return to_base64url(services.entropy.token(32))


def start_session(
    services: Services,
    tx: Transaction,
    client: Client,
    now: datetime,
    *,
    account: Account,
    proofs: tuple[Proof, ...],
    previous: SignedIn | None,
    no_later_than: datetime | None = None,
) -> SessionStarted:
    """Open a session under a fresh token and end the one that the same browser held before.

    Somebody else's session is signed out of, and their log says so: the new sign-in is written in
    the log of another account, where they would never find it.
    """
    limits = services.policy.limits
    token = SESSION_PREFIX + new_token(services)
    absolute = now + limits.session_absolute
    session = Session(
        id=SessionId(services.entropy.identifier(now)),
        account_id=account.id,
        token_digest=digest_of(token),
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + limits.session_idle,
        expires_at=min(absolute, no_later_than or absolute),
        device=client.device,
        place=client.place,
        proofs=proofs,
    )
    last = tx.sessions.last_sign_in(account.id, before=None)
    tx.sessions.add(session)
    if previous is not None:
        if previous.account.id == account.id:
            tx.sessions.end(account.id, previous.session.id, now)
        else:
            end_signed_in(Recorder(services, tx, client, now), previous)
    return SessionStarted(signed_in=SignedIn(session, account), token=token, last_sign_in=last)


def end_signed_in(pen: Recorder, signed_in: SignedIn) -> None:
    """Sign out of a session; one that has ended already is no mistake and no second event."""
    if pen.tx.sessions.end(signed_in.account.id, signed_in.session.id, pen.now):
        pen.event(
            EventKind.SIGN_OUT_DONE,
            account_id=signed_in.account.id,
            session_id=signed_in.session.id,
        )


def reissue(services: Services, tx: Transaction, signed_in: SignedIn) -> Reissued | None:
    """Give the acting session a new token; None if another request did so first."""
    token = SESSION_PREFIX + new_token(services)
    rotated = tx.sessions.rotate(
        signed_in.session.id,
        expected=signed_in.session.token_digest,
        token_digest=digest_of(token),
    )
    return Reissued(token) if rotated else None


def with_token(signed_in: SignedIn, reissued: Reissued) -> SignedIn:
    """The same session as it stands after it was re-issued."""
    session = replace(signed_in.session, token_digest=digest_of(reissued.token))
    return SignedIn(session, signed_in.account)
