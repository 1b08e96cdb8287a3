"""A mailed code as the second factor: eight digits, five minutes, three tries, where permitted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authserver.adapters.database.mail_codes import MailCodeRows
from authserver.flows import guessing
from authserver.testing.api import Refusal
from authserver.testing.person import Person
from authserver.testing.soft_totp import SoftTotp
from tests.support.application import Application, make_application

PRESETS = Path(__file__).parents[2] / "authserver" / "policies"
PASSWORD = "correct horse battery staple"
WRONG = (401, "credentials_invalid")


def interim_policy(folder: Path) -> str:
    """A policy with mailed codes, whose interim outlasts these tests."""
    text = (PRESETS / "interim-2026-06.toml").read_text()
    own = folder / "own.toml"
    own.write_text(text.replace("2026-06-30", "2999-01-01"))
    return str(own)


@pytest.fixture
def interim(tmp_path: Path) -> Iterator[Application]:
    application = make_application(tmp_path, POLICY=interim_policy(tmp_path))
    yield application
    application.close()


@pytest.fixture
def any_interim(tmp_path: Path, database_url: str) -> Iterator[Application]:
    application = make_application(
        tmp_path, POLICY=interim_policy(tmp_path), database_url=database_url
    )
    application.api().post("/test/reset")
    yield application
    application.close()


def without_a_passkey(application: Application, login_id: str = "account-1") -> Person:
    api = application.api()
    made = api.post("/test/accounts", {"login_id": login_id, "password": PASSWORD, "totp": True})
    person = Person(api, login_id)
    person.password, person.totp = PASSWORD, SoftTotp(made["totp_secret"])
    return person


def mailed(person: Person) -> str:
    """Password, then the code that arrives."""
    assert "email_code" in person.show_password()["next"]
    assert person.api.post("sign-in/email-code/request") == {"next": "give_email_code"}
    return person.read_mail_code()


def give(person: Person, code: str) -> tuple[int, str]:
    answer = person.api.request("POST", "sign-in/email-code", {"code": code})
    return answer.status_code, answer.json().get("code", "")


def another(code: str) -> str:
    return "00000000" if code != "00000000" else "11111111"


def test_password_and_mailed_code_open_an_account_in_the_interim(any_interim: Application) -> None:
    person = without_a_passkey(any_interim)
    answer = person.api.post("sign-in/email-code", {"code": mailed(person)})
    assert answer["session"]["assurance"] == "AL2"
    proofs = {proof["factor"]: proof["phishing_resistant"] for proof in answer["session"]["proofs"]}
    assert proofs == {"password": False, "email_code": False}


def test_a_code_works_once(any_interim: Application) -> None:
    person = without_a_passkey(any_interim)
    code = mailed(person)
    assert give(person, code)[0] == 200
    person.show_password()
    assert give(person, code) == WRONG


def test_the_fourth_try_is_refused_though_it_is_right(any_interim: Application) -> None:
    person = without_a_passkey(any_interim)
    code = mailed(person)
    for _ in range(3):
        assert give(person, another(code)) == WRONG
    assert give(person, code) == WRONG
    assert any_interim.outbox(kind="path:locked", channel="mail")


def test_three_wrong_codes_leave_the_app_alone(interim: Application) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    for _ in range(3):
        give(person, another(code))
    answer = person.api.post("sign-in/totp", {"code": person.app_code()})
    assert answer["session"]["assurance"] == "AL2"


def test_a_code_lives_five_minutes(interim: Application) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    interim.advance(299)
    person.show_password()
    interim.advance(2)
    assert give(person, code) == WRONG


def test_a_new_code_voids_the_old_one(interim: Application) -> None:
    person = without_a_passkey(interim)
    old = mailed(person)
    new = mailed(person)
    if old != new:
        assert give(person, old) == WRONG
    assert give(person, new)[0] == 200


def test_a_code_of_one_browser_is_worth_nothing_in_another(interim: Application) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    thief = Person(interim.api(), person.login_id)
    thief.show_password(PASSWORD)
    assert give(thief, code) == WRONG


def test_a_code_of_one_account_opens_no_other_in_the_same_browser(interim: Application) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    without_a_passkey(interim, "account-2")
    other = Person(person.api, "account-2")
    other.show_password(PASSWORD)
    assert give(other, code) == WRONG


def test_no_code_is_mailed_before_the_password_was_right(interim: Application) -> None:
    person = without_a_passkey(interim)
    with pytest.raises(Refusal, match="sign_in_not_begun"):
        person.api.post("sign-in/email-code/request")
    assert interim.outbox(kind="sign_in:code_sent") == []


def test_somebody_with_a_passkey_ends_in_passkey_required(interim: Application) -> None:
    person = interim.account("account-1", password=PASSWORD, totp=True)
    assert give(person, mailed(person)) == (403, "passkey_required")
    assert interim.outbox(kind="fallback:refused")


def test_full_width_digits_are_the_same_digits_and_the_same_code(interim: Application) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    wide = "".join(chr(ord("０") + int(digit)) for digit in code)
    assert give(person, wide)[0] == 200
    person.show_password()
    assert give(person, wide) == WRONG


def test_messages_are_bounded(interim: Application) -> None:
    person = without_a_passkey(interim)
    person.show_password()
    answers = [person.api.request("POST", "sign-in/email-code/request") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {202, 429}
    assert len(interim.outbox(kind="sign_in:code_sent")) == 10


def test_the_code_is_in_no_event_and_no_answer(interim: Application) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    give(person, code)
    assert code not in str(interim.events())


def test_where_the_policy_has_no_mailed_codes_the_routes_are_not_there(
    application: Application,
) -> None:
    person = application.account("account-1", password=PASSWORD, totp=True, mfa_exception=True)
    assert "email_code" not in person.show_password()["next"]
    for path, body in (("request", {}), ("", {"code": "12345678"})):
        answer = person.api.request("POST", f"sign-in/email-code/{path}".rstrip("/"), body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not [p for p in application.api().get("/openapi.json")["paths"] if "email-code" in p][2:]


def test_where_the_policy_has_them_the_document_names_them(interim: Application) -> None:
    paths = interim.api().get("/openapi.json")["paths"]
    assert "/api/v1/sign-in/email-code" in paths
    assert "/api/v1/sign-in/email-code/request" in paths


# --- Sabotage


def guesses_past_three(application: Application) -> bool:
    person = without_a_passkey(application)
    code = mailed(person)
    for _ in range(3):
        give(person, another(code))
    return give(person, code)[0] == 200


def uses_a_code_twice(application: Application) -> bool:
    # With a passkey, whose owner stays outside: a session would give the browser another name.
    person = application.account("account-1", password=PASSWORD, totp=True)
    code = mailed(person)
    give(person, code)
    person.show_password()
    return give(person, code) == (403, "passkey_required")


def without_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = MailCodeRows.take_try
    monkeypatch.setattr(
        MailCodeRows, "take_try", lambda rows, b, a, now, _most: genuine(rows, b, a, now, 99)
    )
    monkeypatch.setattr(guessing, "wait_after", lambda *_: None)


def without_spending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MailCodeRows, "spend", lambda *_: True)


@pytest.mark.parametrize(
    ("attack", "sabotage"),
    [(guesses_past_three, without_counting), (uses_a_code_twice, without_spending)],
    ids=lambda part: part.__name__,
)
def test_the_attack_fails_and_succeeds_only_when_its_guard_is_switched_off(
    interim: Application, monkeypatch: pytest.MonkeyPatch, attack: Any, sabotage: Any
) -> None:
    assert attack(interim) is False
    interim.api().post("/test/reset")
    sabotage(monkeypatch)
    assert attack(interim) is True
