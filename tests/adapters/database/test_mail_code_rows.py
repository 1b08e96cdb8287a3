"""Mailed codes on both databases: bound to browser and account, three tries, spent once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from tests.adapters.database.given import CROWD, NOON, at_once, some_bytes, stored_account

CODE, NEW_CODE = b"the digest", b"the digest of a new one"
BROWSER = b"a browser"
LATER = NOON + timedelta(minutes=5)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _put(database: Database, account: Account, digest: bytes = CODE) -> None:
    with database.transaction() as tx:
        tx.mail_codes.put(BROWSER, account.id, digest, LATER)


def _try(
    database: Database,
    account: Account,
    *,
    browser: bytes = BROWSER,
    at: timedelta = timedelta(),
    most: int = 3,
) -> bytes | None:
    with database.transaction() as tx:
        return tx.mail_codes.take_try(browser, account.id, NOON + at, most)


def _spend(database: Database, digest: bytes = CODE, browser: bytes = BROWSER) -> bool:
    with database.transaction() as tx:
        return tx.mail_codes.spend(browser, digest)


def test_a_try_gives_what_to_compare_with_and_there_are_three(
    database: Database, account: Account
) -> None:
    _put(database, account)
    assert [_try(database, account) for _ in range(5)] == [CODE] * 3 + [None] * 2


def test_a_crowd_gets_no_more_tries_than_there_are(database: Database, account: Account) -> None:
    _put(database, account)
    given = at_once(lambda _number: _try(database, account))
    assert [digest for digest in given if digest] == [CODE] * 3
    assert len(given) == CROWD


def test_a_code_belongs_to_one_browser_and_one_account(
    database: Database, account: Account
) -> None:
    _put(database, account)
    assert _try(database, account, browser=some_bytes()) is None
    assert _try(database, stored_account(database)) is None
    assert not _spend(database, browser=some_bytes())
    # A stranger's try is nobody's try: all three are left.
    assert [_try(database, account) for _ in range(3)] == [CODE] * 3


def test_a_code_ends_at_its_moment(database: Database, account: Account) -> None:
    _put(database, account)
    life = LATER - NOON
    assert _try(database, account, at=life - MOMENT) == CODE
    assert _try(database, account, at=life) is None


def test_a_code_is_spent_once_and_a_spent_one_takes_no_try(
    database: Database, account: Account
) -> None:
    _put(database, account)
    assert _spend(database)
    assert not _spend(database)
    assert _try(database, account) is None


def test_of_a_crowd_with_the_right_code_one_spends_it(database: Database, account: Account) -> None:
    _put(database, account)
    assert sum(at_once(lambda _number: _spend(database))) == 1


def test_a_new_code_voids_the_old_one_and_its_tries(database: Database, account: Account) -> None:
    _put(database, account)
    assert [_try(database, account) for _ in range(4)] == [CODE] * 3 + [None]
    _put(database, account, NEW_CODE)
    assert not _spend(database)
    assert _try(database, account) == NEW_CODE
    assert _spend(database, NEW_CODE)


def test_the_same_browser_with_another_account_begins_anew(
    database: Database, account: Account
) -> None:
    other = stored_account(database)
    _put(database, account)
    _put(database, other, NEW_CODE)
    assert _try(database, account) is None
    assert _try(database, other) == NEW_CODE


def test_codes_are_thrown_away_when_they_are_over_and_not_before(
    database: Database, account: Account
) -> None:
    _put(database, account)
    with database.transaction() as tx:
        assert tx.housekeeping.prune(LATER - MOMENT, 10) == 0
        assert tx.housekeeping.prune(LATER, 10) == 1
    assert not _spend(database)
