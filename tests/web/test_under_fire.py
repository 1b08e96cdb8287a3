"""One bucket for the whole server: a botnet is not as welcome as many times one address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.application import Application, make_application

PRESETS = Path(__file__).parents[2] / "authserver" / "policies"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Application]:
    """Twenty failures a network, and forty for all of them before that becomes two."""
    text = (PRESETS / "target-2025-10.toml").read_text()
    text = text.replace("failures_per_network = 100", "failures_per_network = 20")
    own = tmp_path / "own.toml"
    own.write_text(text.replace("failures_everywhere = 2000", "failures_everywhere = 40"))
    application = make_application(tmp_path, POLICY=str(own))
    yield application
    application.close()


def fail(application: Application, ip: str, times: int) -> Counter[int]:
    """So many wrong enrolment codes from one address."""
    api = application.api(ip=ip)
    body = {"login_id": "nobody-here", "code": "000000000000"}
    return Counter(api.request("POST", "enrolment-code", body).status_code for _ in range(times))


def test_one_network_alone_has_its_usual_number(small: Application) -> None:
    assert fail(small, "192.0.2.1", 22) == {401: 20, 429: 2}


def test_under_fire_from_everywhere_each_network_has_a_tenth(small: Application) -> None:
    for number in range(1, 5):
        assert fail(small, f"198.51.100.{number}", 10) == {401: 10}
    assert fail(small, "203.0.113.1", 4) == {401: 2, 429: 2}


def test_under_fire_a_good_passkey_is_asked_to_wait_for_nobody(small: Application) -> None:
    person = small.account("account-1")
    for number in range(1, 6):
        fail(small, f"198.51.100.{number}", 10)
    fail(small, "192.0.2.10", 5)
    assert person.sign_in()["session"]["assurance"] == "AL3"


def test_the_fire_is_over_with_its_window(small: Application) -> None:
    for number in range(1, 6):
        fail(small, f"198.51.100.{number}", 10)
    small.advance(600)
    assert fail(small, "203.0.113.1", 10) == {401: 10}
