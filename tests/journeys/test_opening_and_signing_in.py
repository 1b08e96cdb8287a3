"""A person with a browser: opening an account, coming back, and what goes wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Route, TimeoutError, expect

from tests.support.device import Device

Devices = Callable[..., Device]
CODE = re.compile(r"^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$", re.MULTILINE)


@pytest.mark.parametrize(
    ("locale", "welcome"), [("ja-JP", "ようこそ"), ("en-GB", "Welcome")], ids=["ja", "en"]
)
def test_a_person_opens_an_account_keeps_recovery_codes_and_is_at_home(
    device: Devices, login_id: str, locale: str, welcome: str
) -> None:
    one = device(locale=locale)
    one.page.goto("/")
    one.page.locator("main a[href='/open-account']").first.click()
    one.open_account(login_id)
    assert one.seen["credentialAdded"] == 1
    (credential,) = one.credentials()
    assert credential["isResidentCredential"] is True
    assert credential["rpId"] == "localhost"
    one.page.click("#make-codes")
    expect(one.page.locator("#codes li")).to_have_count(10)
    with one.page.expect_download() as saved:
        one.page.click("#save-codes")
    assert len(CODE.findall(Path(saved.value.path()).read_text())) == 10
    one.page.locator("#codes-shown a.primary").click()
    expect(one.page.locator("h1")).to_contain_text(welcome)


def test_a_passkey_is_offered_by_autofill_and_opens_without_a_button(
    device: Devices, login_id: str
) -> None:
    one = device()
    one.open_account(login_id)
    one.sign_out()
    one.page.goto("/sign-in")
    one.page.wait_for_url(f"{one.server.url}/")
    assert one.seen["credentialAsserted"] == 1
    expect(one.page.locator("main")).to_contain_text("このコンピューター")


def test_one_button_opens_while_autofill_is_waiting(device: Devices, login_id: str) -> None:
    one = device()
    one.open_account(login_id)
    one.sign_out()
    one.present(False)
    one.page.goto("/sign-in")
    one.wait_for_offer()
    one.present(True)
    with suppress(TimeoutError):
        # On a busy machine autofill's own request may reach the authenticator first.
        one.page.click("#sign-in button", timeout=5000)
    one.page.wait_for_url(f"{one.server.url}/")
    assert one.page.locator("form[action='/sign-out']").count() == 1


def test_a_login_id_may_be_typed_first(device: Devices, login_id: str) -> None:
    one = device()
    one.open_account(login_id)
    one.sign_out()
    one.present(False)
    one.page.goto("/sign-in")
    one.wait_for_offer()
    one.page.fill("[name=login_id]", login_id)
    one.present(True)
    with one.page.expect_request("**/sign-in/passkey/options") as asked:
        one.page.click("#sign-in button")
    assert asked.value.post_data_json == {"login_id": login_id}
    one.page.wait_for_url(f"{one.server.url}/")


def test_giving_up_is_told_calmly_and_the_next_try_works(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.sign_out()
    one.tell("setUserVerified", isUserVerified=False)
    one.page.goto("/sign-in")
    one.wait_for_offer()
    for _ in range(3):
        one.page.click("#sign-in button")
        expect(one.page.locator("#outcome")).to_contain_text("Nothing was changed")
        expect(one.page.locator("#outcome")).not_to_contain_text("pending")
        expect(one.page.locator("#sign-in button")).to_be_enabled()
    one.tell("setUserVerified", isUserVerified=True)
    one.page.click("#sign-in button")
    one.page.wait_for_url(f"{one.server.url}/")


@pytest.mark.parametrize("by_button", [False, True], ids=["autofill", "button"])
def test_a_challenge_that_has_grown_old_is_renewed_without_a_word(
    device: Devices, login_id: str, by_button: bool
) -> None:
    one = device()
    one.open_account(login_id)
    one.sign_out()
    delayed: list[str] = []

    def delay(route: Route) -> None:
        if not delayed:
            delayed.append(one.server.advance(301))
        route.continue_()

    one.page.route("**/api/v1/sign-in/passkey", delay)
    if by_button:
        one.present(False)
        one.page.goto("/sign-in")
        one.wait_for_offer()
        one.present(True)
        one.page.click("#sign-in button")
    else:
        one.page.goto("/sign-in")
    one.page.wait_for_url(f"{one.server.url}/")
    assert delayed
    reasons = [event["reason"] for event in one.server.events()]
    assert "ceremony_expired" in reasons


@pytest.mark.parametrize(
    ("bits", "reason"),
    [
        ({"isBogusSignature": True}, "passkey_signature"),
        ({"isBadUV": True}, "passkey_gate"),
        ({"isBadUP": True}, "passkey_gate"),
    ],
    ids=["bogus-signature", "bad-uv", "bad-up"],
)
def test_an_authenticator_that_lies_is_refused_and_an_honest_one_works_again(
    device: Devices, login_id: str, bits: dict[str, bool], reason: str
) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.sign_out()
    one.tell("setResponseOverrideBits", **bits)
    before = len(one.server.events())
    with one.page.expect_response("**/api/v1/sign-in/passkey") as refused:
        one.page.goto("/sign-in")
    assert refused.value.status == 401
    assert refused.value.json()["code"] == "passkey_refused"
    expect(one.page.locator("#outcome")).to_contain_text("was not accepted")
    after = one.server.events()[before:]
    assert [event["reason"] for event in after if event["reason"]] == [reason]
    one.tell("setResponseOverrideBits", **dict.fromkeys(bits, False))
    one.page.click("#sign-in button")
    one.page.wait_for_url(f"{one.server.url}/")


def test_a_wrong_code_is_said_beside_its_field_and_a_pasted_one_is_tidied(
    device: Devices, login_id: str
) -> None:
    one = device()
    one.fill_in(login_id)
    code = one.mail_code(login_id)
    one.page.fill("[name=code]", "00000000" if code != "00000000" else "11111111")
    one.page.locator("main form.card [type=submit]").first.click()
    expect(one.page.locator("[name=code]")).to_have_attribute("aria-invalid", "true")
    one.page.fill("[name=code]", f" {code[:4]} {code[4:]} ")
    one.page.locator("main form.card [type=submit]").first.click()
    one.page.wait_for_url("**/open-account/identity")


def test_the_keyboard_alone_opens_the_door(device: Devices, login_id: str) -> None:
    one = device()
    one.open_account(login_id)
    one.sign_out()
    one.present(False)
    one.page.goto("/sign-in")
    one.wait_for_offer()
    one.page.focus("[name=login_id]")
    one.present(True)
    one.page.keyboard.press("Enter")
    one.page.wait_for_url(f"{one.server.url}/")


def test_without_a_script_the_pages_say_what_they_need(device: Devices) -> None:
    one = device(java_script_enabled=False, locale="en-GB")
    for path in ("/", "/sign-in", "/open-account", "/enrol", "/docs"):
        one.page.goto(path)
        expect(one.page.locator("h1")).to_be_visible()
    one.page.goto("/sign-in")
    assert "JavaScript" in one.page.locator("main noscript").inner_html()
    expect(one.page.locator("#sign-in button")).to_be_disabled()
