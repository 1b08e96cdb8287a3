"""The exception in two real browsers: asked for, decided, in force after a day, and over again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from authserver.testing.person import Person
from authserver.testing.soft_totp import SoftTotp
from tests.browser.test_keyboard_alone import press, tab_to
from tests.browser.test_states_for_everybody import transferred
from tests.journeys.test_pages_for_everybody import PAGE_MOST_BYTES, assert_clean, look
from tests.journeys.test_signing_in_without_a_passkey import (
    BOTH,
    EVERY_LOOK,
    PASSWORD,
    begin,
    confirm,
    give_code,
    home,
)
from tests.support.device import Device

Devices = Callable[..., Device]
DELAY = timedelta(days=1)
LIFE = timedelta(days=180)
OPERATOR_IS_FRESH = timedelta(minutes=15)
ASK = "#exception-form [type=submit]"


def owner(one: Device, login_id: str) -> Person:
    """Somebody with password and app, signed in with the passkey of this device."""
    person = one.hold_account(login_id, password=PASSWORD, totp=True)
    one.sign_in()
    return person


def operator(one: Device, login_id: str) -> None:
    """Somebody who decides, signed in with a passkey so long ago that it has to be shown again."""
    one.hold_account(f"operator-{login_id}", roles=["operator"])
    one.sign_in()
    one.server.advance(OPERATOR_IS_FRESH.seconds + 1)
    one.page.goto("/operator/exceptions")


def ask(one: Device, reason: str = "no_device") -> None:
    one.page.goto("/security/exception")
    one.page.check(f"[name=reason][value={reason}]")
    one.page.check("[name=consent]")
    one.page.click(ASK)
    expect(one.page.locator("#step-up-subject dd")).to_have_count(2)
    confirm(one)
    expect(one.page.locator("#told")).to_be_visible()


def decide(one: Device, decision: str) -> None:
    """About the request that came last."""
    one.page.locator(f"[data-decision={decision}]").last.click()
    one.page.click(f"#decide-{decision} [data-confirm]")
    confirm(one)
    expect(one.page.locator("#told")).to_be_visible()


def shows(one: Device, *, en: str, ja: str) -> None:
    """What the page about the exception says of the newest request."""
    one.page.goto("/security/exception")
    expect(one.page.locator("#state .badge")).to_have_text({"en": en, "ja": ja}[one.language])


def comes_in(one: Device, person: Person) -> None:
    begin(one, person.login_id)
    give_code(one, person.app_code())
    home(one)


def is_sent_to_the_passkey(one: Device, person: Person) -> None:
    begin(one, person.login_id)
    give_code(one, person.app_code())
    expect(one.page.locator("#lost")).to_be_visible()


@BOTH
def test_asked_for_approved_in_force_after_a_day_and_over_by_itself(
    device: Devices, login_id: str, locale: str
) -> None:
    one, staff = device(locale=locale), device(locale=locale)
    person = owner(one, login_id)
    ask(one)
    shows(one, en="waiting for a decision", ja="審査中")
    expect(one.page.locator("#exception-form")).to_have_count(0)
    operator(staff, login_id)
    decide(staff, "approve")
    shows(one, en="approved, not in force yet", ja="承認済み・開始前")
    one.sign_out()
    one.present(False)
    is_sent_to_the_passkey(one, person)
    one.server.advance(int(DELAY.total_seconds()))
    comes_in(one, person)
    shows(one, en="in force", ja="有効")
    one.sign_out()
    one.server.advance(int(LIFE.total_seconds()))
    is_sent_to_the_passkey(one, person)
    one.present(True)
    one.sign_in()
    shows(one, en="over", ja="終了")
    expect(one.page.locator("#exception-form")).to_be_visible()


@BOTH
def test_a_rejected_request_changes_nothing_and_may_be_made_again(
    device: Devices, login_id: str, locale: str
) -> None:
    one, staff = device(locale=locale), device(locale=locale)
    person = owner(one, login_id)
    ask(one, "assisted")
    operator(staff, login_id)
    decide(staff, "reject")
    shows(one, en="not approved", ja="承認されませんでした")
    one.sign_out()
    one.present(False)
    is_sent_to_the_passkey(one, person)
    one.present(True)
    one.sign_in()
    ask(one, "other")
    shows(one, en="waiting for a decision", ja="審査中")


@BOTH
def test_what_is_missing_in_a_request_is_told_beside_it(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale, viewport={"width": 390, "height": 844})
    owner(one, login_id)
    one.page.goto("/security/exception")
    one.page.click(ASK)
    expect(one.page.locator("#reason [role=alert]")).to_be_focused()
    one.page.check("[name=reason][value=disability]")
    one.page.click(ASK)
    expect(one.page.locator("#consent [role=alert]")).to_be_focused()
    expect(one.page.locator("#reason [role=alert]")).to_be_hidden()
    expect(one.page.locator("[value=disability]")).to_be_checked()
    one.page.check("[name=consent]")
    one.page.click(ASK)
    expect(one.page.locator("#step-up")).to_be_visible()
    one.page.click("#step-up-cancel")
    expect(one.page.locator("[value=disability]")).to_be_checked()


def test_both_factors_come_before_the_request(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    one.hold_account(login_id)
    one.sign_in()
    one.page.goto("/security/exception")
    expect(one.page.locator("#exception-form")).to_have_count(0)
    one.page.click("main a[href='/security#password']")
    expect(one.page.locator("#password-form")).to_be_visible()


def test_nobody_decides_about_their_own_request(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    one.hold_account(f"operator-{login_id}", roles=["operator"], password=PASSWORD, totp=True)
    one.sign_in()
    ask(one)
    one.page.goto("/operator/exceptions")
    own = one.page.locator("[data-exception]", has_text="Your own")
    expect(own).to_have_count(1)
    expect(own.locator("button")).to_have_count(0)


def test_the_operators_list_is_not_there_for_anybody_else(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    owner(one, login_id)
    one.page.goto("/operator/exceptions")
    expect(one.page.locator("h1")).to_have_text("This is not here.")
    expect(one.page.locator("nav a[href='/operator/exceptions']")).to_have_count(0)


@BOTH
def test_a_keyboard_alone_asks_and_decides(device: Devices, login_id: str, locale: str) -> None:
    one, staff = device(locale=locale), device(locale=locale)
    owner(one, login_id)
    one.page.goto("/security/exception")
    tab_to(one, "[name=reason]")
    one.page.keyboard.press("Space")
    one.page.keyboard.press("ArrowDown")
    expect(one.page.locator("[value=disability]")).to_be_checked()
    tab_to(one, "[name=consent]")
    one.page.keyboard.press("Space")
    press(one, ASK)
    expect(one.page.locator("#step-up")).to_be_visible()
    press(one, "#step-up-confirm")
    expect(one.page.locator("#state")).to_be_visible()
    operator(staff, login_id)
    rows = staff.page.locator("[data-exception]")
    newest = rows.last.get_attribute("data-exception")
    press(staff, f"[data-exception='{newest}'] [data-decision=approve]")
    press(staff, "#decide-approve [data-confirm]")
    expect(staff.page.locator("#step-up")).to_be_visible()
    press(staff, "#step-up-confirm")
    expect(staff.page.locator(f"[data-exception='{newest}']")).to_have_count(0)


@EVERY_LOOK
def test_every_state_of_the_exception_is_for_everybody(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    one, staff = (look(device, locale, width, scheme) for _ in range(2))
    person = owner(one, login_id)
    one.page.goto("/security/exception")
    one.page.click(ASK)
    expect(one.page.locator("#reason [role=alert]")).to_be_visible()
    assert_clean(one, "a request without a reason")
    ask(one, "assisted")
    assert_clean(one, "a request that waits")
    operator(staff, login_id)
    assert_clean(staff, "the operator's list")
    staff.page.locator("[data-decision=approve]").last.click()
    assert_clean(staff, "a decision shown once more")
    staff.page.click("#decide-approve [data-close]")
    decide(staff, "reject")
    assert_clean(staff, "a decision that was recorded")
    one.page.reload()
    assert_clean(one, "a request that was rejected")
    ask(one)
    staff.page.reload()
    decide(staff, "approve")
    one.page.reload()
    assert_clean(one, "an exception that is not in force yet")
    one.sign_out()
    one.present(False)
    one.server.advance(int(DELAY.total_seconds()))
    comes_in(one, person)
    assert_clean(one, "home without a passkey's proof")
    one.page.goto("/security/exception")
    assert_clean(one, "an exception in force")
    one.server.advance(int(LIFE.total_seconds()))
    one.present(True)
    one.sign_in()
    one.page.goto("/security/exception")
    assert_clean(one, "an exception that is over")


def test_somebody_without_any_passkey_is_told_of_none(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB", bypass_csp=True)
    person = one.server.person(login_id)
    given = {"login_id": login_id, "password": PASSWORD, "locale": "en"}
    made = person.api.post("/test/accounts", {**given, "totp": True, "mfa_exception": True})
    person.totp = SoftTotp(made["totp_secret"])
    comes_in(one, person)
    expect(one.page.locator("main")).not_to_contain_text("You have one passkey")
    one.page.goto("/security")
    expect(one.page.locator("#passkeys")).to_contain_text("No passkey is set up.")
    assert_clean(one, "the security page without a passkey")


@pytest.mark.parametrize("path", ["/security/exception", "/operator/exceptions"])
def test_the_pages_about_the_exception_are_light(device: Devices, login_id: str, path: str) -> None:
    one = device()
    one.hold_account(f"operator-{login_id}", roles=["operator"], password=PASSWORD, totp=True)
    one.sign_in()
    assert 0 < transferred(one, path, afresh=True) <= PAGE_MOST_BYTES


@BOTH
def test_its_owner_gives_it_up_and_the_other_way_closes(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = one.hold_account(login_id, password=PASSWORD, totp=True, mfa_exception=True)
    one.sign_in()
    one.page.goto("/security/exception")
    one.page.click("#end-exception")
    expect(one.page.locator("#told")).to_be_visible()
    shows(one, en="over", ja="終了")
    one.sign_out()
    one.present(False)
    is_sent_to_the_passkey(one, person)


@BOTH
def test_an_operator_takes_it_back_and_its_sessions_end(
    device: Devices, login_id: str, locale: str
) -> None:
    one, staff = device(locale=locale), device(locale=locale)
    one.present(False)
    person = one.hold_account(login_id, password=PASSWORD, totp=True, mfa_exception=True)
    comes_in(one, person)
    operator(staff, login_id)
    assert_clean(staff, "exceptions that were approved")
    staff.page.locator("#approved li").filter(has_text=login_id).locator("button").click()
    confirm(staff)
    expect(staff.page.locator("#told")).to_be_visible()
    expect(staff.page.locator("#approved li").filter(has_text=login_id)).to_have_count(0)
    one.page.goto("/security")
    one.page.wait_for_url("**/sign-in")
