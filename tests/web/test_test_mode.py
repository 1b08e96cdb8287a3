"""The tester's doors add views and handles; they take no lock away."""

from __future__ import annotations

import pytest

from authserver.testing.api import Refusal
from authserver.testing.soft_passkey import SoftPasskey
from tests.support.application import ORIGIN, Application


def test_time_goes_forward_only_and_survives_a_reset(any_application: Application) -> None:
    api = any_application.api()
    first = api.post("/test/clock", {"advance_seconds": 3600})["now"]
    api.post("/test/reset")
    assert api.post("/test/clock", {"advance_seconds": 0})["now"] >= first
    with pytest.raises(Refusal) as refused:
        api.post("/test/clock", {"advance_seconds": -1})
    assert refused.value.status == 422


def test_a_reset_empties_everything(any_application: Application) -> None:
    person = any_application.account("account-1")
    person.sign_in()
    person.api.post("/test/reset")
    assert any_application.events() == []
    assert any_application.outbox() == []
    with pytest.raises(Refusal, match="not_signed_in"):
        person.api.get("session")
    assert any_application.account("account-1").sign_in()["last_sign_in"] is None


def test_a_named_client_has_the_address_that_the_tester_gave_it(application: Application) -> None:
    person = application.account("account-1")
    person.api.http.headers["X-Test-Client"] = "phone"
    person.api.post("/test/network", {"ip": "203.0.113.9", "user_agent": "Phone/1.0"})
    person.sign_in()
    assert person.api.get("sessions")["items"][0]["place"] == "Frankfurt, DE"


def test_outside_test_mode_the_header_of_a_tester_means_nothing(
    demo_application: Application,
) -> None:
    response = demo_application.api(name="phone").http.get("/")
    assert response.status_code == 200
    assert demo_application.house.harness is None
    for path in ("/test/outbox", "/test/events"):
        assert demo_application.api().http.get(path).status_code == 404
    assert demo_application.api().http.post("/test/reset", json={}).status_code == 404


def test_a_delivery_round_sends_what_is_queued(application: Application) -> None:
    application.account("account-1").sign_in()
    states = {item["channel"]: item["state"] for item in application.outbox()}
    assert states == {"mail": "queued", "in_app": "sent"}
    assert application.api().post("/test/outbox/deliver") == {"sent": 1, "failed": 0, "dead": 0}
    assert {item["state"] for item in application.outbox()} == {"sent"}


def test_the_outbox_filters_and_continues(application: Application) -> None:
    for number in range(3):
        application.account(f"account-{number}").sign_in()
    api = application.api()
    first = api.get("/test/outbox?channel=mail&limit=2")
    rest = api.get(f"/test/outbox?channel=mail&limit=2&cursor={first['next_cursor']}")
    recipients = [item["recipient"] for item in first["items"] + rest["items"]]
    assert recipients == [f"account-{number}@example.test" for number in (2, 1, 0)]
    assert rest["next_cursor"] is None
    one = api.get("/test/outbox?recipient=account-1@example.test")["items"]
    assert [item["channel"] for item in one] == ["mail"]


def test_events_come_oldest_first_with_a_sequence(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    events = application.events()
    assert [event["sequence"] for event in events] == sorted(e["sequence"] for e in events)
    account = person.api.get("session")["account"]["id"]
    assert {e["account_id"] for e in application.events(account=account)} == {account}


@pytest.mark.parametrize(
    "changed",
    [
        {"public_key_cose": "AAAA" * 20},
        {"credential_id": "A" * 25},
        {"sign_count": -1},
        {"backed_up": True},
    ],
    ids=str,
)
def test_a_passkey_that_could_never_work_is_not_stored(
    application: Application, changed: dict[str, object]
) -> None:
    passkey = SoftPasskey(origin=ORIGIN)
    ready = {"credential_id": passkey.credential_id, "public_key_cose": passkey.public_key_cose}
    body = {"login_id": "account-1", "passkeys": [{**ready, **changed}]}
    with pytest.raises(Refusal) as refused:
        application.api().post("/test/accounts", body)
    assert refused.value.status == 422


def test_a_taken_name_writes_nothing(application: Application) -> None:
    application.account("account-1")
    with pytest.raises(Refusal) as refused:
        application.account("account-1")
    assert refused.value.status == 409
