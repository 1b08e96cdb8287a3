"""A real Chromium with a virtual authenticator (DevTools protocol), as a person would hold it.

The browser is the system's Chromium, or else Playwright's own; tools/install_browser.py brings one.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from authserver.testing.person import Person
from authserver.testing.server import RunningServer
from authserver.testing.soft_key import Es256Key

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
EVENTS = ("credentialAdded", "credentialAsserted", "credentialUpdated", "credentialDeleted")
# How often the page has asked the browser to offer passkeys by autofill.
_COUNT_OFFERS = """
  window.offers = 0;
  const ask = navigator.credentials && navigator.credentials.get.bind(navigator.credentials);
  if (ask) navigator.credentials.get = (options) => {
    const answer = ask(options);
    if (options.mediation === "conditional") window.offers += 1;
    return answer;
  };
"""
# The page's own policy forbids what wait_for_function does; and a promise of the page has no limit.
_UNTIL_OFFERED = """
  ([number, looks]) => new Promise((done) => {
    const look = (left) => {
      // The browser hands what the page asked for on to the authenticator a little later.
      if (window.offers >= number) setTimeout(done, 300, true);
      else if (left === 0) done(false);
      else setTimeout(look, 20, left - 1);
    };
    look(looks);
  })
"""
_LOOKS_MOST = 750
_CODE = re.compile(r"(?<!\d)\d{8}(?!\d)")


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """Chromium with these further arguments; skips with a reason where there is none."""
    program = next((path for path in map(shutil.which, PROGRAMS) if path), None)
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        if program is None and not os.path.exists(playwright.chromium.executable_path):
            pytest.skip("no Chromium is here; `make test` installs one")
        browser = playwright.chromium.launch(
            executable_path=program, args=[*QUIET, *root, *arguments]
        )
        yield browser
        browser.close()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Device:
    """One browser on one device with a screen lock: a context, a page and its authenticator."""

    def __init__(
        self, browser: Browser, server: RunningServer, *, locale: str = "ja-JP", **context: Any
    ) -> None:
        self.server = server
        self.language = locale.partition("-")[0]
        self.context: BrowserContext = browser.new_context(
            locale=locale, base_url=server.url, accept_downloads=True, **context
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.seen: Counter[str] = Counter()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", self._sent)
        self.page.add_init_script(_COUNT_OFFERS)
        self._cdp = self.context.new_cdp_session(self.page)
        self._cdp.send("WebAuthn.enable")
        for name in EVENTS:
            self._cdp.on(f"WebAuthn.{name}", lambda _event, name=name: self.seen.update([name]))
        self.authenticator = self.add_authenticator()

    def _heard(self, message: Any) -> None:
        # The browser itself reports each refused request; what the page says counts.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _sent(self, request: Any) -> None:
        if not request.url.startswith((self.server.url, "blob:", "data:")):
            self.foreign.append(request.url)

    def add_authenticator(self, *, transport: str = "internal", **options: Any) -> str:
        """A further authenticator; the newest ones answer too."""
        made = self._cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": transport,
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                    **options,
                }
            },
        )
        return str(made["authenticatorId"])

    def tell(self, command: str, **parameters: Any) -> Any:
        """A WebAuthn command of the DevTools protocol to this device's authenticator."""
        target = {"authenticatorId": self.authenticator, **parameters}
        return self._cdp.send(f"WebAuthn.{command}", target)

    def credentials(self, authenticator: str | None = None) -> list[dict[str, Any]]:
        target = authenticator or self.authenticator
        return list(self.tell("getCredentials", authenticatorId=target)["credentials"])

    def present(self, there: bool) -> None:
        """Whether somebody touches the authenticator at once when it asks."""
        self.tell("setAutomaticPresenceSimulation", enabled=there)

    def mail_code(self, login_id: str) -> str:
        (newest, *_) = self.server.outbox(recipient=f"{login_id}@example.test", channel="mail")
        found = _CODE.search(newest["text"])
        assert found
        return found.group()

    def fill_in(self, login_id: str) -> None:
        """The first page of an opening."""
        self.page.goto("/open-account")
        self.page.fill("[name=login_id]", login_id)
        self.page.fill("[name=email]", f"{login_id}@example.test")
        self.page.fill("[name=display_name]", login_id)
        self.page.click("main form [type=submit]")
        self.page.wait_for_url("**/open-account/verify-email")

    def hold_account(self, login_id: str, **fields: Any) -> Person:
        """An account that stands ready in this device's language, its one passkey here."""
        person = self.server.account(login_id, **{"locale": self.language, **fields})
        passkey, key = person.passkey, person.passkey.key
        assert isinstance(key, Es256Key)
        credential = {
            "credentialId": _base64(passkey.raw_credential_id),
            "isResidentCredential": True,
            "rpId": "localhost",
            "privateKey": _base64(key.pkcs8()),
            "userHandle": _base64(passkey.user_handle or b""),
            "signCount": 1,
        }
        self.tell("addCredential", credential=credential)
        return person

    def sign_in(self) -> None:
        """With the passkey that this device holds."""
        self.page.goto("/sign-in")
        self.page.wait_for_url(f"{self.server.url}/")

    def open_account(self, login_id: str) -> None:
        """From the first page to the offer of recovery codes."""
        self.fill_in(login_id)
        self.finish_opening(self.mail_code(login_id))

    def finish_opening(self, code: str) -> None:
        """From the mailed code to the offer of recovery codes."""
        self.page.fill("[name=code]", code)
        self.page.locator("main form.card [type=submit]").first.click()
        self.page.wait_for_url("**/open-account/identity")
        self.page.fill("[name=full_name_kana]", "ミホン タロウ")
        self.page.fill("[name=birth_date]", "1980-01-31")
        self.page.click("main form [type=submit]")
        self.page.wait_for_url("**/open-account/passkey")
        self.page.click("#create-passkey")
        self.page.wait_for_url("**/open-account/recovery-codes")

    def wait_until_seen(self, event: str) -> None:
        """Until the authenticator has told of this event; fails after some seconds."""
        for _ in range(100):
            if self.seen[event]:
                return
            # A round trip to the browser lets its events in.
            self.page.evaluate("new Promise((done) => setTimeout(done, 50))")
        raise AssertionError(f"{event} was not seen; {dict(self.seen)}")

    def wait_for_offer(self, number: int = 1) -> None:
        """Until autofill was armed so often on this page; fails after some seconds."""
        armed = self.page.evaluate(_UNTIL_OFFERED, [number, _LOOKS_MOST])
        assert armed, f"autofill was not armed {number} times"

    def sign_out(self) -> None:
        self.page.goto("/")
        self.page.click("form[action='/sign-out'] button")
        self.page.wait_for_url(f"{self.server.url}/")

    def close(self) -> None:
        self.context.close()
