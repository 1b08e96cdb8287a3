"""Several processes, both databases, many simultaneous requests: once means once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest

from authserver.testing.person import Person
from authserver.testing.server import RunningServer, running_server
from authserver.testing.soft_passkey import SoftPasskey

AT_ONCE = 32
WORKERS = 4


@pytest.fixture
def crowd_server(tmp_path: Path, database_url: str) -> Iterator[RunningServer]:
    """Four server processes over one database."""
    with running_server(tmp_path, database_url=database_url, workers=WORKERS) as server:
        server.reset()
        yield server


def at_once(requests: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Send all of them at the same moment, each over a connection of its own."""
    start = Barrier(len(requests))

    def send(request: Callable[[], httpx.Response]) -> httpx.Response:
        start.wait(30)
        return request()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def same_request(
    person: Person, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
) -> Callable[[], httpx.Response]:
    """One request with this person's cookie, over a new connection."""
    sent = {"Origin": person.api.origin, **headers}
    cookies = dict(person.api.http.cookies)

    def send() -> httpx.Response:
        with httpx.Client(
            base_url=person.api.base_url, cookies=cookies, timeout=60, trust_env=False
        ) as http:
            return http.request(method, path, json=body, headers=sent)

    return send


def test_one_challenge_answered_by_thirty_two_at_once_opens_one_session(
    crowd_server: RunningServer,
) -> None:
    person = crowd_server.account("account-1")
    begun = person.api.post("sign-in/passkey/options", {})
    body = {
        "ceremony_id": begun["ceremony_id"],
        "credential": person.passkey.get(begun["publicKey"]),
    }
    request = same_request(person, "POST", "/api/v1/sign-in/passkey", body)
    answers = at_once([request] * AT_ONCE)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 410: AT_ONCE - 1}
    events = Counter(event["kind"] for event in crowd_server.events())
    assert events["sign_in:succeeded"] == 1
    assert events["sign_in:refused"] == AT_ONCE - 1


def test_one_registration_sent_by_thirty_two_at_once_makes_one_account(
    crowd_server: RunningServer,
) -> None:
    person = crowd_server.person("account-1")
    person.api.post(
        "accounts",
        {
            "login_id": "account-1",
            "email": person.email,
            "display_name": "account-1",
            "locale": "en",
        },
    )
    person.api.post("accounts/email-verification", {"code": person.read_mail_code()})
    claim = {"full_name_kana": "ミホン タロウ", "birth_date": "1980-01-31"}
    person.api.post("accounts/identity-proof", {"method": "simulated-id-card", **claim})
    begun = person.api.post("passkeys/options")
    body = {
        "ceremony_id": begun["ceremony_id"],
        "credential": person.passkey.create(begun["publicKey"]),
    }
    request = same_request(person, "POST", "/api/v1/passkeys", body)
    answers = at_once([request] * AT_ONCE)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 410: AT_ONCE - 1}
    events = Counter(event["kind"] for event in crowd_server.events())
    assert events["account:opened"] == events["passkey:added"] == 1


def test_a_mailed_code_is_tried_three_times_however_many_ask_at_once(
    crowd_server: RunningServer,
) -> None:
    person = crowd_server.person("account-1")
    names = {"login_id": "account-1", "email": person.email, "display_name": "account-1"}
    person.api.post("accounts", {**names, "locale": "ja"})
    right = person.read_mail_code()
    wrong = [f"{n:08d}" for n in range(AT_ONCE) if f"{n:08d}" != right]
    answers = at_once(
        [
            same_request(person, "POST", "/api/v1/accounts/email-verification", {"code": code})
            for code in wrong
        ]
    )
    codes = Counter(answer.json()["code"] for answer in answers)
    assert codes == {"code_invalid": 3, "code_tries_spent": len(wrong) - 3}


def test_one_approval_spent_by_thirty_two_at_once_begins_one_enrolment(
    crowd_server: RunningServer,
) -> None:
    person = crowd_server.account("account-1")
    person.sign_in()
    refused = person.api.request("POST", "passkeys/options")
    step_up = refused.json()["step_up"]["id"]
    person.confirm(step_up)
    request = same_request(person, "POST", "/api/v1/passkeys/options", **{"Step-Up": step_up})
    answers = at_once([request] * AT_ONCE)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 410: AT_ONCE - 1}


def test_two_passkeys_removed_by_many_at_once_leave_one(crowd_server: RunningServer) -> None:
    person = crowd_server.account("account-1")
    person.sign_in()
    person.add_passkey(SoftPasskey(origin=crowd_server.url))
    passkeys = person.api.get("factors")["passkeys"]
    requests = []
    for passkey in passkeys:
        path = f"/api/v1/passkeys/{passkey['id']}"
        refused = person.api.request("DELETE", path)
        step_up = refused.json()["step_up"]["id"]
        person.confirm(step_up)
        requests += [same_request(person, "DELETE", path, **{"Step-Up": step_up})] * 8
    answers = at_once(requests)
    assert Counter(answer.status_code for answer in answers)[204] == 1
    assert all(answer.status_code < 500 for answer in answers)
    other = Person(crowd_server.api(), "account-1", passkey=person.passkey)
    removed = [e for e in crowd_server.events() if e["kind"] == "passkey:removed"]
    assert len(removed) == 1
    left = [p for p in passkeys if p["id"] != removed[0]["details"]["passkey"]]
    assert len(left) == 1
    if left[0]["credential_id"] == person.passkey.credential_id:
        assert other.sign_in()["session"]["assurance"] == "AL3"
