"""Passwords: one hash per account, made stronger only while it is still the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from tests.adapters.database.given import NOON, at_once, stored_account

LATER = NOON + timedelta(days=1)


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _kept(database: Database, account: Account) -> str | None:
    with database.snapshot() as tx:
        return tx.passwords.get(account.id)


def _upgrade(database: Database, account: Account, expected: str, hashed: str) -> bool:
    with database.transaction() as tx:
        return tx.passwords.upgrade(account.id, expected=expected, hashed=hashed)


def _set_at(database: Database) -> object:
    with database.reading() as connection:
        return connection.exec_driver_sql("SELECT set_at FROM passwords").scalar()


def test_an_account_begins_without_a_password(database: Database, account: Account) -> None:
    assert _kept(database, account) is None
    assert not _upgrade(database, account, "", "hash")
    assert _kept(database, account) is None


def test_a_new_password_replaces_the_accounts_old_one_only(
    database: Database, account: Account
) -> None:
    other = stored_account(database)
    with database.transaction() as tx:
        tx.passwords.set(account.id, "first", NOON)
        tx.passwords.set(other.id, "theirs", NOON)
        tx.passwords.set(account.id, "second", LATER)
    assert _kept(database, account) == "second"
    assert _kept(database, other) == "theirs"


def test_a_stronger_hash_leaves_the_passwords_age_alone(
    database: Database, account: Account
) -> None:
    with database.transaction() as tx:
        tx.passwords.set(account.id, "weak", NOON)
    before = _set_at(database)
    assert _upgrade(database, account, "weak", "strong")
    assert _kept(database, account) == "strong"
    assert _set_at(database) == before
    with database.transaction() as tx:
        tx.passwords.set(account.id, "new", LATER)
    assert _set_at(database) != before


def test_a_password_that_changed_meanwhile_is_not_put_back(
    database: Database, account: Account
) -> None:
    with database.transaction() as tx:
        tx.passwords.set(account.id, "old", NOON)
        tx.passwords.set(account.id, "new", LATER)
    assert not _upgrade(database, account, "old", "old but stronger")
    assert _kept(database, account) == "new"


def test_of_a_crowd_that_strengthens_one_hash_one_does(
    database: Database, account: Account
) -> None:
    with database.transaction() as tx:
        tx.passwords.set(account.id, "weak", NOON)
    won = at_once(lambda number: _upgrade(database, account, "weak", f"strong {number}"))
    assert sum(won) == 1
    assert _kept(database, account) == f"strong {won.index(True)}"
