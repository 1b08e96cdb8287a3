"""Other sites, other hosts and other proxies get nothing to happen here."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.support.application import ORIGIN, Application


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": ORIGIN + ".evil.test"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
    ids=str,
)
def test_a_changing_request_with_our_cookie_from_elsewhere_is_refused_before_validation(
    application: Application, headers: dict[str, str]
) -> None:
    person = application.account("account-1")
    person.sign_in()
    del person.api.http.headers["Origin"]
    response = person.api.http.request("DELETE", "/api/v1/session", content=b"{", headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "cross_site")
    assert person.api.get("session")["account"]["login_id"] == "account-1"


@pytest.mark.parametrize(
    "headers", [{"Origin": ORIGIN}, {"Sec-Fetch-Site": "same-origin"}], ids=str
)
def test_our_own_pages_may(application: Application, headers: dict[str, str]) -> None:
    person = application.account("account-1")
    person.sign_in()
    del person.api.http.headers["Origin"]
    assert person.api.http.delete("/api/v1/session", headers=headers).status_code == 204


@pytest.mark.parametrize("path", ["/open-account", "/enrol", "/sign-out", "/language"])
def test_a_form_without_the_token_of_this_browser_is_refused(
    application: Application, path: str
) -> None:
    api, other = application.api(), application.api()
    api.http.get("/open-account")
    foreign = other.http.get("/open-account").text.partition('name="csrf_token" value="')[2][:43]
    assert len(foreign) == 43
    for token in ("", "x", foreign, "\u3042"):
        response = api.http.post(path, data={"csrf_token": token, "login_id": "account-1"})
        assert response.status_code == 403
        assert response.headers["content-type"].startswith("text/html")


def test_nothing_that_we_write_follows_the_host_header(application: Application) -> None:
    api = application.api()
    for path in ("/", "/sign-in", "/.well-known/webauthn", "/.well-known/security.txt"):
        response = api.http.get(path, headers={"Host": "evil.test"})
        assert "evil.test" not in response.text
        assert "evil.test" not in str(response.headers)


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "//evil.test/", "/\\evil.test", "/%09/evil.test"]
)
def test_people_on_the_loopback_address_are_led_to_localhost_and_nowhere_else(
    application: Application, path: str
) -> None:
    response = application.api().http.get(path, headers={"Host": "127.0.0.1:5000"})
    assert response.status_code in (307, 308)
    target = urlsplit(response.headers["Location"])
    assert target.netloc in ("localhost:5000", "127.0.0.1:5000", "")
    assert target.netloc or not target.path.startswith(("//", "/\\", "/\t"))


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test", "/\t/evil.test", "/\\evil.test", "javascript:x"]
)
def test_the_language_switch_leads_nowhere_else(application: Application, target: str) -> None:
    api = application.api()
    token = api.http.get("/").text.partition('name="csrf_token" value="')[2][:43]
    response = api.http.post(
        "/language", data={"csrf_token": token, "locale": "en", "return_to": target}
    )
    assert (response.status_code, response.headers["Location"]) == (303, "/")


def test_a_forwarded_address_is_believed_from_our_proxies_only(application: Application) -> None:
    api = application.api(ip="192.0.2.10")
    person = application.account("account-1")
    person.api.http.headers["X-Forwarded-For"] = "203.0.113.9"
    person.sign_in()
    assert person.api.get("sessions")["items"][0]["place"] == "Tokyo, JP"
    assert api.http.get("/healthz").status_code == 200


SECURITY_HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "permissions-policy",
    "x-request-id",
    "cache-control",
}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/session", "/nothing", "/openapi.json"])
def test_every_answer_carries_the_protecting_headers(application: Application, path: str) -> None:
    response = application.api().http.get(path)
    assert set(response.headers) >= SECURITY_HEADERS
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_clients_own_request_id_is_not_echoed(application: Application) -> None:
    response = application.api().http.get("/healthz", headers={"X-Request-ID": "mine"})
    assert response.headers["x-request-id"] != "mine"
