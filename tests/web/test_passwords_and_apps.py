"""Setting passwords and authenticator apps up, and asking for the exception."""

from __future__ import annotations

from typing import Any

import pytest

from authserver.testing.api import Refusal
from authserver.testing.person import Person
from authserver.testing.soft_totp import SoftTotp
from tests.support.application import Application

LONG = "seven quiet herons at dusk"


def signed_in(application: Application, login_id: str = "account-1", **fields: Any) -> Person:
    person = application.account(login_id, **fields)
    person.sign_in()
    return person


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("fourteen chars", "password_too_short"),
        ("x" * 257, "password_too_long"),
        ("x" * 1000, "password_too_long"),
        ("a" * 20, "password_common"),
        ("1234567890123456", "password_common"),
        ("account-1account-1", "password_about_you"),
        ("tab\there and everywhere", "password_unprintable"),
    ],
)
def test_a_password_that_anybody_would_try_is_refused_with_its_reason(
    application: Application, password: str, code: str
) -> None:
    person = signed_in(application)
    with pytest.raises(Refusal) as refused:
        person.set_password(password)
    assert (refused.value.status, refused.value.code) == (422, code)


def test_a_password_is_set_and_changed_and_ends_other_sessions(
    any_application: Application,
) -> None:
    person = signed_in(any_application)
    person.set_password(LONG)
    assert person.api.get("factors")["password"] is True
    other = Person(any_application.api(), person.login_id, passkey=person.passkey)
    other.sign_in()
    person.set_password("eight slow turtles by noon")
    with pytest.raises(Refusal, match="not_signed_in"):
        other.api.get("session")
    assert person.api.get("session")["account"]["login_id"] == person.login_id
    assert len(any_application.outbox(kind="password:set")) == 4


def test_the_present_password_is_asked_for_when_it_is_changed(application: Application) -> None:
    person = signed_in(application)
    person.set_password(LONG)
    for current in ({}, {"current": "not the right password"}):
        with pytest.raises(Refusal) as refused:
            person.api.call("PUT", "password", {**current, "new": "eight slow turtles by noon"})
        assert (refused.value.status, refused.value.code) == (401, "credentials_invalid")


def test_the_same_password_in_another_spelling_is_the_same(application: Application) -> None:
    person = signed_in(application)
    person.set_password("ｆｕｌｌ ｗｉｄｔｈ ｌｅｔｔｅｒｓ")
    person.sign_out()
    assert person.show_password("full width letters") == {"next": ["totp", "recovery_code"]}


def test_an_app_counts_after_its_first_code_which_is_used_by_that(
    any_application: Application,
) -> None:
    person = signed_in(any_application)
    made = person.confirming(lambda s: person.api.post("totp", {"label": "phone"}, step_up=s))
    assert made["otpauth_uri"].startswith("otpauth://totp/")
    assert made["secret"] in made["otpauth_uri"]
    assert "<svg" in made["qr_svg"]
    assert person.api.get("factors")["totp"] == []
    person.totp = SoftTotp(made["secret"])
    code = person.app_code()
    person.api.post(f"totp/{made['id']}/confirmation", {"code": code})
    assert [totp["label"] for totp in person.api.get("factors")["totp"]] == ["phone"]
    person.set_password(LONG)
    person.sign_out()
    person.show_password()
    with pytest.raises(Refusal) as replayed:
        person.api.post("sign-in/totp", {"code": code})
    assert replayed.value.code == "credentials_invalid"
    reasons = [e["reason"] for e in any_application.events() if e["kind"] == "sign_in:refused"]
    assert reasons == ["totp_replayed"]


def test_a_wrong_first_code_confirms_nothing(application: Application) -> None:
    person = signed_in(application)
    made = person.confirming(lambda s: person.api.post("totp", {}, step_up=s))
    totp = SoftTotp(made["secret"])
    wrong = str((int(totp.code(person.server_time())) + 1) % 10**6).zfill(6)
    with pytest.raises(Refusal, match="credentials_invalid"):
        person.api.post(f"totp/{made['id']}/confirmation", {"code": wrong})
    assert person.api.get("factors")["totp"] == []


def test_several_apps_may_be_had_and_each_is_removed_by_itself(application: Application) -> None:
    person = signed_in(application)
    first, second = person.add_totp(), None
    application.advance(60)
    second = person.add_totp()
    person.confirming(lambda s: person.api.call("DELETE", f"totp/{first}", step_up=s))
    assert [totp["id"] for totp in person.api.get("factors")["totp"]] == [second]
    assert len(application.outbox(kind="totp:removed")) == 2


