"""A mailed code as the second factor: eight digits, five minutes, three tries, where permitted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authserver.adapters.database.mail_codes import MailCodeRows
from authserver.adapters.database.schema import metadata
from authserver.flows import guessing
from authserver.testing.api import Refusal
from authserver.testing.person import Person
from authserver.testing.soft_totp import SoftTotp
from authserver.web.api import mail_codes
from authserver.web.guards import routes
from tests.support.application import Application, make_application

PRESETS = Path(__file__).parents[2] / "authserver" / "policies"
PASSWORD = "correct horse battery staple"
REQUEST, GIVE = "/api/v1/sign-in/email-code/request", "/api/v1/sign-in/email-code"
WRONG = (401, "credentials_invalid")


def interim_policy(folder: Path, *, mail_tries_to_a_lock: int = 3) -> str:
    """A policy with mailed codes, whose interim outlasts these tests."""
    text = (PRESETS / "interim-2026-06.toml").read_text()
    lock = "email_code = { most = 3,"
    assert lock in text
    text = text.replace(lock, lock.replace("3", str(mail_tries_to_a_lock)))
    own = folder / "own.toml"
    own.write_text(text.replace("2026-06-30", "2999-01-01"))
    return str(own)


@pytest.fixture
def interim(tmp_path: Path) -> Iterator[Application]:
    application = make_application(tmp_path, POLICY=interim_policy(tmp_path))
    yield application
    application.close()


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Application]:
    """Its path locks late, so that the tries of one code are all that stops a guesser."""
    policy = interim_policy(tmp_path, mail_tries_to_a_lock=30)
    application = make_application(tmp_path, POLICY=policy)
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


def reasons(application: Application) -> list[str]:
    return [e["reason"] for e in application.events() if e["kind"] == "sign_in:refused"]


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


def test_the_fourth_try_is_refused_though_it_is_right_and_no_lock_stands_in_its_way(
    patient: Application,
) -> None:
    person = without_a_passkey(patient)
    code = mailed(person)
    for _ in range(3):
        assert give(person, another(code)) == WRONG
    assert give(person, code) == WRONG
    assert patient.outbox(kind="path:locked") == []
    assert give(person, mailed(person))[0] == 200


def test_three_wrong_codes_lock_the_path_and_tell_the_owner_and_a_new_code_is_too_late(
    any_interim: Application,
) -> None:
    person = without_a_passkey(any_interim)
    code = mailed(person)
    for _ in range(3):
        assert give(person, another(code)) == WRONG
    told = any_interim.outbox(kind="path:locked")
    assert {notice["channel"] for notice in told} == {"mail", "in_app"}
    assert give(person, mailed(person)) == WRONG
    assert reasons(any_interim)[-1] == "path_locked"
    any_interim.advance(300)
    assert give(person, mailed(person))[0] == 200


def test_three_wrong_codes_leave_the_app_alone(interim: Application) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    for _ in range(3):
        give(person, another(code))
    answer = person.api.post("sign-in/totp", {"code": person.app_code()})
    assert answer["session"]["assurance"] == "AL2"


def test_three_wrong_codes_leave_the_passkey_alone(interim: Application) -> None:
    person = interim.account("account-1", password=PASSWORD, totp=True)
    code = mailed(person)
    for _ in range(3):
        give(person, another(code))
    assert interim.outbox(kind="path:locked")
    assert person.sign_in()["session"]["assurance"] == "AL3"


def test_a_right_code_that_is_refused_all_the_same_forgives_no_wrong_one(
    interim: Application,
) -> None:
    person = interim.account("account-1", password=PASSWORD, totp=True)
    for _ in range(2):
        give(person, another(mailed(person)))
    assert give(person, mailed(person)) == (403, "passkey_required")
    assert interim.outbox(kind="path:locked") == []
    give(person, another(mailed(person)))
    assert interim.outbox(kind="path:locked")


def test_full_success_forgives_the_wrong_ones_before_it(interim: Application) -> None:
    person = without_a_passkey(interim)
    for _ in range(3):
        for _ in range(2):
            give(person, another(mailed(person)))
        assert give(person, mailed(person))[0] == 200
        interim.advance(3600)
    assert interim.outbox(kind="path:locked") == []


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


def test_a_mailed_code_is_no_factor_without_a_password_shown_in_this_sign_in(
    interim: Application,
) -> None:
    person = without_a_passkey(interim)
    code = mailed(person)
    interim.advance(301)
    assert give(person, code) == (401, "sign_in_not_begun")
    assert give(Person(interim.api(), person.login_id), code) == (401, "sign_in_not_begun")
    assert give(person, mailed(person))[0] == 200
    assert give(person, person.read_mail_code()) == (401, "sign_in_not_begun")


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


def test_the_code_is_in_no_event_answer_log_or_row_and_only_in_its_own_message(
    interim: Application, caplog: pytest.LogCaptureFixture
) -> None:
    person = without_a_passkey(interim)
    person.show_password()
    asked = person.api.request("POST", "sign-in/email-code/request")
    code = person.read_mail_code()
    given = person.api.request("POST", "sign-in/email-code", {"code": code})
    assert (asked.status_code, given.status_code) == (202, 200)
    with interim.house.services.database.reading() as connection:  # type: ignore[attr-defined]
        rows = [connection.execute(t.select()).all() for t in metadata.sorted_tables]
    answers = asked.text + str(asked.headers) + given.text + str(given.headers)
    others = [n for n in interim.outbox() if n["kind"] != "sign_in:code_sent"]
    assert code not in answers + str(interim.events()) + str(others) + caplog.text + str(rows)
    (message,) = interim.outbox(kind="sign_in:code_sent")
    assert (message["channel"], message["recipient"]) == ("mail", person.email)
    assert code in message["text"]
    assert code not in message["subject"]


EXCEPTED = {"password": PASSWORD, "totp": True, "mfa_exception": True}


def test_where_the_policy_has_no_mailed_codes_the_routes_are_not_there(
    application: Application,
) -> None:
    person = application.account("account-1", **EXCEPTED)
    assert "email_code" not in person.show_password()["next"]
    for path, body in ((REQUEST, {}), (GIVE, {"code": "12345678"})):
        answer = person.api.request("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    documented = application.api().get("/openapi.json")["paths"]
    assert not {REQUEST, GIVE}.intersection(documented)


def test_an_exception_opens_nothing_by_mailed_code_where_only_the_route_was_left_open(
    application: Application,
) -> None:
    application.app.register_blueprint(mail_codes.api)
    person = application.account("account-1", **EXCEPTED)
    person.show_password()
    for path, body in ((REQUEST, {}), (GIVE, {"code": "12345678"})):
        answer = person.api.request("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert application.outbox(kind="sign_in:code_sent") == []


def test_an_exception_opens_nothing_by_mailed_code_where_the_policy_lists_it(
    interim: Application,
) -> None:
    """It means password and app, and never less (FSA-SEC-12)."""
    person = interim.account("account-1", **EXCEPTED)
    assert give(person, mailed(person)) == (403, "passkey_required")


def test_mailed_codes_end_with_the_interim_by_themselves(tmp_path: Path) -> None:
    application = make_application(tmp_path, POLICY="interim-2026-06")
    person = application.account("account-1", **EXCEPTED)
    assert "email_code" not in person.show_password()["next"]
    assert person.api.request("POST", "sign-in/email-code/request").status_code == 404
    assert application.outbox(kind="sign_in:code_sent") == []
    application.close()


def test_where_the_policy_has_them_the_document_names_them(interim: Application) -> None:
    paths = interim.api().get("/openapi.json")["paths"]
    assert set(paths[REQUEST]["post"]["responses"]) > {"202", "401", "429"}
    assert set(paths[GIVE]["post"]["responses"]) > {"200", "401", "403", "429"}
    served = {r.path for r in routes(interim.app) if r.path.startswith(("/api/", "/test/"))}
    assert {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path) for path in served} == set(paths)


# --- Sabotage


def guesses_past_three(application: Application) -> bool:
    person = without_a_passkey(application)
    code = mailed(person)
    for _ in range(3):
        give(person, another(code))
    return give(person, code)[0] == 200


def asks_for_new_codes_past_the_lock(application: Application) -> bool:
    person = without_a_passkey(application)
    for _ in range(3):
        give(person, another(mailed(person)))
    return give(person, mailed(person))[0] == 200


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


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "wait_after", lambda *_: None)


def without_spending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MailCodeRows, "spend", lambda *_: True)


@pytest.mark.parametrize(
    ("policy", "attack", "sabotage"),
    [
        ("patient", guesses_past_three, without_counting),
        ("interim", asks_for_new_codes_past_the_lock, without_the_lock),
        ("interim", uses_a_code_twice, without_spending),
    ],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_the_attack_fails_and_succeeds_only_when_its_guard_is_switched_off(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    attack: Any,
    sabotage: Any,
) -> None:
    application = request.getfixturevalue(policy)
    assert attack(application) is False
    application.api().post("/test/reset")
    sabotage(monkeypatch)
    assert attack(application) is True
