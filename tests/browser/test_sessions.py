"""Where an account is signed in: seen, ended here, and what the other browser meets then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.device import Device

Devices = Callable[..., Device]
Pair = tuple[Device, Device]


@pytest.fixture
def pair(device: Devices, login_id: str) -> Pair:
    """One account, signed in on two devices that share its passkey."""
    first, second = device(locale="en-GB"), device(locale="en-GB")
    first.open_account(login_id)
    (credential,) = first.credentials()
    second.tell("addCredential", credential={**credential, "signCount": 100})
    second.page.goto("/sign-in")
    second.page.wait_for_url(f"{second.server.url}/")
    return first, second


def test_home_tells_of_the_sign_in_before(pair: Pair) -> None:
    _first, second = pair
    facts = second.page.locator(
        "section", has=second.page.locator("h2", has_text="Your last sign-in")
    )
    expect(facts).to_contain_text("This computer")
    expect(facts).to_contain_text("Linux")


def test_one_session_is_ended_and_the_other_browser_is_led_to_sign_in(pair: Pair) -> None:
    first, second = pair
    first.page.goto("/security")
    expect(first.page.locator("#sessions li")).to_have_count(2)
    expect(first.page.locator("[data-end-session]")).to_have_count(1)
    first.page.click("[data-end-session]")
    expect(first.page.locator("#told")).to_contain_text("The session was ended.")
    expect(first.page.locator("#sessions li")).to_have_count(1)
    second.present(False)
    second.page.click("nav a[href='/security']")
    second.page.wait_for_url("**/sign-in")
    second.wait_for_offer()
    second.present(True)
    second.page.click("#sign-in button")
    second.page.wait_for_url(f"{second.server.url}/")


@pytest.mark.parametrize("pressed", ["#add-passkey", "[data-end-session]"])
def test_a_page_left_open_leads_to_sign_in_and_says_why(pair: Pair, pressed: str) -> None:
    first, second = pair
    second.present(False)
    second.page.goto("/security")
    first.page.goto("/security")
    first.page.click("#end-others")
    expect(first.page.locator("#told")).to_be_visible()
    second.page.click(pressed)
    second.page.wait_for_url("**/sign-in")
    expect(second.page.locator("#told")).to_contain_text("Your session has ended")


def test_a_step_up_that_is_cancelled_in_the_device_may_be_tried_again(
    device: Devices, login_id: str
) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.page.goto("/security")
    one.page.click("#add-passkey")
    one.tell("setUserVerified", isUserVerified=False)
    one.page.click("#step-up-confirm")
    expect(one.page.locator("#step-up-outcome")).to_contain_text("Nothing was changed")
    one.tell("setUserVerified", isUserVerified=True)
    one.page.click("#step-up-confirm")
    # Confirmed; this very device holds a passkey of the account already and says so.
    expect(one.page.locator("#told")).to_contain_text("on this device already")


def test_a_step_up_that_has_expired_is_told_and_changes_nothing(
    device: Devices, login_id: str
) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.page.goto("/security")
    one.page.click("#add-passkey")
    expect(one.page.locator("#step-up")).to_be_visible()
    one.server.advance(301)
    one.page.click("#step-up-confirm")
    expect(one.page.locator("#step-up")).to_be_hidden()
    expect(one.page.locator("#told")).to_contain_text("This confirmation took too long")
    assert len(one.credentials()) == 1
