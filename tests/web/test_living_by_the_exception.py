"""Who cannot use a passkey keeps their account in order with codes, and never with less."""

from __future__ import annotations

from typing import Any

import pytest

from authserver.testing.api import Refusal
from authserver.testing.person import Person
from authserver.testing.soft_totp import SoftTotp
from tests.support.application import Application

PASSWORD = "correct horse battery staple"
ANOTHER = "another long pass phrase"


def excepted(application: Application, login_id: str = "account-1") -> Person:
    """Signed in with password and code; there is no passkey."""
    api = application.api()
    fields = {"password": PASSWORD, "totp": True, "mfa_exception": True}
    made = api.post("/test/accounts", {"login_id": login_id, **fields})
    person = Person(api, login_id)
    person.password = PASSWORD
    person.totp = SoftTotp(made["totp_secret"])
    person.sign_in_with_password()
    application.advance(30)
    return person


def asked(person: Person, method: str, path: str, body: Any) -> dict[str, Any]:
    """The step-up that the server asks for."""
    with pytest.raises(Refusal, match="step_up_needed") as refusal:
        person.api.call(method, path, body)
    return dict(refusal.value.problem["step_up"])


def refused(person: Person, path: str, body: Any) -> tuple[int, str]:
    with pytest.raises(Refusal) as refusal:
        person.api.post(path, body)
    return refusal.value.status, refusal.value.code


def test_a_code_confirms_where_the_exception_lets_it(any_application: Application) -> None:
    person = excepted(any_application)
    body = {"current": PASSWORD, "new": ANOTHER}
    wanted = asked(person, "PUT", "password", body)
    assert (wanted["requirement"]["level"], wanted["requirement"]["methods"]) == (
        "AL2",
        ["passkey", "totp"],
    )
    person.api.post(f"step-ups/{wanted['id']}/totp", {"code": person.app_code()})
    person.api.call("PUT", "password", body, step_up=wanted["id"])
    person.password = ANOTHER
    any_application.advance(30)
    person.sign_in_with_password()


def test_a_code_never_confirms_what_needs_a_passkey(application: Application) -> None:
    person = application.account("account-1", password=PASSWORD, totp=True, mfa_exception=True)
    person.sign_in()
    body = {"current": PASSWORD, "new": ANOTHER}
    wanted = asked(person, "PUT", "password", body)
    assert wanted["requirement"]["methods"] == ["passkey"]
    answer = refused(person, f"step-ups/{wanted['id']}/totp", {"code": person.app_code()})
    assert answer == (403, "factor_too_weak")


def test_adding_a_passkey_is_not_for_two_relayable_factors(application: Application) -> None:
    person = excepted(application)
    wanted = asked(person, "POST", "passkeys/options", {})
    assert wanted["requirement"]["level"] == "AL3"
    answer = refused(person, f"step-ups/{wanted['id']}/totp", {"code": person.app_code()})
    assert answer == (403, "factor_too_weak")


def test_the_code_of_the_sign_in_does_not_confirm_as_well(application: Application) -> None:
    api = application.api()
    fields = {"password": PASSWORD, "totp": True, "mfa_exception": True}
    made = api.post("/test/accounts", {"login_id": "account-1", **fields})
    person = Person(api, "account-1")
    person.password, person.totp = PASSWORD, SoftTotp(made["totp_secret"])
    code = person.app_code()
    person.show_password()
    person.api.post("sign-in/totp", {"code": code})
    wanted = asked(person, "PUT", "password", {"current": PASSWORD, "new": ANOTHER})
    answer = refused(person, f"step-ups/{wanted['id']}/totp", {"code": code})
    assert answer == (401, "credentials_invalid")


def test_wrong_codes_at_a_confirmation_count_like_those_at_the_door(
    application: Application,
) -> None:
    person = excepted(application)
    wanted = asked(person, "PUT", "password", {"current": PASSWORD, "new": ANOTHER})
    right = person.app_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(3):
        refused(person, f"step-ups/{wanted['id']}/totp", {"code": wrong})
    answer = refused(person, f"step-ups/{wanted['id']}/totp", {"code": right})
    assert answer == (401, "credentials_invalid")
    assert application.outbox(kind="path:locked")


