"""Passkeys and recovery codes after the first one, and who may change them."""

from __future__ import annotations

import pytest

from authserver.testing.api import Refusal
from authserver.testing.person import Person
from authserver.testing.soft_passkey import SoftPasskey
from tests.support.application import ORIGIN, Application


def signed_in(application: Application, login_id: str = "account-1") -> Person:
    person = application.account(login_id)
    person.sign_in()
    return person


def step_up_for(person: Person, method: str, path: str) -> str:
    with pytest.raises(Refusal) as refusal:
        person.api.call(method, path)
    assert (refusal.value.status, refusal.value.code) == (403, "step_up_needed")
    return str(refusal.value.problem["step_up"]["id"])


def test_a_second_passkey_is_added_after_an_approval_of_exactly_that(
    any_application: Application,
) -> None:
    person = signed_in(any_application)
    second = SoftPasskey(origin=ORIGIN)
    added = person.add_passkey(second, label="spare")
    assert added["passkey"]["label"] == "spare"
    other = Person(any_application.api(), person.login_id, passkey=second)
    assert other.sign_in()["session"]["assurance"] == "AL3"


def test_a_fresh_sign_in_alone_adds_no_passkey(application: Application) -> None:
    person = signed_in(application)
    step_up_for(person, "POST", "passkeys/options")


def test_what_is_to_be_confirmed_is_shown_from_what_is_stored(application: Application) -> None:
    person = signed_in(application)
    step_up = step_up_for(person, "POST", "passkeys/options")
    shown = person.api.get(f"step-ups/{step_up}")
    assert shown["subject"] == {"action": "add_passkey", "login_id": person.login_id}
    assert shown["requirement"] == {"level": "AL3", "methods": ["passkey"], "bound": True}
    assert shown["state"] == "requested"


def test_an_approval_that_was_not_given_opens_nothing(application: Application) -> None:
    person = signed_in(application)
    step_up = step_up_for(person, "POST", "passkeys/options")
    with pytest.raises(Refusal) as refused:
        person.api.post("passkeys/options", step_up=step_up)
    assert refused.value.code == "step_up_needed"


def test_an_approval_of_one_thing_opens_no_other(application: Application) -> None:
    person = signed_in(application)
    person.add_passkey(SoftPasskey(origin=ORIGIN))
    passkeys = person.api.get("factors")["passkeys"]
    step_up = step_up_for(person, "DELETE", f"passkeys/{passkeys[1]['id']}")
    person.confirm(step_up)
    for method, path in (("POST", "passkeys/options"), ("DELETE", f"passkeys/{passkeys[0]['id']}")):
        with pytest.raises(Refusal) as refused:
            person.api.call(method, path, step_up=step_up)
        assert (refused.value.status, refused.value.code) == (409, "step_up_mismatch")
    person.api.call("DELETE", f"passkeys/{passkeys[1]['id']}", step_up=step_up)


def test_an_approval_is_used_once_and_lives_five_minutes(application: Application) -> None:
    person = signed_in(application)
    step_up = step_up_for(person, "POST", "passkeys/options")
    person.confirm(step_up)
    person.api.post("passkeys/options", step_up=step_up)
    with pytest.raises(Refusal) as spent:
        person.api.post("passkeys/options", step_up=step_up)
    assert (spent.value.status, spent.value.code) == (410, "step_up_spent")
    late = step_up_for(person, "POST", "passkeys/options")
    person.confirm(late)
    application.advance(300)
    with pytest.raises(Refusal) as expired:
        person.api.post("passkeys/options", step_up=late)
    assert (expired.value.status, expired.value.code) == (410, "step_up_expired")


def test_another_persons_passkey_satisfies_no_step_up(application: Application) -> None:
    person = signed_in(application)
    thief = application.account("account-2")
    step_up = step_up_for(person, "POST", "passkeys/options")
    begun = person.api.post(f"step-ups/{step_up}/passkey/options")
    foreign = thief.passkey.get({**begun["publicKey"], "allowCredentials": []})
    with pytest.raises(Refusal) as refused:
        person.api.post(
            f"step-ups/{step_up}/passkey",
            {"ceremony_id": begun["ceremony_id"], "credential": foreign},
        )
    assert (refused.value.status, refused.value.code) == (401, "passkey_refused")
    assert person.api.get(f"step-ups/{step_up}")["state"] == "requested"


def test_another_session_does_not_see_the_step_up(application: Application) -> None:
    person = signed_in(application)
    step_up = step_up_for(person, "POST", "passkeys/options")
    other = Person(application.api(), person.login_id, passkey=person.passkey)
    other.sign_in()
    for method, path in (("GET", f"step-ups/{step_up}"), ("DELETE", f"step-ups/{step_up}")):
        with pytest.raises(Refusal) as refused:
            other.api.call(method, path)
        assert refused.value.status == 404


