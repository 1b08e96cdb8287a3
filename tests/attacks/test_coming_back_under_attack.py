"""Attacks on recovery, on its hold and its stop, and on living by the exception."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authserver.adapters.database.recoveries import RecoveryRows
from authserver.adapters.identity_proofing import SimulatedIdentityProofing
from authserver.adapters.password_hasher import PasswordHasher
from authserver.flows import enrolment_codes, seeding
from authserver.flows.recording import Recorder
from authserver.testing.api import Api
from authserver.testing.person import IDENTITY, Person
from authserver.testing.soft_passkey import SoftPasskey
from authserver.testing.soft_totp import SoftTotp
from tests.support.application import ORIGIN, Application, make_application

PASSWORD = "correct horse battery staple"
MINUTE, HOUR, DAY = 60, 3600, 86400
WRONG = {"code": "00000000"}


def new_passkey() -> SoftPasskey:
    return SoftPasskey(origin=ORIGIN)


def browser_of(application: Application, person: Person, *, ip: str = "192.0.2.10") -> Person:
    """Another browser of whoever this is, with the passkey that they had."""
    return Person(application.api(ip=ip), person.login_id, passkey=person.passkey)


def status(api: Api, method: str, path: str, body: Any = None) -> int:
    return api.request(method, path, body).status_code


def answer(api: Api, method: str, path: str, body: Any = None) -> tuple[int, str]:
    response = api.request(method, path, body)
    return response.status_code, response.json().get("code", "") if response.content else ""


def stop_of(person: Person) -> dict[str, str]:
    return {"login_id": person.login_id, "code": person.read_stop_code()}


def by_exception(application: Application, **fields: Any) -> Person:
    """Somebody without a passkey, whose exception has just come into force."""
    api = application.api()
    ready = {"password": PASSWORD, "totp": True, "mfa_exception": True, **fields}
    made = api.post("/test/accounts", {"login_id": "account-1", **ready})
    person = Person(api, "account-1")
    person.password, person.totp = PASSWORD, SoftTotp(made["totp_secret"])
    return person


# --- Stopping


def proved_and_waiting(application: Application) -> Person:
    """A thief with both proofs, who lets the attempt's half hour pass before the passkey."""
    thief = application.account("account-1")
    thief.begin_recovery()
    thief.api.post("recoveries/email-code", {"code": thief.read_mail_code()})
    application.advance(29 * MINUTE)
    thief.api.post("recoveries/identity-proof", IDENTITY)
    application.advance(2 * MINUTE)
    return thief


def test_what_can_still_bring_a_passkey_can_still_be_stopped(application: Application) -> None:
    thief = proved_and_waiting(application)
    assert status(application.api(), "POST", "recoveries/stop", stop_of(thief)) == 204


def test_an_attempt_past_its_life_brings_no_passkey(application: Application) -> None:
    """Its half hour begins anew with the second proof, and then it is over."""
    thief = proved_and_waiting(application)
    assert status(thief.api, "POST", "passkeys/options") == 200
    begun = thief.api.post("passkeys/options")
    application.advance(28 * MINUTE)
    credential = new_passkey().create(begun["publicKey"])
    body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
    assert status(thief.api, "POST", "passkeys", body) == 410
    assert status(thief.api, "POST", "passkeys/options") == 410


def test_what_can_still_bring_a_passkey_still_holds(application: Application) -> None:
    owner = application.account("account-1")
    thief = browser_of(application, owner)
    thief.begin_recovery()
    thief.api.post("recoveries/email-code", {"code": thief.read_mail_code()})
    application.advance(29 * MINUTE)
    thief.api.post("recoveries/identity-proof", IDENTITY)
    application.advance(2 * MINUTE)
    owner.sign_in()
    assert answer(owner.api, "POST", "recovery-codes", {}) == (403, "recovery_hold")


