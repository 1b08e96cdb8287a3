"""Sessions from their second request to their end: resolving, listing, ending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from authserver.domain.account import AccountState
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import SessionId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import LastSignIn, Session, SignedIn
from authserver.flows.acting import hold
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.start_session import Reissued, digest_of, end_signed_in, reissue


def resolve(services: Services, token: str, now: datetime) -> SignedIn | None:
    """The live session behind a cookie's value; its last use is noted at most once a minute."""
    with services.database.snapshot() as tx:
        signed_in = tx.sessions.by_token(digest_of(token))
    if signed_in is None or not signed_in.session.alive(now):
        return None
    if signed_in.account.state is not AccountState.OPEN:
        return None
    if signed_in.session.wants_touch(now):
        with services.database.transaction() as tx:
            idle = now + services.policy.limits.session_idle
            tx.sessions.touch(signed_in.session.id, now, idle)
    return signed_in


def listed(services: Services, signed_in: SignedIn, now: datetime) -> Sequence[Session]:
    """The account's live sessions, the newest first."""
    with services.database.snapshot() as tx:
        return tx.sessions.of_account(signed_in.account.id, now)


def last_sign_in(services: Services, signed_in: SignedIn) -> LastSignIn | None:
    """When, where and with what the account was entered before this session (JSDA-S-08)."""
    with services.database.snapshot() as tx:
        return tx.sessions.last_sign_in(signed_in.account.id, before=signed_in.session.id)


def sign_out(services: Services, client: Client, now: datetime, signed_in: SignedIn) -> None:
    """End the acting session; signing out twice is no mistake."""
    with services.database.transaction() as tx:
        tx.accounts.lock(signed_in.account.id)
        end_signed_in(Recorder(services, tx, client, now), signed_in)


def end_one(
    services: Services, client: Client, now: datetime, signed_in: SignedIn, session_id: SessionId
) -> Refused | None:
    """End one of the account's sessions, be it the acting one."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        if not tx.sessions.end(account.id, session_id, now):
            return Refused(Reason.NOT_FOUND)
        pen.told(
            EventKind.SESSION_ENDED,
            Recipient.owner(account),
            session_id=signed_in.session.id,
            details={"ended_session": session_id},
        )
        return None


def end_others(
    services: Services, client: Client, now: datetime, signed_in: SignedIn
) -> int | Refused:
    """End every session of the account but the acting one; gives how many those were."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        return end_all_but(pen, signed_in)


def end_others_after_change(pen: Recorder, signed_in: SignedIn) -> Reissued:
    """After a change of factors no older cookie is good; the acting session gets a new one.

    Needs the account's lock, under which ``acting.hold`` saw the session alive.
    Raises StaleSession, a fault, if it is gone all the same.
    """
    end_all_but(pen, signed_in)
    reissued = reissue(pen.services, pen.tx, signed_in)
    if reissued is None:
        raise StaleSession
    return reissued


class StaleSession(Exception):
    """The acting session vanished under the lock: somebody ended it without holding it."""


def end_all_but(pen: Recorder, signed_in: SignedIn) -> int:
    """End all other sessions of the account and tell its owner, if there were any."""
    ended = pen.tx.sessions.end_others(signed_in.account.id, signed_in.session.id, pen.now)
    if ended:
        pen.told(
            EventKind.SESSIONS_ENDED,
            Recipient.owner(signed_in.account),
            session_id=signed_in.session.id,
            details={"count": str(ended)},
        )
    return ended
