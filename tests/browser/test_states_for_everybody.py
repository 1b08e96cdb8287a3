"""States behind a click or a mistake: axe is content, and so is a browser without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.test_pages_for_everybody import PAGE_MOST_BYTES, assert_clean, look
from tests.support.device import Device

Devices = Callable[..., Device]
LOOKS = [("en-GB", 1280, "dark"), ("ja-JP", 390, "light")]
FORGED_FORM = """
  const form = document.querySelector('form[action="/language"]');
  form.elements.csrf_token.value = "forged";
  form.querySelector("button").click();
"""


@pytest.mark.parametrize(("locale", "width", "scheme"), LOOKS)
def test_what_goes_wrong_is_shown_to_everybody(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    one = look(device, locale, width, scheme)
    page = one.page
    page.goto("/")
    with page.expect_response("**/language") as refused:
        page.evaluate(FORGED_FORM)
    assert refused.value.status == 403
    expect(page.locator("main .card > h1")).to_be_visible()
    assert_clean(one, "a form that is too old")
    page.goto("/enrol")
    page.click("main form [type=submit]")
    expect(page.locator("[data-focus]")).to_be_focused()
    assert_clean(one, "an enrolment code with mistakes")
    one.tell("setUserVerified", isUserVerified=False)
    page.goto("/sign-in")
    page.locator("main details summary").click()
    page.click("#sign-in button")
    expect(page.locator("#outcome")).to_be_visible()
    assert_clean(one, "a sign-in that was cancelled")
    one.fill_in(login_id)
    page.fill("#code", "1")
    page.locator("main form.card [type=submit]").first.click()
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    page.locator("main details summary").click()
    assert_clean(one, "a wrong code")


@pytest.mark.parametrize(("locale", "width", "scheme"), LOOKS)
def test_dialogs_and_messages_are_for_everybody(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    one = look(device, locale, width, scheme)
    page = one.page
    page.goto("/open-account/identity")
    assert_clean(one, "an opening that is not under way")
    one.open_account(login_id)
    page.goto("/outbox")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert_clean(one, "messages")
    page.goto("/security")
    page.click("#add-passkey")
    one.tell("setUserVerified", isUserVerified=False)
    page.click("#step-up-confirm")
    expect(page.locator("#step-up-outcome")).to_be_visible()
    assert_clean(one, "a confirmation that was cancelled")
    page.click("#step-up-cancel")
    page.evaluate("document.getElementById('remove-passkey').showModal()")
    assert_clean(one, "removing")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/open-account", "/enrol"])
def test_a_first_visit_transfers_little(device: Devices, path: str) -> None:
    assert 0 < transferred(device(), path) <= PAGE_MOST_BYTES


def test_the_pages_of_an_account_transfer_little_to_somebody_who_came_in(
    device: Devices, login_id: str
) -> None:
    one = device()
    one.open_account(login_id)
    for path in ("/", "/security", "/open-account/recovery-codes"):
        assert 0 < transferred(one, path) <= PAGE_MOST_BYTES, path


def transferred(one: Device, path: str, *, afresh: bool = False) -> int:
    """Bytes on the wire, headers included, until the page has all it needs.

    Cached files are 0, unless the page is to be fetched ``afresh`` with everything that it names.
    """
    wire = one.context.new_cdp_session(one.page)
    sizes: list[float] = []

    def note(loaded: dict[str, float]) -> None:
        sizes.append(loaded["encodedDataLength"])

    wire.on("Network.loadingFinished", note)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": afresh})
    one.page.goto(path)
    one.page.wait_for_load_state("networkidle")
    wire.detach()
    return int(sum(sizes))


def test_without_a_script_an_opening_goes_as_far_as_the_passkey(
    device: Devices, login_id: str
) -> None:
    one = device(java_script_enabled=False)
    one.fill_in(login_id)
    one.page.fill("[name=code]", one.mail_code(login_id))
    one.page.locator("main form.card [type=submit]").first.click()
    one.page.fill("[name=full_name_kana]", "ミホン タロウ")
    one.page.fill("[name=birth_date]", "1980-01-31")
    one.page.click("main form [type=submit]")
    expect(one.page.locator("main noscript .alert")).to_contain_text("JavaScript")
    expect(one.page.locator("#create-passkey")).to_be_disabled()


def test_without_a_script_an_account_shows_itself_and_signs_out(
    device: Devices, login_id: str
) -> None:
    one = device(java_script_enabled=False)
    person = one.server.account(login_id)
    person.sign_in()
    cookie = person.api.cookie() or ""
    one.context.add_cookies([{"name": "session", "value": cookie, "url": one.server.url}])
    one.page.goto("/security")
    expect(one.page.locator("main noscript .alert")).to_contain_text("JavaScript")
    expect(one.page.locator("#passkeys li")).to_have_count(1)
    expect(one.page.locator("#add-passkey")).to_be_disabled()
    one.page.click("form[action='/sign-out'] button")
    expect(one.page.locator("form[action='/sign-out']")).to_have_count(0)
