"""What a database test starts from: values with one thing changed, rows stored, and a crowd."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account, AccountState
from authserver.domain.action import Action
from authserver.domain.assurance import FactorKind, Level, Proof
from authserver.domain.client import Client
from authserver.domain.event import EventKind, SecurityEvent
from authserver.domain.factor import Passkey
from authserver.domain.ids import (
    AccountId,
    EventId,
    NoticeId,
    PasskeyId,
    SessionId,
    SignUpId,
    StepUpId,
)
from authserver.domain.mfa_exception import ExceptionReason, ExceptionState, MfaException
from authserver.domain.notice import Channel, Notice, NoticeState
from authserver.domain.recovery import Recovery, RecoveryStep
from authserver.domain.session import Session
from authserver.domain.sign_up import SignUp, SignUpStep
from authserver.domain.step_up import StepUp, StepUpState
from authserver.domain.totp import Totp

NOON = datetime(2026, 11, 24, 3, 0, 0, 123456, tzinfo=UTC)
CROWD = 16
_numbers = count(1)
T = TypeVar("T")


def an_id() -> str:
    """A UUIDv7 that sorts after every one given before."""
    return str(UUID(int=(0x7 << 76) | (0b10 << 62) | (next(_numbers) << 80)))


def some_bytes(length: int = 32) -> bytes:
    """Bytes that nobody else was given."""
    return hashlib.sha256(str(next(_numbers)).encode()).digest()[:length]


def an_account(**changes: Any) -> Account:
    number = next(_numbers)
    account = Account(
        id=AccountId(an_id()),
        login_id=f"account-{number}",
        email=f"account-{number}@example.test",
        display_name="見本 account",
        locale="ja",
        user_handle=some_bytes(),
        state=AccountState.OPEN,
        roles=frozenset(),
        created_at=NOON,
    )
    return replace(account, **changes)


def a_passkey(account: Account, **changes: Any) -> Passkey:
    passkey = Passkey(
        id=PasskeyId(an_id()),
        account_id=account.id,
        credential_id=some_bytes(),
        public_key=some_bytes(),
        algorithm=-7,
        sign_count=0,
        backup_eligible=True,
        backed_up=False,
        aaguid="00000000-0000-0000-0000-000000000000",
        transports=("internal", "hybrid"),
        label="鍵",
        created_at=NOON,
        last_used_at=None,
    )
    return replace(passkey, **changes)


def a_proof(**changes: Any) -> Proof:
    proof = Proof(
        factor=FactorKind.PASSKEY,
        factor_id="passkey-1",
        at=NOON,
        user_verified=True,
        phishing_resistant=True,
    )
    return replace(proof, **changes)


def a_session(account: Account, **changes: Any) -> Session:
    session = Session(
        id=SessionId(an_id()),
        account_id=account.id,
        token_digest=some_bytes(),
        created_at=NOON,
        last_seen_at=NOON,
        idle_expires_at=NOON + timedelta(minutes=30),
        expires_at=NOON + timedelta(hours=12),
        device="Chrome 126, Windows",
        place="Tokyo, JP",
        proofs=(a_proof(),),
    )
    return replace(session, **changes)


def a_sign_up(**changes: Any) -> SignUp:
    sign_up = SignUp(
        id=SignUpId(an_id()),
        browser=some_bytes(),
        step=SignUpStep.VERIFY_EMAIL,
        login_id="account-new",
        email="account-new@example.test",
        display_name="新しい account",
        locale="en",
        user_handle=some_bytes(),
        code_digest=some_bytes(),
        code_tries=0,
        code_expires_at=NOON + timedelta(minutes=10),
        expires_at=NOON + timedelta(hours=1),
        account_id=None,
    )
    return replace(sign_up, **changes)


def a_step_up(session: Session, **changes: Any) -> StepUp:
    step_up = StepUp(
        id=StepUpId(an_id()),
        session_id=session.id,
        account_id=session.account_id,
        action=Action.REMOVE_PASSKEY,
        subject={"action": "remove_passkey", "amount_jpy": 100, "again": False, "label": "鍵"},
        subject_digest=some_bytes(),
        level=Level.AL3,
        state=StepUpState.REQUESTED,
        requested_at=NOON,
        expires_at=NOON + timedelta(minutes=5),
    )
    return replace(step_up, **changes)


def a_totp(account: Account, **changes: Any) -> Totp:
    totp = Totp(
        id=an_id(),
        account_id=account.id,
        label="携帯",
        sealed_secret=some_bytes(60),
        last_step=0,
        created_at=NOON,
        confirmed_at=None,
        last_used_at=None,
    )
    return replace(totp, **changes)


def an_exception(account: Account, **changes: Any) -> MfaException:
    exception = MfaException(
        id=an_id(),
        account_id=account.id,
        reason=ExceptionReason.DISABILITY,
        consent_version="1",
        state=ExceptionState.REQUESTED,
        requested_at=NOON,
        decided_at=None,
        decided_by=None,
        effective_at=None,
        expires_at=None,
    )
    return replace(exception, **changes)


def an_event(**changes: Any) -> SecurityEvent:
    event = SecurityEvent(
        id=EventId(an_id()),
        at=NOON,
        kind=EventKind.SIGN_IN_SUCCEEDED,
        account_id=None,
        session_id=None,
        client=Client(
            ip="192.0.2.1",
            user_agent="Mozilla/5.0",
            device="Chrome 126, Windows",
            place="Tokyo, JP",
            request_id="request-1",
            browser=b"",
        ),
        details={"label": "鍵", "factor": "passkey"},
    )
    return replace(event, **changes)


def a_notice(event: SecurityEvent, **changes: Any) -> Notice:
    notice = Notice(
        id=NoticeId(an_id()),
        event_id=event.id,
        account_id=event.account_id,
        kind=event.kind,
        channel=Channel.MAIL,
        recipient="account-1@example.test",
        locale="ja",
        at=event.at,
        facts={"place": "東京"},
        secret=b"",
        state=NoticeState.QUEUED,
        attempts=0,
        next_try_at=NOON,
        created_at=NOON,
    )
    return replace(notice, **changes)


def stored_account(database: Database, **changes: Any) -> Account:
    account = an_account(**changes)
    with database.transaction() as tx:
        assert tx.accounts.add(account)
    return account


def stored_passkey(database: Database, account: Account, **changes: Any) -> Passkey:
    passkey = a_passkey(account, **changes)
    with database.transaction() as tx:
        assert tx.passkeys.add(passkey)
    return passkey


def a_recovery(account: Account, **changes: Any) -> Recovery:
    values: dict[str, Any] = {
        "id": an_id(),
        "browser": b"browser",
        "owner": account.id,
        "account_id": account.id,
        "step": RecoveryStep.GIVE_CODE,
        "code_digest": b"code",
        "tries": 0,
        "code_expires_at": NOON,
        "stop_digest": b"stop",
        "begun_at": NOON,
        "expires_at": NOON,
    }
    return Recovery(**values | changes)


def stored_session(database: Database, account: Account, **changes: Any) -> Session:
    session = a_session(account, **changes)
    with database.transaction() as tx:
        tx.sessions.add(session)
    return session


def stored_notices(database: Database, *changes: dict[str, Any]) -> list[Notice]:
    event = an_event()
    notices = [a_notice(event, **change) for change in changes]
    with database.transaction() as tx:
        tx.events.add(event)
        tx.notices.add(*notices)
    return notices


def at_once(act: Callable[[int], T], crowd: int = CROWD) -> list[T]:
    """What each of a crowd of threads got, all of them let go at the same moment."""
    start = Barrier(crowd)

    def one(number: int) -> T:
        start.wait(timeout=10)
        return act(number)

    with ThreadPoolExecutor(crowd) as pool:
        return list(pool.map(one, range(crowd)))
