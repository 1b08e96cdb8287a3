"""Every page and state, in both languages, on phone and desktop, light and dark: axe is content."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Request, expect

from tests.support.device import Device

Devices = Callable[..., Device]
PUBLIC = ("/", "/sign-in", "/open-account", "/enrol", "/outbox", "/docs", "/nothing-here")
PRIVATE = ("/", "/security", "/open-account/recovery-codes")
PAGE_MOST_BYTES = 60 * 1024
LONG_BY_NATURE = {"/docs": 200 * 1024}
"""The reference is one document that is searched on the spot, not a page on anybody's way."""
LOOKS = [("ja-JP", 1280, "light"), ("en-GB", 390, "light"), ("ja-JP", 390, "dark")]
AXE = Axe()


def assert_clean(one: Device, state: str) -> None:
    results = AXE.run(one.page)
    assert results.violations_count == 0, f"{state}: {results.generate_report()}"
    overflow = one.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0, f"{state} scrolls sideways by {overflow} px"


def look(device: Devices, locale: str, width: int, scheme: str) -> Device:
    return device(
        locale=locale,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,
    )


@pytest.mark.parametrize(("locale", "width", "scheme"), LOOKS)
def test_pages_that_anybody_sees(device: Devices, locale: str, width: int, scheme: str) -> None:
    one = look(device, locale, width, scheme)
    for path in PUBLIC:
        one.page.goto(path)
        assert_clean(one, path)
    one.page.goto("/open-account")
    one.page.fill("[name=login_id]", "!")
    one.page.click("main form [type=submit]")
    expect(one.page.locator("[name=login_id]")).to_have_attribute("aria-invalid", "true")
    assert_clean(one, "an opening with mistakes")


@pytest.mark.parametrize(("locale", "width", "scheme"), LOOKS)
def test_pages_of_an_opening_and_of_its_owner(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    one = look(device, locale, width, scheme)
    one.fill_in(login_id)
    assert_clean(one, "the mailed code")
    one.finish_opening(one.mail_code(login_id))
    one.page.click("#make-codes")
    expect(one.page.locator("#codes li")).to_have_count(10)
    assert_clean(one, "recovery codes")
    for path in PRIVATE:
        one.page.goto(path)
        assert_clean(one, path)
    one.page.goto("/security")
    one.page.locator("[data-verb=rename]").first.click()
    assert_clean(one, "renaming")
    one.page.keyboard.press("Escape")
    one.page.click("#add-passkey")
    expect(one.page.locator("#step-up")).to_be_visible()
    assert_clean(one, "confirming")


def test_every_page_is_light_and_comes_from_here(device: Devices) -> None:
    for path in PUBLIC[:-1]:
        one = device()
        requests: list[Request] = []
        one.page.on("requestfinished", lambda request, seen=requests: seen.append(request))
        one.page.goto(path)
        one.page.wait_for_load_state("networkidle")
        weight = sum(request.sizes()["responseBodySize"] for request in list(requests))
        assert 0 < weight <= LONG_BY_NATURE.get(path, PAGE_MOST_BYTES), (path, weight)
