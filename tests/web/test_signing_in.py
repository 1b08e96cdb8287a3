"""A passkey opens the door once per challenge; nothing else opens it at all."""

from __future__ import annotations

from typing import Any

import pytest

from authserver.testing.api import Refusal
from authserver.testing.soft_passkey import SoftPasskey
from tests.support.application import ORIGIN, Application


def options(api: Any, **body: str) -> dict[str, Any]:
    return dict(api.post("sign-in/passkey/options", body))


def test_a_person_signs_in_with_and_without_a_login_id(any_application: Application) -> None:
    person = any_application.account("account-1")
    first = person.sign_in()
    assert first["session"]["assurance"] == "AL3"
    assert first["last_sign_in"] is None
    second = person.sign_in(with_login_id=True)
    assert second["session"]["id"] != first["session"]["id"]
    assert second["last_sign_in"]["at"] == first["session"]["created_at"]


def test_every_sign_in_leaves_one_event_and_tells_the_owner_twice(
    application: Application,
) -> None:
    person = application.account("account-1")
    answer = person.sign_in()
    events = [e for e in application.events() if e["kind"] == "sign_in:succeeded"]
    assert [event["session_id"] for event in events] == [answer["session"]["id"]]
    told = application.outbox(kind="sign_in:succeeded")
    assert sorted(item["channel"] for item in told) == ["in_app", "mail"]
    assert {item["event_id"] for item in told} == {events[0]["id"]}


def test_a_challenge_is_answered_once(any_application: Application) -> None:
    person = any_application.account("account-1")
    begun = options(person.api)
    body = {
        "ceremony_id": begun["ceremony_id"],
        "credential": person.passkey.get(begun["publicKey"]),
    }
    assert person.api.request("POST", "sign-in/passkey", body).status_code == 200
    again = any_application.api()
    again.http.cookies = person.api.http.cookies
    refused = again.request("POST", "sign-in/passkey", body)
    assert refused.json()["code"] in {"ceremony_spent", "ceremony_invalid"}
    assert refused.status_code == 410


def test_a_challenge_is_spent_even_when_the_signature_is_wrong(application: Application) -> None:
    person = application.account("account-1")
    begun = options(person.api)
    good = person.passkey.get(begun["publicKey"])
    forged = {**good, "response": {**good["response"], "signature": "AAAA" * 16}}
    body = {"ceremony_id": begun["ceremony_id"]}
    with pytest.raises(Refusal, match="passkey_refused"):
        person.api.post("sign-in/passkey", {**body, "credential": forged})
    with pytest.raises(Refusal) as spent:
        person.api.post("sign-in/passkey", {**body, "credential": good})
    assert (spent.value.status, spent.value.code) == (410, "ceremony_spent")


def test_a_challenge_is_worth_nothing_in_another_browser(application: Application) -> None:
    person = application.account("account-1")
    thief = application.api()
    begun = options(person.api)
    thief.get("/healthz")
    options(thief)
    credential = person.passkey.get(begun["publicKey"])
    body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
    with pytest.raises(Refusal) as refused:
        thief.post("sign-in/passkey", body)
    assert (refused.value.status, refused.value.code) == (410, "ceremony_invalid")


def test_a_challenge_lives_five_minutes(application: Application) -> None:
    person = application.account("account-1")
    begun = options(person.api)
    application.advance(300)
    with pytest.raises(Refusal) as late:
        person.finish_sign_in(begun)
    assert (late.value.status, late.value.code) == (410, "ceremony_expired")


def test_an_unknown_passkey_is_refused_and_named_as_unknown(application: Application) -> None:
    application.account("account-1")
    stranger = application.person("nobody")
    stranger.passkey = SoftPasskey(origin=ORIGIN)
    stranger.passkey.adopt_user_handle("AAAAAAAAAAAAAAAAAAAAAA")
    with pytest.raises(Refusal) as refused:
        stranger.sign_in()
    assert (refused.value.status, refused.value.code) == (401, "passkey_unknown")


def test_somebody_elses_passkey_does_not_answer_for_a_typed_login_id(
    application: Application,
) -> None:
    owner, other = application.account("account-1"), application.account("account-2")
    begun = options(other.api, login_id=owner.login_id)
    with pytest.raises(Refusal) as refused:
        other.finish_sign_in({**begun, "publicKey": {**begun["publicKey"], "allowCredentials": []}})
    assert (refused.value.status, refused.value.code) == (401, "passkey_refused")


def test_an_unknown_login_id_is_answered_like_a_known_one(application: Application) -> None:
    application.account("account-1")
    known = options(application.api(), login_id="account-1")["publicKey"]
    unknown = options(application.api(), login_id="account-9")["publicKey"]
    assert known.keys() == unknown.keys()
    assert len(known["allowCredentials"]) == len(unknown["allowCredentials"]) == 1
    assert known["allowCredentials"][0].keys() == unknown["allowCredentials"][0].keys()
    again = options(application.api(), login_id="account-9")["publicKey"]
    assert again["allowCredentials"] == unknown["allowCredentials"]


