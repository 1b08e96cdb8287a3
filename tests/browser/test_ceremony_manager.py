"""The one ceremony manager of a page: no stale challenge and no pending request meets a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Request, Route, expect

from tests.support.device import Device

Devices = Callable[..., Device]
OPTIONS = "**/api/v1/sign-in/passkey/options"
FINISH = "**/api/v1/sign-in/passkey"
# The page believes that it has been hidden and is looked at again; headless tabs never hide.
LOOKED_AT_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
# Every sentence that the page tells about its ceremonies, however briefly it stands there.
TELL_THE_TEST = """
  new MutationObserver(() => {
    const region = document.getElementById("outcome");
    if (region && !region.hidden) window.told(region.textContent);
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
"""
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def owner(device: Devices, login_id: str) -> Iterator[Device]:
    """Somebody with an account, signed out, whose device waits to be touched."""
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.sign_out()
    one.present(False)
    yield one
    expect(one.page.locator("body")).not_to_contain_text("pending")


def asked_for(one: Device) -> list[Request]:
    """Every request for a challenge from now on."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith("/sign-in/passkey/options"):
            requests.append(request)

    one.page.on("request", note)
    return requests


def arm(one: Device) -> None:
    one.page.goto("/sign-in")
    one.wait_for_offer()


def signs_in_by_button(one: Device) -> None:
    one.present(True)
    one.page.click("#sign-in button")
    one.page.wait_for_url(f"{one.server.url}/")


@pytest.mark.parametrize("by_button", [False, True], ids=["autofill", "button"])
def test_a_challenge_that_was_spent_is_renewed_without_a_word(
    owner: Device, by_button: bool
) -> None:
    codes: list[str] = []

    def spend_first(route: Route) -> None:
        if not codes:
            body: dict[str, Any] = route.request.post_data_json
            response = body["credential"]["response"]
            forged = {**response, "signature": response["signature"][::-1]}
            body = {**body, "credential": {**body["credential"], "response": forged}}
            codes.append(route.fetch(post_data=json.dumps(body)).json()["code"])
        route.continue_()

    told: list[str] = []
    owner.page.expose_function("told", lambda sentence: told.append(sentence))
    owner.page.add_init_script(TELL_THE_TEST)
    owner.page.route(FINISH, spend_first)
    statuses: list[int] = []
    owner.page.on(
        "response", lambda r: statuses.append(r.status) if r.url.endswith("in/passkey") else None
    )
    if by_button:
        arm(owner)
    owner.present(True)
    if by_button:
        owner.page.click("#sign-in button")
    else:
        owner.page.goto("/sign-in")
    owner.page.wait_for_url(f"{owner.server.url}/")
    assert codes == ["passkey_refused"]
    assert statuses == [410, 200]
    assert told == []


def test_an_armed_challenge_is_exchanged_before_it_expires(owner: Device) -> None:
    owner.page.clock.install()
    arm(owner)
    requests = asked_for(owner)
    owner.page.clock.fast_forward(270_000)
    owner.wait_for_offer(2)
    assert len(requests) == 1
    owner.server.advance(270)
    signs_in_by_button(owner)


def test_coming_back_after_minutes_finds_a_fresh_challenge(owner: Device) -> None:
    owner.page.clock.install()
    arm(owner)
    requests = asked_for(owner)
    owner.server.advance(400)
    owner.page.clock.set_system_time(owner.page.evaluate("Date.now() + 400_000"))
    owner.page.evaluate(LOOKED_AT_AGAIN)
    owner.wait_for_offer(2)
    assert len(requests) == 1
    signs_in_by_button(owner)


def test_coming_back_at_once_leaves_the_dialog_of_the_passkey_alone(owner: Device) -> None:
    arm(owner)
    requests = asked_for(owner)
    owner.page.evaluate(LOOKED_AT_AGAIN)
    owner.page.evaluate(SETTLED)
    assert requests == []
    signs_in_by_button(owner)


def test_going_away_and_back_arms_anew(owner: Device) -> None:
    arm(owner)
    owner.page.goto("/open-account")
    owner.page.go_back()
    owner.wait_for_offer()
    signs_in_by_button(owner)


def test_an_impatient_double_click_is_one_ceremony(owner: Device) -> None:
    arm(owner)
    requests = asked_for(owner)
    owner.present(True)
    owner.page.dblclick("#sign-in button", force=True)
    owner.page.wait_for_url(f"{owner.server.url}/")
    assert len(requests) == 1
    assert owner.seen["credentialAsserted"] == 1


def test_enter_while_the_passkey_is_awaited_starts_no_second_ceremony(owner: Device) -> None:
    arm(owner)
    requests = asked_for(owner)
    owner.page.click("#sign-in button")
    expect(owner.page.locator("#sign-in button")).to_have_attribute("aria-busy", "true")
    owner.page.focus("[name=login_id]")
    owner.page.keyboard.press("Enter")
    owner.page.evaluate(SETTLED)
    assert len(requests) == 1
    expect(owner.page.locator("#sign-in button")).to_be_disabled()
    expect(owner.page.locator("#outcome")).to_be_hidden()


def test_a_failed_connection_is_told_and_the_next_try_works(owner: Device) -> None:
    arm(owner)
    owner.page.route(OPTIONS, lambda route: route.abort())
    owner.page.click("#sign-in button")
    expect(owner.page.locator("#outcome")).to_contain_text("could not be reached")
    owner.page.unroute(OPTIONS)
    signs_in_by_button(owner)


def test_a_passkey_that_we_no_longer_know_is_taken_off_the_device(owner: Device) -> None:
    owner.server.reset()
    owner.present(True)
    owner.page.goto("/sign-in")
    expect(owner.page.locator("#outcome")).to_contain_text("We do not know this passkey")
    owner.wait_until_seen("credentialDeleted")
    assert owner.credentials() == []


@pytest.mark.parametrize("bits", [{"isBadUV": True}, {"isBadUP": True}], ids=["bad-uv", "bad-up"])
def test_a_lying_device_enrols_nothing_and_an_honest_one_may_follow(
    device: Devices, login_id: str, bits: dict[str, bool]
) -> None:
    one = device(locale="en-GB")
    one.tell("setResponseOverrideBits", **bits)
    one.fill_in(login_id)
    one.page.fill("[name=code]", one.mail_code(login_id))
    one.page.locator("main form.card [type=submit]").first.click()
    one.page.wait_for_url("**/open-account/identity")
    one.page.fill("[name=full_name_kana]", "ミホン タロウ")
    one.page.fill("[name=birth_date]", "1980-01-31")
    one.page.click("main form [type=submit]")
    one.page.wait_for_url("**/open-account/passkey")
    with one.page.expect_response("**/api/v1/passkeys") as refused:
        one.page.click("#create-passkey")
    assert refused.value.json()["code"] == "passkey_refused"
    expect(one.page.locator("#outcome")).to_contain_text("was not accepted")
    one.tell("setResponseOverrideBits", **dict.fromkeys(bits, False))
    one.page.click("#create-passkey")
    one.page.wait_for_url("**/open-account/recovery-codes")
    assert len(one.credentials()) == 1
