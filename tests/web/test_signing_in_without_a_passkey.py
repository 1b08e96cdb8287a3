"""Password and code: open to those who may, and to nobody who guesses, replays or downgrades."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from authserver.testing.api import Refusal
from authserver.testing.person import Person
from tests.support.application import Application

PASSWORD = "correct horse battery staple"


def excepted(application: Application, login_id: str = "account-1", **fields: Any) -> Person:
    """Somebody with password, app and a decided exception."""
    given = {"password": PASSWORD, "totp": True, "mfa_exception": True, **fields}
    return application.account(login_id, **given)


def refusal(person: Person, path: str, body: dict[str, Any]) -> tuple[int, str]:
    with pytest.raises(Refusal) as refused:
        person.api.post(path, body)
    return refused.value.status, refused.value.code


def reasons(application: Application, kind: str = "sign_in:refused") -> list[str]:
    return [event["reason"] for event in application.events() if event["kind"] == kind]


def test_somebody_with_an_exception_signs_in_with_password_and_code(
    any_application: Application,
) -> None:
    person = excepted(any_application)
    assert person.show_password() == {"next": ["totp", "recovery_code"]}
    answer = person.api.post("sign-in/totp", {"code": person.app_code()})
    assert answer["session"]["assurance"] == "AL2"
    proofs = {proof["factor"]: proof["phishing_resistant"] for proof in answer["session"]["proofs"]}
    assert proofs == {"password": False, "totp": False}


def test_a_password_alone_opens_nothing(application: Application) -> None:
    person = excepted(application)
    person.show_password()
    for method, path in (("GET", "session"), ("GET", "factors"), ("POST", "recovery-codes")):
        answer = person.api.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_a_code_without_a_password_opens_nothing(application: Application) -> None:
    person = excepted(application)
    body = {"code": person.app_code()}
    assert refusal(person, "sign-in/totp", body) == (401, "sign_in_not_begun")


def test_the_first_half_of_one_browser_is_worth_nothing_in_another(
    application: Application,
) -> None:
    person = excepted(application)
    person.show_password()
    thief = Person(application.api(), person.login_id)
    body = {"code": person.app_code()}
    assert refusal(thief, "sign-in/totp", body) == (401, "sign_in_not_begun")


def test_right_password_and_code_of_somebody_with_a_passkey_end_in_passkey_required(
    application: Application,
) -> None:
    person = excepted(application, mfa_exception=False)
    person.show_password()
    body = {"code": person.app_code()}
    assert refusal(person, "sign-in/totp", body) == (403, "passkey_required")
    assert reasons(application, "fallback:refused") == ["passkey_required"]
    assert len(application.outbox(kind="fallback:refused")) == 2
    answer = person.api.request("GET", "session")
    assert answer.status_code == 401


@pytest.mark.parametrize("agent", ["", "MarketSpeed/1.0", "Mozilla/4.0 (MSIE 6.0)", "curl/8"])
def test_the_list_of_ways_never_depends_on_the_user_agent(
    application: Application, agent: str
) -> None:
    person = excepted(application, mfa_exception=False)
    person.api.http.headers["User-Agent"] = agent
    assert person.show_password() == {"next": ["totp", "recovery_code"]}
    body = {"code": person.app_code()}
    assert refusal(person, "sign-in/totp", body) == (403, "passkey_required")


def test_the_answer_to_a_right_password_is_the_same_whatever_the_account_has(
    application: Application,
) -> None:
    with_app = excepted(application)
    without = application.account("account-2", password=PASSWORD)
    assert with_app.show_password() == without.show_password(PASSWORD)


def test_an_exception_that_expired_or_was_never_given_opens_nothing(
    application: Application,
) -> None:
    person = excepted(application)
    application.advance(15_552_000)
    person.show_password()
    body = {"code": person.app_code()}
    assert refusal(person, "sign-in/totp", body) == (403, "passkey_required")


def test_a_code_is_used_once_also_in_another_browser(any_application: Application) -> None:
    person = excepted(any_application)
    code = person.app_code()
    person.show_password()
    person.api.post("sign-in/totp", {"code": code})
    again = Person(any_application.api(), person.login_id)
    again.show_password(PASSWORD)
    assert refusal(again, "sign-in/totp", {"code": code}) == (401, "credentials_invalid")
    assert reasons(any_application) == ["totp_replayed"]


def test_the_code_of_the_step_before_is_taken_once_and_never_after_a_later_one(
    application: Application,
) -> None:
    person = excepted(application)
    # From the first second of a step on, so that the test is over before the next one begins.
    application.advance(30 - int(person.server_time().timestamp()) % 30)
    earlier, present = person.app_code(steps=-1), person.app_code()
    person.show_password()
    person.api.post("sign-in/totp", {"code": present})
    person.show_password()
    assert refusal(person, "sign-in/totp", {"code": earlier}) == (401, "credentials_invalid")
    assert reasons(application) == ["totp_replayed"]


@pytest.mark.parametrize("zero", ["０", "𝟎", "𝟘", "٠", "०"])
def test_digits_of_another_script_replay_no_code(application: Application, zero: str) -> None:
    person = excepted(application)
    code = person.app_code()
    person.show_password()
    person.api.post("sign-in/totp", {"code": code})
    disguised = "".join(chr(ord(zero) + int(digit)) for digit in code)
    assert unicodedata.digit(disguised[0]) == int(code[0])
    person.show_password()
    status, said = refusal(person, "sign-in/totp", {"code": disguised})
    assert (status, said) in {(401, "credentials_invalid"), (422, "invalid")}


def test_a_clock_that_is_off_is_told_apart_in_the_log_and_not_to_the_client(
    application: Application,
) -> None:
    person = excepted(application)
    person.show_password()
    body = {"code": person.app_code(steps=-9)}
    assert refusal(person, "sign-in/totp", body) == (401, "credentials_invalid")
    assert reasons(application) == ["totp_skewed"]


def test_three_wrong_codes_lock_the_second_factor_and_tell_the_owner(
    application: Application,
) -> None:
    person = excepted(application)
    wrong = str((int(person.app_code()) + 1) % 10**6).zfill(6)
    for _ in range(3):
        person.show_password()
        assert refusal(person, "sign-in/totp", {"code": wrong}) == (401, "credentials_invalid")
    person.show_password()
    right = {"code": person.app_code()}
    assert refusal(person, "sign-in/totp", right) == (401, "credentials_invalid")
    assert reasons(application)[-1] == "path_locked"
    assert len(application.outbox(kind="path:locked")) == 2


def test_five_wrong_passwords_lock_the_password_and_the_right_one_looks_wrong(
    any_application: Application,
) -> None:
    person = excepted(any_application)
    wrong = {"login_id": person.login_id, "password": "not the right password"}
    answers = [person.api.request("POST", "sign-in/password", wrong) for _ in range(5)]
    locked = person.api.request("POST", "sign-in/password", {**wrong, "password": PASSWORD})
    said = {(a.status_code, a.json()["code"], a.json()["detail"]) for a in [*answers, locked]}
    assert len(said) == 1
    any_application.advance(300)
    assert person.show_password() == {"next": ["totp", "recovery_code"]}


def test_a_lock_that_somebody_else_pulled_leaves_the_passkey_open(
    application: Application,
) -> None:
    person = excepted(application)
    attacker = application.api(ip="203.0.113.9")
    for _ in range(20):
        attacker.request(
            "POST", "sign-in/password", {"login_id": person.login_id, "password": "guess it is"}
        )
    assert person.sign_in()["session"]["assurance"] == "AL3"


def test_waits_grow_and_half_a_success_shortens_none(application: Application) -> None:
    person = excepted(application)
    wrong = {"login_id": person.login_id, "password": "not the right password"}
    for _ in range(4):
        person.api.request("POST", "sign-in/password", wrong)
    person.show_password()
    person.api.request("POST", "sign-in/password", wrong)
    assert refusal(person, "sign-in/password", {**wrong, "password": PASSWORD})[0] == 401
    application.advance(300)
    for _ in range(5):
        person.api.request("POST", "sign-in/password", wrong)
    application.advance(300)
    assert refusal(person, "sign-in/password", {**wrong, "password": PASSWORD})[0] == 401
    application.advance(300)
    person.show_password()


def test_full_success_takes_the_counter_back(application: Application) -> None:
    person = excepted(application)
    wrong = {"login_id": person.login_id, "password": "not the right password"}
    for _ in range(3):
        for _ in range(4):
            person.api.request("POST", "sign-in/password", wrong)
        person.sign_in_with_password()
        application.advance(60)
    assert "path:locked" not in {event["kind"] for event in application.events()}


def test_an_unknown_login_id_is_locked_and_answered_like_a_known_one(
    application: Application,
) -> None:
    excepted(application)
    known, unknown = [], []
    for login_id, said in (("account-1", known), ("account-9", unknown)):
        api = application.api()
        for _ in range(7):
            body = {"login_id": login_id, "password": "not the right password"}
            answer = api.request("POST", "sign-in/password", body)
            problem = answer.json()
            problem.pop("request_id")
            said.append((answer.status_code, problem, sorted(answer.headers)))
    assert known == unknown


def test_a_recovery_code_stands_in_for_the_second_factor_once(application: Application) -> None:
    person = excepted(application)
    person.sign_in()
    codes = person.api.post("recovery-codes")["codes"]
    person.sign_out()
    person.show_password()
    answer = person.api.post("sign-in/recovery-code", {"code": codes[0].lower()})
    assert answer["session"]["assurance"] == "AL2"
    assert len(application.outbox(kind="recovery_code:used")) == 2
    person.show_password()
    body = {"code": codes[0]}
    assert refusal(person, "sign-in/recovery-code", body) == (401, "credentials_invalid")
    body = {"code": codes[1]}
    assert person.api.post("sign-in/recovery-code", body)["session"]["assurance"] == "AL2"


def test_a_recovery_code_opens_no_account_that_demands_a_passkey(
    application: Application,
) -> None:
    person = excepted(application, mfa_exception=False)
    person.sign_in()
    codes = person.api.post("recovery-codes")["codes"]
    person.sign_out()
    person.show_password()
    body = {"code": codes[0]}
    assert refusal(person, "sign-in/recovery-code", body) == (403, "passkey_required")


def test_a_session_without_a_passkey_changes_no_factor(application: Application) -> None:
    person = excepted(application)
    person.sign_in_with_password()
    for method, path, body in (
        ("POST", "passkeys/options", {}),
        ("POST", "totp", {}),
        ("PUT", "password", {"current": PASSWORD, "new": "another very long password"}),
        ("POST", "recovery-codes", {}),
    ):
        answer = person.api.request(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "step_up_needed"), path


def test_no_password_or_code_is_written_anywhere(application: Application) -> None:
    person = excepted(application)
    code = person.app_code()
    person.show_password()
    person.api.post("sign-in/totp", {"code": code})
    written = str(application.events()) + str(application.outbox())
    assert PASSWORD not in written
    assert person.totp is not None
    assert person.totp.secret not in written
    assert code not in written