def test_another_accounts_app_is_not_there(application: Application) -> None:
    owner, thief = signed_in(application), signed_in(application, "account-2")
    theirs = owner.add_totp()
    for method, path, body in (
        ("DELETE", f"totp/{theirs}", None),
        ("POST", f"totp/{theirs}/confirmation", {"code": "123456"}),
    ):
        answer = thief.api.request(method, path, body)
        assert answer.status_code == 404


def ask(person: Person, **changed: str) -> dict[str, Any]:
    version = person.api.get("mfa-exceptions")["consent_version"]
    body = {"reason_code": "no_device", "consent_version": version, **changed}
    return person.confirming(lambda s: person.api.post("mfa-exceptions", body, step_up=s))


def decide(operator: Person, exception_id: str, decision: str) -> dict[str, Any]:
    path = f"operator/mfa-exceptions/{exception_id}/decision"
    return operator.confirming(lambda s: operator.api.post(path, {"decision": decision}, step_up=s))


def test_an_exception_is_asked_for_decided_by_an_operator_and_effective_after_a_day(
    any_application: Application,
) -> None:
    person = signed_in(any_application)
    person.add_totp()
    person.set_password(LONG)
    asked = ask(person)
    assert (asked["state"], asked["in_force"]) == ("requested", False)
    operator = signed_in(any_application, "operator-1", roles=["operator"])
    (waiting,) = operator.api.get("operator/mfa-exceptions")["items"]
    assert waiting["id"] == asked["id"]
    decided = decide(operator, asked["id"], "approve")
    assert (decided["state"], decided["in_force"]) == ("approved", False)
    person.sign_out()
    any_application.advance(60)
    with pytest.raises(Refusal, match="passkey_required"):
        person.sign_in_with_password()
    any_application.advance(86_400)
    assert person.sign_in_with_password()["session"]["assurance"] == "AL2"
    kinds = [item["kind"] for item in any_application.outbox(recipient=person.email)]
    assert {"exception:requested", "exception:approved"} <= set(kinds)


def test_a_rejected_exception_opens_nothing(application: Application) -> None:
    person = signed_in(application)
    person.add_totp()
    person.set_password(LONG)
    asked = ask(person)
    operator = signed_in(application, "operator-1", roles=["operator"])
    decide(operator, asked["id"], "reject")
    application.advance(90_000)
    person.sign_in()
    person.sign_out()
    with pytest.raises(Refusal, match="passkey_required"):
        person.sign_in_with_password()


def test_an_exception_never_leads_to_less_than_two_factors(application: Application) -> None:
    person = signed_in(application)
    with pytest.raises(Refusal) as refused:
        ask(person)
    assert (refused.value.status, refused.value.code) == (409, "exception_needs_factors")


def test_a_consent_to_another_text_is_no_consent(application: Application) -> None:
    person = signed_in(application)
    person.add_totp()
    person.set_password(LONG)
    with pytest.raises(Refusal, match="consent_outdated"):
        ask(person, consent_version="0")


def test_there_is_one_request_at_a_time(application: Application) -> None:
    person = signed_in(application)
    person.add_totp()
    person.set_password(LONG)
    ask(person)
    with pytest.raises(Refusal, match="exception_open"):
        ask(person)


def test_nobody_decides_about_their_own_request_and_only_operators_decide(
    application: Application,
) -> None:
    person = signed_in(application)
    person.add_totp()
    person.set_password(LONG)
    asked = ask(person)
    answer = person.api.request("GET", "operator/mfa-exceptions")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    operator = signed_in(application, "operator-1", roles=["operator"])
    operator.add_totp()
    operator.set_password("eight slow turtles by noon")
    own = ask(operator)
    with pytest.raises(Refusal) as refused:
        decide(operator, own["id"], "approve")
    assert refused.value.status == 404
    decide(operator, asked["id"], "approve")


def test_attempts_that_were_given_up_do_not_use_up_the_apps_one_may_have(
    application: Application,
) -> None:
    person = signed_in(application)
    for _ in range(7):
        person.confirming(lambda s: person.api.post("totp", {}, step_up=s))
    person.add_totp()
    assert len(person.api.get("factors")["totp"]) == 1


def test_one_may_have_five_apps_and_no_more(application: Application) -> None:
    person = signed_in(application)
    for _ in range(5):
        person.add_totp()
        application.advance(30)
    answer = person.api.request("POST", "totp", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "totp_limit")
