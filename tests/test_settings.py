"""Settings that cannot work refuse to start, with a sentence that says what to change."""

from __future__ import annotations

import pytest

from authserver.settings import Mode, SettingsError, read

PRODUCTION = {
    "AUTHSERVER_MODE": "production",
    "AUTHSERVER_ORIGIN": "https://login.mihon.example",
    "AUTHSERVER_DATABASE_URL": "postgresql://server@db/authserver",
    "AUTHSERVER_KEYS_DIR": "/var/lib/authserver/keys",
    "AUTHSERVER_SMTP_URL": "smtps://mail.mihon.example",
}


def test_nothing_set_is_a_demonstration_on_localhost() -> None:
    settings = read({}, port=5001)
    assert settings.mode is Mode.DEMO
    assert settings.origin == "http://localhost:5001"
    assert settings.rp_id == "localhost"
    assert not settings.secure


def test_production_runs_with_everything_said() -> None:
    settings = read(PRODUCTION)
    assert settings.rp_id == "login.mihon.example"
    assert settings.secure


def test_a_parent_domain_may_own_the_passkeys() -> None:
    assert read({**PRODUCTION, "AUTHSERVER_RP_ID": "mihon.example"}).rp_id == "mihon.example"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"MODE": "staging"}, "demo, test or production"),
        ({"ORIGIN": ""}, "set AUTHSERVER_ORIGIN"),
        ({"ORIGIN": "http://login.mihon.example"}, "Use https"),
        ({"ORIGIN": "http://localhost:5000", "RP_ID": "localhost"}, "refuses http"),
        ({"ORIGIN": "https://login.mihon.example/path"}, "scheme, host and port only"),
        ({"ORIGIN": "https://Login.mihon.example"}, "lower case"),
        ({"ORIGIN": "https://me@login.mihon.example"}, "no user name"),
        ({"ORIGIN": "ftp://login.mihon.example"}, "scheme, host and port only"),
        ({"RP_ID": "other.example"}, "nor a parent domain"),
        ({"RP_ID": "ogin.mihon.example"}, "nor a parent domain"),
        ({"ORIGIN": "https://192.0.2.1", "RP_ID": "192.0.2.1"}, "IP address"),
        ({"RELATED_ORIGINS": "http://other.example"}, "refuses http"),
        ({"RELATED_ORIGINS": "other.example"}, "scheme, host and port only"),
        ({"DATABASE_URL": ""}, "set AUTHSERVER_DATABASE_URL"),
        ({"KEYS_DIR": ""}, "set AUTHSERVER_KEYS_DIR"),
        ({"SMTP_URL": ""}, "set AUTHSERVER_SMTP_URL"),
        ({"TRUSTED_PROXIES": "everybody"}, "networks such as"),
        ({"WORKERS": "0"}, "1 to 64"),
        ({"WORKERS": "２"}, "1 to 64"),
        ({"ORIGN": "https://login.mihon.example"}, "not a setting"),
    ],
    ids=str,
)
def test_what_cannot_work_refuses_to_start_and_says_what_to_change(
    changed: dict[str, str], says: str
) -> None:
    environment = {**PRODUCTION, **{f"AUTHSERVER_{name}": text for name, text in changed.items()}}
    with pytest.raises(SettingsError, match=says):
        read(environment)


def test_settings_are_frozen() -> None:
    settings = read({})
    with pytest.raises(AttributeError):
        settings.rp_id = "evil.test"  # type: ignore[misc]
