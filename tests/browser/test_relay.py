"""A page that relays ours under another name: everything passes through it, except the passkey."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route, expect

from tests.journeys.test_related_origins import code_in_the_outbox, shop, visitor_at
from tests.support.device import Device

__all__ = ["shop"]

# What the browser answered each time the page asked it for a passkey.
KEEP_ANSWERS = """
  window.answers = [];
  const asked = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (options) => asked(options).then(
    (credential) => { window.answers.push("credential"); return credential; },
    (error) => { window.answers.push(error.name); throw error; });
"""


def relayed(browser: Browser, host: str, port: str) -> tuple[Device, list[str]]:
    """Somebody at a relay that asks the genuine server in the genuine name; what it saw."""
    visitor = visitor_at(browser, f"https://{host}:{port}")
    visitor.page.add_init_script(KEEP_ANSWERS)
    seen: list[str] = []
    genuine = f"https://broker.test:{port}"

    def pass_on(route: Route) -> None:
        parts = urlsplit(route.request.url)
        seen.append(f"{route.request.method} {parts.path}")
        headers = {**route.request.headers, "host": f"broker.test:{port}"}
        if "origin" in headers:
            headers["origin"] = genuine
        answer = route.fetch(
            url=f"https://127.0.0.1:{port}{parts.path}", headers=headers, max_redirects=0
        )
        route.fulfill(response=answer)

    visitor.page.route(f"https://{host}:{port}/**", pass_on)
    return visitor, seen


def test_through_a_relay_everything_works_but_the_browser_keeps_the_passkey(
    shop: tuple[Browser, str],
) -> None:
    browser, port = shop
    home = visitor_at(browser, f"https://broker.test:{port}")
    home.fill_in("account-1")
    home.finish_opening(code_in_the_outbox(home))
    (credential,) = home.credentials()

    deceived, seen = relayed(browser, "unlisted.test", port)
    deceived.tell("addCredential", credential={**credential, "signCount": 100})
    deceived.page.goto("/sign-in")
    expect(deceived.page.locator("h1")).to_have_text("Sign in")
    deceived.page.click("#sign-in button")
    expect(deceived.page.locator("#outcome")).to_contain_text("not the genuine one")

    assert "POST /api/v1/sign-in/passkey/options" in seen
    assert "POST /api/v1/sign-in/passkey" not in seen
    assert set(deceived.page.evaluate("window.answers")) == {"SecurityError"}
    assert deceived.seen["credentialAsserted"] == 0
    assert deceived.complaints == []

    # The relay itself is a good one: under a listed name the very same leads inside.
    listed, seen = relayed(browser, "related.test", port)
    listed.tell("addCredential", credential={**credential, "signCount": 200})
    listed.page.goto("/sign-in")
    listed.page.wait_for_url(f"https://related.test:{port}/")
    assert "POST /api/v1/sign-in/passkey" in seen
    for visitor in (home, deceived, listed):
        visitor.close()
