"""Recoveries in a crowd: tries are counted, one passkey comes, and a stop beats what it races."""

from __future__ import annotations

from collections import Counter

from authserver.testing.api import Refusal
from authserver.testing.person import Person
from authserver.testing.server import RunningServer
from authserver.testing.soft_passkey import SoftPasskey
from authserver.testing.soft_totp import SoftTotp
from tests.races.test_once_means_once import AT_ONCE, at_once, crowd_server, same_request

__all__ = ["crowd_server"]
PASSWORD = "correct horse battery staple"


def loser(server: RunningServer) -> Person:
    """Somebody in a browser that knows nothing of them; the account has another passkey."""
    server.account("account-1")
    return Person(server.api(), "account-1", passkey=SoftPasskey(origin=server.url))


def test_a_recovery_code_is_tried_three_times_however_many_ask_at_once(
    crowd_server: RunningServer,
) -> None:
    person = loser(crowd_server)
    person.begin_recovery()
    right = person.read_mail_code()
    wrong = [f"{n:08d}" for n in range(AT_ONCE) if f"{n:08d}" != right]
    path = "/api/v1/recoveries/email-code"
    at_once([same_request(person, "POST", path, {"code": code}) for code in wrong])
    events = [e for e in crowd_server.events() if e["kind"] == "recovery:refused"]
    reasons = Counter(event["reason"] for event in events)
    assert reasons["code_wrong"] == 3
    assert sum(reasons.values()) == len(wrong)


def test_one_right_recovery_code_sent_by_thirty_two_at_once_counts_once(
    crowd_server: RunningServer,
) -> None:
    person = loser(crowd_server)
    person.begin_recovery()
    body = {"code": person.read_mail_code()}
    request = same_request(person, "POST", "/api/v1/recoveries/email-code", body)
    answers = at_once([request] * AT_ONCE)
    statuses = Counter(answer.status_code for answer in answers)
    # Who read the attempt before the step was taken finds no try left at that step.
    assert statuses[200] == 1
    assert statuses[409] + statuses[410] == AT_ONCE - 1


def test_one_way_to_a_passkey_walked_by_many_at_once_brings_one(
    crowd_server: RunningServer,
) -> None:
    person = loser(crowd_server)
    person.begin_recovery()
    person.prove_for_recovery()
    requests = []
    for _ in range(8):
        begun = person.api.post("passkeys/options")
        credential = SoftPasskey(origin=crowd_server.url).create(begun["publicKey"])
        body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
        requests.append(same_request(person, "POST", "/api/v1/passkeys", body))
    answers = at_once(requests)
    assert Counter(answer.status_code for answer in answers)[201] == 1
    assert all(answer.status_code < 500 for answer in answers)
    events = Counter(event["kind"] for event in crowd_server.events())
    assert events["recovery:done"] == events["passkey:added"] == 1


def test_a_stop_and_a_new_passkey_at_once_never_leave_the_thief_inside(
    crowd_server: RunningServer,
) -> None:
    for number in range(4):
        crowd_server.reset()
        thief = loser(crowd_server)
        thief.begin_recovery()
        thief.prove_for_recovery()
        begun = thief.api.post("passkeys/options")
        credential = thief.passkey.create(begun["publicKey"])
        body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
        stop = {"login_id": "account-1", "code": thief.read_stop_code()}
        stranger = Person(crowd_server.api(), "account-1")
        stranger.api.request("GET", "session")
        requests = [
            same_request(thief, "POST", "/api/v1/passkeys", body),
            same_request(stranger, "POST", "/api/v1/recoveries/stop", stop),
        ]
        answers = at_once(requests if number % 2 else requests[::-1])
        assert all(answer.status_code < 500 for answer in answers)
        events = Counter(event["kind"] for event in crowd_server.events())
        assert events["recovery:stopped"] == 1
        assert events["account:frozen"] == events["recovery:done"]
        entered = Person(crowd_server.api(), "account-1", passkey=thief.passkey)
        try:
            entered.sign_in()
        except (Refusal, LookupError):
            continue
        raise AssertionError("the passkey that came while it was stopped still opens the account")


def test_two_apps_removed_by_many_at_once_leave_one_to_whoever_has_nothing_else(
    crowd_server: RunningServer,
) -> None:
    api = crowd_server.api()
    fields = {"password": PASSWORD, "totp": True, "mfa_exception": True}
    made = api.post("/test/accounts", {"login_id": "account-1", **fields})
    person = Person(api, "account-1")
    person.password, person.totp = PASSWORD, SoftTotp(made["totp_secret"])
    person.sign_in_with_password()
    crowd_server.advance(30)
    first, kept = person.api.get("factors")["totp"][0]["id"], person.totp
    second = person.api
    added = person.confirming(lambda s: second.post("totp", {}, step_up=s))
    code = {"code": SoftTotp(added["secret"]).code(person.server_time())}
    person.api.post(f"totp/{added['id']}/confirmation", code)
    requests = []
    for totp_id in (first, added["id"]):
        crowd_server.advance(30)
        path = f"/api/v1/totp/{totp_id}"
        asked = person.api.request("DELETE", path).json()["step_up"]
        person.api.post(f"step-ups/{asked['id']}/totp", {"code": kept.code(person.server_time())})
        requests += [same_request(person, "DELETE", path, **{"Step-Up": asked["id"]})] * 8
    answers = at_once(requests)
    assert Counter(answer.status_code for answer in answers)[204] == 1
    assert all(answer.status_code < 500 for answer in answers)
    removed = [e for e in crowd_server.events() if e["kind"] == "totp:removed"]
    assert len(removed) == 1
