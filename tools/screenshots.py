"""Pictures of every page, in both languages, on desktop and phone: tools/screenshots.py [FOLDER].

A server in test mode is started for them, with an account that is opened as a person would.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Route, expect  # noqa: E402 - the path comes first

from authserver.testing.server import (  # noqa: E402
    RunningServer,
    running_server,
    temporary_folder,
)
from tests.support.device import Device, launched  # noqa: E402

LOCALES = {"ja": "ja-JP", "en": "en-GB"}
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
# What the browser calls itself would say that nobody sits in front of it.
USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{version}.0.0.0 Safari/537.36"
)


class Camera:
    """One person's browser in one language, width and scheme; its pictures are named by state."""

    def __init__(
        self, browser: Browser, server: RunningServer, folder: Path, look: tuple[str, int, str]
    ) -> None:
        locale, width, scheme = look
        self.name = "-".join((locale, str(width), *(["dark"] if scheme == "dark" else [])))
        self.login_id = f"demo-{self.name}"
        self.folder = folder
        self.device = Device(
            browser,
            server,
            locale=LOCALES[locale],
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            user_agent=USER_AGENT.format(version=browser.version.partition(".")[0]),
        )
        self.page = self.device.page

    def take(self, state: str, *, whole: bool = True) -> None:
        """A picture of the page as it is; of the window alone where a dialog lies over it."""
        if whole:
            # The page's script has been here: what only it can serve is switched on.
            expect(self.page.locator("[data-needs-script]:disabled")).to_have_count(0)
        self.page.screenshot(path=self.folder / f"{state}-{self.name}.png", full_page=whole)

    def visit(self, state: str, path: str) -> None:
        self.page.goto(path)
        self.take(state)


def signed_out(camera: Camera) -> None:
    """Pages that anybody sees."""
    for state, path in (
        ("welcome", "/"),
        ("enrolment-code", "/enrol"),
        ("not-found", "/nothing-here"),
        ("reference", "/docs"),
    ):
        camera.visit(state, path)
    camera.visit("sign-in", "/sign-in")
    camera.page.locator("details summary").click()
    camera.take("sign-in-other-device")
    camera.device.tell("setUserVerified", isUserVerified=False)
    camera.page.click("#sign-in button")
    expect(camera.page.locator("#outcome")).to_be_visible()
    camera.take("sign-in-cancelled")
    camera.device.tell("setUserVerified", isUserVerified=True)


def opening(camera: Camera) -> None:
    """Every step of opening an account, and its mistakes."""
    page, device = camera.page, camera.device
    camera.visit("opening-1-details", "/open-account")
    page.fill("#login_id", "!")
    page.click("main form [type=submit]")
    camera.take("opening-1-mistakes")
    device.fill_in(camera.login_id)
    camera.take("opening-2-mail-code")
    page.fill("#code", "123")
    page.locator("main form.card [type=submit]").first.click()
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    camera.take("opening-2-mistake")
    page.fill("#code", device.mail_code(camera.login_id))
    page.locator("main form.card [type=submit]").first.click()
    page.wait_for_url("**/open-account/identity")
    camera.take("opening-3-identity")
    page.fill("#full_name_kana", "ミホン ハナコ")
    page.fill("#birth_date", "1980-01-31")
    page.click("main form [type=submit]")
    page.wait_for_url("**/open-account/passkey")
    camera.take("opening-4-passkey")
    page.click("#create-passkey")
    page.wait_for_url("**/open-account/recovery-codes")
    camera.take("recovery-codes-offered")
    page.click("#make-codes")
    expect(page.locator("#codes li")).to_have_count(10)
    camera.take("recovery-codes-shown")


def signed_in(camera: Camera) -> None:
    """Pages of an account, and what their dialogs look like."""
    page, device = camera.page, camera.device
    camera.visit("home-first-time", "/")
    device.sign_out()
    page.goto("/sign-in")
    page.wait_for_url("**/")
    camera.take("home")
    camera.visit("security", "/security")
    page.locator("[data-verb=rename]").first.click()
    camera.take("security-renaming", whole=False)
    page.keyboard.press("Escape")
    page.click("#add-passkey")
    expect(page.locator("#step-up")).to_be_visible()
    camera.take("security-confirming", whole=False)
    device.tell("setUserVerified", isUserVerified=False)
    page.click("#step-up-confirm")
    expect(page.locator("#step-up-outcome")).to_be_visible()
    camera.take("security-confirming-cancelled", whole=False)
    device.tell("setUserVerified", isUserVerified=True)
    page.click("#step-up-cancel")
    second = _add_passkey(camera)
    camera.take("security-two-passkeys")
    page.locator("[data-verb=remove]").last.click()
    camera.take("security-removing", whole=False)
    page.click("#remove-passkey [data-confirm]")
    page.click("#step-up-confirm")
    expect(page.locator("[data-verb=remove]")).to_have_count(0)
    camera.take("security-removed")
    device.tell("removeVirtualAuthenticator", authenticatorId=second)
    camera.visit("outbox", "/outbox")


def _add_passkey(camera: Camera) -> str:
    """A second passkey, on a security key that is taken up after confirming with the first."""
    page, device = camera.page, camera.device
    keys: list[str] = []

    def change_hands(route: Route) -> None:
        if "step-up" in route.request.headers:
            device.present(False)
            keys.append(device.add_authenticator(transport="usb"))
        route.continue_()

    page.route("**/api/v1/passkeys/options", change_hands)
    page.click("#add-passkey")
    page.click("#step-up-confirm")
    expect(page.locator("#name-passkey")).to_be_visible()
    camera.take("security-naming", whole=False)
    page.fill("#label", "Security key")
    page.keyboard.press("Enter")
    expect(page.locator("#passkeys li")).to_have_count(2)
    page.unroute("**/api/v1/passkeys/options")
    device.present(True)
    return keys[0]


@contextmanager
def studio() -> Iterator[tuple[Browser, RunningServer]]:
    with temporary_folder() as folder, running_server(folder) as server, launched() as browser:
        yield browser, server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "instance" / "screenshots")
    parser.add_argument("--dark", action="store_true", help="the dark scheme as well")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    schemes = SCHEMES if chosen.dark else SCHEMES[:1]
    with studio() as (browser, server):
        for look in [(locale, w, s) for s in schemes for locale in LOCALES for w in WIDTHS]:
            camera = Camera(browser, server, chosen.folder, look)
            signed_out(camera)
            opening(camera)
            signed_in(camera)
            camera.device.close()
    print(f"{len(list(chosen.folder.glob('*.png')))} pictures are in {chosen.folder}.")


if __name__ == "__main__":
    main()
