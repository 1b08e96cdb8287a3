"""Each guard switched off in turn: what it stops then succeeds, so the tests of it can fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from authserver.adapters.database.totps import TotpRows
from authserver.domain.passkey.judgement import Judgement
from authserver.domain.totp import TotpJudgement, TotpVerdict
from authserver.flows import guessing, one_time_codes, password_sign_in, sign_in, step_up
from authserver.testing.api import Refusal
from authserver.testing.person import Person
from tests.support.application import Application
from tests.support.sabotage import fails_until_sabotaged

PASSWORD = "correct horse battery staple"


def excepted(application: Application, **fields: Any) -> Person:
    given = {"password": PASSWORD, "totp": True, "mfa_exception": True, **fields}
    return application.account("account-1", **given)


def replays_a_code(application: Application) -> bool:
    person = excepted(application)
    code = person.app_code()
    person.show_password()
    person.api.post("sign-in/totp", {"code": code})
    person.show_password()
    return person.api.request("POST", "sign-in/totp", {"code": code}).status_code == 200


def guesses_past_the_limit(application: Application) -> bool:
    person = excepted(application)
    wrong = {"login_id": person.login_id, "password": "not the right password"}
    for _ in range(5):
        person.api.request("POST", "sign-in/password", wrong)
    right = {**wrong, "password": PASSWORD}
    return person.api.request("POST", "sign-in/password", right).status_code == 200


def goes_round_the_passkey(application: Application) -> bool:
    person = excepted(application, mfa_exception=False)
    try:
        person.sign_in_with_password()
    except Refusal:
        return False
    return True


def uses_a_challenge_in_another_browser(application: Application) -> bool:
    person, thief = application.account("account-1"), application.api()
    begun = person.api.post("sign-in/passkey/options", {})
    thief.post("sign-in/passkey/options", {})
    credential = person.passkey.get(begun["publicKey"])
    body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
    return thief.request("POST", "sign-in/passkey", body).status_code == 200


def adds_a_passkey_without_an_approval(application: Application) -> bool:
    person = application.account("account-1")
    person.sign_in()
    return person.api.request("POST", "passkeys/options").status_code == 200


def any_step(self: TotpRows, totp_id: str, step: int, at: object) -> bool:
    return True


def any_judgement(*_args: object, **_kwargs: object) -> object:
    return TotpJudgement(TotpVerdict.FRESH, 1)


def in_any_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = sign_in.ceremonies.take_back

    def lenient(services: Any, client: Any, now: Any, token: str, **rest: Any) -> Any:
        ceremony = services.ceremonies.open(token)
        if ceremony is None:
            return genuine(services, client, now, token, **rest)
        return genuine(services, replace(client, browser=ceremony.browser), now, token, **rest)

    monkeypatch.setattr(sign_in.ceremonies, "take_back", lenient)


def without_the_replay_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TotpRows, "use", any_step)
    monkeypatch.setattr(one_time_codes, "judge_code", any_judgement)


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "wait_after", lambda *_: None)


def without_the_downgrade_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        password_sign_in, "password_path_open_until", lambda *_: datetime.max.replace(tzinfo=UTC)
    )


def without_step_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "authorise", lambda *_args, **_kwargs: None)


CASES = [
    (replays_a_code, without_the_replay_guard),
    (guesses_past_the_limit, without_the_lock),
    (goes_round_the_passkey, without_the_downgrade_rule),
    (uses_a_challenge_in_another_browser, in_any_browser),
    (adds_a_passkey_without_an_approval, without_step_up),
]


@pytest.mark.parametrize(("attack", "sabotage"), CASES, ids=lambda part: part.__name__)
def test_the_attack_fails_and_succeeds_only_when_its_guard_is_switched_off(
    application: Application, monkeypatch: pytest.MonkeyPatch, attack: Any, sabotage: Any
) -> None:
    fails_until_sabotaged(application, monkeypatch, attack, sabotage)


def test_a_counter_that_is_not_compared_lets_a_cloned_key_in(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = application.account("account-1")
    clone = person.passkey.clone()
    person.passkey.sign_count = 10
    person.sign_in()
    cloned = Person(application.api(), person.login_id, passkey=clone)
    with pytest.raises(Refusal, match="passkey_refused"):
        cloned.sign_in()
    lenient = Judgement(new_sign_count=11, backed_up=False, backup_state_changed=False)
    monkeypatch.setattr(sign_in, "judge_assertion", lambda *_args, **_kwargs: lenient)
    assert cloned.sign_in()["session"]["assurance"] == "AL3"
