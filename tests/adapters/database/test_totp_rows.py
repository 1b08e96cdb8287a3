"""Authenticator apps: confirmed once, and no step is accepted twice or after a later one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from authserver.domain.totp import Totp
from tests.adapters.database.given import NOON, a_totp, at_once, stored_account

STEP = 59_000_000
LATER = NOON + timedelta(seconds=30)


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _added(database: Database, account: Account, **changes: Any) -> Totp:
    totp = a_totp(account, **changes)
    with database.transaction() as tx:
        tx.totps.add(totp)
    return totp


def _confirmed(database: Database, account: Account) -> Totp:
    return _added(database, account, confirmed_at=NOON, last_step=STEP)


def _use(database: Database, totp: Totp, step: int) -> bool:
    with database.transaction() as tx:
        return tx.totps.use(totp.id, step, LATER)


def _confirm(database: Database, totp: Totp, step: int = STEP) -> bool:
    with database.transaction() as tx:
        return tx.totps.confirm(totp.account_id, totp.id, step, LATER)


def _remove(database: Database, totp: Totp) -> bool:
    with database.transaction() as tx:
        return tx.totps.remove(totp.account_id, totp.id, LATER)


def _kept(database: Database, account: Account) -> list[Totp]:
    with database.snapshot() as tx:
        return list(tx.totps.of_account(account.id))


def test_apps_come_back_as_they_were_stored_the_oldest_first(
    database: Database, account: Account
) -> None:
    younger = _added(database, account, created_at=LATER)
    older = _added(database, account, confirmed_at=NOON, last_used_at=LATER, last_step=STEP)
    _added(database, stored_account(database))
    assert _kept(database, account) == [older, younger]


def test_a_step_is_accepted_once_and_none_before_it_any_more(
    database: Database, account: Account
) -> None:
    totp = _confirmed(database, account)
    assert _use(database, totp, STEP + 2)
    assert not _use(database, totp, STEP + 2)
    assert not _use(database, totp, STEP + 1)
    assert not _use(database, totp, STEP)
    assert _kept(database, account) == [replace(totp, last_step=STEP + 2, last_used_at=LATER)]
    assert _use(database, totp, STEP + 3)


def test_of_thirty_two_that_show_one_step_one_is_accepted(
    database: Database, account: Account
) -> None:
    totp = _confirmed(database, account)
    assert sum(at_once(lambda _number: _use(database, totp, STEP + 1), crowd=32)) == 1


def test_of_a_crowd_with_neighbouring_steps_each_winner_is_later_than_the_one_before(
    database: Database, account: Account
) -> None:
    totp = _confirmed(database, account)
    steps = [STEP + 1 + number % 3 for number in range(32)]
    won = at_once(lambda number: _use(database, totp, steps[number]), crowd=32)
    accepted = [step for step, yes in zip(steps, won, strict=True) if yes]
    assert len(accepted) == len(set(accepted))
    assert max(accepted) == STEP + 3
    assert _kept(database, account)[0].last_step == STEP + 3


def test_an_app_that_is_not_confirmed_accepts_nothing(database: Database, account: Account) -> None:
    totp = _added(database, account)
    assert not _use(database, totp, STEP)
    assert _kept(database, account) == [totp]


def test_the_confirming_code_is_thereby_used(database: Database, account: Account) -> None:
    totp = _added(database, account)
    assert _confirm(database, totp)
    assert _kept(database, account) == [replace(totp, last_step=STEP, confirmed_at=LATER)]
    assert not _use(database, totp, STEP)
    assert not _confirm(database, totp, STEP + 1)
    assert _use(database, totp, STEP + 1)


def test_an_app_is_confirmed_once_however_many_try(database: Database, account: Account) -> None:
    totp = _added(database, account)
    won = at_once(lambda number: _confirm(database, totp, STEP + number))
    assert sum(won) == 1
    assert _kept(database, account)[0].last_step == STEP + won.index(True)


def test_only_the_owner_confirms_and_removes(database: Database, account: Account) -> None:
    other = stored_account(database)
    totp = _added(database, account)
    with database.transaction() as tx:
        assert not tx.totps.confirm(other.id, totp.id, STEP, LATER)
        assert not tx.totps.remove(other.id, totp.id, LATER)
    assert _kept(database, account) == [totp]


def test_an_app_is_not_confirmed_with_a_step_it_knows(database: Database, account: Account) -> None:
    totp = _added(database, account, last_step=STEP)
    assert not _confirm(database, totp)
    assert _confirm(database, totp, STEP + 1)


def test_a_removed_app_is_gone_for_every_purpose_and_keeps_no_secret(
    database: Database, account: Account
) -> None:
    confirmed, waiting = _confirmed(database, account), _added(database, account)
    assert _remove(database, confirmed)
    assert _remove(database, waiting)
    assert not _remove(database, confirmed)
    assert not _use(database, confirmed, STEP + 1)
    assert not _confirm(database, waiting)
    assert _kept(database, account) == []
    with database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT label, sealed_secret FROM totps").all()
    assert [(label, bytes(secret)) for label, secret in kept] == [("携帯", b"")] * 2


def test_of_a_crowd_that_removes_one_app_one_does(database: Database, account: Account) -> None:
    totp = _confirmed(database, account)
    assert sum(at_once(lambda _number: _remove(database, totp))) == 1
