"""Recoveries on both databases: every step is taken once, every stop covers all that is open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from authserver.domain.ids import SignUpId
from authserver.domain.recovery import Recovery, RecoveryStep
from tests.adapters.database.given import (
    NOON,
    a_recovery,
    an_id,
    at_once,
    stored_account,
    stored_passkey,
)

LATER = NOON + timedelta(minutes=30)
DAY = timedelta(days=1)


def stored_recovery(database: Database, account: Account, **changes: Any) -> Recovery:
    recovery = a_recovery(account, **{"expires_at": LATER, **changes})
    with database.transaction() as tx:
        tx.recoveries.add(recovery)
    return recovery


def advance(database: Database, recovery: Recovery, sign_up: SignUpId | None = None) -> bool:
    with database.transaction() as tx:
        return tx.recoveries.advance(
            recovery.id,
            expected=RecoveryStep.GIVE_CODE,
            to=RecoveryStep.ENROL_PASSKEY,
            code_digest=b"",
            code_expires_at=LATER,
            expires_at=LATER,
            sign_up_id=sign_up,
        )


def test_what_was_stored_comes_back_whole_and_the_newest_first(database: Database) -> None:
    account = stored_account(database)
    stored_recovery(database, account)
    newest = stored_recovery(database, account)
    with database.snapshot() as tx:
        assert tx.recoveries.of_browser(newest.browser) == newest
        assert tx.recoveries.of_browser(b"another") is None
        assert next(iter(tx.recoveries.open_ones(account.id, NOON))) == newest


def test_tries_are_counted_up_to_the_most_whoever_is_quick(database: Database) -> None:
    recovery = stored_recovery(database, stored_account(database))

    def attempt(_number: int) -> bool:
        with database.transaction() as tx:
            return tx.recoveries.take_try(recovery.id, RecoveryStep.GIVE_CODE, 3)

    assert sum(at_once(attempt)) == 3


def test_a_try_at_another_step_is_none(database: Database) -> None:
    recovery = stored_recovery(database, stored_account(database))
    with database.transaction() as tx:
        assert not tx.recoveries.take_try(recovery.id, RecoveryStep.PROVE, 3)


def test_a_step_is_taken_by_one_of_a_crowd(database: Database) -> None:
    recovery = stored_recovery(database, stored_account(database))
    assert sum(at_once(lambda _number: advance(database, recovery))) == 1


@pytest.mark.parametrize("stopped_first", [True, False])
def test_a_stopped_one_is_never_completed(database: Database, stopped_first: bool) -> None:
    account = stored_account(database)
    passkey = stored_passkey(database, account)
    recovery, way = stored_recovery(database, account), SignUpId(an_id())
    assert advance(database, recovery, way)
    with database.transaction() as tx:
        if stopped_first:
            assert tx.recoveries.stop_under_way(account.id, NOON) == 1
        assert tx.recoveries.complete(way, passkey.id, NOON + DAY) is not stopped_first
        assert not tx.recoveries.complete(way, passkey.id, NOON + DAY)


def test_a_done_one_is_open_until_its_hold_is_over(database: Database) -> None:
    account = stored_account(database)
    passkey = stored_passkey(database, account)
    recovery, way = stored_recovery(database, account), SignUpId(an_id())
    advance(database, recovery, way)
    with database.transaction() as tx:
        tx.recoveries.complete(way, passkey.id, NOON + DAY)
        (open_one,) = tx.recoveries.open_ones(account.id, LATER + timedelta(hours=1))
        assert open_one.holds_until(NOON) == NOON + DAY
        assert list(tx.recoveries.open_ones(account.id, NOON + DAY)) == []


def test_one_stop_covers_all_and_is_remembered(database: Database) -> None:
    account, other = stored_account(database), stored_account(database)
    for owner in (account, account, other):
        stored_recovery(database, owner)
    with database.transaction() as tx:
        assert not tx.recoveries.stopped_since(account.id, NOON - DAY)
        assert tx.recoveries.stop_under_way(account.id, NOON) == 2
        assert tx.recoveries.stop_under_way(account.id, NOON) == 0
        assert tx.recoveries.stopped_since(account.id, NOON - DAY)
        assert not tx.recoveries.stopped_since(account.id, NOON)
        assert len(tx.recoveries.open_ones(other.id, NOON)) == 1
