"""After 100 wrong tries a way is closed until its owner opens it; the passkey never is."""

from __future__ import annotations

from typing import Any

import pytest

from authserver.domain.guessing import Path
from authserver.testing.api import Refusal
from authserver.testing.person import Person
from tests.support.application import Application

PASSWORD = "correct horse battery staple"
DAY = 86400


def guess(application: Application, login_id: str, times: int) -> None:
    """So many wrong passwords, each in the first moment in which it would be judged."""
    services = application.house.services
    for _ in range(times):
        with services.database.transaction() as tx:
            account = tx.accounts.by_login_id(login_id)
            assert account is not None
            assert tx.guesses.begin(account.id, Path.PASSWORD, services.clock.now())


def shut(application: Application, **fields: Any) -> Person:
    """Somebody whose password was guessed at 100 times in a row."""
    person = application.account("account-1", password=PASSWORD, **fields)
    guess(application, person.login_id, 99)
    wrong = {"login_id": person.login_id, "password": "not the right password"}
    person.api.request("POST", "sign-in/password", wrong)
    return person


def state(person: Person, path: str = "password") -> dict[str, Any]:
    return next(s for s in person.api.get("sign-in-paths")["items"] if s["path"] == path)


def test_the_hundredth_wrong_try_closes_the_way_and_no_wait_opens_it(
    any_application: Application,
) -> None:
    person = shut(any_application, totp=True, mfa_exception=True)
    any_application.advance(400 * DAY)
    with pytest.raises(Refusal, match="credentials_invalid"):
        person.show_password()
    assert len(any_application.outbox(kind="path:closed")) == 2


def test_the_passkey_works_and_opens_it_again(application: Application) -> None:
    person = shut(application, totp=True, mfa_exception=True)
    person.sign_in()
    assert state(person) == {
        "path": "password",
        "wrong_tries": 100,
        "locked_until": state(person)["locked_until"],
        "closed": True,
    }
    body = {"path": "password"}
    person.confirming(lambda s: person.api.call("POST", "sign-in-paths/reopening", body, step_up=s))
    assert state(person)["closed"] is False
    person.sign_out()
    assert person.sign_in_with_password()["session"]["assurance"] == "AL2"
    assert application.outbox(kind="path:reopened")


def test_opening_one_way_needs_a_confirmation_for_that_way(application: Application) -> None:
    person = shut(application)
    person.sign_in()
    with pytest.raises(Refusal, match="step_up_needed") as refusal:
        person.api.post("sign-in-paths/reopening", {"path": "second_factor"})
    step_up = refusal.value.problem["step_up"]["id"]
    person.confirm(step_up)
    with pytest.raises(Refusal, match="step_up_mismatch"):
        person.api.call("POST", "sign-in-paths/reopening", {"path": "password"}, step_up=step_up)
    assert state(person)["closed"] is True


def test_a_sign_in_by_passkey_forgives_no_wrong_password(application: Application) -> None:
    person = application.account("account-1", password=PASSWORD)
    guess(application, person.login_id, 4)
    person.sign_in()
    assert state(person)["wrong_tries"] == 4
