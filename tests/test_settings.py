"""Settings that cannot work refuse to start, with a sentence that says what to change."""

from __future__ import annotations

import pytest

from authserver.settings import TABLE, Mode, SettingsError, read

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
        ({"PASSWORD_HASH": "strong"}, "write memory in KiB"),
        ({"PASSWORD_HASH": "m=19456,t=2"}, "write memory in KiB"),
        ({"PASSWORD_HASH": "m=19456,t=2,p=1,"}, "write memory in KiB"),
        ({"PASSWORD_HASH": "m=１９４５６,t=2,p=1"}, "write memory in KiB"),
        ({"PASSWORD_HASH": "m=-19456,t=2,p=1"}, "write memory in KiB"),
        ({"PASSWORD_HASH": "m=19455,t=2,p=1"}, "m must be from 19456"),
        ({"PASSWORD_HASH": "m=19456,t=1,p=1"}, "t must be from 2"),
        ({"PASSWORD_HASH": "m=19456,t=2,p=0"}, "p must be from 1"),
        ({"PASSWORD_HASH": "m=1048577,t=2,p=1"}, "to 1048576 KiB"),
        ({"PASSWORD_HASH": "m=19456,t=101,p=1"}, "to 100 passes"),
        ({"PASSWORD_HASH": "m=19456,t=2,p=17"}, "to 16 lanes"),
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


@pytest.mark.parametrize("text", ["m=19456,t=2,p=1", "m=65536,t=3,p=4", "m=1048576,t=100,p=16"])
def test_the_cost_of_a_hash_is_read_as_it_is_written(text: str) -> None:
    assert str(read({"AUTHSERVER_PASSWORD_HASH": text}).password_hash) == text


def test_nothing_set_hashes_as_the_table_says() -> None:
    (default,) = (setting.default for setting in TABLE if setting.name == "PASSWORD_HASH")
    assert str(read({}).password_hash) == default


def test_settings_are_frozen() -> None:
    settings = read({})
    with pytest.raises(AttributeError):
        settings.rp_id = "evil.test"  # type: ignore[misc]
