"""Notices: nobody gets one that another is sending, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from authserver.adapters.database.engine import Database
from authserver.adapters.database.schema import notices as table
from authserver.domain.event import EventKind
from authserver.domain.notice import Channel, Notice, NoticeState
from tests.adapters.database.given import (
    NOON,
    a_notice,
    an_event,
    at_once,
    stored_account,
    stored_notices,
)

LEASE = NOON + timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def _claim(database: Database, limit: int = 10, *, now: datetime = NOON) -> Sequence[Notice]:
    with database.transaction() as tx:
        return tx.notices.claim(now, now + timedelta(minutes=5), limit)


def _settle(database: Database, notice: Notice, state: NoticeState, **changes: Any) -> None:
    usual: dict[str, Any] = {"at": NOON, "next_try_at": NOON, "cause": "", "forget_secret": False}
    with database.transaction() as tx:
        tx.notices.settle(notice.id, state, **(usual | changes))


def _all(database: Database) -> list[Notice]:
    """Oldest first."""
    with database.snapshot() as tx:
        return list(reversed(tx.notices.newest(100, None, "", "", "")))


def _claimed(notice: Notice, attempts: int = 1) -> Notice:
    return replace(notice, state=NoticeState.SENDING, attempts=attempts, next_try_at=LEASE)


def test_a_notice_comes_back_as_it_was_queued(database: Database) -> None:
    account = stored_account(database)
    event = an_event(account_id=account.id)
    notice = a_notice(event, secret=b"sealed", facts={"b": "2", "a": "あ"})
    with database.transaction() as tx:
        tx.events.add(event)
        tx.notices.add(notice)
        tx.notices.add()
    assert _all(database) == [notice]


def test_a_notice_needs_its_event(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.notices.add(a_notice(an_event()))


def test_due_notices_are_claimed_under_a_lease_and_their_attempt_is_counted(
    database: Database,
) -> None:
    due, _later = stored_notices(database, {}, {"next_try_at": NOON + SECOND})
    assert _claim(database) == [_claimed(due)]
    assert _claim(database) == []
    assert _all(database)[0] == _claimed(due)


def test_the_one_that_is_due_longest_goes_first_and_no_more_than_asked_for(
    database: Database,
) -> None:
    late, early, middle = stored_notices(
        database,
        *({"next_try_at": NOON - n * SECOND, "created_at": NOON - n * SECOND} for n in (1, 3, 2)),
    )
    assert [notice.id for notice in _claim(database, 2)] == [early.id, middle.id]
    assert [notice.id for notice in _claim(database, 2)] == [late.id]


def test_the_security_class_goes_before_what_came_earlier(database: Database) -> None:
    ordinary, security = stored_notices(database, {"created_at": NOON - SECOND}, {})
    # No rule makes an ordinary notice yet; this row stands for the ones to come.
    with database.writing() as connection:
        lower = table.update().where(table.c.id == ordinary.id).values(priority=1)
        connection.execute(lower)
    assert [notice.id for notice in _claim(database, 1)] == [security.id]
    assert [notice.id for notice in _claim(database, 1)] == [ordinary.id]


def test_a_lease_that_ran_out_makes_the_notice_due_again(database: Database) -> None:
    (notice,) = stored_notices(database, {})
    _claim(database)
    assert _claim(database, now=LEASE - SECOND) == []
    again = _claim(database, now=LEASE)
    assert [(one.id, one.attempts) for one in again] == [(notice.id, 2)]


def test_of_a_crowd_of_claimers_no_two_get_the_same_notice(database: Database) -> None:
    stored = stored_notices(database, *({} for _ in range(40)))
    claimed = [notice.id for got in at_once(lambda _n: _claim(database, 5)) for notice in got]
    assert len(claimed) == len(set(claimed))
    # Whoever looked while the others held their rows got none; what is left is there to be had.
    rest = [notice.id for notice in _claim(database, 40)]
    assert sorted(claimed + rest) == sorted(notice.id for notice in stored)


def test_what_is_settled_for_good_is_never_claimed_again(database: Database) -> None:
    sent, dead, _in_app = stored_notices(
        database, {}, {}, {"channel": Channel.IN_APP, "state": NoticeState.SENT}
    )
    _claim(database)
    _settle(database, sent, NoticeState.SENT)
    _settle(database, dead, NoticeState.DEAD, cause="refused")
    assert _claim(database, now=NOON + timedelta(days=1)) == []
    assert [notice.state for notice in _all(database)] == ["sent", "dead", "sent"]


def test_a_failed_notice_is_due_again_when_its_time_has_come(database: Database) -> None:
    (notice,) = stored_notices(database, {})
    _claim(database)
    _settle(database, notice, NoticeState.FAILED, next_try_at=NOON + 5 * SECOND, cause="timeout")
    assert _claim(database, now=NOON + 4 * SECOND) == []
    assert [one.attempts for one in _claim(database, now=NOON + 5 * SECOND)] == [2]


def test_a_notice_given_back_untried_has_its_attempt_back(database: Database) -> None:
    (notice,) = stored_notices(database, {})
    _claim(database)
    _settle(database, notice, NoticeState.QUEUED)
    assert _all(database) == [notice]


def test_what_was_sent_stays_sent_whatever_a_slower_claimer_reports(database: Database) -> None:
    (notice,) = stored_notices(database, {})
    _claim(database)
    _claim(database, now=LEASE)
    _settle(database, notice, NoticeState.SENT)
    _settle(database, notice, NoticeState.FAILED, cause="timeout")
    assert _all(database)[0].state is NoticeState.SENT


@pytest.mark.parametrize(("forget", "left"), [(True, b""), (False, b"sealed")])
def test_a_secret_is_forgotten_only_when_that_is_asked_for(
    database: Database, forget: bool, left: bytes
) -> None:
    (notice,) = stored_notices(database, {"secret": b"sealed"})
    _settle(database, notice, NoticeState.SENT, forget_secret=forget)
    assert _all(database)[0].secret == left


def test_notices_are_listed_newest_first_and_on_from_any_of_them(database: Database) -> None:
    first, second, third = stored_notices(database, {}, {}, {})
    with database.snapshot() as tx:
        assert tx.notices.newest(2, None, "", "", "") == [third, second]
        assert tx.notices.newest(2, second.id, "", "", "") == [first]


def test_notices_are_listed_by_recipient_kind_and_channel(database: Database) -> None:
    mail, in_app, other = stored_notices(
        database,
        {},
        {"channel": Channel.IN_APP},
        {"recipient": "account-2@example.test", "kind": EventKind.PASSKEY_ADDED},
    )
    with database.snapshot() as tx:
        assert tx.notices.newest(10, None, mail.recipient, "", "") == [in_app, mail]
        assert tx.notices.newest(10, None, "", "passkey:added", "") == [other]
        assert tx.notices.newest(10, None, "", "", "in_app") == [in_app]
        assert tx.notices.newest(10, in_app.id, mail.recipient, mail.kind, "mail") == [mail]
        assert tx.notices.newest(10, None, "nobody", "", "") == []
