"""Everything is lost: two proofs bring a new passkey, no more, and whoever is told can stop it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authserver.testing.api import Refusal
from authserver.testing.person import IDENTITY, Person
from authserver.testing.soft_passkey import SoftPasskey
from tests.support.application import ORIGIN, Application, make_application

PRESETS = Path(__file__).parents[2] / "authserver" / "policies"
HOLD = 72 * 3600
PHONE = "+819000000001"


def new_passkey() -> SoftPasskey:
    return SoftPasskey(origin=ORIGIN)


def loser(application: Application, **fields: Any) -> Person:
    """Somebody with an account, in a browser in which they are not signed in."""
    return application.account("account-1", **fields)


def elsewhere(application: Application, person: Person) -> Person:
    """The same person in another browser, with the passkey that they had."""
    return Person(application.api(), person.login_id, passkey=person.passkey)


def refused(person: Person, method: str, path: str, body: Any = None) -> tuple[int, str]:
    with pytest.raises(Refusal) as refusal:
        person.api.call(method, path, body)
    return refusal.value.status, refusal.value.code


def kinds(application: Application) -> list[str]:
    return [event["kind"] for event in application.events()]


def test_two_proofs_bring_a_new_passkey_and_a_session(any_application: Application) -> None:
    person = loser(any_application)
    assert person.begin_recovery() == {"next": "give_email_code"}
    answer = person.api.post("recoveries/email-code", {"code": person.read_mail_code()})
    assert answer == {"next": "prove_identity"}
    answer = person.api.post("recoveries/identity-proof", IDENTITY)
    assert answer == {"next": "enrol_passkey"}
    person.enrol(new_passkey())
    session = person.api.get("session")
    assert session["session"]["assurance"] == "AL3"
    assert "recovery:done" in kinds(any_application)


def test_every_session_that_was_open_ends(application: Application) -> None:
    person = loser(application)
    before = elsewhere(application, person)
    before.sign_in()
    person.recover(new_passkey())
    assert before.api.request("GET", "session").status_code == 401


def test_sessions_end_with_the_second_proof_not_with_the_first(application: Application) -> None:
    person = loser(application)
    before = elsewhere(application, person)
    before.sign_in()
    person.begin_recovery()
    assert before.api.request("GET", "session").status_code == 200
    person.api.post("recoveries/email-code", {"code": person.read_mail_code()})
    assert before.api.request("GET", "session").status_code == 200
    person.api.post("recoveries/identity-proof", IDENTITY)
    assert before.api.request("GET", "session").status_code == 401


def test_all_addresses_are_told_of_each_stage(application: Application) -> None:
    person = loser(application, phone=PHONE)
    person.recover(new_passkey())
    for kind in ("recovery:begun", "recovery:proved", "recovery:done"):
        told = application.outbox(kind=kind)
        assert sorted(item["channel"] for item in told) == ["in_app", "mail", "sms"], kind
        assert {item["recipient"] for item in told} >= {person.email, PHONE}


def test_a_mail_code_alone_brings_nothing(application: Application) -> None:
    person = loser(application)
    person.begin_recovery()
    person.api.post("recoveries/email-code", {"code": person.read_mail_code()})
    assert refused(person, "POST", "passkeys/options") == (409, "no_sign_up")


def test_identity_without_the_mail_code_brings_nothing(application: Application) -> None:
    person = loser(application)
    person.begin_recovery()
    assert refused(person, "POST", "recoveries/identity-proof", IDENTITY) == (409, "wrong_step")


@pytest.mark.parametrize(
    "other",
    [
        {**IDENTITY, "birth_date": "1980-01-30"},
        {**IDENTITY, "full_name_kana": "ミホン ジロウ"},
    ],
    ids=["another birth date", "another name"],
)
def test_another_person_is_refused_though_the_service_vouches_for_them(
    application: Application, other: dict[str, str]
) -> None:
    person = loser(application)
    person.begin_recovery()
    person.api.post("recoveries/email-code", {"code": person.read_mail_code()})
    answer = refused(person, "POST", "recoveries/identity-proof", other)
    assert answer == (422, "identity_not_proved")


def test_what_may_be_known_about_somebody_is_asked_for_by_no_other_door(
    application: Application,
) -> None:
    """Birth date and name go to the identity service and to nothing else (X-12)."""
    document = application.api().get("/openapi.json")
    asking = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for media in operation.get("requestBody", {}).get("content", {}).values()
        if "birth_date" in _members(document, media["schema"])
    }
    assert asking == {
        "/api/v1/accounts/identity-proof",
        "/api/v1/recoveries/identity-proof",
        "/test/accounts",
    }


def _members(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    name = schema["$ref"].rpartition("/")[2]
    return set(document["components"]["schemas"][name].get("properties", {}))


def test_three_wrong_codes_end_the_attempt_and_a_right_one_comes_too_late(
    application: Application,
) -> None:
    person = loser(application)
    person.begin_recovery()
    right = person.read_mail_code()
    wrong = "00000000" if right != "00000000" else "11111111"
    for _ in range(3):
        assert refused(person, "POST", "recoveries/email-code", {"code": wrong})[0] == 401
    assert refused(person, "POST", "recoveries/email-code", {"code": right})[0] == 401
    assert [item["kind"] for item in application.outbox(kind="path:locked", channel="mail")]


def test_a_locked_recovery_leaves_the_passkey_alone(application: Application) -> None:
    person = loser(application)
    stranger = Person(application.api(), person.login_id)
    for _ in range(2):
        stranger.begin_recovery()
        for _ in range(3):
            stranger.api.request("POST", "recoveries/email-code", {"code": "00000000"})
    person.sign_in()
    assert person.api.get("session")["session"]["assurance"] == "AL3"


def test_a_code_lives_five_minutes(application: Application) -> None:
    person = loser(application)
    person.begin_recovery()
    application.advance(301)
    body = {"code": person.read_mail_code()}
    assert refused(person, "POST", "recoveries/email-code", body) == (410, "code_expired")


def test_a_code_is_worth_nothing_in_another_browser(application: Application) -> None:
    person = loser(application)
    person.begin_recovery()
    code = person.read_mail_code()
    thief = Person(application.api(), person.login_id)
    assert refused(thief, "POST", "recoveries/email-code", {"code": code}) == (409, "no_recovery")


def test_a_code_counts_once(application: Application) -> None:
    person = loser(application)
    person.begin_recovery()
    body = {"code": person.read_mail_code()}
    person.api.post("recoveries/email-code", body)
    assert refused(person, "POST", "recoveries/email-code", body) == (409, "wrong_step")


def test_a_recovery_never_unfreezes(application: Application) -> None:
    person = loser(application)
    person.begin_recovery()
    person.api.post("recoveries/email-code", {"code": person.read_mail_code()})
    with application.house.services.database.transaction() as tx:
        account = tx.accounts.by_login_id(person.login_id)
        assert account is not None
        assert tx.accounts.freeze(account.id)
    answer = refused(person, "POST", "recoveries/identity-proof", IDENTITY)
    assert answer == (423, "account_frozen")
    assert person.begin_recovery() == {"next": "give_email_code"}
    assert application.outbox(kind="recovery:barred")
    assert len(application.outbox(kind="recovery:code_sent")) == 1


def test_a_freeze_between_the_proofs_and_the_passkey_wins(application: Application) -> None:
    person = loser(application)
    person.begin_recovery()
    person.prove_for_recovery()
    begun = person.api.post("passkeys/options")
    with application.house.services.database.transaction() as tx:
        account = tx.accounts.by_login_id(person.login_id)
        assert account is not None
        tx.accounts.freeze(account.id)
    body = {
        "ceremony_id": begun["ceremony_id"],
        "credential": new_passkey().create(begun["publicKey"]),
    }
    assert refused(person, "POST", "passkeys", body) == (423, "account_frozen")


def test_staff_do_not_come_back_by_themselves(application: Application) -> None:
    operator = application.account("operator-1", roles=["operator"])
    assert operator.begin_recovery() == {"next": "give_email_code"}
    assert application.outbox(kind="recovery:code_sent") == []
    assert application.outbox(kind="recovery:barred")


# --- The hold


def test_until_the_hold_is_over_nothing_moves_that_a_thief_would_want(
    application: Application,
) -> None:
    person = loser(application, password="correct horse battery staple", totp=True)
    person.recover(new_passkey())
    lost = person.api.get("factors")["passkeys"][0]
    body = {"reason_code": "other", "consent_version": "1"}
    assert refused(person, "POST", "mfa-exceptions", body) == (403, "recovery_hold")
    assert refused(person, "DELETE", f"passkeys/{lost['id']}") == (403, "recovery_hold")
    assert refused(person, "POST", "totp", {}) == (403, "recovery_hold")
    assert refused(person, "POST", "passkeys/options") == (403, "recovery_hold")
    assert refused(person, "POST", "recovery-codes", {}) == (403, "recovery_hold")
    application.advance(HOLD)
    person.sign_in()
    person.confirming(lambda s: person.api.call("DELETE", f"passkeys/{lost['id']}", step_up=s))


def test_the_hold_binds_sessions_of_older_passkeys_too(application: Application) -> None:
    person = loser(application)
    owner = elsewhere(application, person)
    person.recover(new_passkey())
    owner.sign_in()
    body = {"new": "a long enough pass phrase"}
    assert refused(owner, "PUT", "password", body) == (403, "recovery_hold")


def test_a_recovery_forgives_the_wrong_tries_of_before(application: Application) -> None:
    person = loser(application, password="correct horse battery staple", totp=True)
    for _ in range(5):
        body = {"login_id": person.login_id, "password": "not the right password"}
        person.api.request("POST", "sign-in/password", body)
    person.recover(new_passkey())
    assert {item["wrong_tries"] for item in person.api.get("sign-in-paths")["items"]} == {0}


# --- Stopping it


def test_the_stop_code_ends_an_attempt_under_way_and_bars_the_next(
    application: Application,
) -> None:
    person = loser(application)
    thief = Person(application.api(), person.login_id)
    thief.begin_recovery()
    thief.prove_for_recovery()
    stop = {"login_id": person.login_id, "code": person.read_stop_code()}
    person.api.call("POST", "recoveries/stop", stop)
    assert refused(thief, "POST", "passkeys/options") == (409, "no_sign_up")
    assert "account:frozen" not in kinds(application)
    thief.begin_recovery()
    assert len(application.outbox(kind="recovery:code_sent")) == 1
    application.advance(86401)
    thief.begin_recovery()
    assert len(application.outbox(kind="recovery:code_sent")) == 2
    person.sign_in()


def test_the_stop_code_freezes_where_a_passkey_has_come_already(application: Application) -> None:
    person = loser(application)
    owner = elsewhere(application, person)
    stop = {"login_id": person.login_id}
    thief = Person(application.api(), person.login_id)
    thief.recover(new_passkey())
    stop["code"] = person.read_stop_code()
    owner.api.call("POST", "recoveries/stop", stop)
    assert thief.api.request("GET", "session").status_code == 401
    for somebody in (thief, owner):
        with pytest.raises(Refusal, match="account_frozen"):
            somebody.sign_in()
    assert application.outbox(kind="account:frozen")


def test_the_stop_code_works_until_the_hold_is_over(application: Application) -> None:
    person = loser(application)
    person.recover(new_passkey())
    stop = {"login_id": person.login_id, "code": person.read_stop_code()}
    application.advance(HOLD + 1)
    assert refused(person, "POST", "recoveries/stop", stop) == (401, "code_invalid")


@pytest.mark.parametrize("login_id", ["account-1", "nobody-at-all"])
def test_a_wrong_stop_code_and_an_unknown_account_are_one_answer(
    application: Application, login_id: str
) -> None:
    person = loser(application)
    person.begin_recovery()
    body = {"login_id": login_id, "code": "000000000000"}
    assert refused(person, "POST", "recoveries/stop", body) == (401, "code_invalid")


def test_an_older_passkey_stops_it_and_takes_the_new_one_away(application: Application) -> None:
    person = loser(application)
    owner = elsewhere(application, person)
    thief = Person(application.api(), person.login_id)
    thief.recover(new_passkey())
    owner.sign_in()
    assert owner.api.get("recoveries")["items"][0]["step"] == "done"
    owner.confirming(lambda s: owner.api.call("DELETE", "recoveries", step_up=s))
    assert thief.api.request("GET", "session").status_code == 401
    with pytest.raises(Refusal, match="passkey_unknown"):
        thief.sign_in()
    assert len(owner.api.get("factors")["passkeys"]) == 1
    assert owner.api.get("recoveries")["items"] == []


def test_the_passkey_in_doubt_cannot_vouch_for_itself(application: Application) -> None:
    thief = loser(application)
    thief.recover(new_passkey())
    assert refused(thief, "DELETE", "recoveries") == (409, "recovery_own_passkey")


def test_there_is_nothing_to_stop_where_nothing_was_begun(application: Application) -> None:
    person = loser(application)
    person.sign_in()
    assert refused(person, "DELETE", "recoveries") == (404, "not_found")


# --- Two codes by different channels, as another policy has it


@pytest.fixture
def by_codes(tmp_path: Path) -> Iterator[Application]:
    text = (PRESETS / "target-2025-10.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(text.replace('second = "identity_proof"', 'second = "sms_code"'))
    application = make_application(tmp_path, POLICY=str(own))
    yield application
    application.close()


def _sms_code(application: Application) -> str:
    (item,) = application.outbox(kind="recovery:sms_sent")
    assert (item["channel"], item["recipient"]) == ("sms", PHONE)
    return next(word for word in item["text"].split() if word.isdigit() and len(word) == 8)


def test_where_the_policy_wants_two_codes_the_second_goes_to_the_telephone(
    by_codes: Application,
) -> None:
    person = loser(by_codes, phone=PHONE)
    person.begin_recovery()
    mailed = person.read_mail_code()
    assert person.api.post("recoveries/email-code", {"code": mailed}) == {"next": "give_sms_code"}
    assert refused(person, "POST", "recoveries/sms-code", {"code": mailed})[0] == 401
    assert refused(person, "POST", "recoveries/identity-proof", IDENTITY) == (409, "wrong_step")
    code = {"code": _sms_code(by_codes)}
    assert person.api.post("recoveries/sms-code", code) == {"next": "enrol_passkey"}
    person.enrol(new_passkey())


def test_without_a_telephone_there_is_no_second_code(by_codes: Application) -> None:
    person = loser(by_codes)
    person.begin_recovery()
    person.api.post("recoveries/email-code", {"code": person.read_mail_code()})
    assert by_codes.outbox(kind="recovery:sms_sent") == []
    assert refused(person, "POST", "recoveries/sms-code", {"code": "00000000"})[0] == 401