def test_a_cookie_rolled_back_to_before_the_sign_in_gains_nothing(
    application: Application,
) -> None:
    person = application.account("account-1")
    options(person.api)
    before = person.api.cookie()
    person.sign_in()
    after = person.api.cookie()
    assert before != after
    person.api.http.cookies.clear()
    person.api.http.cookies.set("session", str(before), domain="localhost.local")
    with pytest.raises(Refusal) as refused:
        person.api.get("session")
    assert (refused.value.status, refused.value.code) == (401, "not_signed_in")


def test_signing_in_again_ends_the_session_that_the_browser_held(
    application: Application,
) -> None:
    person = application.account("account-1")
    person.sign_in()
    old = str(person.api.cookie())
    person.sign_in()
    stale = application.api()
    stale.http.cookies.set("session", old, domain="localhost.local")
    with pytest.raises(Refusal, match="not_signed_in"):
        stale.get("session")


def test_signing_out_ends_the_row_and_not_only_the_cookie(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    kept = str(person.api.cookie())
    person.sign_out()
    thief = application.api()
    thief.http.cookies.set("session", kept, domain="localhost.local")
    with pytest.raises(Refusal, match="not_signed_in"):
        thief.get("session")


def test_a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours_in_any_case(
    application: Application,
) -> None:
    person = application.account("account-1")
    person.sign_in()
    for _ in range(23):
        application.advance(1790)
        person.api.get("session")
    application.advance(43200 - 23 * 1790)
    with pytest.raises(Refusal, match="not_signed_in"):
        person.api.get("session")
    person.sign_in()
    application.advance(1800)
    with pytest.raises(Refusal, match="not_signed_in"):
        person.api.get("session")


def test_a_counter_that_goes_back_is_refused_and_the_owner_is_told(
    application: Application,
) -> None:
    person = application.account("account-1")
    person.passkey.sign_count = 10
    person.sign_in()
    person.passkey.sign_count = 3
    with pytest.raises(Refusal, match="passkey_refused"):
        person.sign_in()
    suspected = [e for e in application.events() if e["kind"] == "passkey:suspected"]
    assert [event["reason"] for event in suspected] == ["passkey_counter"]
    assert len(application.outbox(kind="passkey:suspected")) == 2


def test_a_hundred_failures_from_one_network_have_to_wait_but_a_good_passkey_need_not(
    application: Application,
) -> None:
    person = application.account("account-1")
    guesser = application.person("nobody")
    guesser.passkey.adopt_user_handle("AAAAAAAAAAAAAAAAAAAAAA")
    codes = set()
    for _ in range(101):
        with pytest.raises(Refusal) as refused:
            guesser.sign_in()
        codes.add(refused.value.status)
    assert codes == {401, 429}
    assert person.sign_in()["session"]["assurance"] == "AL3"


def test_every_refused_attempt_leaves_exactly_one_event(application: Application) -> None:
    stranger = application.person("nobody")
    stranger.passkey.adopt_user_handle("AAAAAAAAAAAAAAAAAAAAAA")
    for _ in range(3):
        with pytest.raises(Refusal):
            stranger.sign_in()
    refused = [e for e in application.events() if e["kind"] == "sign_in:refused"]
    assert [event["reason"] for event in refused] == ["passkey_unknown"] * 3


def test_a_passkey_that_becomes_synced_is_told_to_its_owner(application: Application) -> None:
    person = application.person("account-1")
    person.passkey = SoftPasskey(origin=ORIGIN, backup_eligible=True, backed_up=False)
    person.open_account()
    person.passkey.backed_up = True
    person.sign_in()
    changed = [e for e in application.events() if e["kind"] == "passkey:backup_changed"]
    assert [event["details"]["backed_up"] for event in changed] == ["yes"]
    assert len(application.outbox(kind="passkey:backup_changed")) == 2
    assert person.api.get("factors")["passkeys"][0]["backed_up"] is True


def test_a_passkey_whose_backup_eligibility_changes_is_refused_and_told(
    application: Application,
) -> None:
    person = application.account("account-1")
    person.passkey.backup_eligible = True
    with pytest.raises(Refusal, match="passkey_refused"):
        person.sign_in()
    suspected = [e for e in application.events() if e["kind"] == "passkey:suspected"]
    assert [event["reason"] for event in suspected] == ["passkey_backup_flags"]


def test_a_passkey_that_verified_nobody_opens_nothing(application: Application) -> None:
    person = application.account("account-1")
    person.passkey.user_verified = False
    with pytest.raises(Refusal, match="passkey_refused"):
        person.sign_in()
    (refused,) = [e for e in application.events() if e["kind"] == "sign_in:refused"]
    assert (refused["reason"], refused["details"]["rule"]) == ("passkey_gate", "user_verified")
