"""Somebody without any passkey keeps their account in order: the dialog asks for a code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import expect

from authserver.testing.soft_totp import SoftTotp
from tests.journeys.test_pages_for_everybody import LOOKS, assert_clean, look
from tests.journeys.test_signing_in_without_a_passkey import PASSWORD, begin, give_code, home
from tests.support.device import Device

Devices = Callable[..., Device]
BOTH = pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
ANOTHER = "eight slow turtles by noon"


def without_a_passkey(one: Device, login_id: str) -> SoftTotp:
    """Signed in with password and code; there is nothing else."""
    fields = {"password": PASSWORD, "totp": True, "mfa_exception": True, "locale": one.language}
    made = one.server.api().post("/test/accounts", {"login_id": login_id, **fields})
    app = SoftTotp(made["totp_secret"])
    begin(one, login_id)
    give_code(one, app.code(now(one)))
    home(one)
    one.server.advance(30)
    return app


def now(one: Device) -> datetime:
    """What time the server believes it is."""
    return one.server.person("anybody").server_time()


def ask_for_another_password(one: Device) -> None:
    one.page.goto("/security")
    one.page.click("#password summary")
    one.page.fill("#current", PASSWORD)
    one.page.fill("#new", ANOTHER)
    one.page.click("#password-form [type=submit]")
    expect(one.page.locator("#step-up-code")).to_be_visible()
    expect(one.page.locator("#step-up-confirm")).to_be_hidden()


@BOTH
def test_a_code_confirms_a_new_password(device: Devices, login_id: str, locale: str) -> None:
    one = device(locale=locale)
    app = without_a_passkey(one, login_id)
    ask_for_another_password(one)
    one.page.fill("#step-up-digits", "000000")
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#step-up-outcome")).to_be_visible()
    one.page.fill("#step-up-digits", app.code(now(one)))
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#step-up")).to_be_hidden()
    expect(one.page.locator("#told")).to_be_visible()
    one.sign_out()
    one.server.advance(30)
    one.page.goto("/sign-in/password")
    one.page.fill("#login_id", login_id)
    one.page.fill("#password", ANOTHER)
    one.page.click("form[action='/sign-in/password'] [type=submit]")
    one.page.wait_for_url("**/sign-in/second-factor")


@pytest.mark.parametrize(("locale", "width", "scheme"), LOOKS)
def test_the_dialog_with_a_code_is_for_everybody(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    one = look(device, locale, width, scheme)
    without_a_passkey(one, login_id)
    ask_for_another_password(one)
    assert_clean(one, "confirming with a code")
