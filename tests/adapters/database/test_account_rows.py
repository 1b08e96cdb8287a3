"""Accounts: one login id, one address, one handle each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account, AccountState, Role
from authserver.domain.ids import AccountId
from authserver.domain.sign_up import IdentityMethod, IdentityProof
from tests.adapters.database.given import (
    NOON,
    a_passkey,
    an_account,
    an_event,
    at_once,
    stored_account,
)


def test_an_account_comes_back_as_it_was_stored(database: Database) -> None:
    account = stored_account(
        database,
        email="Demo@example.test",
        state=AccountState.FROZEN,
        roles=frozenset({Role.OPERATOR, Role.AUDITOR}),
    )
    with database.snapshot() as tx:
        assert tx.accounts.get(account.id) == account
        assert tx.accounts.by_login_id(account.login_id) == account
        assert tx.accounts.by_email("demo@EXAMPLE.test") == account


def test_an_unknown_account_is_none(database: Database) -> None:
    with database.snapshot() as tx:
        assert tx.accounts.get(AccountId("account-1")) is None
        assert tx.accounts.by_login_id("account-1") is None
        assert tx.accounts.by_email("account-1@example.test") is None
    with database.transaction() as tx:
        assert tx.accounts.lock(AccountId("account-1")) is None


@pytest.mark.parametrize(
    "same",
    [
        lambda first: {"login_id": first.login_id},
        lambda first: {"email": first.email.upper()},
        lambda first: {"user_handle": first.user_handle},
    ],
    ids=["login id", "address in other capitals", "user handle"],
)
def test_a_taken_name_is_refused_and_the_transaction_lives_on(
    database: Database, same: Callable[[Account], dict[str, Any]]
) -> None:
    first = stored_account(database)
    second = an_account(**same(first))
    event = an_event()
    with database.transaction() as tx:
        assert not tx.accounts.add(second)
        tx.events.add(event)
    with database.snapshot() as tx:
        assert tx.accounts.get(second.id) is None
        assert [seen.id for seen in tx.events.after(0, 10, None)] == [event.id]


def test_of_a_crowd_that_wants_one_login_id_one_gets_it(database: Database) -> None:
    def add(_number: int) -> bool:
        with database.transaction() as tx:
            return tx.accounts.add(an_account(login_id="wanted"))

    assert sum(at_once(add)) == 1


def test_what_is_read_under_an_accounts_lock_still_holds_when_it_is_acted_upon(
    database: Database,
) -> None:
    account = stored_account(database)

    def add_unless_there_is_one(_number: int) -> bool:
        with database.transaction() as tx:
            assert tx.accounts.lock(account.id) == account
            there = tx.passkeys.of_account(account.id)
            return not there and tx.passkeys.add(a_passkey(account))

    assert sum(at_once(add_unless_there_is_one)) == 1


def test_proofs_of_identity_are_kept_beside_the_account(database: Database) -> None:
    account = stored_account(database)
    proof = IdentityProof(
        method=IdentityMethod.ID_CARD,
        level="simulated",
        simulated=True,
        evidence_digest="digest",
        at=NOON,
    )
    with database.transaction() as tx:
        tx.accounts.add_identity_proof(account.id, proof)
        tx.accounts.add_identity_proof(account.id, proof)
    with database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT account_id, level FROM identity_proofs").all()
    assert [tuple(row) for row in kept] == [(account.id, "simulated")] * 2
