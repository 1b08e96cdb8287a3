"""Sessions are rows: seen, ended one by one or all at once, and never outliving their end."""

from __future__ import annotations

import pytest

from authserver.testing.api import Refusal
from authserver.testing.person import Person
from tests.support.application import Application

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)


def elsewhere(application: Application, person: Person) -> Person:
    """The same person in another browser, in another place."""
    other = Person(application.api(ip="203.0.113.9"), person.login_id, passkey=person.passkey)
    other.api.http.headers["User-Agent"] = CHROME
    other.sign_in()
    return other


def test_sessions_are_listed_with_device_and_place(any_application: Application) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    elsewhere(any_application, person)
    items = person.api.get("sessions")["items"]
    assert [item["current"] for item in items] == [False, True]
    assert items[0]["device"].startswith("Chrome 126")
    assert items[0]["place"] == "Frankfurt, DE"
    assert items[1]["place"] == "Tokyo, JP"


def test_one_other_session_is_ended_and_its_owner_is_told(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    other = elsewhere(application, person)
    (target,) = [i["id"] for i in person.api.get("sessions")["items"] if not i["current"]]
    person.api.call("DELETE", f"sessions/{target}")
    with pytest.raises(Refusal, match="not_signed_in"):
        other.api.get("session")
    assert person.api.get("session")["account"]["login_id"] == "account-1"
    assert len(application.outbox(kind="session:ended")) == 2
    with pytest.raises(Refusal) as gone:
        person.api.call("DELETE", f"sessions/{target}")
    assert gone.value.status == 404


def test_all_others_are_ended_at_once(any_application: Application) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    others = [elsewhere(any_application, person) for _ in range(3)]
    assert person.api.call("DELETE", "sessions") == {"ended": 3}
    for other in others:
        with pytest.raises(Refusal, match="not_signed_in"):
            other.api.get("session")
    assert len(person.api.get("sessions")["items"]) == 1
    assert person.api.call("DELETE", "sessions") == {"ended": 0}
    assert len(any_application.outbox(kind="sessions:ended")) == 2


def test_another_accounts_session_is_not_there(application: Application) -> None:
    owner, thief = application.account("account-1"), application.account("account-2")
    owner.sign_in()
    thief.sign_in()
    (target,) = [item["id"] for item in owner.api.get("sessions")["items"]]
    with pytest.raises(Refusal) as refused:
        thief.api.call("DELETE", f"sessions/{target}")
    assert (refused.value.status, refused.value.code) == (404, "not_found")
    assert owner.api.get("session")["account"]["login_id"] == "account-1"


def test_ending_the_own_session_signs_out(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    (own,) = [item["id"] for item in person.api.get("sessions")["items"]]
    person.api.call("DELETE", f"sessions/{own}")
    with pytest.raises(Refusal, match="not_signed_in"):
        person.api.get("session")


def test_last_use_is_noted_at_most_once_a_minute(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()

    def seen() -> str:
        return str(person.api.get("sessions")["items"][0]["last_seen_at"])

    first = seen()
    application.advance(30)
    assert seen() == first
    application.advance(30)
    person.api.get("session")
    assert seen() > first
