"""A stolen session and a stolen password try for more than they are."""

from __future__ import annotations

import pytest

from authserver.adapters.password_hasher import PasswordHasher
from authserver.flows import guessing
from authserver.flows.ports import HasherBusy
from authserver.testing.person import Person
from authserver.testing.soft_totp import SoftTotp
from tests.support.application import Application

OLD = "correct horse battery 9"
NEW = "another good phrase 77"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_session_cannot_guess_the_present_password_without_end(
    application: Application,
) -> None:
    person = application.account("account-1", password=OLD, totp=True)
    person.sign_in()
    for number in range(105):
        body = {"current": f"wrong guess {number}", "new": NEW}
        assert person.api.request("PUT", "password", body).status_code in (401, 429)
    body = {"current": OLD, "new": NEW}
    # Past the hundredth failure nothing may tell the right guess from the wrong ones.
    assert person.api.request("PUT", "password", body).status_code in (401, 429)


def guess(person: Person, current: str, *, step_up: str | None = None) -> str:
    """What is said to somebody who sits at an open session and guesses its present password."""
    body = {"current": current, "new": NEW}
    answer = person.api.request("PUT", "password", body, step_up=step_up)
    return str(answer.json()["code"]) if answer.content else "changed"


def guesses_past_the_limit_in_a_session(application: Application) -> bool:
    person = application.account("account-1", password=OLD)
    person.sign_in()
    for number in range(5):
        guess(person, f"wrong guess {number}")
    return guess(person, OLD) == "step_up_needed"


def test_guesses_in_a_session_lock_the_password_and_succeed_only_without_the_lock(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guesses_past_the_limit_in_a_session(application) is False
    application.api().post("/test/reset")
    monkeypatch.setattr(guessing, "wait_after", lambda *_: None)
    assert guesses_past_the_limit_in_a_session(application) is True


def test_guesses_at_the_door_and_in_a_session_are_counted_together_and_told_once(
    any_application: Application,
) -> None:
    person = any_application.account("account-1", password=OLD)
    for _ in range(2):
        body = {"login_id": "account-1", "password": "wrong guess"}
        any_application.api().request("POST", "sign-in/password", body)
    person.sign_in()
    answers = [guess(person, f"wrong guess {number}") for number in range(3)]
    # The fifth wrong one locked the path; the right one is now refused like the wrong ones.
    assert [*answers, guess(person, OLD)] == ["credentials_invalid"] * 4
    refused = [e["reason"] for e in any_application.events() if e["kind"] == "password:refused"]
    assert refused == ["credentials_wrong"] * 3 + ["path_locked"]
    assert len(any_application.outbox(kind="path:locked", channel="mail")) == 1
    any_application.advance(301)
    assert guess(person, OLD) == "step_up_needed"


def test_the_right_password_takes_back_its_own_try_and_no_other(
    any_application: Application,
) -> None:
    person = any_application.account("account-1", password=OLD)
    person.sign_in()
    for _ in range(4):
        assert guess(person, "wrong guess") == "credentials_invalid"
        assert guess(person, OLD) == "step_up_needed"
    assert guess(person, "wrong guess") == "credentials_invalid"
    assert guess(person, OLD) == "credentials_invalid"


def test_a_busy_server_counts_no_guess_and_says_when_to_come_again(
    any_application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = any_application.account("account-1", password=OLD)
    person.sign_in()

    def busy(*_args: object) -> bool:
        raise HasherBusy

    with monkeypatch.context() as while_busy:
        while_busy.setattr(PasswordHasher, "verify", busy)
        for _ in range(6):
            answer = person.api.request("PUT", "password", {"current": OLD, "new": NEW})
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert guess(person, OLD) == "step_up_needed"
    reasons = [e["reason"] for e in any_application.events() if e["kind"] == "password:refused"]
    assert reasons == ["hasher_busy"] * 6


def test_a_changed_password_ends_the_sign_ins_that_the_old_one_had_begun(
    any_application: Application,
) -> None:
    owner = any_application.account("account-1", password=OLD, totp=SECRET, mfa_exception=True)
    thief = any_application.api(ip="203.0.113.9")
    thief.post("sign-in/password", {"login_id": "account-1", "password": OLD})
    owner.sign_in()
    change = {"current": OLD, "new": NEW}
    owner.confirming(lambda step_up: owner.api.call("PUT", "password", change, step_up=step_up))
    code = SoftTotp(SECRET).code(any_application.house.services.clock.now())
    finished = thief.request("POST", "sign-in/totp", {"code": code})
    assert (finished.status_code, thief.request("GET", "session").status_code) == (401, 401)
