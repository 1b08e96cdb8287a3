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


def relay(visitor: Device, port: str) -> list[str]:
    """Put a relay in front: it asks the genuine server in the genuine name. Gives what it saw."""
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

    visitor.page.route(f"https://unlisted.test:{port}/**", pass_on)
    return seen


def test_through_a_relay_everything_works_but_the_browser_keeps_the_passkey(
    shop: tuple[Browser, str],
) -> None:
    browser, port = shop
    home = visitor_at(browser, f"https://broker.test:{port}")
    home.fill_in("account-1")
    home.finish_opening(code_in_the_outbox(home))
    (credential,) = home.credentials()

    deceived = visitor_at(browser, f"https://unlisted.test:{port}")
    deceived.tell("addCredential", credential={**credential, "signCount": 100})
    deceived.page.add_init_script(KEEP_ANSWERS)
    seen = relay(deceived, port)
    deceived.page.goto("/sign-in")
    expect(deceived.page.locator("h1")).to_have_text("Sign in")
    deceived.page.click("#sign-in button")
    expect(deceived.page.locator("#outcome")).to_contain_text("not the genuine one")

    assert "POST /api/v1/sign-in/passkey/options" in seen
    assert "POST /api/v1/sign-in/passkey" not in seen
    assert set(deceived.page.evaluate("window.answers")) == {"SecurityError"}
    assert deceived.seen["credentialAsserted"] == 0
    assert deceived.complaints == []
    home.close()
    deceived.close()
