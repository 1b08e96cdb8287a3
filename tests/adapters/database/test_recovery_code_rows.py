"""Recovery codes in use: each is spent once, by its owner, while its set is in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from authserver.domain.factor import RecoveryCodes
from tests.adapters.database.given import NOON, at_once, some_bytes, stored_account

CODES = [b"one", b"two", b"three"]


@pytest.fixture
def account(database: Database) -> Account:
    account = stored_account(database)
    with database.transaction() as tx:
        tx.recovery_codes.replace(account.id, CODES, NOON)
    return account


def _use(database: Database, account: Account, code: bytes = b"one") -> bool:
    with database.transaction() as tx:
        return tx.recovery_codes.use(account.id, code, NOON + timedelta(minutes=1))


def _left(database: Database, account: Account) -> int:
    with database.snapshot() as tx:
        return tx.recovery_codes.count(account.id).left


def test_a_recovery_code_is_spent_once_and_the_others_stay(
    database: Database, account: Account
) -> None:
    assert _use(database, account)
    assert not _use(database, account)
    with database.snapshot() as tx:
        assert tx.recovery_codes.count(account.id) == RecoveryCodes(left=2, created_at=NOON)
    assert _use(database, account, b"two")
    assert _left(database, account) == 1


def test_of_thirty_two_that_spend_one_recovery_code_one_does(
    database: Database, account: Account
) -> None:
    assert sum(at_once(lambda _number: _use(database, account), crowd=32)) == 1
    assert _left(database, account) == 2


def test_a_code_that_there_never_was_or_of_another_account_spends_nothing(
    database: Database, account: Account
) -> None:
    other = stored_account(database)
    with database.transaction() as tx:
        tx.recovery_codes.replace(other.id, [b"theirs"], NOON)
    assert not _use(database, account, b"four")
    assert not _use(database, account, b"theirs")
    assert not _use(database, other)
    assert (_left(database, account), _left(database, other)) == (3, 1)


def test_a_new_set_voids_the_codes_of_the_old_one_spent_or_not(
    database: Database, account: Account
) -> None:
    assert _use(database, account)
    with database.transaction() as tx:
        tx.recovery_codes.replace(account.id, [some_bytes()], NOON)
    assert not any(_use(database, account, code) for code in CODES)
    assert _left(database, account) == 1
