"""Addresses that machines look for, and pages that exist in one mode only."""

from __future__ import annotations

from pathlib import Path

import pytest

from authserver.adapters.keys import Keys
from authserver.adapters.system import SystemEntropy
from authserver.settings import SettingsError
from tests.support.application import ORIGIN, Application, make_application

ICLOUD = "fbfc3007-154e-4ecc-8c0b-6e020557d7bd"


def test_health_and_readiness(any_application: Application) -> None:
    api = any_application.api()
    assert api.get("/healthz") == {"status": "ok"}
    assert api.get("/readyz") == {"status": "ready"}


def test_a_lost_database_is_unready_and_not_unhealthy(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> None:
        raise OSError("gone")

    monkeypatch.setattr(application.house.health, "ping", lost)
    response = application.api().http.get("/readyz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert application.api().get("/healthz") == {"status": "ok"}


def test_related_origins_are_the_configured_ones(tmp_path: Path) -> None:
    application = make_application(
        tmp_path,
        ORIGIN="https://broker.test",
        RELATED_ORIGINS="https://related.test, https://other.test",
    )
    answer = application.api().http.get("/.well-known/webauthn")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "origins": ["https://broker.test", "https://other.test", "https://related.test"]
    }
    application.close()


def test_credential_managers_are_led_to_the_security_page(application: Application) -> None:
    api = application.api()
    assert api.get("/.well-known/passkey-endpoints") == {
        "enroll": f"{ORIGIN}/security",
        "manage": f"{ORIGIN}/security",
    }
    answer = api.http.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/security#password")


def test_security_txt_has_a_contact_and_a_date_that_is_to_come(application: Application) -> None:
    text = application.api().http.get("/.well-known/security.txt").text
    fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
    assert fields["Contact"] == f"{ORIGIN}/docs#reporting"
    assert fields["Expires"] > application.house.services.clock.now().isoformat()
    assert 'id="reporting"' in application.api().http.get("/docs").text


def test_a_passkeys_picture_is_served_from_here_and_may_do_nothing(
    application: Application,
) -> None:
    answer = application.api().http.get(f"/passkey-icons/{ICLOUD}/light")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/")
    assert "sandbox" in answer.headers["content-security-policy"]
    unknown = application.api().http.get("/passkey-icons/00000000-0000-0000-0000-00000000ffff/dark")
    assert unknown.status_code == 404


def test_static_files_have_the_address_of_their_content(application: Application) -> None:
    api = application.api()
    page = api.http.get("/sign-in").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = api.http.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    plain = api.http.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert plain.headers["vary"] == answer.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in api.http.get("/sign-in").headers
    other = address.replace(address.split("/")[2], "000000000000")
    assert api.http.get(other).status_code == 404
    assert api.http.get("/static/x/../../pyproject.toml").status_code == 404


@pytest.mark.parametrize("path", ["/", "/sign-in", "/open-account", "/enrol", "/docs", "/outbox"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_speak_the_chosen_language(
    application: Application, path: str, language: str
) -> None:
    headers = {"Accept-Language": language}
    page = application.api().http.get(path, headers=headers)
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    assert ("見本証券" in page.text) == (language == "ja")


def test_the_language_is_remembered(application: Application) -> None:
    api = application.api()
    token = api.http.get("/sign-in").text.partition('name="csrf_token" value="')[2][:43]
    form = {"csrf_token": token, "locale": "en", "return_to": "/sign-in"}
    answer = api.http.post("/language", data=form)
    assert answer.headers["Location"] == "/sign-in"
    assert '<html lang="en"' in api.http.get("/sign-in", headers={"Accept-Language": "ja"}).text


def test_production_shows_no_outbox_and_sends_secure_cookies(tmp_path: Path) -> None:
    Keys.load(tmp_path / "keys", SystemEntropy(), create=True)
    application = make_application(
        tmp_path,
        mode="production",
        ORIGIN="https://login.mihon.example",
        SMTP_URL="smtps://mail.mihon.example",
    )
    api = application.api()
    assert api.http.get("/outbox").status_code == 404
    page = api.http.get("/sign-in")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert "max-age" in page.headers["strict-transport-security"]
    assert "/outbox" not in page.text
    application.close()


def test_production_refuses_a_recovery_by_codes_that_nothing_can_send(tmp_path: Path) -> None:
    Keys.load(tmp_path / "keys", SystemEntropy(), create=True)
    preset = Path(__file__).parents[2] / "authserver" / "policies" / "target-2025-10.toml"
    own = tmp_path / "own.toml"
    own.write_text(preset.read_text().replace('"identity_proof"', '"sms_code"'))
    with pytest.raises(SettingsError, match="no gateway serves SMS"):
        make_application(
            tmp_path,
            mode="production",
            POLICY=str(own),
            ORIGIN="https://login.mihon.example",
            SMTP_URL="smtps://mail.mihon.example",
        )
