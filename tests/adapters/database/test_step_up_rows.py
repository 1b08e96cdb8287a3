"""Step-ups: seen by their session only, and moved from one state to the next once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.ids import SessionId, StepUpId
from authserver.domain.session import Session
from authserver.domain.step_up import StepUp, StepUpState
from tests.adapters.database.given import (
    NOON,
    a_step_up,
    at_once,
    stored_account,
    stored_session,
)


@pytest.fixture
def session(database: Database) -> Session:
    return stored_session(database, stored_account(database))


def _asked(database: Database, session: Session, **changes: object) -> StepUp:
    step_up = a_step_up(session, **changes)
    with database.transaction() as tx:
        tx.step_ups.add(step_up)
    return step_up


def _move(database: Database, step_up: StepUp, expected: StepUpState, to: StepUpState) -> bool:
    with database.transaction() as tx:
        return tx.step_ups.move(step_up.id, expected=expected, to=to, at=NOON)


def test_a_step_up_comes_back_to_its_own_session_only(database: Database, session: Session) -> None:
    step_up = _asked(database, session)
    other = stored_session(database, stored_account(database))
    with database.snapshot() as tx:
        assert tx.step_ups.get(step_up.id, session.id) == step_up
        assert tx.step_ups.get(step_up.id, other.id) is None
        assert tx.step_ups.get(StepUpId("step-up-0"), session.id) is None


def test_open_step_ups_of_the_session_are_counted_until_they_expire(
    database: Database, session: Session
) -> None:
    _asked(database, session)
    satisfied, spent, cancelled = (_asked(database, session) for _ in range(3))
    _asked(database, session, expires_at=NOON)
    _asked(database, stored_session(database, stored_account(database)))
    _move(database, satisfied, StepUpState.REQUESTED, StepUpState.SATISFIED)
    _move(database, cancelled, StepUpState.REQUESTED, StepUpState.CANCELLED)
    _move(database, spent, StepUpState.REQUESTED, StepUpState.SATISFIED)
    _move(database, spent, StepUpState.SATISFIED, StepUpState.SPENT)
    with database.snapshot() as tx:
        assert tx.step_ups.open_count(session.id, NOON) == 2
        assert tx.step_ups.open_count(session.id, NOON + timedelta(minutes=5)) == 0
        assert tx.step_ups.open_count(SessionId("session-0"), NOON) == 0


def test_of_a_crowd_that_spends_one_approval_one_does(database: Database, session: Session) -> None:
    step_up = _asked(database, session, state=StepUpState.SATISFIED)
    won = at_once(
        lambda _number: _move(database, step_up, StepUpState.SATISFIED, StepUpState.SPENT)
    )
    assert sum(won) == 1
    with database.snapshot() as tx:
        spent = tx.step_ups.get(step_up.id, session.id)
    assert spent == replace(step_up, state=StepUpState.SPENT)


def test_a_step_up_that_is_not_in_the_expected_state_stays_as_it_is(
    database: Database, session: Session
) -> None:
    step_up = _asked(database, session)
    assert not _move(database, step_up, StepUpState.SATISFIED, StepUpState.SPENT)
    assert _move(database, step_up, StepUpState.REQUESTED, StepUpState.CANCELLED)
    assert not _move(database, step_up, StepUpState.REQUESTED, StepUpState.SATISFIED)


def test_the_moment_of_each_change_is_kept(database: Database, session: Session) -> None:
    step_up = _asked(database, session)
    _move(database, step_up, StepUpState.REQUESTED, StepUpState.SATISFIED)
    _move(database, step_up, StepUpState.SATISFIED, StepUpState.SPENT)
    with database.reading() as connection:
        row = connection.exec_driver_sql(
            "SELECT satisfied_at IS NOT NULL, spent_at IS NOT NULL, cancelled_at IS NOT NULL"
            " FROM step_ups"
        ).one()
    assert [bool(value) for value in row] == [True, True, False]