def test_a_sign_in_challenge_satisfies_no_step_up_and_the_other_way_round(
    application: Application,
) -> None:
    person = signed_in(application)
    step_up = step_up_for(person, "POST", "passkeys/options")
    sign_in = person.api.post("sign-in/passkey/options", {})
    credential = person.passkey.get(sign_in["publicKey"])
    body = {"ceremony_id": sign_in["ceremony_id"], "credential": credential}
    with pytest.raises(Refusal, match="ceremony_invalid"):
        person.api.post(f"step-ups/{step_up}/passkey", body)
    begun = person.api.post(f"step-ups/{step_up}/passkey/options")
    credential = person.passkey.get(begun["publicKey"])
    body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
    with pytest.raises(Refusal, match="ceremony_invalid"):
        person.api.post("sign-in/passkey", body)


def test_at_most_five_step_ups_are_open(application: Application) -> None:
    person = signed_in(application)
    open_ones = [step_up_for(person, "POST", "passkeys/options") for _ in range(5)]
    answer = person.api.request("POST", "passkeys/options")
    assert (answer.status_code, answer.json()["code"]) == (429, "step_ups_too_many")
    assert int(answer.headers["Retry-After"]) > 0
    person.api.call("DELETE", f"step-ups/{open_ones[0]}")
    step_up_for(person, "POST", "passkeys/options")


def test_a_new_passkey_ends_all_other_sessions_and_changes_this_ones_cookie(
    application: Application,
) -> None:
    person = signed_in(application)
    other = Person(application.api(), person.login_id, passkey=person.passkey)
    other.sign_in()
    before = str(person.api.cookie())
    person.add_passkey(SoftPasskey(origin=ORIGIN))
    assert person.api.cookie() != before
    assert person.api.get("session")["account"]["login_id"] == person.login_id
    with pytest.raises(Refusal, match="not_signed_in"):
        other.api.get("session")
    thief = application.api()
    thief.http.cookies.set("session", before, domain="localhost.local")
    with pytest.raises(Refusal, match="not_signed_in"):
        thief.get("session")


def test_the_last_passkey_stays(application: Application) -> None:
    person = signed_in(application)
    (only,) = person.api.get("factors")["passkeys"]
    with pytest.raises(Refusal) as refused:
        person.api.call("DELETE", f"passkeys/{only['id']}")
    assert (refused.value.status, refused.value.code) == (409, "last_passkey")


def test_a_removed_passkey_opens_nothing_and_is_never_registered_again(
    application: Application,
) -> None:
    person = signed_in(application)
    second = SoftPasskey(origin=ORIGIN)
    added = person.add_passkey(second)["passkey"]["id"]
    person.confirming(lambda s: person.api.call("DELETE", f"passkeys/{added}", step_up=s))
    gone = Person(application.api(), person.login_id, passkey=second)
    with pytest.raises(Refusal, match="passkey_unknown"):
        gone.sign_in()
    signal = person.api.get("factors")["signal"]
    assert signal["credential_ids"] == [person.passkey.credential_id]


def test_another_accounts_passkey_is_not_there(application: Application) -> None:
    owner, thief = signed_in(application), signed_in(application, "account-2")
    (theirs,) = owner.api.get("factors")["passkeys"]
    for method, body in (("PATCH", {"label": "mine"}), ("DELETE", None)):
        answer = thief.api.request(method, f"passkeys/{theirs['id']}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    (still,) = owner.api.get("factors")["passkeys"]
    assert still["label"] == theirs["label"]


def test_a_passkey_is_renamed_and_its_owner_is_told(application: Application) -> None:
    person = signed_in(application)
    (only,) = person.api.get("factors")["passkeys"]
    renamed = person.api.call("PATCH", f"passkeys/{only['id']}", {"label": "  kitchen  "})
    assert renamed["label"] == "kitchen"
    assert len(application.outbox(kind="passkey:renamed")) == 2


def test_ten_recovery_codes_are_shown_once_and_kept_as_digests_only(
    application: Application,
) -> None:
    person = signed_in(application)
    codes = person.api.post("recovery-codes")["codes"]
    assert len(set(codes)) == 10
    assert person.api.get("factors")["recovery_codes_left"] == 10
    again = person.api.post("recovery-codes")["codes"]
    assert not set(codes) & set(again)
    assert person.api.get("factors")["recovery_codes_left"] == 10
    written = " ".join(str(event) for event in application.events())
    written += " ".join(item["text"] for item in application.outbox())
    assert not [code for code in codes + again if code in written]


def test_recovery_codes_of_an_older_sign_in_need_an_approval(application: Application) -> None:
    person = signed_in(application)
    application.advance(301)
    step_up = step_up_for(person, "POST", "recovery-codes")
    person.confirm(step_up)
    assert len(person.api.post("recovery-codes", step_up=step_up)["codes"]) == 10
