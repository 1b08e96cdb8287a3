"""Sessions: ended for good, re-issued once, and never without their proofs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from authserver.domain.assurance import FactorKind
from authserver.domain.ids import SessionId
from authserver.domain.session import LastSignIn, Session, SignedIn
from tests.adapters.database.given import (
    NOON,
    a_proof,
    a_session,
    at_once,
    some_bytes,
    stored_account,
    stored_session,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _of(database: Database, account: Account, now: datetime = NOON) -> list[Session]:
    with database.snapshot() as tx:
        return list(tx.sessions.of_account(account.id, now))


def _found(database: Database, session: Session) -> Session | None:
    with database.snapshot() as tx:
        found = tx.sessions.by_token(session.token_digest)
    return None if found is None else found.session


def test_a_session_comes_back_with_account_and_proofs(database: Database, account: Account) -> None:
    proofs = (a_proof(), a_proof(factor=FactorKind.TOTP, at=NOON + SECOND, user_verified=False))
    session = stored_session(database, account, proofs=proofs)
    stored_session(database, account)
    with database.snapshot() as tx:
        assert tx.sessions.by_token(session.token_digest) == SignedIn(session, account)
        assert tx.sessions.by_token(b"unknown") is None


def test_a_session_without_proofs_is_read_as_one(database: Database, account: Account) -> None:
    session = stored_session(database, account, proofs=())
    assert _found(database, session) == session


def test_moments_are_kept_to_the_microsecond_and_come_back_in_utc(
    database: Database, account: Account
) -> None:
    tokyo = datetime(2026, 11, 24, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=9)))
    session = stored_session(database, account, created_at=tokyo)
    found = _found(database, session)
    assert found is not None
    assert found.created_at == tokyo
    assert found.created_at.tzinfo is UTC


def test_a_naive_moment_is_a_fault(database: Database, account: Account) -> None:
    naive = datetime(2026, 11, 24)  # noqa: DTZ001
    with pytest.raises(StatementError), database.transaction() as tx:
        tx.sessions.add(a_session(account, created_at=naive))


def test_two_sessions_cannot_share_a_token(database: Database, account: Account) -> None:
    session = stored_session(database, account)
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.sessions.add(a_session(account, token_digest=session.token_digest))


def test_a_proof_is_added_and_the_same_one_is_not_added_twice(
    database: Database, account: Account
) -> None:
    session = stored_session(database, account)
    later = a_proof(at=NOON + SECOND)
    with database.transaction() as tx:
        tx.sessions.add_proof(session.id, later)
        tx.sessions.add_proof(session.id, later)
    assert _found(database, session) == replace(session, proofs=(*session.proofs, later))


def test_a_touch_moves_the_last_use_forward_only(database: Database, account: Account) -> None:
    session = stored_session(database, account)
    later, idle = NOON + 2 * SECOND, NOON + timedelta(hours=1)
    with database.transaction() as tx:
        tx.sessions.touch(session.id, later, idle)
        tx.sessions.touch(session.id, NOON + SECOND, NOON + SECOND)
    assert _found(database, session) == replace(session, last_seen_at=later, idle_expires_at=idle)


def test_a_touch_does_not_revive_an_ended_session(database: Database, account: Account) -> None:
    session = stored_session(database, account)
    with database.transaction() as tx:
        tx.sessions.end(account.id, session.id, NOON)
        tx.sessions.touch(session.id, NOON + SECOND, NOON + timedelta(hours=1))
    assert _found(database, session) is None


def test_a_rotated_session_answers_to_its_new_token_only(
    database: Database, account: Account
) -> None:
    session = stored_session(database, account)
    new = some_bytes()
    with database.transaction() as tx:
        assert tx.sessions.rotate(session.id, expected=session.token_digest, token_digest=new)
        assert not tx.sessions.rotate(
            session.id, expected=session.token_digest, token_digest=some_bytes()
        )
    assert _found(database, session) is None
    assert _found(database, replace(session, token_digest=new)) is not None


def test_of_a_crowd_that_rotates_one_token_one_gets_the_session(
    database: Database, account: Account
) -> None:
    session = stored_session(database, account)

    def rotate(number: int) -> bool:
        with database.transaction() as tx:
            return tx.sessions.rotate(
                session.id, expected=session.token_digest, token_digest=bytes([number])
            )

    won = at_once(rotate)
    assert sum(won) == 1
    assert _found(database, replace(session, token_digest=bytes([won.index(True)]))) is not None


def test_an_ended_session_cannot_be_rotated(database: Database, account: Account) -> None:
    session = stored_session(database, account)
    with database.transaction() as tx:
        assert tx.sessions.end(account.id, session.id, NOON)
        assert not tx.sessions.rotate(
            session.id, expected=session.token_digest, token_digest=some_bytes()
        )


def test_live_sessions_are_listed_newest_first_with_their_proofs(
    database: Database, account: Account
) -> None:
    second_proof = a_proof(at=NOON + SECOND)
    older = stored_session(database, account, proofs=(a_proof(), second_proof))
    newer = stored_session(database, account, created_at=NOON + SECOND)
    stored_session(database, account, idle_expires_at=NOON)
    stored_session(database, account, expires_at=NOON)
    ended = stored_session(database, account)
    stored_session(database, stored_account(database))
    with database.transaction() as tx:
        tx.sessions.end(account.id, ended.id, NOON)
    assert _of(database, account) == [newer, older]


def test_a_session_is_ended_once_and_by_its_owner_only(
    database: Database, account: Account
) -> None:
    session = stored_session(database, account)
    other = stored_account(database)
    with database.transaction() as tx:
        assert not tx.sessions.end(other.id, session.id, NOON)
        assert tx.sessions.end(account.id, session.id, NOON)
        assert not tx.sessions.end(account.id, session.id, NOON)
        assert not tx.sessions.end(account.id, SessionId("session-0"), NOON)
    assert _found(database, session) is None


def test_ending_all_others_spares_the_one_kept_and_other_accounts(
    database: Database, account: Account
) -> None:
    kept, gone, also_gone = (stored_session(database, account) for _ in range(3))
    foreign = stored_session(database, stored_account(database))
    with database.transaction() as tx:
        assert tx.sessions.end_others(account.id, kept.id, NOON) == 2
        assert tx.sessions.end_others(account.id, kept.id, NOON) == 0
    assert [_found(database, one) for one in (gone, also_gone)] == [None, None]
    assert _found(database, kept) == kept
    assert _found(database, foreign) == foreign


def test_ending_all_without_one_to_keep_ends_all(database: Database, account: Account) -> None:
    stored_session(database, account)
    stored_session(database, account)
    with database.transaction() as tx:
        assert tx.sessions.end_others(account.id, None, NOON) == 2
    assert _of(database, account) == []


def test_an_expired_session_is_ended_with_the_others_but_not_counted(
    database: Database, account: Account
) -> None:
    expired = stored_session(database, account, idle_expires_at=NOON)
    with database.transaction() as tx:
        assert tx.sessions.end_others(account.id, None, NOON) == 0
        # A request that found it alive a moment ago comes too late to revive it.
        tx.sessions.touch(expired.id, NOON + SECOND, NOON + timedelta(hours=1))
    assert _found(database, expired) is None


def test_the_last_sign_in_is_the_newest_session_before_this_one(
    database: Database, account: Account
) -> None:
    def last(before: Session | None) -> LastSignIn | None:
        with database.snapshot() as tx:
            return tx.sessions.last_sign_in(account.id, before.id if before else None)

    stored_session(database, stored_account(database))
    assert last(None) is None
    first = stored_session(database, account, place="Osaka, JP")
    assert last(first) is None
    same_moment = stored_session(database, account, device="Safari, iPhone")
    second = stored_session(database, account, created_at=NOON + SECOND)
    with database.transaction() as tx:
        tx.sessions.end(account.id, first.id, NOON)
    assert last(same_moment) == LastSignIn(at=NOON, place="Osaka, JP", device=first.device)
    assert last(second) == LastSignIn(at=NOON, place="Tokyo, JP", device="Safari, iPhone")
    assert last(None) == LastSignIn(at=NOON + SECOND, place="Tokyo, JP", device=second.device)