def test_one_confirmation_by_code_fits_one_subject(application: Application) -> None:
    person = excepted(application)
    wanted = asked(person, "POST", "totp", {})
    person.api.post(f"step-ups/{wanted['id']}/totp", {"code": person.app_code()})
    with pytest.raises(Refusal, match="step_up_mismatch"):
        person.api.call(
            "PUT", "password", {"current": PASSWORD, "new": ANOTHER}, step_up=wanted["id"]
        )


# --- The end of an exception


def _operator(application: Application) -> Person:
    person = application.account("operator-1", roles=["operator"])
    person.sign_in()
    return person


def _exception_id(person: Person) -> str:
    return str(person.api.get("mfa-exceptions")["newest"]["id"])


def test_whoever_has_nothing_else_cannot_give_the_exception_up(application: Application) -> None:
    person = excepted(application)
    with pytest.raises(Refusal, match="exception_last_way"):
        person.api.call("DELETE", f"mfa-exceptions/{_exception_id(person)}")


def test_with_a_passkey_it_can_be_given_up_and_the_other_way_closes(
    application: Application,
) -> None:
    person = application.account("account-1", password=PASSWORD, totp=True, mfa_exception=True)
    other = Person(application.api(), person.login_id)
    other.password, other.totp = person.password, person.totp
    other.sign_in_with_password()
    person.sign_in()
    gone = f"mfa-exceptions/{_exception_id(person)}"
    person.confirming(lambda s: person.api.call("DELETE", gone, step_up=s))
    assert other.api.request("GET", "session").status_code == 401
    application.advance(30)
    with pytest.raises(Refusal, match="passkey_required"):
        other.sign_in_with_password()
    with pytest.raises(Refusal, match="not_found"):
        person.api.call("DELETE", gone)


def test_an_operator_takes_it_back_and_its_sessions_end(application: Application) -> None:
    person, operator = excepted(application), _operator(application)
    path = f"operator/mfa-exceptions/{_exception_id(person)}/revocation"
    operator.confirming(lambda s: operator.api.call("POST", path, {}, step_up=s))
    assert person.api.request("GET", "session").status_code == 401
    application.advance(30)
    with pytest.raises(Refusal, match="passkey_required"):
        person.sign_in_with_password()


def test_nobody_but_an_operator_takes_one_back(application: Application) -> None:
    person = excepted(application)
    answer = refused(person, f"operator/mfa-exceptions/{_exception_id(person)}/revocation", {})
    assert answer == (404, "not_found")


def test_a_request_can_be_withdrawn_before_it_is_decided(application: Application) -> None:
    person = application.account("account-1", password=PASSWORD, totp=True)
    person.sign_in()
    body = {"reason_code": "no_device", "consent_version": "1"}
    person.confirming(lambda s: person.api.post("mfa-exceptions", body, step_up=s))
    gone = f"mfa-exceptions/{_exception_id(person)}"
    person.confirming(lambda s: person.api.call("DELETE", gone, step_up=s))
    assert person.api.get("mfa-exceptions")["newest"]["state"] == "ended"
    assert _operator(application).api.get("operator/mfa-exceptions")["items"] == []


# --- How many there are


def test_operators_see_how_many_live_by_an_exception_and_why(any_application: Application) -> None:
    excepted(any_application, "account-1")
    excepted(any_application, "account-2")
    any_application.account("account-3").sign_in()
    figures = _operator(any_application).api.get("operator/adoption")
    assert figures["accounts"] == 4
    assert figures["with_passkey"] == 2
    assert figures["passkey_used_30_days"] == 2
    assert figures["exceptions_by_reason"] == {
        "no_device": 0,
        "disability": 0,
        "assisted": 0,
        "other": 2,
    }
    assert figures["exception_rate"] == 0.5


def test_an_expired_exception_and_an_old_use_are_not_counted(application: Application) -> None:
    excepted(application, "account-1")
    application.account("account-2").sign_in()
    application.advance(181 * 86400)
    figures = _operator(application).api.get("operator/adoption")
    assert (figures["exception_rate"], figures["passkey_used_30_days"]) == (0.0, 1)


def test_operators_see_what_can_be_taken_back_and_no_longer_what_is_over(
    application: Application,
) -> None:
    person, operator = excepted(application), _operator(application)
    path = "operator/mfa-exceptions/approved"
    (item,) = operator.api.get(path)["items"]
    assert (item["login_id"], item["in_force"]) == (person.login_id, True)
    life = int(application.house.services.policy.limits.exception_life.total_seconds())
    application.advance(life)
    operator.sign_in()
    assert operator.api.get(path)["items"] == []
