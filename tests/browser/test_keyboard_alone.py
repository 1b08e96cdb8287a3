"""Somebody who has a keyboard and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.device import Device

Devices = Callable[..., Device]
TABS_MOST = 40
HAS_FOCUS = "(element) => element === document.activeElement"
# A choice shows the focus around its whole label.
OUTLINE = "(element) => getComputedStyle(element.closest('.choice') ?? element).outlineStyle"


def tab_to(one: Device, target: str) -> Locator:
    """Press Tab until the focus is there, and see that it shows."""
    wanted = one.page.locator(target).first
    expect(wanted).to_be_enabled()
    for _ in range(TABS_MOST):
        one.page.keyboard.press("Tab")
        if wanted.evaluate(HAS_FOCUS):
            assert wanted.evaluate(OUTLINE) != "none", f"the focus on {target} cannot be seen"
            return wanted
    raise AssertionError(f"Tab does not lead to {target}")


def press(one: Device, target: str) -> None:
    tab_to(one, target)
    one.page.keyboard.press("Enter")


def write(one: Device, target: str, text: str) -> None:
    tab_to(one, target)
    one.page.keyboard.type(text)


@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_an_account_is_opened_and_entered_again(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    one.page.goto("/")
    press(one, "main a[href='/open-account']")
    one.page.wait_for_url("**/open-account")
    write(one, "#login_id", login_id)
    write(one, "#email", f"{login_id}@example.test")
    write(one, "#display_name", login_id)
    one.page.keyboard.press("Enter")
    one.page.wait_for_url("**/open-account/verify-email")
    write(one, "#code", one.mail_code(login_id))
    one.page.keyboard.press("Enter")
    one.page.wait_for_url("**/open-account/identity")
    write(one, "#full_name_kana", "ミホン タロウ")
    # The same day in whatever order the browser's own language asks for.
    write(one, "#birth_date", "01011980")
    one.page.keyboard.press("Enter")
    one.page.wait_for_url("**/open-account/passkey")
    press(one, "#create-passkey")
    one.page.wait_for_url("**/open-account/recovery-codes")
    press(one, "#codes-offer a")
    one.page.wait_for_url(f"{one.server.url}/")

    press(one, "form[action='/sign-out'] button")
    expect(one.page.locator("form[action='/sign-out']")).to_have_count(0)
    one.present(False)
    press(one, "main a[href='/sign-in']")
    one.page.wait_for_url("**/sign-in")
    one.wait_for_offer()
    one.present(True)
    press(one, "#sign-in button")
    one.page.wait_for_url(f"{one.server.url}/")


def test_the_first_tab_leads_past_the_menu(device: Devices) -> None:
    one = device()
    one.page.goto("/sign-in")
    press(one, "a.skip")
    assert one.page.evaluate("document.activeElement.id") == "content"


def test_a_dialog_keeps_the_focus_and_gives_it_back(device: Devices, login_id: str) -> None:
    one = device()
    one.open_account(login_id)
    one.page.goto("/security")
    press(one, "#add-passkey")
    dialog = one.page.locator("#step-up")
    expect(dialog).to_be_visible()
    tab_to(one, "#step-up-confirm")
    tab_to(one, "#step-up-cancel")
    one.page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(one.page.locator("#add-passkey")).to_be_focused()


def test_a_mistake_takes_the_focus_to_the_summary_and_on_to_its_field(device: Devices) -> None:
    one = device()
    one.page.goto("/open-account")
    write(one, "#login_id", "!")
    one.page.keyboard.press("Enter")
    expect(one.page.locator("[data-focus]")).to_be_focused()
    press(one, "[data-focus] a[href='#login_id']")
    expect(one.page.locator("#login_id")).to_be_focused()
