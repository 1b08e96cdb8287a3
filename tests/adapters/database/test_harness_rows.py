"""The tester's doors: time only goes forward, and a reset leaves nothing but the clock."""

from __future__ import annotations

import pytest

from authserver.adapters.database.engine import Database
from authserver.adapters.database.harness import BoundClient, Harness
from authserver.adapters.database.schema import metadata
from authserver.domain.guessing import Path
from tests.adapters.database.given import (
    CROWD,
    NOON,
    a_recovery,
    a_sign_up,
    a_step_up,
    a_totp,
    an_event,
    an_exception,
    an_id,
    at_once,
    stored_account,
    stored_notices,
    stored_passkey,
    stored_session,
)


def test_time_begins_at_the_systems_clock_and_adds_up(database: Database) -> None:
    harness = Harness(database)
    assert harness.offset_seconds() == 0
    assert harness.advance(0) == 0
    assert harness.advance(90) == 90
    assert harness.advance(10) == 100
    assert harness.offset_seconds() == 100


def test_time_never_goes_back(database: Database) -> None:
    harness = Harness(database)
    harness.advance(90)
    with pytest.raises(ValueError, match="never goes back"):
        harness.advance(-1)
    assert harness.offset_seconds() == 90


def test_steps_of_a_crowd_add_up(database: Database) -> None:
    harness = Harness(database)
    at_once(lambda _number: harness.advance(1))
    assert harness.offset_seconds() == CROWD


def test_a_client_is_bound_to_its_name_until_it_is_bound_anew(database: Database) -> None:
    harness = Harness(database)
    harness.bind_client("attacker", "203.0.113.9", "curl")
    harness.bind_client("owner", "192.0.2.1", "Mozilla/5.0")
    harness.bind_client("attacker", "203.0.113.10", "Mozilla/5.0")
    assert harness.client("attacker") == BoundClient("203.0.113.10", "Mozilla/5.0")
    assert harness.client("owner") == BoundClient("192.0.2.1", "Mozilla/5.0")
    assert harness.client("nobody") is None


def test_a_reset_empties_every_table_but_the_clock_and_counts_from_one(database: Database) -> None:
    harness = Harness(database)
    _fill(database, harness)
    with database.reading() as connection:
        filled = {
            table.name
            for table in metadata.sorted_tables
            if connection.execute(table.select()).first() is not None
        }
    harness.reset()
    with database.reading() as connection:
        left = {
            table.name
            for table in metadata.sorted_tables
            if connection.execute(table.select()).first() is not None
        }
    assert filled == set(metadata.tables) - {"identity_proofs"}
    assert left == {"test_clock"}
    assert harness.offset_seconds() == 60
    with database.transaction() as tx:
        tx.events.add(an_event())
        assert [event.sequence for event in tx.events.after(0, 10, None)] == [1]


def _fill(database: Database, harness: Harness) -> None:
    """Something in every table that a store or the harness writes."""
    account = stored_account(database)
    stored_passkey(database, account)
    session = stored_session(database, account)
    stored_notices(database, {"account_id": account.id})
    with database.transaction() as tx:
        tx.recovery_codes.replace(account.id, [b"code"], NOON)
        tx.enrolment_codes.add(account.id, b"code", NOON)
        tx.sign_ups.put(a_sign_up(account_id=account.id))
        tx.step_ups.add(a_step_up(session))
        tx.spent_ceremonies.spend(an_id(), NOON)
        tx.throttles.hit("bucket", NOON, 60)
        tx.passwords.set(account.id, "hash", NOON)
        tx.totps.add(a_totp(account))
        tx.guesses.begin(account.id, Path.PASSWORD, NOON)
        tx.unfinished_sign_ins.put(b"browser", account.id, NOON, NOON)
        tx.mfa_exceptions.add(an_exception(account))
        tx.recoveries.add(a_recovery(account))
        tx.mail_codes.put(b"browser", account.id, b"code", NOON)
    harness.advance(60)
    harness.bind_client("owner", "192.0.2.1", "")
