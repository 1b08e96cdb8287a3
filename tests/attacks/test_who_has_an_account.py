"""Strangers ask about a login id or an address in every way they can and compare the answers."""

from __future__ import annotations

from typing import Any

from authserver.testing.api import Api
from authserver.testing.soft_passkey import SoftPasskey
from tests.support.application import ORIGIN, Application

UNSPOKEN = {"x-request-id", "date"}


def allowed(api: Api, login_id: str) -> list[dict[str, Any]]:
    begun = api.post("sign-in/passkey/options", {"login_id": login_id})
    return list(begun["publicKey"]["allowCredentials"])


def test_an_invented_passkey_gives_its_hints_in_the_order_of_real_ones(
    application: Application,
) -> None:
    person = application.person("account-1")
    person.passkey = SoftPasskey(origin=ORIGIN, transports=("internal", "hybrid"))
    person.open_account()
    real = allowed(application.api(), "account-1")[0]["transports"]
    assert allowed(application.api(), "nobody-1")[0]["transports"] == real


def test_junk_under_the_offered_id_is_answered_alike_for_known_and_unknown_accounts(
    application: Application,
) -> None:
    application.account("account-1")
    answers = {}
    for login_id in ("account-1", "nobody-1"):
        for named in ({"login_id": login_id}, {}):
            api = application.api()
            offered = allowed(api, login_id)[0]["id"]
            begun = api.post("sign-in/passkey/options", named)
            junk = SoftPasskey(origin=ORIGIN).get(begun["publicKey"])
            body = {
                "ceremony_id": begun["ceremony_id"],
                "credential": {**junk, "id": offered, "rawId": offered},
            }
            refused = api.request("POST", "sign-in/passkey", body)
            answers[login_id, bool(named)] = (refused.status_code, refused.json()["code"])
    assert answers["account-1", True] == answers["nobody-1", True]
    assert answers["account-1", False] == answers["nobody-1", False]


def test_opening_an_account_is_answered_alike_whoever_has_the_names(
    any_application: Application,
) -> None:
    any_application.account("account-1")
    answers = []
    for login_id, email in (
        ("account-2", "account-2@example.test"),
        ("account-1", "account-3@example.test"),
        ("account-4", "ACCOUNT-1@EXAMPLE.test"),
    ):
        api = any_application.api()
        names = {"login_id": login_id, "email": email, "display_name": "x", "locale": "ja"}
        begun = api.request("POST", "accounts", names)
        wrong = api.request("POST", "accounts/email-verification", {"code": "00000000"})
        headers = {name for name in begun.headers if name not in UNSPOKEN}
        told = (wrong.status_code, wrong.json()["code"])
        answers.append((begun.status_code, begun.content, headers, told))
    assert answers[0] == answers[1] == answers[2]


def test_an_enrolment_code_is_refused_alike_whoever_has_the_login_id(
    any_application: Application,
) -> None:
    any_application.account("account-1")
    answers = set()
    for login_id in ("account-1", "nobody-1"):
        body = {"login_id": login_id, "code": "000000000000"}
        refused = any_application.api().request("POST", "enrolment-code", body)
        kept = {k: v for k, v in refused.json().items() if k != "request_id"}
        answers.add((refused.status_code, str(kept), str(sorted(set(refused.headers) - UNSPOKEN))))
    assert len(answers) == 1
