"""Exceptions: one request at a time and account, and every request is decided once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from authserver.adapters.database.engine import Database
from authserver.adapters.database.schema import mfa_exceptions
from authserver.domain.account import Account
from authserver.domain.mfa_exception import ExceptionState, MfaException
from tests.adapters.database.given import NOON, an_exception, an_id, at_once, stored_account

DAY = timedelta(days=1)


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _approved(request: MfaException, operator: Account) -> MfaException:
    return replace(
        request,
        state=ExceptionState.APPROVED,
        decided_at=NOON + DAY,
        decided_by=operator.id,
        effective_at=NOON + 2 * DAY,
        expires_at=NOON + 9 * DAY,
    )


def _rejected(request: MfaException, operator: Account) -> MfaException:
    return replace(
        request,
        state=ExceptionState.REJECTED,
        decided_at=NOON + DAY,
        decided_by=operator.id,
    )


def _add(database: Database, exception: MfaException) -> bool:
    with database.transaction() as tx:
        return tx.mfa_exceptions.add(exception)


def _decide(database: Database, decided: MfaException) -> bool:
    with database.transaction() as tx:
        return tx.mfa_exceptions.decide(decided)


def _newest(database: Database, account: Account) -> MfaException | None:
    with database.snapshot() as tx:
        return tx.mfa_exceptions.newest(account.id)


def test_a_request_comes_back_as_it_was_stored(database: Database, account: Account) -> None:
    request = an_exception(account)
    assert _newest(database, account) is None
    assert _add(database, request)
    assert _newest(database, account) == request
    assert _newest(database, stored_account(database)) is None


def test_an_exception_may_be_stored_as_granted_already(
    database: Database, account: Account
) -> None:
    granted = replace(_approved(an_exception(account), account), decided_by=None)
    assert _add(database, granted)
    assert _newest(database, account) == granted


def test_a_second_request_is_refused_while_one_waits_and_the_transaction_lives_on(
    database: Database, account: Account
) -> None:
    first, theirs = an_exception(account), an_exception(stored_account(database))
    assert _add(database, first)
    with database.transaction() as tx:
        assert not tx.mfa_exceptions.add(an_exception(account, requested_at=NOON + 4000 * DAY))
        assert tx.mfa_exceptions.add(theirs)
    assert _newest(database, account) == first


def test_a_request_is_refused_while_an_approved_one_has_not_expired(
    database: Database, account: Account
) -> None:
    request = an_exception(account)
    approved = _approved(request, stored_account(database))
    assert _add(database, request)
    assert _decide(database, approved)
    assert approved.expires_at is not None
    almost = approved.expires_at - timedelta(microseconds=1)
    assert not _add(database, an_exception(account, requested_at=NOON + DAY))
    assert not _add(database, an_exception(account, requested_at=almost))
    again = an_exception(account, requested_at=approved.expires_at)
    assert _add(database, again)
    assert _newest(database, account) == again


@pytest.mark.parametrize("over", [ExceptionState.REJECTED, ExceptionState.ENDED])
def test_what_is_over_stands_in_no_requests_way(
    database: Database, account: Account, over: ExceptionState
) -> None:
    assert _add(database, an_exception(account, state=over, expires_at=NOON + 9 * DAY))
    assert _add(database, an_exception(account))


def test_of_thirty_two_requests_at_once_one_is_stored(database: Database, account: Account) -> None:
    def add_and_linger(_number: int) -> bool:
        with database.transaction() as tx:
            added = tx.mfa_exceptions.add(an_exception(account))
            # Not yet committed, and the others are asking: only the index can tell them.
            assert all(tx.accounts.get(account.id) == account for _ in range(50))
            return added

    assert sum(at_once(add_and_linger, crowd=32)) == 1
    with database.snapshot() as tx:
        assert len(tx.mfa_exceptions.listed(ExceptionState.REQUESTED, 100)) == 1


def test_the_database_itself_holds_no_two_requests_of_an_account(
    database: Database, account: Account
) -> None:
    row = {"account_id": account.id, "reason": "other", "consent_version": "1"}
    row |= {"state": "requested"}
    insert = mfa_exceptions.insert()
    with database.writing() as connection:
        connection.execute(insert, {**row, "id": an_id(), "requested_at": NOON})
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert, {**row, "id": an_id(), "requested_at": NOON + DAY})


def test_requests_and_a_decision_at_once_leave_one_that_is_open_or_in_force(
    database: Database, account: Account
) -> None:
    """As the flows do it: under the account's lock."""
    request = an_exception(account)
    approved = _approved(request, stored_account(database))
    assert _add(database, request)

    def act(number: int) -> bool:
        with database.transaction() as tx:
            assert tx.accounts.lock(account.id) is not None
            if number % 2:
                return tx.mfa_exceptions.decide(approved)
            return tx.mfa_exceptions.add(an_exception(account, requested_at=NOON + DAY))

    won = at_once(act, crowd=16)
    assert sum(won[1::2]) == 1
    assert sum(won[::2]) == 0
    assert _newest(database, account) == approved


def test_a_decision_is_stored_whole_and_once(database: Database, account: Account) -> None:
    operator = stored_account(database)
    request = an_exception(account)
    assert _add(database, request)
    approved = _approved(request, operator)
    assert _decide(database, approved)
    assert not _decide(database, approved)
    assert not _decide(database, _rejected(request, operator))
    assert _newest(database, account) == approved


def test_of_thirty_two_decisions_at_once_one_is_kept(database: Database, account: Account) -> None:
    operator = stored_account(database)
    request = an_exception(account)
    assert _add(database, request)
    either = (_approved(request, operator), _rejected(request, operator))
    won = at_once(lambda number: _decide(database, either[number % 2]), crowd=32)
    assert sum(won) == 1
    assert _newest(database, account) == either[won.index(True) % 2]


def test_a_decision_about_what_was_never_asked_changes_nothing(
    database: Database, account: Account
) -> None:
    request = an_exception(account)
    assert _add(database, request)
    assert not _decide(database, _approved(replace(request, id=an_id()), account))
    assert _newest(database, account) == request


def test_requests_are_listed_by_state_the_oldest_first(database: Database) -> None:
    requests = [
        an_exception(stored_account(database), requested_at=NOON - number * DAY)
        for number in range(4)
    ]
    for request in requests:
        assert _add(database, request)
    rejected = _rejected(requests[1], stored_account(database))
    assert _decide(database, rejected)
    with database.snapshot() as tx:
        waiting = tx.mfa_exceptions.listed(ExceptionState.REQUESTED, 2)
        assert waiting == [requests[3], requests[2]]
        assert tx.mfa_exceptions.listed(ExceptionState.REJECTED, 2) == [rejected]
        assert tx.mfa_exceptions.listed(ExceptionState.APPROVED, 2) == []
