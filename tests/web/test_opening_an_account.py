"""From a login id to the first passkey, and every way to go wrong on the way."""

from __future__ import annotations

import pytest

from authserver.testing.api import Refusal
from authserver.testing.person import Person
from tests.support.application import Application

IDENTITY = {
    "method": "simulated-id-card",
    "full_name_kana": "ミホン タロウ",
    "birth_date": "1980-01-31",
}


def names(person: Person, **changed: str) -> dict[str, str]:
    return {
        "login_id": person.login_id,
        "email": person.email,
        "display_name": person.login_id,
        "locale": "ja",
        **changed,
    }


def test_a_person_opens_an_account_and_is_signed_in_with_the_strongest_level(
    any_application: Application,
) -> None:
    person = any_application.person("account-1")
    opened = person.open_account()
    assert opened["first"] is True
    session = person.api.get("session")
    assert session["session"]["assurance"] == "AL3"
    assert session["account"]["login_id"] == "account-1"
    assert [proof["factor"] for proof in session["session"]["proofs"]] == ["passkey"]


def test_nothing_of_an_account_exists_before_its_first_passkey(application: Application) -> None:
    person = application.person("account-1")
    person.api.post("accounts", names(person))
    person.api.post("accounts/email-verification", {"code": person.read_mail_code()})
    person.api.post("accounts/identity-proof", IDENTITY)
    assert not [event for event in application.events() if event["kind"] == "account:opened"]
    person.enrol(person.passkey)
    opened = [event for event in application.events() if event["kind"] == "account:opened"]
    assert len(opened) == 1


def test_steps_cannot_be_skipped(application: Application) -> None:
    person = application.person("account-1")
    with pytest.raises(Refusal) as nothing:
        person.api.post("passkeys/options")
    assert (nothing.value.status, nothing.value.code) == (409, "no_sign_up")
    person.api.post("accounts", names(person))
    with pytest.raises(Refusal) as early:
        person.api.post("accounts/identity-proof", IDENTITY)
    assert early.value.code == "wrong_step"
    with pytest.raises(Refusal) as earlier:
        person.api.post("passkeys/options")
    assert earlier.value.code == "wrong_step"


def test_a_code_is_tried_three_times_and_the_right_one_comes_too_late(
    application: Application,
) -> None:
    person = application.person("account-1")
    person.api.post("accounts", names(person))
    code = person.read_mail_code()
    wrong = "00000000" if code != "00000000" else "11111111"
    for _ in range(3):
        with pytest.raises(Refusal, match="code_invalid"):
            person.api.post("accounts/email-verification", {"code": wrong})
    with pytest.raises(Refusal) as spent:
        person.api.post("accounts/email-verification", {"code": code})
    assert (spent.value.status, spent.value.code) == (410, "code_tries_spent")


def test_a_code_is_good_for_five_minutes(application: Application) -> None:
    person = application.person("account-1")
    person.api.post("accounts", names(person))
    application.advance(300)
    with pytest.raises(Refusal, match="code_expired"):
        person.api.post("accounts/email-verification", {"code": person.read_mail_code()})


def test_a_code_is_worth_nothing_in_another_browser(application: Application) -> None:
    person, thief = application.person("account-1"), application.person("account-1")
    person.api.post("accounts", names(person))
    with pytest.raises(Refusal, match="no_sign_up"):
        thief.api.post("accounts/email-verification", {"code": person.read_mail_code()})


@pytest.mark.parametrize("taken", ["login_id", "email"])
def test_a_taken_name_is_answered_like_a_free_one_and_its_mailbox_is_told(
    application: Application, taken: str
) -> None:
    owner = application.account("account-1", email="account-1@example.test")
    stranger = application.person("account-2")
    value = owner.login_id if taken == "login_id" else owner.email
    answer = stranger.api.request("POST", "accounts", names(stranger, **{taken: value}))
    free = application.person("account-3")
    expected = free.api.request("POST", "accounts", names(free))
    assert (answer.status_code, answer.json()) == (expected.status_code, expected.json())
    address = owner.email if taken == "email" else stranger.email
    kinds = [item["kind"] for item in application.outbox(recipient=address)]
    assert kinds == ["sign_up:collided"]
    for code in ("00000000", "12345678", "99999999"):
        with pytest.raises(Refusal, match="code_invalid"):
            stranger.api.post("accounts/email-verification", {"code": code})


