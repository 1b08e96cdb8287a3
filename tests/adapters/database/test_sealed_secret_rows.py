"""Sealed secrets, page by page, and each replaced only as long as it is what was read."""

from __future__ import annotations

from dataclasses import replace

from authserver.adapters.database.engine import Database
from authserver.adapters.database.schema import metadata
from authserver.domain.sealed_secret import SealedPlace, SealedSecret
from tests.adapters.database.given import NOON, a_totp, at_once, stored_account, stored_notices


def _all(database: Database, place: SealedPlace, limit: int = 2) -> list[SealedSecret]:
    found: list[SealedSecret] = []
    while True:
        with database.snapshot() as tx:
            page = tx.sealed_secrets.after(place, found[-1].row_id if found else "", limit)
        assert len(page) <= limit
        if not page:
            return found
        found += page


def _replace(database: Database, secret: SealedSecret, sealed: bytes) -> bool:
    with database.transaction() as tx:
        return tx.sealed_secrets.replace(secret, sealed)


def _a_sealed_totp(database: Database) -> SealedSecret:
    totp = a_totp(stored_account(database))
    with database.transaction() as tx:
        tx.totps.add(totp)
    return SealedSecret(place=SealedPlace.TOTP, row_id=totp.id, sealed=totp.sealed_secret)


def test_every_column_that_is_sealed_has_its_place() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if "secret" in column.name
    }
    assert sealed == {"totps.sealed_secret", "notices.secret"}
    assert len(SealedPlace) == len(sealed)


def test_every_row_is_on_exactly_one_page(database: Database) -> None:
    totps = [_a_sealed_totp(database) for _ in range(5)]
    notices = stored_notices(database, *({"secret": b"%d" % number} for number in range(4)), {})
    assert _all(database, SealedPlace.TOTP) == totps
    told = _all(database, SealedPlace.NOTICE)
    assert [(row.row_id, row.sealed) for row in told] == [(n.id, n.secret) for n in notices]
    with database.snapshot() as tx:
        assert tx.sealed_secrets.count() == 10


def test_a_secret_is_replaced_in_its_own_row_only(database: Database) -> None:
    first, other = _a_sealed_totp(database), _a_sealed_totp(database)
    assert _replace(database, first, b"new")
    assert _all(database, SealedPlace.TOTP) == [replace(first, sealed=b"new"), other]


def test_what_changed_or_was_forgotten_meanwhile_is_left_as_it_is(database: Database) -> None:
    account = stored_account(database)
    totp = a_totp(account)
    with database.transaction() as tx:
        tx.totps.add(totp)
    read = SealedSecret(place=SealedPlace.TOTP, row_id=totp.id, sealed=totp.sealed_secret)
    with database.transaction() as tx:
        assert tx.totps.remove(account.id, totp.id, NOON)
    assert not _replace(database, read, b"new")
    assert [row.sealed for row in _all(database, SealedPlace.TOTP)] == [b""]


def test_of_a_crowd_that_replaces_one_secret_one_does(database: Database) -> None:
    secret = _a_sealed_totp(database)
    won = at_once(lambda number: _replace(database, secret, b"new %d" % number))
    assert sum(won) == 1
    assert _all(database, SealedPlace.TOTP)[0].sealed == b"new %d" % won.index(True)
