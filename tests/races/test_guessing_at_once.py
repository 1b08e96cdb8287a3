"""Guessing with many hands at once: each try is counted, and none beyond the limit is judged."""

from __future__ import annotations

from collections import Counter

from authserver.testing.person import Person
from authserver.testing.server import RunningServer
from tests.races.test_once_means_once import AT_ONCE, at_once, crowd_server, same_request

__all__ = ["crowd_server"]
PASSWORD = "correct horse battery staple"
GUESSES = 200


def excepted(server: RunningServer) -> Person:
    return server.account("account-1", password=PASSWORD, totp=True, mfa_exception=True)


def reasons(server: RunningServer) -> Counter[str]:
    return Counter(
        event["reason"]
        for event in server.events()
        if event["kind"] in ("sign_in:refused", "password:refused")
    )


def test_one_code_sent_by_thirty_two_at_once_opens_one_session(
    crowd_server: RunningServer,
) -> None:
    person = excepted(crowd_server)
    person.show_password()
    body = {"code": person.app_code()}
    request = same_request(person, "POST", "/api/v1/sign-in/totp", body)
    answers = at_once([request] * AT_ONCE)
    assert Counter(answer.status_code for answer in answers)[200] == 1
    assert {answer.status_code for answer in answers} <= {200, 401}
    events = Counter(event["kind"] for event in crowd_server.events())
    assert events["sign_in:succeeded"] == 1
    assert events["sign_in:refused"] == AT_ONCE - 1


def test_one_recovery_code_sent_by_many_browsers_at_once_opens_one_session(
    crowd_server: RunningServer,
) -> None:
    person = excepted(crowd_server)
    person.sign_in()
    (code, *_) = person.api.post("recovery-codes")["codes"]
    browsers = [Person(crowd_server.api(), "account-1") for _ in range(3)]
    for browser in browsers:
        browser.show_password(PASSWORD)
    requests = [
        same_request(browser, "POST", "/api/v1/sign-in/recovery-code", {"code": code})
        for browser in browsers
    ]
    answers = at_once(requests)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 2}
    used = [e for e in crowd_server.events() if e["kind"] == "recovery_code:used"]
    assert len(used) == 1


def test_two_hundred_wrong_passwords_at_once_are_all_counted_and_five_are_judged(
    crowd_server: RunningServer,
) -> None:
    person = excepted(crowd_server)
    body = {"login_id": "account-1", "password": "not the right password"}
    request = same_request(person, "POST", "/api/v1/sign-in/password", body)
    answers = []
    for _ in range(GUESSES // 50):
        answers += at_once([request] * 50)
    assert len(answers) == GUESSES
    # Refused as wrong, as too many from one network, or for want of a free hasher: never let in.
    assert {answer.status_code for answer in answers} <= {401, 429, 503}
    counted = reasons(crowd_server)
    assert sum(counted.values()) == GUESSES
    assert counted["credentials_wrong"] <= 5
    right = person.api.request("POST", "sign-in/password", {**body, "password": PASSWORD})
    assert right.status_code in (401, 429, 503)
    assert person.sign_in()["session"]["assurance"] == "AL3"
