"""Each guard of recovery switched off in turn: what it stops then succeeds."""

from __future__ import annotations

from typing import Any

import pytest

from authserver.adapters.database.accounts import AccountRows
from authserver.adapters.database.sign_ups import SignUpRows
from authserver.flows import recovery, step_up, step_up_by_code, stop_recovery
from authserver.testing.person import IDENTITY, Person
from authserver.testing.soft_passkey import SoftPasskey
from authserver.testing.soft_totp import SoftTotp
from tests.support.application import ORIGIN, Application
from tests.support.sabotage import fails_until_sabotaged

PASSWORD = "correct horse battery staple"


def a_thief(application: Application) -> Person:
    application.account("account-1")
    passkey = SoftPasskey(origin=ORIGIN)
    return Person(application.api(), "account-1", passkey=passkey)


def recovers_as_somebody_else(application: Application) -> bool:
    thief = a_thief(application)
    thief.begin_recovery()
    thief.api.post("recoveries/email-code", {"code": thief.read_mail_code()})
    claim = {**IDENTITY, "full_name_kana": "ヌスビト タロウ"}
    return thief.api.request("POST", "recoveries/identity-proof", claim).status_code == 200


def guesses_the_mailed_code(application: Application) -> bool:
    thief = a_thief(application)
    thief.begin_recovery()
    right = thief.read_mail_code()
    for wrong in (f"{n:08d}" for n in range(4)):
        thief.api.request("POST", "recoveries/email-code", {"code": wrong})
    body = {"code": right}
    return thief.api.request("POST", "recoveries/email-code", body).status_code == 200


def asks_for_an_exception_during_the_hold(application: Application) -> bool:
    application.account("account-1", password=PASSWORD, totp=True)
    thief = Person(application.api(), "account-1")
    thief.recover(SoftPasskey(origin=ORIGIN))
    body = {"reason_code": "other", "consent_version": "1"}
    return thief.api.request("POST", "mfa-exceptions", body).json()["code"] == "step_up_needed"


def enrols_after_the_stop(application: Application) -> bool:
    thief = a_thief(application)
    thief.begin_recovery()
    thief.prove_for_recovery()
    begun = thief.api.post("passkeys/options")
    stop = {"login_id": "account-1", "code": thief.read_stop_code()}
    application.api().call("POST", "recoveries/stop", stop)
    credential = thief.passkey.create(begun["publicKey"])
    body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
    return thief.api.request("POST", "passkeys", body).status_code == 201


def stays_in_after_the_stop(application: Application) -> bool:
    thief = a_thief(application)
    thief.recover(SoftPasskey(origin=ORIGIN))
    stop = {"login_id": "account-1", "code": thief.read_stop_code()}
    application.api().call("POST", "recoveries/stop", stop)
    return thief.api.request("GET", "session").status_code == 200


def confirms_adding_a_passkey_with_a_code(application: Application) -> bool:
    api = application.api()
    fields = {"password": PASSWORD, "totp": True, "mfa_exception": True}
    made = api.post("/test/accounts", {"login_id": "account-1", **fields})
    person = Person(api, "account-1")
    person.password, person.totp = PASSWORD, SoftTotp(made["totp_secret"])
    person.sign_in_with_password()
    application.advance(30)
    asked = person.api.request("POST", "passkeys/options").json()["step_up"]
    body = {"code": person.app_code()}
    return api.request("POST", f"step-ups/{asked['id']}/totp", body).status_code == 200


def without_knowing_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountRows, "proved_as", lambda *_: True)


def without_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_countable", lambda *_: None)


def without_the_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "held_until", lambda *_: None)


def without_closing_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SignUpRows, "end", lambda *_: None)


def without_the_freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_recovery, "_freeze", lambda *_: None)


def without_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up_by_code, "_unsuitable", lambda *_: None)


def locks_the_owner_out(application: Application) -> bool:
    owner = application.account("account-1")
    stranger = Person(application.api(ip="198.51.100.7"), "account-1")
    stranger.begin_recovery()
    for _ in range(3):
        stranger.api.request("POST", "recoveries/email-code", {"code": "00000000"})
    owner.begin_recovery()
    body = {"code": owner.read_mail_code()}
    return owner.api.request("POST", "recoveries/email-code", body).status_code != 200


def without_telling_networks_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "network", lambda _ip: "everywhere")


CASES = [
    (recovers_as_somebody_else, without_knowing_the_person),
    (guesses_the_mailed_code, without_counting),
    (asks_for_an_exception_during_the_hold, without_the_hold),
    (enrols_after_the_stop, without_closing_the_way),
    (stays_in_after_the_stop, without_the_freeze),
    (confirms_adding_a_passkey_with_a_code, without_the_level),
    (locks_the_owner_out, without_telling_networks_apart),
]


@pytest.mark.parametrize(("attack", "sabotage"), CASES, ids=lambda part: part.__name__)
def test_the_attack_fails_and_succeeds_only_when_its_guard_is_switched_off(
    application: Application, monkeypatch: pytest.MonkeyPatch, attack: Any, sabotage: Any
) -> None:
    fails_until_sabotaged(application, monkeypatch, attack, sabotage)
