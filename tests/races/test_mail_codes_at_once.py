"""One mailed code and thirty-two hands, over several processes and both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from authserver.testing.person import Person
from authserver.testing.server import RunningServer, running_server
from tests.races.test_once_means_once import AT_ONCE, WORKERS, at_once, same_request
from tests.web.test_mail_codes import PASSWORD, interim_policy, mailed

GIVE = "/api/v1/sign-in/email-code"


@pytest.fixture
def crowd_server(tmp_path: Path, database_url: str) -> Iterator[RunningServer]:
    """Four server processes over one database, with a policy that has mailed codes."""
    settings = {"AUTHSERVER_POLICY": interim_policy(tmp_path)}
    with running_server(
        tmp_path, database_url=database_url, workers=WORKERS, settings=settings
    ) as server:
        server.reset()
        yield server


def without_a_passkey(server: RunningServer) -> Person:
    api = server.api()
    api.post("/test/accounts", {"login_id": "account-1", "password": PASSWORD, "totp": True})
    person = Person(api, "account-1")
    person.password = PASSWORD
    return person


def test_one_mailed_code_sent_by_thirty_two_at_once_opens_one_session(
    crowd_server: RunningServer,
) -> None:
    person = without_a_passkey(crowd_server)
    code = mailed(person)
    answers = at_once([same_request(person, "POST", GIVE, {"code": code})] * AT_ONCE)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: AT_ONCE - 1}
    events = Counter(event["kind"] for event in crowd_server.events())
    assert events["sign_in:succeeded"] == 1
    assert events["sign_in:refused"] == AT_ONCE - 1
    assert code not in crowd_server.log.read_text(errors="replace")


def test_thirty_two_requests_at_once_mail_as_many_codes_as_an_address_may_get(
    crowd_server: RunningServer,
) -> None:
    person = without_a_passkey(crowd_server)
    person.show_password()
    answers = at_once([same_request(person, "POST", f"{GIVE}/request")] * AT_ONCE)
    # Ten an hour: counted before they are written, so none of a crowd slips through.
    assert Counter(answer.status_code for answer in answers) == {202: 10, 429: AT_ONCE - 10}
    sent = crowd_server.outbox(kind="sign_in:code_sent", limit="500")
    assert len(sent) == 10


def test_a_right_code_among_wrong_ones_at_once_opens_one_session_at_most(
    crowd_server: RunningServer,
) -> None:
    person = without_a_passkey(crowd_server)
    code = mailed(person)
    guesses = [f"{n:08d}" for n in range(AT_ONCE - 1) if f"{n:08d}" != code]
    requests = [same_request(person, "POST", GIVE, {"code": one}) for one in [*guesses, code]]
    codes = Counter(answer.status_code for answer in at_once(requests))
    assert codes[200] <= 1
    assert codes[200] + codes[401] == len(requests)
