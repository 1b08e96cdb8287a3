"""The interim: two factors at least, a published last day, and an end that comes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authserver.adapters import policy_files
from authserver.domain.policy import Policy
from authserver.testing.api import Refusal
from authserver.testing.person import Person
from authserver.testing.soft_totp import SoftTotp
from tests.support.application import Application, make_application

PRESETS = Path(__file__).parents[2] / "authserver" / "policies"
PASSWORD = "correct horse battery staple"
MIDNIGHT_IN_JAPAN = datetime(2026, 6, 29, 15, 0, tzinfo=UTC)


@pytest.fixture
def interim(tmp_path: Path) -> Iterator[Application]:
    """A policy whose interim ends a year from now, as the server's clock says."""
    text = (PRESETS / "interim-2026-06.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(text.replace("2026-06-30", "2999-01-01"))
    application = make_application(tmp_path, POLICY=str(own))
    yield application
    application.close()


def without_a_passkey(application: Application) -> Person:
    api = application.api()
    made = api.post("/test/accounts", {"login_id": "account-1", "password": PASSWORD, "totp": True})
    person = Person(api, "account-1")
    person.password = PASSWORD
    person.totp = SoftTotp(made["totp_secret"])
    return person


def test_in_the_interim_two_factors_open_an_account_without_a_passkey(
    interim: Application,
) -> None:
    assert without_a_passkey(interim).sign_in_with_password()["session"]["assurance"] == "AL2"


def test_in_the_interim_a_passkey_closes_the_other_way(interim: Application) -> None:
    person = interim.account("account-1", password=PASSWORD, totp=True)
    with pytest.raises(Refusal, match="passkey_required"):
        person.sign_in_with_password()


def test_in_the_interim_a_password_alone_opens_nothing(interim: Application) -> None:
    person = without_a_passkey(interim)
    person.show_password()
    assert person.api.request("GET", "session").status_code == 401


def test_without_the_interim_the_same_account_needs_a_passkey(application: Application) -> None:
    with pytest.raises(Refusal, match="passkey_required"):
        without_a_passkey(application).sign_in_with_password()


def preset(name: str) -> Policy:
    return policy_files.load(name, PRESETS)


def test_the_interim_ends_at_midnight_in_japan_of_its_published_day() -> None:
    rules = preset("interim-2026-06").sign_in
    assert rules.interim(MIDNIGHT_IN_JAPAN.replace(microsecond=0).replace(hour=14))
    assert not rules.interim(MIDNIGHT_IN_JAPAN)
    assert not preset("target-2025-10").sign_in.interim(MIDNIGHT_IN_JAPAN)


@pytest.mark.parametrize(
    ("line", "instead"),
    [("interim_until = 2026-06-30", ""), ('password = "interim"', 'password = "exception"')],
)
def test_an_interim_without_a_published_day_does_not_start(
    tmp_path: Path, line: str, instead: str
) -> None:
    text = (PRESETS / "interim-2026-06.toml").read_text()
    assert line in text
    (tmp_path / "own.toml").write_text(text.replace(line, instead))
    with pytest.raises(policy_files.PolicyError, match="interim_until"):
        policy_files.load(str(tmp_path / "own.toml"), PRESETS)
