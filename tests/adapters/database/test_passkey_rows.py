"""Passkeys: ids never change hands, counters never go back, the last one stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from authserver.adapters.database.engine import Database
from authserver.domain.account import Account
from authserver.domain.factor import Passkey
from authserver.domain.ids import AccountId, PasskeyId
from tests.adapters.database.given import NOON, a_passkey, at_once, stored_account, stored_passkey


@pytest.fixture
def account(database: Database) -> Account:
    return stored_account(database)


def _of(database: Database, account: Account) -> list[Passkey]:
    with database.snapshot() as tx:
        return list(tx.passkeys.of_account(account.id))


def test_a_passkey_comes_back_with_its_owner(database: Database, account: Account) -> None:
    passkey = stored_passkey(database, account, last_used_at=NOON, backed_up=True)
    with database.snapshot() as tx:
        assert tx.passkeys.by_credential_id(passkey.credential_id) == (passkey, account)
        assert tx.passkeys.of_account(account.id) == [passkey]
        assert tx.passkeys.by_credential_id(b"unknown") is None
        assert tx.passkeys.of_account(AccountId("account-0")) == []


def test_passkeys_are_listed_oldest_first(database: Database, account: Account) -> None:
    newer = stored_passkey(database, account, created_at=NOON + timedelta(seconds=1))
    older = stored_passkey(database, account)
    assert _of(database, account) == [older, newer]


def test_a_login_id_names_the_passkeys_it_has_now_the_oldest_first(
    database: Database, account: Account
) -> None:
    newer = stored_passkey(database, account, created_at=NOON + timedelta(seconds=1))
    older = stored_passkey(database, account, transports=("hybrid", "internal"))
    gone = stored_passkey(database, account)
    stored_passkey(database, stored_account(database))
    with database.transaction() as tx:
        assert tx.passkeys.remove(account.id, gone.id, NOON)
        named = tx.passkeys.named_by(account.login_id)
        assert named == [(key.credential_id, key.transports) for key in (older, newer)]
        assert tx.passkeys.named_by("nobody") == []


def test_a_credential_id_belongs_to_one_account_for_ever(
    database: Database, account: Account
) -> None:
    first = stored_passkey(database, account)
    stored_passkey(database, account)
    other = stored_account(database)
    with database.transaction() as tx:
        assert tx.passkeys.remove(account.id, first.id, NOON)
    with database.transaction() as tx:
        assert not tx.passkeys.add(a_passkey(other, credential_id=first.credential_id))
    with database.snapshot() as tx:
        assert tx.passkeys.by_credential_id(first.credential_id) is None


def test_of_a_crowd_that_registers_one_credential_one_succeeds(
    database: Database, account: Account
) -> None:
    def add(_number: int) -> bool:
        with database.transaction() as tx:
            return tx.passkeys.add(a_passkey(account, credential_id=b"the same for all"))

    assert sum(at_once(add)) == 1


def test_a_passkey_needs_an_account(database: Database) -> None:
    stranger = replace(a_passkey(stored_account(database)), account_id=AccountId("account-0"))
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.passkeys.add(stranger)


@pytest.mark.parametrize(
    "nonsense",
    [{"sign_count": -1}, {"backup_eligible": False, "backed_up": True}],
    ids=["a negative counter", "a backup of what cannot be backed up"],
)
def test_an_impossible_record_is_a_fault(
    database: Database, account: Account, nonsense: dict[str, int | bool]
) -> None:
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.passkeys.add(a_passkey(account, **nonsense))


def _use(database: Database, passkey: Passkey, expected: int, new: int) -> bool:
    with database.transaction() as tx:
        return tx.passkeys.use(
            passkey.id, expected_sign_count=expected, sign_count=new, backed_up=True, at=NOON
        )


def test_using_a_passkey_moves_counter_backup_state_and_last_use(
    database: Database, account: Account
) -> None:
    passkey = stored_passkey(database, account, sign_count=5)
    assert _use(database, passkey, 5, 2**32 - 1)
    moved = replace(passkey, sign_count=2**32 - 1, backed_up=True, last_used_at=NOON)
    assert _of(database, account) == [moved]


def test_a_counter_that_another_use_has_moved_is_refused(
    database: Database, account: Account
) -> None:
    passkey = stored_passkey(database, account, sign_count=5)
    assert _use(database, passkey, 5, 6)
    assert not _use(database, passkey, 5, 7)
    assert _of(database, account)[0].sign_count == 6


def test_of_a_crowd_that_uses_one_counter_value_one_wins(
    database: Database, account: Account
) -> None:
    passkey = stored_passkey(database, account, sign_count=5)
    won = at_once(lambda number: _use(database, passkey, 5, 6 + number))
    assert sum(won) == 1
    assert _of(database, account)[0].sign_count == 6 + won.index(True)


def test_a_removed_passkey_can_be_neither_used_nor_renamed_nor_removed_again(
    database: Database, account: Account
) -> None:
    passkey = stored_passkey(database, account)
    kept = stored_passkey(database, account)
    stored_passkey(database, account)
    with database.transaction() as tx:
        assert tx.passkeys.remove(account.id, passkey.id, NOON)
        assert not tx.passkeys.remove(account.id, passkey.id, NOON)
        assert not tx.passkeys.rename(account.id, passkey.id, "new")
    assert not _use(database, passkey, 0, 1)
    assert passkey not in _of(database, account)
    assert kept in _of(database, account)


def test_a_passkey_is_renamed_by_its_owner_only(database: Database, account: Account) -> None:
    passkey = stored_passkey(database, account)
    other = stored_account(database)
    with database.transaction() as tx:
        assert not tx.passkeys.rename(other.id, passkey.id, "theirs")
        assert tx.passkeys.rename(account.id, passkey.id, "新しい名前")
    assert [kept.label for kept in _of(database, account)] == ["新しい名前"]


def test_a_passkey_is_removed_by_its_owner_only(database: Database, account: Account) -> None:
    passkey = stored_passkey(database, account)
    other = stored_account(database)
    stored_passkey(database, other)
    stored_passkey(database, other)
    with database.transaction() as tx:
        assert not tx.passkeys.remove(other.id, passkey.id, NOON)
        assert not tx.passkeys.remove(account.id, PasskeyId("passkey-0"), NOON)
    assert _of(database, account) == [passkey]


def test_the_last_passkey_cannot_be_removed(database: Database, account: Account) -> None:
    passkey = stored_passkey(database, account)
    with database.transaction() as tx:
        assert not tx.passkeys.remove(account.id, passkey.id, NOON)
    assert _of(database, account) == [passkey]


def test_of_a_crowd_that_removes_every_passkey_the_last_remover_fails(
    database: Database, account: Account
) -> None:
    passkeys = [stored_passkey(database, account) for _ in range(16)]

    def remove(number: int) -> bool:
        with database.transaction() as tx:
            tx.accounts.lock(account.id)
            return tx.passkeys.remove(account.id, passkeys[number].id, NOON)

    assert sum(at_once(remove)) == 15
    assert len(_of(database, account)) == 1
