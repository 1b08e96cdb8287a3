"""Guesses are counted before they are judged, locks hold, and unfinished sign-ins are used once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from authserver.domain.guessing import NIST_MOST, LockRule, Path, wait_after
from authserver.domain.ids import AccountId
from tests.adapters.database.given import CROWD, NOON, at_once, some_bytes, stored_account

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
RULE = LockRule(most=5, first_wait=timedelta(minutes=1), longest_wait=timedelta(hours=1))
NOBODY = "?digest-of-a-name"
OWNER = "account-1"


def _begin(
    database: Database, owner: str = OWNER, path: Path = Path.PASSWORD, at: datetime = NOON
) -> int:
    with database.transaction() as tx:
        return tx.guesses.begin(owner, path, at)


def _try(database: Database, at: datetime = NOON, owner: str = OWNER) -> int:
    """Count one try, and lock with it where the rule says so, as a sign-in does."""
    with database.transaction() as tx:
        number = tx.guesses.begin(owner, Path.PASSWORD, at)
        wait = wait_after(number, RULE)
        if wait is not None:
            tx.guesses.lock(owner, Path.PASSWORD, at + wait)
        return number


def _crowd_of_tries(database: Database, at: datetime) -> list[int]:
    return at_once(lambda _number: _try(database, at))


def _lock(database: Database, until: datetime, owner: str = OWNER) -> None:
    with database.transaction() as tx:
        tx.guesses.lock(owner, Path.PASSWORD, until)


def _give_back(database: Database, number: int) -> None:
    with database.transaction() as tx:
        tx.guesses.give_back(OWNER, Path.PASSWORD, number)


def _prune(database: Database, after: timedelta, limit: int = 1000) -> int:
    with database.transaction() as tx:
        return tx.housekeeping.prune(NOON + after, limit)


def test_tries_are_numbered_per_owner_and_path(database: Database) -> None:
    assert [_begin(database) for _ in range(3)] == [1, 2, 3]
    assert _begin(database, path=Path.SECOND_FACTOR) == 1
    assert _begin(database, owner=NOBODY) == 1
    assert _begin(database) == 4


def test_every_try_of_a_crowd_has_a_number_of_its_own(database: Database) -> None:
    numbers = at_once(lambda _number: _begin(database), crowd=32)
    assert sorted(numbers) == list(range(1, 33))


@pytest.mark.parametrize("owner", [OWNER, NOBODY])
def test_of_two_hundred_tries_at_once_no_more_are_numbered_than_the_rule_allows(
    database: Database, owner: str
) -> None:
    def many(_number: int) -> list[int]:
        return [_try(database, owner=owner) for _ in range(10)]

    numbers = [number for some in at_once(many, crowd=20) for number in some]
    assert len(numbers) == 200
    assert sorted(filter(None, numbers)) == [1, 2, 3, 4, 5]


def test_after_each_wait_a_crowd_gets_one_more_round(database: Database) -> None:
    moments = (NOON, NOON + timedelta(minutes=1), NOON + timedelta(minutes=3))
    rounds = [sorted(filter(None, _crowd_of_tries(database, at))) for at in moments]
    assert rounds == [list(range(n, n + 5)) for n in (1, 6, 11)]


def test_a_locked_path_counts_nothing_until_the_moment_it_opens(database: Database) -> None:
    _begin(database)
    _lock(database, NOON + SECOND)
    assert _begin(database) == 0
    assert _begin(database, at=NOON + SECOND - timedelta(microseconds=1)) == 0
    assert _begin(database, path=Path.SECOND_FACTOR) == 1
    assert _begin(database, owner=NOBODY) == 1
    assert _begin(database, at=NOON + SECOND) == 2


def test_a_lock_is_never_shortened(database: Database) -> None:
    _begin(database)
    _lock(database, NOON + 10 * SECOND)
    _lock(database, NOON + SECOND)
    assert _begin(database, at=NOON + 9 * SECOND) == 0
    _lock(database, NOON + 20 * SECOND)
    assert _begin(database, at=NOON + 19 * SECOND) == 0
    assert _begin(database, at=NOON + 20 * SECOND) == 2


def test_a_hundred_consecutive_tries_close_the_path_for_good(database: Database) -> None:
    assert [_begin(database) for _ in range(NIST_MOST)] == list(range(1, NIST_MOST + 1))
    assert _begin(database) == 0
    assert _begin(database, at=NOON + 4000 * DAY) == 0
    with database.transaction() as tx:
        tx.guesses.succeed(OWNER, [Path.PASSWORD])
    assert _begin(database) == 1


def test_a_right_half_gives_back_its_own_try_and_the_lock_that_it_caused(
    database: Database,
) -> None:
    numbers = [_try(database) for _ in range(5)]
    assert _begin(database) == 0
    _give_back(database, numbers[-1])
    assert _try(database) == 5
    assert _begin(database) == 0


def test_a_right_half_leaves_the_lock_that_another_try_caused(database: Database) -> None:
    numbers = [_try(database) for _ in range(5)]
    _give_back(database, numbers[3])
    assert _begin(database) == 0
    assert _begin(database, at=NOON + RULE.first_wait) == 5


def test_a_crowd_of_right_halves_leaves_the_counter_where_it_was(database: Database) -> None:
    _begin(database)

    def right(_number: int) -> None:
        _give_back(database, _begin(database))

    at_once(right)
    assert _begin(database) == 2


def test_a_counter_never_falls_below_nothing(database: Database) -> None:
    number = _begin(database)
    _give_back(database, number)
    _give_back(database, number)
    _give_back(database, 0)
    assert _begin(database) == 1


def test_full_success_begins_anew_on_the_given_paths_only(database: Database) -> None:
    for path in Path:
        assert [_begin(database, path=path) for _ in range(2)] == [1, 2]
    other = _begin(database, owner=NOBODY)
    _lock(database, NOON + DAY)
    with database.transaction() as tx:
        tx.guesses.succeed(OWNER, (Path.PASSWORD, Path.SECOND_FACTOR))
    assert [_begin(database, path=path) for path in Path] == [1, 1, 3, 3]
    assert _begin(database, owner=NOBODY) == other + 1


def test_a_lock_or_a_success_without_a_try_makes_no_counter(database: Database) -> None:
    _lock(database, NOON + DAY)
    _give_back(database, 1)
    with database.transaction() as tx:
        tx.guesses.succeed(OWNER, list(Path))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM guesses").scalar() == 0


def test_counters_of_ids_that_nobody_has_go_a_day_after_their_last_try(
    database: Database,
) -> None:
    _begin(database, owner=NOBODY)
    _begin(database, owner=NOBODY, at=NOON + SECOND)
    _begin(database)
    assert _prune(database, DAY) == 0
    assert _prune(database, DAY + SECOND) == 1
    assert _prune(database, 4000 * DAY) == 0
    assert _begin(database, owner=NOBODY) == 1
    assert _begin(database) == 2


def test_a_lock_on_an_id_that_nobody_has_lasts_as_long_as_any_other(database: Database) -> None:
    _begin(database, owner=NOBODY)
    _lock(database, NOON + 3 * DAY, owner=NOBODY)
    assert _prune(database, 3 * DAY) == 0
    assert _begin(database, owner=NOBODY, at=NOON + 2 * DAY) == 0
    assert _prune(database, 4 * DAY) == 1


def test_counters_are_thrown_away_a_few_at_a_time(database: Database) -> None:
    for number in range(5):
        _begin(database, owner=f"?{number}")
    assert [_prune(database, DAY, limit=2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _put(database: Database, browser: bytes, account: Account, at: datetime = NOON) -> None:
    with database.transaction() as tx:
        tx.unfinished_sign_ins.put(browser, account.id, at, at + 10 * SECOND)


def _found(
    database: Database, browser: bytes, at: datetime = NOON
) -> tuple[AccountId, datetime] | None:
    with database.snapshot() as tx:
        return tx.unfinished_sign_ins.of_browser(browser, at)


def _take(database: Database, browser: bytes) -> bool:
    with database.transaction() as tx:
        return tx.unfinished_sign_ins.take(browser)


def test_an_unfinished_sign_in_is_its_browsers_own_until_it_expires(
    database: Database, account: Account
) -> None:
    browser = some_bytes()
    _put(database, browser, account)
    assert _found(database, browser, NOON + 9 * SECOND) == (account.id, NOON)
    assert _found(database, browser, NOON + 10 * SECOND) is None
    assert _found(database, some_bytes()) is None


def test_another_password_replaces_what_the_browser_had_shown(
    database: Database, account: Account
) -> None:
    browser, other = some_bytes(), stored_account(database)
    _put(database, browser, account)
    _put(database, browser, other, NOON + 5 * SECOND)
    assert _found(database, browser, NOON + 14 * SECOND) == (other.id, NOON + 5 * SECOND)


def test_of_a_crowd_that_shows_a_password_in_one_browser_one_is_the_last(
    database: Database, account: Account
) -> None:
    browser = some_bytes()
    at_once(lambda number: _put(database, browser, account, NOON + number * SECOND))
    found = _found(database, browser)
    assert found is not None
    assert found[1] in [NOON + number * SECOND for number in range(CROWD)]


def test_of_thirty_two_that_use_up_one_unfinished_sign_in_one_does(
    database: Database, account: Account
) -> None:
    browser, other = some_bytes(), some_bytes()
    _put(database, browser, account)
    _put(database, other, account)
    assert sum(at_once(lambda _number: _take(database, browser), crowd=32)) == 1
    assert _found(database, browser) is None
    assert _found(database, other) is not None


def test_unfinished_sign_ins_are_thrown_away_as_they_expire(
    database: Database, account: Account
) -> None:
    _put(database, some_bytes(), account)
    later = some_bytes()
    _put(database, later, account, NOON + SECOND)
    assert _prune(database, 9 * SECOND) == 0
    assert _prune(database, 10 * SECOND) == 1
    assert _take(database, later)