def test_two_who_race_for_one_login_id_make_one_account(application: Application) -> None:
    first, second = application.person("account-1"), application.person("account-1")
    second.email = "account-2@example.test"
    for person in (first, second):
        person.api.post("accounts", names(person))
        person.api.post("accounts/email-verification", {"code": person.read_mail_code()})
        person.api.post("accounts/identity-proof", IDENTITY)
    first.enrol(first.passkey)
    with pytest.raises(Refusal) as late:
        second.enrol(second.passkey)
    assert (late.value.status, late.value.code) == (409, "login_id_unavailable")


def test_a_refused_identity_can_be_claimed_again(application: Application) -> None:
    person = application.person("account-1")
    person.api.post("accounts", names(person))
    person.api.post("accounts/email-verification", {"code": person.read_mail_code()})
    refused = {**IDENTITY, "full_name_kana": "ミホン キョヒ"}
    with pytest.raises(Refusal, match="identity_not_proved"):
        person.api.post("accounts/identity-proof", refused)
    assert person.api.post("accounts/identity-proof", IDENTITY) == {"next": "enrol_passkey"}


def test_a_credential_id_belongs_to_one_account_for_ever(application: Application) -> None:
    first = application.person("account-1")
    first.open_account()
    second = application.person("account-2")
    second.passkey = first.passkey
    with pytest.raises(Refusal) as taken:
        second.open_account()
    assert (taken.value.status, taken.value.code) == (409, "passkey_already_registered")
    opened = [event for event in application.events() if event["kind"] == "account:opened"]
    assert len(opened) == 1


def test_an_eleventh_message_to_one_address_within_the_hour_has_to_wait(
    application: Application,
) -> None:
    person = application.person("account-1")
    for _ in range(10):
        person.api.post("accounts", names(person))
    answer = person.api.request("POST", "accounts", names(person))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert len(application.outbox(recipient=person.email)) == 10
    application.advance(3600)
    assert person.api.request("POST", "accounts", names(person)).status_code == 202


def test_a_new_code_keeps_the_entries_and_voids_the_old_one(application: Application) -> None:
    person = application.person("account-1")
    page = person.api.http.get("/open-account").text
    form = {"csrf_token": page.partition('name="csrf_token" value="')[2][:43]}
    person.api.http.post("/open-account", data={**form, **names(person)})
    old = person.read_mail_code()
    renewed = person.api.http.post("/open-account/new-code", data=form)
    assert (renewed.status_code, renewed.headers["Location"]) == (303, "/open-account/verify-email")
    new = person.read_mail_code()
    if new != old:
        with pytest.raises(Refusal, match="code_invalid"):
            person.api.post("accounts/email-verification", {"code": old})
    advanced = person.api.post("accounts/email-verification", {"code": new})
    assert advanced == {"next": "prove_identity"}


def test_every_page_of_the_opening_leads_to_the_step_that_comes_next(
    application: Application,
) -> None:
    person = application.person("account-1")
    steps = ("verify-email", "identity", "passkey")
    for step in steps:
        answer = person.api.http.get(f"/open-account/{step}")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/open-account")
    person.api.post("accounts", names(person))
    for step in steps[1:]:
        answer = person.api.http.get(f"/open-account/{step}")
        assert answer.headers["Location"] == "/open-account/verify-email"
    assert person.api.http.get("/open-account/verify-email").status_code == 200


def test_a_mistake_in_one_field_costs_no_other(application: Application) -> None:
    person = application.person("account-1")
    page = person.api.http.get("/open-account").text
    form = {"csrf_token": page.partition('name="csrf_token" value="')[2][:43]}
    answer = person.api.http.post(
        "/open-account", data={**form, **names(person, login_id="!", display_name="見本")}
    )
    assert answer.status_code == 200
    assert 'value="見本"' in answer.text
    assert person.email in answer.text
    assert "aria-invalid" in answer.text
