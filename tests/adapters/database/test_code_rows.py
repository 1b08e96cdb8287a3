"""Codes: a new set voids the old one, and an enrolment code is taken once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from authserver.domain.factor import RecoveryCodes
from authserver.domain.ids import AccountId
from tests.adapters.database.given import NOON, at_once, some_bytes, stored_account

CODE = b"the right one"
LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _redeem(
    database: Database, account: Account, code: bytes = CODE, *, most: int = 5, minutes: int = 0
) -> bool:
    with database.transaction() as tx:
        return tx.enrolment_codes.redeem(account.id, code, NOON + timedelta(minutes=minutes), most)


def _issue(database: Database, account: Account, code: bytes = CODE) -> None:
    with database.transaction() as tx:
        tx.enrolment_codes.add(account.id, code, LATER)


def test_an_account_begins_without_recovery_codes(database: Database, account: Account) -> None:
    with database.snapshot() as tx:
        assert tx.recovery_codes.count(account.id) == RecoveryCodes(left=0, created_at=None)


def test_a_new_set_of_recovery_codes_replaces_the_old_one(
    database: Database, account: Account
) -> None:
    other = stored_account(database)
    with database.transaction() as tx:
        tx.recovery_codes.replace(account.id, [some_bytes() for _ in range(10)], NOON)
        tx.recovery_codes.replace(other.id, [some_bytes()], NOON)
        tx.recovery_codes.replace(account.id, [some_bytes() for _ in range(8)], LATER)
    with database.snapshot() as tx:
        assert tx.recovery_codes.count(account.id) == RecoveryCodes(left=8, created_at=LATER)
        assert tx.recovery_codes.count(other.id) == RecoveryCodes(left=1, created_at=NOON)


def test_an_empty_set_voids_all_recovery_codes(database: Database, account: Account) -> None:
    with database.transaction() as tx:
        tx.recovery_codes.replace(account.id, [some_bytes()], NOON)
        tx.recovery_codes.replace(account.id, [], NOON)
    with database.snapshot() as tx:
        assert tx.recovery_codes.count(account.id).left == 0


def test_an_enrolment_code_is_redeemed_once(database: Database, account: Account) -> None:
    _issue(database, account)
    assert _redeem(database, account)
    assert not _redeem(database, account)


def test_of_a_crowd_with_the_right_code_one_redeems_it(
    database: Database, account: Account
) -> None:
    _issue(database, account)
    assert sum(at_once(lambda _number: _redeem(database, account, most=100))) == 1


def test_wrong_tries_are_counted_and_then_the_right_code_is_too_late(
    database: Database, account: Account
) -> None:
    _issue(database, account)
    assert not any(_redeem(database, account, b"wrong", most=3) for _ in range(3))
    assert not _redeem(database, account, most=3)


def test_a_crowd_of_guesses_gets_no_more_tries_than_there_are(
    database: Database, account: Account
) -> None:
    _issue(database, account)
    assert not any(at_once(lambda number: _redeem(database, account, bytes([number]), most=5)))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT tries FROM enrolment_codes").scalar() == 5
    assert not _redeem(database, account, most=5)


def test_one_try_before_the_last_the_right_code_still_counts(
    database: Database, account: Account
) -> None:
    _issue(database, account)
    assert not any(_redeem(database, account, b"wrong", most=3) for _ in range(2))
    assert _redeem(database, account, most=3)


def test_an_enrolment_code_expires(database: Database, account: Account) -> None:
    _issue(database, account)
    assert not _redeem(database, account, minutes=10)
    assert _redeem(database, account, minutes=9)


def test_a_new_enrolment_code_voids_the_old_one_and_its_tries(
    database: Database, account: Account
) -> None:
    _issue(database, account)
    assert not any(_redeem(database, account, b"wrong", most=3) for _ in range(3))
    _issue(database, account, b"the new one")
    assert not _redeem(database, account, most=3)
    assert _redeem(database, account, b"the new one", most=3)


def test_a_spent_code_gives_way_to_a_new_one(database: Database, account: Account) -> None:
    _issue(database, account)
    assert _redeem(database, account)
    _issue(database, account, b"the new one")
    assert _redeem(database, account, b"the new one")


def test_a_code_of_another_account_or_of_none_is_refused(
    database: Database, account: Account
) -> None:
    _issue(database, account)
    assert not _redeem(database, stored_account(database))
    with database.transaction() as tx:
        assert not tx.enrolment_codes.redeem(AccountId("account-0"), CODE, NOON, 5)
