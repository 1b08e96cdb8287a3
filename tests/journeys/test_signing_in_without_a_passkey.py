"""Password and authenticator app in a real browser: set up, used, mistaken, refused and removed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from authserver.testing.person import Person
from authserver.testing.soft_totp import STEP_SECONDS, SoftTotp
from tests.browser.test_keyboard_alone import press, write
from tests.browser.test_states_for_everybody import transferred
from tests.journeys.test_pages_for_everybody import LOOKS, PAGE_MOST_BYTES, assert_clean, look
from tests.support.device import Device

Devices = Callable[..., Device]
PASSWORD = "correct horse battery staple"
ANOTHER = "eight slow turtles by noon"
BOTH = pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
EVERY_LOOK = pytest.mark.parametrize(("locale", "width", "scheme"), LOOKS)
PASSWORD_SUBMIT = "form[action='/sign-in/password'] [type=submit]"
CODE_SUBMIT = "form[action='/sign-in/second-factor'] [type=submit]"
RECOVERY_SUBMIT = "form[action='/sign-in/recovery-code'] [type=submit]"
IN_SIGHT = """
  (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  }
"""


def excepted(one: Device, login_id: str, *, mfa_exception: bool = True) -> Person:
    """Somebody with password and app; their passkey is on this device and stays untouched."""
    one.present(False)
    return one.hold_account(login_id, password=PASSWORD, totp=True, mfa_exception=mfa_exception)


def show_password(one: Device, login_id: str, password: str = PASSWORD) -> None:
    one.page.goto("/sign-in/password")
    one.page.fill("#login_id", login_id)
    one.page.fill("#password", password)
    one.page.click(PASSWORD_SUBMIT)


def begin(one: Device, login_id: str) -> None:
    """The first half of the way in."""
    show_password(one, login_id)
    one.page.wait_for_url("**/sign-in/second-factor")


def give_code(one: Device, code: str) -> None:
    one.page.fill("#code", code)
    one.page.click(CODE_SUBMIT)


def give_recovery_code(one: Device, code: str) -> None:
    lid = one.page.locator("main details")
    if lid.get_attribute("open") is None:
        lid.locator("summary").click()
    one.page.fill("#recovery-code", code)
    one.page.click(RECOVERY_SUBMIT)


def home(one: Device) -> None:
    one.page.wait_for_url(f"{one.server.url}/")
    expect(one.page.locator("form[action='/sign-out']")).to_be_visible()


def told(one: Device, **sentences: str) -> None:
    """The page says this in its own language, and the focus is there."""
    summary = one.page.locator("main [role=alert][data-focus]")
    language = one.page.locator("html").get_attribute("lang") or ""
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(sentences[language])


# --- Signing in


@BOTH
def test_somebody_with_an_exception_finds_the_way_from_the_sign_in_page_to_home(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    one.page.goto("/sign-in")
    one.page.locator("main details summary").click()
    one.page.click("main details a[href='/sign-in/password']")
    one.page.wait_for_url("**/sign-in/password")
    expect(one.page.locator("main a[href='/sign-in']")).to_be_visible()
    begin(one, login_id)
    expect(one.page.locator("main a[href='/sign-in/password']")).to_be_visible()
    give_code(one, person.app_code())
    home(one)
    expect(one.page.locator("main")).to_contain_text("(AL2)")


@BOTH
def test_a_wrong_password_is_told_in_place_and_costs_nothing_else(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    show_password(one, login_id, "not the right password")
    told(one, en="If you have a passkey", ja="パスキーをお持ちの方は")
    expect(one.page.locator("#login_id")).to_have_value(login_id)
    expect(one.page.locator("#password")).to_have_value("")
    one.page.fill("#password", PASSWORD)
    one.page.click(PASSWORD_SUBMIT)
    one.page.wait_for_url("**/sign-in/second-factor")
    give_code(one, person.app_code())
    home(one)


@BOTH
def test_a_wrong_code_is_told_in_place_and_the_password_still_stands(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    begin(one, login_id)
    give_code(one, person.app_code(steps=20))
    told(one, en="need not be typed again", ja="入力し直す必要はありません")
    give_code(one, person.app_code())
    home(one)


@BOTH
def test_a_code_works_once_and_the_next_one_opens_the_door(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    code = person.app_code()
    begin(one, login_id)
    give_code(one, code)
    home(one)
    one.sign_out()
    begin(one, login_id)
    give_code(one, code)
    told(one, en="were not accepted", ja="確認できませんでした")
    one.server.advance(2 * STEP_SECONDS)
    give_code(one, person.app_code())
    home(one)


@BOTH
def test_a_recovery_code_stands_in_for_the_app_once(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    person.sign_in()
    code, other, *_ = person.api.post("recovery-codes")["codes"]
    begin(one, login_id)
    give_recovery_code(one, "ABC")
    expect(one.page.locator("#recovery-code")).to_have_attribute("aria-invalid", "true")
    expect(one.page.locator("[data-focus]")).to_be_focused()
    give_recovery_code(one, code.lower())
    home(one)
    one.sign_out()
    begin(one, login_id)
    give_recovery_code(one, code)
    told(one, en="were not accepted", ja="確認できませんでした")
    expect(one.page.locator("main details")).to_have_attribute("open", "")
    give_recovery_code(one, other)
    home(one)


@BOTH
def test_without_an_exception_everything_right_ends_before_the_passkey(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id, mfa_exception=False)
    begin(one, login_id)
    give_code(one, person.app_code())
    said = {"ja-JP": "パスキーが必要です", "en-GB": "opens with a passkey"}[locale]
    expect(one.page.locator("h1")).to_contain_text(said)
    expect(one.page.locator("form[action='/sign-out']")).to_have_count(0)
    one.present(True)
    one.page.click("main a[href='/sign-in']")
    home(one)
    expect(one.page.locator("main")).to_contain_text("(AL3)")


@BOTH
def test_a_sign_in_that_took_too_long_begins_again_and_says_so(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    begin(one, login_id)
    one.server.advance(301)
    give_code(one, person.app_code())
    told(one, en="Please begin with your password", ja="パスワードの入力から始めてください")
    one.page.fill("#login_id", login_id)
    one.page.fill("#password", PASSWORD)
    one.page.click(PASSWORD_SUBMIT)
    give_code(one, person.app_code())
    home(one)


@BOTH
def test_a_session_that_ended_says_so_where_it_leads(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    excepted(one, login_id)
    one.present(True)
    one.sign_in()
    one.present(False)
    one.server.advance(1801)
    said = {"ja-JP": "セッションが終了しました", "en-GB": "Your session has ended"}[locale]
    for path, leads_to in (("/security", "/sign-in"), ("/", "/")):
        one.page.goto(path)
        one.page.wait_for_url(f"{one.server.url}{leads_to}")
        expect(one.page.locator("#told")).to_contain_text(said)
    stranger = device(locale=locale)
    stranger.page.goto("/security")
    expect(stranger.page.locator("#told")).to_be_hidden()


def test_a_cancelled_passkey_is_no_error(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    excepted(one, login_id)
    one.tell("setUserVerified", isUserVerified=False)
    one.page.goto("/sign-in")
    one.present(True)
    one.page.click("#sign-in button")
    expect(one.page.locator("#outcome")).to_contain_text("Cancelled")
    expect(one.page.locator("#outcome")).to_have_class("alert calm")


# --- Setting up


def at_security(one: Device, login_id: str, path: str = "/security", **fields: str) -> Person:
    """Somebody signed in with the passkey of this device."""
    person = one.hold_account(login_id, **fields)
    one.sign_in()
    one.page.goto(path)
    return person


def confirm(one: Device) -> None:
    expect(one.page.locator("#step-up")).to_be_visible()
    one.page.click("#step-up-confirm")


def offer(one: Device, password: str) -> None:
    one.page.fill("#new", password)
    one.page.click("#password-form [type=submit]")


def begin_app(one: Device, name: str) -> SoftTotp:
    """As far as picture and secret; gives the app that holds the secret from then on."""
    one.page.click("#add-app")
    one.page.fill("#app-label", name)
    one.page.click("#name-app [type=submit]")
    confirm(one)
    expect(one.page.locator("#app-qr svg[role=img]")).to_be_visible()
    return app_of(one.page)


def app_of(page: Page) -> SoftTotp:
    secret = page.locator("#app-secret")
    expect(secret).to_have_text(secret.inner_text().strip())
    return SoftTotp(secret.inner_text().replace(" ", ""))


@BOTH
def test_a_password_is_set_with_the_passkey_and_mistakes_are_told_beside_it(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale, viewport={"width": 390, "height": 844})
    # Where password managers lead people: past the sign-in, to the opened form.
    at_security(one, login_id, "/.well-known/change-password")
    expect(one.page.locator("#password-form")).to_be_visible()
    wrong = one.page.locator("#new-wrong")
    offer(one, "")
    expect(wrong).to_be_visible()
    offer(one, "short")
    expect(wrong).to_contain_text("15")
    expect(wrong).not_to_contain_text(re.compile(r"。\s+\S"))
    offer(one, "abcd" * 5)
    expect(wrong).to_contain_text({"ja-JP": "多くの人", "en-GB": "Too many people"}[locale])
    expect(one.page.locator("#new")).to_be_focused()
    offer(one, PASSWORD)
    confirm(one)
    expect(one.page.locator("#told")).to_be_visible()
    assert one.page.locator("#told").evaluate(IN_SIGHT), "the good news is out of sight"
    one.page.locator("#password summary").click()
    one.page.fill("#current", "not the present one")
    offer(one, ANOTHER)
    # Before the passkey is asked for: nobody confirms in vain.
    expect(one.page.locator("#current-wrong")).to_be_visible()
    one.page.fill("#current", PASSWORD)
    one.page.click("#password-form [type=submit]")
    confirm(one)
    expect(one.page.locator("#told")).to_be_visible()


@BOTH
def test_an_app_is_added_with_its_first_code_and_removed_again(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = at_security(one, login_id)
    app = begin_app(one, "kitchen")
    one.page.click("#confirm-app [type=submit]")
    expect(one.page.locator("#app-code-wrong")).to_be_visible()
    one.page.fill("#app-code", app.code(person.server_time(), steps=20))
    one.page.click("#confirm-app [type=submit]")
    said = {"ja-JP": "何も変更されていません", "en-GB": "Nothing was changed"}[locale]
    expect(one.page.locator("#app-code-wrong")).to_contain_text(said)
    one.page.fill("#app-code", app.code(person.server_time()))
    one.page.click("#confirm-app [type=submit]")
    expect(one.page.locator("#told")).to_be_visible()
    expect(one.page.locator("[data-app]")).to_contain_text("kitchen")
    assert app.secret not in one.page.content()
    one.page.click("[data-app] [data-verb=remove]")
    one.page.click("#remove-app [data-confirm]")
    expect(one.page.locator("#step-up-subject")).to_contain_text("kitchen")
    confirm(one)
    expect(one.page.locator("#told")).to_contain_text("kitchen")
    expect(one.page.locator("[data-app]")).to_have_count(0)


def test_an_app_that_was_not_finished_counts_for_nothing(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    at_security(one, login_id)
    begin_app(one, "kitchen")
    one.page.locator("#show-app [data-close]").click()
    expect(one.page.locator("#app-secret")).to_be_empty()
    one.page.reload()
    expect(one.page.locator("[data-app]")).to_have_count(0)


# --- For everybody


@EVERY_LOOK
def test_every_page_and_state_of_signing_in_is_for_everybody(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    one = look(device, locale, width, scheme)
    person = excepted(one, login_id, mfa_exception=False)
    one.page.goto("/sign-in")
    one.page.locator("main details summary").click()
    assert_clean(one, "the ways in")
    show_password(one, "", "")
    assert_clean(one, "a password form left empty")
    show_password(one, login_id, "wrong")
    assert_clean(one, "a wrong password")
    begin(one, login_id)
    assert_clean(one, "the second factor")
    give_code(one, "")
    assert_clean(one, "a code left out")
    give_code(one, person.app_code(steps=20))
    assert_clean(one, "a wrong code")
    give_recovery_code(one, "ABC")
    assert_clean(one, "a recovery code that is none")
    give_code(one, person.app_code())
    expect(one.page.locator("#lost")).to_be_visible()
    assert_clean(one, "a passkey is required")
    one.page.goto("/sign-in/second-factor")
    give_code(one, "123456")
    assert_clean(one, "a second half without the first")
    one.present(True)
    one.sign_in()
    one.present(False)
    one.server.advance(1801)
    one.page.goto("/security")
    assert_clean(one, "a session that ended")


@EVERY_LOOK
def test_every_state_of_setting_up_is_for_everybody(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    one = look(device, locale, width, scheme)
    person = at_security(one, login_id, "/security#password")
    offer(one, "short")
    expect(one.page.locator("#new-wrong")).to_be_visible()
    assert_clean(one, "a password that is too short")
    offer(one, PASSWORD)
    expect(one.page.locator("#step-up")).to_be_visible()
    assert_clean(one, "confirming the password")
    confirm(one)
    expect(one.page.locator("#told")).to_be_visible()
    assert_clean(one, "a password that was set")
    one.page.click("#add-app")
    assert_clean(one, "naming an app")
    one.page.keyboard.press("Escape")
    app = begin_app(one, "")
    assert_clean(one, "picture and secret")
    one.page.fill("#app-code", app.code(person.server_time(), steps=20))
    one.page.click("#confirm-app [type=submit]")
    expect(one.page.locator("#app-code-wrong")).to_be_visible()
    assert_clean(one, "a code of another time")
    one.page.fill("#app-code", app.code(person.server_time()))
    one.page.click("#confirm-app [type=submit]")
    expect(one.page.locator("#told")).to_be_visible()
    assert_clean(one, "an app that was added")
    one.page.click("[data-app] [data-verb=remove]")
    assert_clean(one, "removing an app")


@BOTH
def test_a_keyboard_alone_signs_in(device: Devices, login_id: str, locale: str) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    one.page.goto("/sign-in")
    press(one, "main details summary")
    press(one, "main details a[href='/sign-in/password']")
    one.page.wait_for_url("**/sign-in/password")
    write(one, "#login_id", login_id)
    write(one, "#password", PASSWORD)
    one.page.keyboard.press("Enter")
    one.page.wait_for_url("**/sign-in/second-factor")
    write(one, "#code", person.app_code(steps=20))
    one.page.keyboard.press("Enter")
    told(one, en="were not accepted", ja="確認できませんでした")
    write(one, "#code", person.app_code())
    one.page.keyboard.press("Enter")
    home(one)


@BOTH
def test_a_keyboard_alone_gives_a_recovery_code(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = excepted(one, login_id)
    person.sign_in()
    code, *_ = person.api.post("recovery-codes")["codes"]
    begin(one, login_id)
    press(one, "main details summary")
    write(one, "#recovery-code", code)
    press(one, RECOVERY_SUBMIT)
    home(one)


@BOTH
def test_a_keyboard_alone_sets_up_password_and_app(
    device: Devices, login_id: str, locale: str
) -> None:
    one = device(locale=locale)
    person = at_security(one, login_id)
    press(one, "#password summary")
    write(one, "#new", PASSWORD)
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#step-up")).to_be_visible()
    press(one, "#step-up-confirm")
    expect(one.page.locator("#told")).to_be_visible()
    press(one, "#add-app")
    one.page.keyboard.type("kitchen")
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#step-up")).to_be_visible()
    press(one, "#step-up-confirm")
    expect(one.page.locator("#app-qr svg")).to_be_visible()
    write(one, "#app-code", app_of(one.page).code(person.server_time()))
    one.page.keyboard.press("Enter")
    expect(one.page.locator("[data-app]")).to_contain_text("kitchen")
    press(one, "[data-app] [data-verb=remove]")
    press(one, "#remove-app [data-confirm]")
    expect(one.page.locator("#step-up")).to_be_visible()
    press(one, "#step-up-confirm")
    expect(one.page.locator("[data-app]")).to_have_count(0)


def test_without_a_script_somebody_with_an_exception_signs_in(
    device: Devices, login_id: str
) -> None:
    one = device(java_script_enabled=False)
    person = one.server.account(login_id, password=PASSWORD, totp=True, mfa_exception=True)
    begin(one, login_id)
    give_code(one, person.app_code())
    home(one)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/password", "/sign-in/second-factor"])
def test_the_pages_of_signing_in_are_light(device: Devices, path: str) -> None:
    assert 0 < transferred(device(), path, afresh=True) <= PAGE_MOST_BYTES


def test_the_security_page_is_light_with_everything_set_up(device: Devices, login_id: str) -> None:
    one = device()
    at_security(one, login_id, password=PASSWORD, totp=True)
    assert 0 < transferred(one, "/security", afresh=True) <= PAGE_MOST_BYTES
