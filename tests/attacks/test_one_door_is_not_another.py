"""What was begun at one door is shown at another, in another browser, or for another thing."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from authserver.flows import enrolment_codes
from authserver.flows.recording import Recorder
from authserver.flows.seeding import HERE
from authserver.testing.api import Api, Refusal
from authserver.testing.person import Person
from authserver.testing.soft_passkey import SoftPasskey
from authserver.web import identity
from authserver.wiring import folder as folder_of_presets
from tests.attacks.holes import hole
from tests.support.application import ORIGIN, Application, make_application


def issue_code(application: Application, login_id: str) -> str:
    """What the firm does for somebody who lost every factor."""
    services = application.house.services
    with services.database.transaction() as tx:
        account = tx.accounts.by_login_id(login_id)
        assert account is not None
        pen = Recorder(services, tx, HERE, services.clock.now())
        return enrolment_codes.issue(pen, account.id)


def redeemed(application: Application, login_id: str, code: str) -> Api:
    api = application.api()
    api.post("enrolment-code", {"login_id": login_id, "code": code})
    return api


def refusal(api: Api, path: str, body: dict[str, Any], method: str = "POST") -> tuple[int, str]:
    response = api.request(method, path, body)
    return response.status_code, str(response.json().get("code", ""))


def answer(begun: dict[str, Any], passkey: SoftPasskey) -> dict[str, Any]:
    return {
        "ceremony_id": begun["ceremony_id"],
        "credential": passkey.get(begun["publicKey"]),
    }


def asked_step_up(person: Person, method: str, path: str) -> str:
    response = person.api.request(method, path)
    assert response.json()["code"] == "step_up_needed"
    return str(response.json()["step_up"]["id"])


def test_a_sign_in_challenge_satisfies_no_step_up_and_the_other_way_round(
    application: Application,
) -> None:
    person = application.account("account-1")
    person.sign_in()
    step_up = asked_step_up(person, "POST", "passkeys/options")
    signing_in = person.api.post("sign-in/passkey/options", {})
    stepping_up = person.api.post(f"step-ups/{step_up}/passkey/options")
    wrong = (410, "ceremony_invalid")
    body = answer(signing_in, person.passkey)
    assert refusal(person.api, f"step-ups/{step_up}/passkey", body) == wrong
    assert refusal(person.api, "sign-in/passkey", answer(stepping_up, person.passkey)) == wrong


def test_the_challenge_of_one_step_up_satisfies_no_other(any_application: Application) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    first = asked_step_up(person, "POST", "passkeys/options")
    second = asked_step_up(person, "POST", "passkeys/options")
    begun = person.api.post(f"step-ups/{first}/passkey/options")
    body = answer(begun, person.passkey)
    shown = refusal(person.api, f"step-ups/{second}/passkey", body)
    assert shown == (410, "ceremony_invalid")
    assert person.api.get(f"step-ups/{second}")["state"] == "requested"


def test_a_step_up_is_unknown_to_the_other_sessions_of_its_own_account(
    any_application: Application,
) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    elsewhere = Person(any_application.api(), "account-1", passkey=person.passkey)
    elsewhere.sign_in()
    step_up = asked_step_up(person, "POST", "passkeys/options")
    person.confirm(step_up)
    used = elsewhere.api.request("POST", "passkeys/options", step_up=step_up)
    assert (used.status_code, used.json()["code"]) == (404, "step_up_unknown")
    assert elsewhere.api.request("GET", f"step-ups/{step_up}").status_code == 404


def test_an_approval_to_add_removes_nothing(any_application: Application) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    person.add_passkey(SoftPasskey(origin=ORIGIN))
    step_up = asked_step_up(person, "POST", "passkeys/options")
    person.confirm(step_up)
    passkey = person.api.get("factors")["passkeys"][1]["id"]
    used = person.api.request("DELETE", f"passkeys/{passkey}", step_up=step_up)
    assert (used.status_code, used.json()["code"]) == (409, "step_up_mismatch")


def test_somebody_elses_passkey_satisfies_no_step_up(any_application: Application) -> None:
    person = any_application.account("account-1")
    other = any_application.account("account-2")
    person.sign_in()
    step_up = asked_step_up(person, "POST", "passkeys/options")
    begun = person.api.post(f"step-ups/{step_up}/passkey/options")
    shown = refusal(person.api, f"step-ups/{step_up}/passkey", answer(begun, other.passkey))
    assert shown == (401, "passkey_refused")
    assert person.api.get(f"step-ups/{step_up}")["state"] == "requested"


def test_the_right_to_add_ends_when_the_session_is_issued_anew(
    any_application: Application,
) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    step_ups = [asked_step_up(person, "POST", "passkeys/options") for _ in range(2)]
    begun = []
    for step_up in step_ups:
        person.confirm(step_up)
        begun.append(person.api.post("passkeys/options", step_up=step_up))
    bodies = [
        {
            "ceremony_id": options["ceremony_id"],
            "credential": SoftPasskey(origin=ORIGIN).create(options["publicKey"]),
        }
        for options in begun
    ]
    assert person.api.request("POST", "passkeys", bodies[0]).status_code == 201
    assert refusal(person.api, "passkeys", bodies[1]) == (410, "ceremony_invalid")
    assert len(person.api.get("factors")["passkeys"]) == 2


def test_a_cookie_from_before_a_change_of_factors_opens_nothing(
    any_application: Application,
) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    thief = any_application.api()
    cookie = person.api.cookie()
    assert cookie is not None
    thief.http.cookies.set("session", cookie, domain="localhost.local")
    assert thief.request("GET", "session").status_code == 200
    person.add_passkey(SoftPasskey(origin=ORIGIN))
    assert thief.request("GET", "session").status_code == 401
    assert person.api.request("GET", "session").status_code == 200


def test_a_first_enrolment_ends_with_the_sign_up_that_it_was_for(
    any_application: Application,
) -> None:
    any_application.account("account-1")
    code = issue_code(any_application, "account-1")
    api = redeemed(any_application, "account-1", code)
    begun = api.post("passkeys/options")
    names = {"login_id": "account-2", "email": "account-2@example.test"}
    api.post("accounts", {**names, "display_name": "x", "locale": "ja"})
    passkey = SoftPasskey(origin=ORIGIN)
    body = {
        "ceremony_id": begun["ceremony_id"],
        "credential": passkey.create(begun["publicKey"]),
    }
    assert refusal(api, "passkeys", body) == (409, "no_sign_up")


def test_an_enrolment_code_opens_one_browser_once(any_application: Application) -> None:
    any_application.account("account-1")
    code = issue_code(any_application, "account-1")
    redeemed(any_application, "account-1", code)
    body = {"login_id": "account-1", "code": code}
    assert refusal(any_application.api(), "enrolment-code", body) == (401, "code_invalid")


def test_a_new_enrolment_code_closes_what_the_old_one_had_opened(
    any_application: Application,
) -> None:
    any_application.account("account-1")
    stolen = issue_code(any_application, "account-1")
    thief = redeemed(any_application, "account-1", stolen)
    issue_code(any_application, "account-1")
    assert thief.request("POST", "passkeys/options").status_code == 409


def test_an_enrolment_closes_what_another_code_had_opened(any_application: Application) -> None:
    any_application.account("account-1")
    thief = redeemed(any_application, "account-1", issue_code(any_application, "account-1"))
    owner = Person(
        redeemed(any_application, "account-1", issue_code(any_application, "account-1")),
        "account-1",
    )
    owner.enrol(SoftPasskey(origin=ORIGIN))
    assert thief.request("POST", "passkeys/options").status_code == 409


def test_the_right_code_of_a_frozen_account_is_not_spent_by_its_refusal(
    any_application: Application,
) -> None:
    any_application.account("account-1")
    code = issue_code(any_application, "account-1")
    database: Any = any_application.house.services.database
    with database.writing() as connection:
        connection.execute(text("UPDATE accounts SET state = 'frozen'"))
    body = {"login_id": "account-1", "code": code}
    assert refusal(any_application.api(), "enrolment-code", body) == (401, "code_invalid")
    with database.writing() as connection:
        connection.execute(text("UPDATE accounts SET state = 'open'"))
    assert any_application.api().request("POST", "enrolment-code", body).status_code == 200


def spends_somebodys_code_with_wrong_ones(application: Application) -> bool:
    application.account("account-1")
    code = issue_code(application, "account-1")
    stranger = application.api(ip="198.51.100.9")
    for number in range(60):
        body = {"login_id": "account-1", "code": f"{number:012d}"}
        assert stranger.request("POST", "enrolment-code", body).status_code in (401, 429)
    body = {"login_id": "account-1", "code": code}
    return application.api().request("POST", "enrolment-code", body).status_code != 200


def test_strangers_cannot_use_up_somebodys_enrolment_code_unless_networks_are_not_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = with_policy(
        tmp_path,
        ("enrolment_code_tries = 10000", "enrolment_code_tries = 50"),
        ("failures_per_network = 100", "failures_per_network = 20"),
    )
    assert spends_somebodys_code_with_wrong_ones(application) is False
    application.api().post("/test/reset")
    serial = itertools.count()
    monkeypatch.setattr(enrolment_codes, "network", lambda _ip: f"network-{next(serial)}")
    assert spends_somebodys_code_with_wrong_ones(application) is True


def test_a_network_that_guessed_too_often_at_a_code_is_not_judged_any_more(
    tmp_path: Path,
) -> None:
    limit = ("failures_per_network = 100", "failures_per_network = 20")
    application = with_policy(tmp_path, limit)
    application.account("account-1")
    right = {"login_id": "account-1", "code": issue_code(application, "account-1")}
    stranger = application.api(ip="198.51.100.9")
    for number in range(20):
        body = {"login_id": "account-1", "code": f"{number:012d}"}
        assert refusal(stranger, "enrolment-code", body) == (401, "code_invalid")
    # The right one is not taken, and an hour later it is still answered like a wrong one.
    assert refusal(stranger, "enrolment-code", right) == (429, "too_many_attempts")
    application.advance(3600)
    assert refusal(stranger, "enrolment-code", right) == (401, "code_invalid")
    assert application.api().request("POST", "enrolment-code", right).status_code == 200


def enrols_in_a_signed_in_browser(application: Application) -> Person:
    """account-1 is signed in; the code is that of account-2; the passkey is made in between."""
    owner = application.account("account-2")
    person = application.account("account-1")
    person.sign_in()
    body = {"login_id": "account-2", "code": issue_code(application, "account-2")}
    person.api.post("enrolment-code", body)
    enrolling = Person(person.api, "account-2", passkey=SoftPasskey(origin=ORIGIN))
    enrolling.enrol(enrolling.passkey)
    assert owner.email == enrolling.email
    return enrolling


def test_a_signed_in_browser_enrols_for_nobody_else(any_application: Application) -> None:
    enrolled = enrols_in_a_signed_in_browser(any_application)
    assert enrolled.api.get("session")["account"]["login_id"] == "account-2"
    assert len(enrolled.api.get("factors")["passkeys"]) == 2
    ended = [e for e in any_application.events() if e["kind"] == "sign_out:done"]
    assert len(ended) == 1
    session = next(e for e in any_application.events() if e["kind"] == "sign_in:succeeded")
    assert (ended[0]["account_id"], ended[0]["session_id"]) == (
        session["account_id"],
        session["session_id"],
    )


def test_the_guards_against_enrolling_for_somebody_else_are_their_sessions_end_and_a_new_name(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment_codes, "end_signed_in", lambda *_: None)
    monkeypatch.setattr(identity, "rename", lambda _token: None)
    with pytest.raises(Refusal, match="step_up_needed"):
        enrols_in_a_signed_in_browser(application)


def test_a_refused_code_ends_nobodys_session(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    body = {"login_id": "account-1", "code": "000000000000"}
    assert refusal(person.api, "enrolment-code", body) == (401, "code_invalid")
    assert person.api.request("GET", "session").status_code == 200


def test_signing_in_where_somebody_else_was_signed_in_is_in_their_log(
    any_application: Application,
) -> None:
    person, other = any_application.account("account-1"), any_application.account("account-2")
    person.sign_in()
    session = any_application.events()[-1]["session_id"]
    Person(person.api, "account-2", passkey=other.passkey).sign_in()
    Person(person.api, "account-2", passkey=other.passkey).sign_in()
    ended = [e for e in any_application.events() if e["kind"] == "sign_out:done"]
    assert [e["session_id"] for e in ended] == [session]


def test_an_approval_to_add_a_passkey_makes_no_recovery_codes(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    application.advance(600)
    assert refusal(person.api, "recovery-codes", {}) == (403, "step_up_needed")
    person.confirm(asked_step_up(person, "POST", "passkeys/options"))
    assert refusal(person.api, "recovery-codes", {})[0] == 403


def with_policy(folder: Path, *changes: tuple[str, str]) -> Application:
    """An application whose policy says something else in some places."""
    text_of_policy = (folder_of_presets("policies") / "target-2025-10.toml").read_text()
    for old, new in changes:
        assert old in text_of_policy
        text_of_policy = text_of_policy.replace(old, new)
    path = folder / "changed.toml"
    path.write_text(text_of_policy)
    return make_application(folder, POLICY=str(path))


@hole("the policy's row for ending sessions is read by nobody")
def test_ending_sessions_demands_what_the_policy_says(tmp_path: Path) -> None:
    row = 'end_session = { level = "AL1" }'
    application = with_policy(tmp_path, (row, row.replace('"AL1"', '"AL3", oldest = 60')))
    person = application.account("account-1")
    person.sign_in()
    application.advance(120)
    assert refusal(person.api, "sessions", {}, "DELETE") == (403, "step_up_needed")


def test_a_confirmed_renaming_is_done_where_the_policy_wants_it_confirmed(tmp_path: Path) -> None:
    row = 'rename_passkey = { level = "AL3" }'
    application = with_policy(tmp_path, (row, row.replace("}", ", bound = true }")))
    person = application.account("account-1")
    person.sign_in()
    path = f"passkeys/{person.api.get('factors')['passkeys'][0]['id']}"
    asked = person.api.request("PATCH", path, {"label": "key"})
    step_up = asked.json()["step_up"]["id"]
    person.confirm(step_up)
    done = person.api.request("PATCH", path, {"label": "key"}, step_up=step_up)
    assert done.status_code == 200


@pytest.mark.parametrize("cookie", ["", "s." + "A" * 43, "a." + "A" * 43, "s." + "A" * 42, "x" * 9])
def test_an_invented_cookie_is_nobody(application: Application, cookie: str) -> None:
    api = application.api()
    api.http.headers["Cookie"] = f"session={cookie}"
    assert api.request("GET", "session").status_code == 401


def test_the_testers_name_for_a_client_means_nothing_outside_test_mode(
    demo_application: Application,
) -> None:
    api = demo_application.api(name="somebody")
    bound = {"ip": "203.0.113.5", "user_agent": "x"}
    assert api.request("POST", "/test/network", bound).status_code == 404
    for door in ("/test/outbox", "/test/events"):
        assert api.request("GET", door).status_code == 404
    for door in ("/test/accounts", "/test/clock", "/test/reset", "/test/outbox/deliver"):
        assert api.request("POST", door, {}).status_code == 404
