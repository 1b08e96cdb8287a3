"""Spent ceremonies, counted windows, and what may be thrown away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.notice import NoticeState
from authserver.domain.step_up import StepUpState
from tests.adapters.database.given import (
    CROWD,
    NOON,
    a_sign_up,
    a_step_up,
    an_event,
    an_id,
    at_once,
    stored_account,
    stored_notices,
    stored_passkey,
    stored_session,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def _spend(database: Database, ceremony_id: str) -> bool:
    with database.transaction() as tx:
        return tx.spent_ceremonies.spend(ceremony_id, NOON)


class Interrupted(Exception):
    """Anything that goes wrong in the middle of a transaction."""


def _spend_and_fail(database: Database, ceremony_id: str) -> None:
    with database.transaction() as tx:
        assert tx.spent_ceremonies.spend(ceremony_id, NOON)
        raise Interrupted


def _rows(database: Database, table: str) -> int:
    with database.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    assert isinstance(found, int)
    return found


def _prune(database: Database, after: timedelta, limit: int = 1000) -> int:
    with database.transaction() as tx:
        return tx.housekeeping.prune(NOON + after, limit)


def test_a_ceremony_is_spent_once(database: Database) -> None:
    ceremony = an_id()
    assert _spend(database, ceremony)
    assert not _spend(database, ceremony)
    assert _spend(database, an_id())


def test_of_a_crowd_that_spends_one_ceremony_one_does(database: Database) -> None:
    ceremony = an_id()
    assert sum(at_once(lambda _number: _spend(database, ceremony))) == 1


def test_a_ceremony_is_unspent_when_its_transaction_fails(database: Database) -> None:
    ceremony = an_id()
    with pytest.raises(Interrupted):
        _spend_and_fail(database, ceremony)
    assert _spend(database, ceremony)


def test_hits_are_counted_per_bucket_and_window(database: Database) -> None:
    start = NOON.replace(second=0, microsecond=0)
    with database.transaction() as tx:
        assert [tx.throttles.hit("one", start + n * MINUTE / 4, 60) for n in range(4)] == [
            1,
            2,
            3,
            4,
        ]
        assert tx.throttles.hit("one", start + MINUTE, 60) == 1
        assert tx.throttles.hit("two", start, 60) == 1
        assert tx.throttles.hit("one", start, 60) == 5
        assert tx.throttles.hit("two", start + MINUTE, 60) == 1


def test_every_hit_of_a_crowd_counts(database: Database) -> None:
    def hit(_number: int) -> int:
        with database.transaction() as tx:
            return tx.throttles.hit("crowded", NOON, 600)

    assert sorted(at_once(hit)) == list(range(1, CROWD + 1))


def test_a_spent_ceremony_is_kept_for_a_day_after_its_token_expired(database: Database) -> None:
    ceremony = an_id()
    _spend(database, ceremony)
    assert _prune(database, DAY - MINUTE) == 0
    assert not _spend(database, ceremony)
    assert _prune(database, DAY) == 1
    assert _rows(database, "spent_ceremonies") == 0


def test_begun_things_are_thrown_away_when_they_are_over(database: Database) -> None:
    account = stored_account(database)
    with database.transaction() as tx:
        tx.throttles.hit("old", NOON, 60)
        tx.sign_ups.put(a_sign_up(expires_at=NOON))
        tx.enrolment_codes.add(account.id, b"code", NOON)
    assert _prune(database, MINUTE) == 1
    assert _prune(database, DAY) == 2
    left = [_rows(database, name) for name in ("throttles", "sign_ups", "enrolment_codes")]
    assert left == [0, 0, 0]


def test_what_is_still_good_is_kept(database: Database) -> None:
    account = stored_account(database)
    stored_session(database, account)
    with database.transaction() as tx:
        tx.throttles.hit("new", NOON, 86_400)
        tx.sign_ups.put(a_sign_up())
        tx.enrolment_codes.add(account.id, b"code", NOON + MINUTE)
        tx.spent_ceremonies.spend(an_id(), NOON + MINUTE)
    assert _prune(database, timedelta()) == 0


def test_sessions_are_kept_for_four_hundred_days_and_then_go_with_their_proofs(
    database: Database,
) -> None:
    session = stored_session(database, stored_account(database), expires_at=NOON)
    step_up = a_step_up(session, expires_at=NOON, state=StepUpState.SPENT)
    with database.transaction() as tx:
        tx.step_ups.add(step_up)
    assert _prune(database, 30 * DAY - MINUTE) == 0
    assert _prune(database, 30 * DAY) == 1
    assert _prune(database, 400 * DAY - MINUTE) == 0
    assert _prune(database, 400 * DAY) == 1
    assert _rows(database, "session_proofs") == 0


def test_a_session_stays_as_long_as_a_step_up_names_it(database: Database) -> None:
    session = stored_session(database, stored_account(database), expires_at=NOON)
    with database.transaction() as tx:
        tx.step_ups.add(a_step_up(session, expires_at=NOON + 1000 * DAY))
    assert _prune(database, 400 * DAY) == 0


def test_events_notices_accounts_and_passkeys_are_never_thrown_away(database: Database) -> None:
    stored_passkey(database, stored_account(database))
    stored_notices(database, {"state": NoticeState.SENT}, {"state": NoticeState.QUEUED})
    with database.transaction() as tx:
        tx.events.add(an_event())
    assert _prune(database, 4000 * DAY) == 0


def test_pruning_stops_at_its_limit_in_each_table(database: Database) -> None:
    for _ in range(5):
        _spend(database, an_id())
        with database.transaction() as tx:
            tx.throttles.hit(an_id(), NOON, 60)
    assert [_prune(database, DAY, limit=2) for _ in range(4)] == [4, 4, 2, 0]


def test_several_workers_may_prune_at_once(database: Database) -> None:
    for _ in range(50):
        _spend(database, an_id())
    assert sum(at_once(lambda _number: _prune(database, DAY), crowd=4)) == 50
