"""Sign-ups: one per browser, one step at a time, and a counted try before every comparison."""

from __future__ import annotations

from dataclasses import replace

from authserver.adapters.database.engine import Database
from authserver.domain.ids import SignUpId
from authserver.domain.sign_up import IdentityMethod, IdentityProof, SignUp, SignUpStep
from tests.adapters.database.given import NOON, a_sign_up, at_once, stored_account

PROOF = IdentityProof(
    method=IdentityMethod.EKYC, level="simulated", simulated=True, evidence_digest="d", at=NOON
)


def _begun(database: Database, sign_up: SignUp) -> SignUp:
    with database.transaction() as tx:
        tx.sign_ups.put(sign_up)
    return sign_up


def test_a_sign_up_comes_back_to_its_browser(database: Database) -> None:
    sign_up = _begun(database, a_sign_up(account_id=stored_account(database).id))
    with database.snapshot() as tx:
        assert tx.sign_ups.of_browser(sign_up.browser) == sign_up
        assert tx.sign_ups.of_browser(b"another") is None


def test_beginning_again_replaces_everything_that_the_browser_had_begun(
    database: Database,
) -> None:
    first = _begun(database, a_sign_up(step=SignUpStep.ENROL_PASSKEY))
    with database.transaction() as tx:
        tx.sign_ups.take_try(first.id, 5)
        tx.sign_ups.set_identity(first.id, PROOF)
    second = _begun(database, a_sign_up(browser=first.browser))
    with database.snapshot() as tx:
        assert tx.sign_ups.of_browser(first.browser) == second
        assert tx.sign_ups.identity(first.id) is None
        assert tx.sign_ups.identity(second.id) is None


def test_tries_are_counted_until_they_are_used_up(database: Database) -> None:
    sign_up = _begun(database, a_sign_up())
    with database.transaction() as tx:
        assert [tx.sign_ups.take_try(sign_up.id, 3) for _ in range(5)] == [True] * 3 + [False] * 2
        assert tx.sign_ups.of_browser(sign_up.browser) == replace(sign_up, code_tries=3)
        assert not tx.sign_ups.take_try(SignUpId("sign-up-0"), 3)


def test_a_crowd_gets_no_more_tries_than_there_are(database: Database) -> None:
    sign_up = _begun(database, a_sign_up())

    def take(_number: int) -> bool:
        with database.transaction() as tx:
            return tx.sign_ups.take_try(sign_up.id, 5)

    assert sum(at_once(take)) == 5


def test_of_a_crowd_that_advances_a_sign_up_one_does(database: Database) -> None:
    sign_up = _begun(database, a_sign_up())

    def advance(_number: int) -> bool:
        with database.transaction() as tx:
            return tx.sign_ups.advance(
                sign_up.id, expected=SignUpStep.VERIFY_EMAIL, to=SignUpStep.PROVE_IDENTITY
            )

    assert sum(at_once(advance)) == 1
    with database.snapshot() as tx:
        moved = tx.sign_ups.of_browser(sign_up.browser)
    assert moved == replace(sign_up, step=SignUpStep.PROVE_IDENTITY)


def test_a_step_cannot_be_skipped(database: Database) -> None:
    sign_up = _begun(database, a_sign_up())
    with database.transaction() as tx:
        assert not tx.sign_ups.advance(
            sign_up.id, expected=SignUpStep.PROVE_IDENTITY, to=SignUpStep.ENROL_PASSKEY
        )
        assert tx.sign_ups.of_browser(sign_up.browser) == sign_up


def test_a_proof_of_identity_is_kept_for_the_account_to_come(database: Database) -> None:
    sign_up = _begun(database, a_sign_up())
    with database.transaction() as tx:
        assert tx.sign_ups.identity(sign_up.id) is None
        tx.sign_ups.set_identity(sign_up.id, PROOF)
    with database.snapshot() as tx:
        assert tx.sign_ups.identity(sign_up.id) == PROOF