def test_a_stranger_who_begins_one_cannot_make_the_owner_freeze_their_own(
    application: Application,
) -> None:
    owner = application.account("account-1")
    owner.recover(new_passkey())
    application.advance(HOUR)
    owner.sign_in()
    Person(application.api(ip="198.51.100.7"), "account-1").begin_recovery()
    assert status(application.api(), "POST", "recoveries/stop", stop_of(owner)) == 204
    assert status(owner.api, "GET", "session") == 200, "the owner did as our message said"


def test_the_owner_stops_a_strangers_attempt_during_their_own_hold(
    application: Application,
) -> None:
    owner = application.account("account-1")
    owner.recover(new_passkey())
    application.advance(HOUR)
    owner.sign_in()
    Person(application.api(ip="198.51.100.7"), "account-1").begin_recovery()
    assert status(owner.api, "DELETE", "recoveries") == 204


def test_taking_a_passkey_away_by_stopping_needs_an_approval_like_any_other_way(
    application: Application,
) -> None:
    lost = application.account("account-1")
    owner = browser_of(application, lost)
    owner.recover(new_passkey())
    lost.sign_in()
    application.advance(20 * MINUTE)
    assert answer(lost.api, "DELETE", "recoveries") == (403, "step_up_needed")


def test_an_attempt_that_begins_while_another_is_stopped_is_stopped_or_barred(
    tmp_path: Path, migrated_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's one writer decides this race by itself; PostgreSQL needs the account's lock."""
    application = make_application(tmp_path, database_url=migrated_postgresql)
    application.api().post("/test/reset")
    owner = application.account("account-1")
    owner.begin_recovery()
    stop, add, stopped = stop_of(owner), RecoveryRows.add, []

    stopping = threading.Thread(
        target=lambda: stopped.append(status(application.api(), "POST", "recoveries/stop", stop))
    )

    def late(self: RecoveryRows, recovery: Any) -> None:
        monkeypatch.setattr(RecoveryRows, "add", add)
        stopping.start()
        # Done by then where nothing holds it up; where the lock does, it waits for our commit.
        stopping.join(2)
        add(self, recovery)

    thief = browser_of(application, owner)
    monkeypatch.setattr(RecoveryRows, "add", late)
    thief.begin_recovery()
    stopping.join()
    answered = status(thief.api, "POST", "recoveries/email-code", {"code": thief.read_mail_code()})
    application.close()
    assert stopped == [204]
    assert answered != 200


def test_a_code_that_the_firm_hands_over_ends_what_a_stranger_had_begun(
    application: Application,
) -> None:
    owner = application.account("account-1")
    thief = browser_of(application, owner)
    thief.begin_recovery()
    thief.api.post("recoveries/email-code", {"code": thief.read_mail_code()})
    services = application.house.services
    with services.database.transaction() as tx:
        account = tx.accounts.by_login_id("account-1")
        assert account is not None
        pen = Recorder(services, tx, seeding.HERE, services.clock.now())
        code = enrolment_codes.issue(pen, account.id)
    owner.api.post("enrolment-code", {"login_id": "account-1", "code": code})
    owner.enrol(new_passkey())
    assert status(thief.api, "POST", "recoveries/identity-proof", IDENTITY) != 200
    assert status(owner.api, "GET", "session") == 200


# --- Locking somebody else out


def test_a_strangers_wrong_codes_do_not_make_the_owners_right_one_wrong(
    application: Application,
) -> None:
    owner = application.account("account-1")
    stranger = Person(application.api(ip="198.51.100.7"), "account-1")
    stranger.begin_recovery()
    for _ in range(3):
        stranger.api.request("POST", "recoveries/email-code", WRONG)
    owner.begin_recovery()
    body = {"code": owner.read_mail_code()}
    assert status(owner.api, "POST", "recoveries/email-code", body) == 200


def test_no_stranger_closes_the_way_back_for_good(application: Application) -> None:
    owner = application.account("account-1")
    for _ in range(34):
        stranger = Person(application.api(ip="198.51.100.7"), "account-1")
        stranger.begin_recovery()
        for _ in range(3):
            stranger.api.request("POST", "recoveries/email-code", WRONG)
        application.advance(DAY + 1)
    application.advance(365 * DAY)
    owner.begin_recovery()
    body = {"code": owner.read_mail_code()}
    assert status(owner.api, "POST", "recoveries/email-code", body) == 200


def test_a_stranger_does_not_use_up_the_owners_beginnings(application: Application) -> None:
    owner = application.account("account-1")
    stranger = Person(application.api(ip="198.51.100.7"), "account-1")
    answers = [
        status(stranger.api, "POST", "recoveries", {"login_id": "account-1"}) for _ in range(10)
    ]
    assert answers == [202] * 3 + [429] * 7
    assert status(owner.api, "POST", "recoveries", {"login_id": "account-1"}) == 202


def test_ten_messages_an_hour_are_the_most_that_strangers_can_send_somebody(
    application: Application,
) -> None:
    owner = application.account("account-1", phone="+819000000001")
    stranger = Person(application.api(ip="198.51.100.7"), "account-1")
    for _ in range(12):
        stranger.api.request("POST", "recoveries", {"login_id": "account-1"})
    assert len(application.outbox(recipient=owner.email, channel="mail")) <= 10


# --- The hold


def test_an_app_begun_before_the_recovery_does_not_take_root_during_the_hold(
    application: Application,
) -> None:
    before = application.account("account-1")
    before.sign_in()
    made = before.confirming(lambda s: before.api.post("totp", {}, step_up=s))
    person = browser_of(application, before)
    person.recover(new_passkey())
    person.totp = SoftTotp(str(made["secret"]))
    path, body = f"totp/{made['id']}/confirmation", {"code": person.app_code()}
    assert answer(person.api, "POST", path, body) == (403, "recovery_hold")


def test_an_exception_asked_for_before_the_recovery_opens_nothing_during_the_hold(
    application: Application,
) -> None:
    before = application.account("account-1", password=PASSWORD, totp=True)
    before.sign_in()
    body = {"reason_code": "other", "consent_version": "1"}
    asked = before.confirming(lambda s: before.api.post("mfa-exceptions", body, step_up=s))
    owner = browser_of(application, before)
    owner.recover(new_passkey())
    operator = application.account("operator-1", roles=["operator"])
    operator.sign_in()
    path = f"operator/mfa-exceptions/{asked['id']}/decision"
    operator.api.request("POST", path, {"decision": "approve"})
    application.advance(DAY + 1)
    before.show_password()
    assert status(before.api, "POST", "sign-in/totp", {"code": before.app_code()}) == 403


# --- The exception


def test_an_approval_is_no_weaker_than_what_is_demanded_when_it_is_spent(
    application: Application,
) -> None:
    """Invariant 3: the exception ends between the confirmation and what it was for."""
    person = by_exception(application)
    person.sign_in_with_password()
    application.advance(30)
    body = {"current": PASSWORD, "new": "quite another pass phrase"}
    asked = person.api.request("PUT", "password", body).json()["step_up"]["id"]
    person.api.post(f"step-ups/{asked}/totp", {"code": person.app_code()})
    exception = person.api.get("mfa-exceptions")["newest"]["id"]
    with application.house.services.database.transaction() as tx:
        assert tx.mfa_exceptions.end(exception)
    answered = person.api.request("PUT", "password", body, step_up=asked)
    assert (answered.status_code, answered.json()["code"]) == (403, "factor_too_weak")


def test_a_session_that_rests_on_an_exception_ends_with_it(application: Application) -> None:
    person = by_exception(application)
    life = int(application.house.services.policy.limits.exception_life.total_seconds())
    application.advance(life - 2 * MINUTE)
    person.sign_in_with_password()
    application.advance(3 * MINUTE)
    assert status(person.api, "GET", "session") == 401


@pytest.fixture
def interim(tmp_path: Path) -> Iterator[Application]:
    application = make_application(tmp_path, POLICY="interim-2026-06")
    yield application
    application.close()


def test_an_exception_is_password_and_app_and_never_a_mailed_code(interim: Application) -> None:
    """The interim's own day is over, too: "from then on the target holds by itself"."""
    person = by_exception(interim)
    assert not interim.house.services.policy.sign_in.interim(person.server_time())
    person.show_password()
    person.api.request("POST", "sign-in/email-code/request")
    try:
        code = person.read_mail_code()
    except LookupError:
        return
    assert status(person.api, "POST", "sign-in/email-code", {"code": code}) != 200


# --- Smaller ones


def test_a_password_that_was_changed_while_it_was_judged_opens_nothing(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = by_exception(application)
    services, judge, at = application.house.services, PasswordHasher.verify, person.server_time()
    hashed = services.password_hasher.hash("quite another pass phrase")

    def slowly(self: PasswordHasher, *given: Any) -> bool:
        right = judge(self, *given)
        with services.database.transaction() as tx:
            account = tx.accounts.by_login_id("account-1")
            assert account is not None
            tx.passwords.set(account.id, hashed, at)
            tx.unfinished_sign_ins.end(account.id)
        return right

    monkeypatch.setattr(PasswordHasher, "verify", slowly)
    body = {"login_id": "account-1", "password": PASSWORD}
    person.api.request("POST", "sign-in/password", body)
    assert status(person.api, "POST", "sign-in/totp", {"code": person.app_code()}) == 401


def test_the_identity_service_is_asked_by_nobody_who_began_nothing(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    prove = SimulatedIdentityProofing.prove

    def heard(self: SimulatedIdentityProofing, claim: Any, **given: Any) -> Any:
        asked.append(claim)
        return prove(self, claim, **given)

    monkeypatch.setattr(SimulatedIdentityProofing, "prove", heard)
    application.api().request("POST", "recoveries/identity-proof", IDENTITY)
    assert asked == []


def test_the_browsers_name_changes_with_the_proofs(application: Application) -> None:
    """Whoever knows it from before would enrol their own passkey on the owner's proofs."""
    owner = application.account("account-1")
    owner.begin_recovery()
    known = owner.api.cookie()
    owner.prove_for_recovery()
    assert owner.api.cookie() != known


def test_a_refused_stop_and_a_refused_request_leave_an_event_each(
    application: Application,
) -> None:
    owner = application.account("account-1")
    owner.recover(new_passkey())
    before = len(application.events())
    assert status(owner.api, "DELETE", "recoveries") == 409
    body = {"reason_code": "other", "consent_version": "0"}
    assert status(owner.api, "POST", "mfa-exceptions", body) == 409
    assert len(application.events()) == before + 2


def test_whoever_has_twenty_lost_passkeys_can_come_back(application: Application) -> None:
    keys = [new_passkey() for _ in range(20)]
    ready = [
        {"credential_id": key.credential_id, "public_key_cose": key.public_key_cose} for key in keys
    ]
    api = application.api()
    api.post("/test/accounts", {"login_id": "account-1", "passkeys": ready})
    person = Person(api, "account-1")
    person.begin_recovery()
    person.prove_for_recovery()
    begun = api.post("passkeys/options")
    body = {
        "ceremony_id": begun["ceremony_id"],
        "credential": new_passkey().create(begun["publicKey"]),
    }
    assert status(api, "POST", "passkeys", body) == 201


@pytest.mark.parametrize("login_id", ["nobody\x00", "\x00", "ｎｏｂｏｄｙ\x00 x"])
def test_odd_login_ids_begin_like_any_other(
    tmp_path: Path, migrated_postgresql: str, login_id: str
) -> None:
    """PostgreSQL stores no NUL in text; SQLite does."""
    application = make_application(tmp_path, database_url=migrated_postgresql)
    begun = status(application.api(), "POST", "recoveries", {"login_id": login_id})
    application.close()
    assert begun == 202
