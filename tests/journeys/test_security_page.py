"""The security page in a real browser: confirm exactly this, and the credential manager is told."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.support.device import Device

Devices = Callable[..., Device]


def add_second(one: Device, label: str = "spare") -> str:
    """A second passkey, on a security key; gives that key's authenticator."""
    keys: list[str] = []

    def change_hands(route: Route) -> None:
        # Once it is confirmed, the person puts the phone aside and touches a security key.
        if "step-up" in route.request.headers:
            one.present(False)
            keys.append(one.add_authenticator(transport="usb"))
        route.continue_()

    one.page.route("**/api/v1/passkeys/options", change_hands)
    one.page.goto("/security")
    one.page.click("#add-passkey")
    expect(one.page.locator("#step-up")).to_be_visible()
    one.page.click("#step-up-confirm")
    expect(one.page.locator("#name-passkey")).to_be_visible()
    one.page.fill("#name-passkey #label", label)
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#passkeys")).to_contain_text(label)
    one.page.unroute("**/api/v1/passkeys/options")
    one.present(True)
    return keys[0]


def test_a_second_passkey_is_added_and_opens_the_door(device: Devices, login_id: str) -> None:
    one = device()
    one.open_account(login_id)
    second = add_second(one)
    assert len(one.credentials(second)) == 1
    one.sign_out()
    one.present(False)
    one.page.goto("/sign-in")
    one.page.wait_for_url(f"{one.server.url}/")
    one.page.goto("/security")
    expect(one.page.locator("#passkeys")).to_contain_text("spare")
    expect(one.page.locator("[data-verb=remove]")).to_have_count(2)


def test_removing_takes_the_passkey_off_the_credential_manager_too(
    device: Devices, login_id: str
) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    second = add_second(one)
    one.page.goto("/security")
    one.page.locator("[data-verb=remove]").last.click()
    one.page.click("#remove-passkey [data-confirm]")
    expect(one.page.locator("#step-up-subject")).to_contain_text("spare")
    one.page.click("#step-up-confirm")
    expect(one.page.locator("[data-verb=remove]")).to_have_count(0)
    expect(one.page.locator("#told")).to_be_visible()
    one.wait_until_seen("credentialDeleted")
    assert one.credentials(second) == []
    assert len(one.credentials()) == 1


def test_two_browsers_share_an_account_until_a_factor_changes(
    device: Devices, login_id: str
) -> None:
    first, second = device(), device(locale="en-GB")
    first.open_account(login_id)
    (credential,) = first.credentials()
    second.tell("addCredential", credential={**credential, "signCount": 100})
    second.page.goto("/sign-in")
    second.page.wait_for_url(f"{second.server.url}/")
    first.page.goto("/security")
    expect(first.page.locator("#sessions li, #sessions .item")).not_to_have_count(0)
    add_second(second)
    first.page.goto("/security")
    first.page.wait_for_url("**/sign-in")


def test_other_sessions_are_ended_with_one_button(device: Devices, login_id: str) -> None:
    first, second = device(locale="en-GB"), device()
    first.open_account(login_id)
    (credential,) = first.credentials()
    second.tell("addCredential", credential={**credential, "signCount": 100})
    second.page.goto("/sign-in")
    second.page.wait_for_url(f"{second.server.url}/")
    first.page.goto("/security")
    first.page.click("#end-others")
    expect(first.page.locator("#told")).to_be_visible()
    second.page.goto("/security")
    second.page.wait_for_url("**/sign-in")


def test_what_is_confirmed_is_shown_and_a_cancelled_confirmation_changes_nothing(
    device: Devices, login_id: str
) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.page.goto("/security")
    one.page.click("#add-passkey")
    subject = one.page.locator("#step-up-subject")
    expect(subject).to_contain_text("Add a passkey")
    expect(subject).to_contain_text(login_id)
    one.page.keyboard.press("Escape")
    expect(one.page.locator("#step-up")).to_be_hidden()
    assert one.seen["credentialAdded"] == 1
    kinds = [event["kind"] for event in one.server.events()]
    assert "step_up:cancelled" in kinds


def test_a_device_that_has_a_passkey_here_is_told_so(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.page.goto("/security")
    one.page.click("#add-passkey")
    one.page.click("#step-up-confirm")
    expect(one.page.locator("#told")).to_be_visible()
    assert len(one.credentials()) == 1


def test_renaming_tells_the_credential_manager(device: Devices, login_id: str) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.page.goto("/security")
    one.page.locator("[data-verb=rename]").first.click()
    one.page.fill("#name-passkey #label", "kitchen")
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#passkeys")).to_contain_text("kitchen")
    expect(one.page.locator("#told")).to_be_visible()
    one.wait_until_seen("credentialUpdated")


def test_the_last_passkey_has_no_remove_button(device: Devices, login_id: str) -> None:
    one = device()
    one.open_account(login_id)
    one.page.goto("/security")
    expect(one.page.locator("[data-verb=rename]")).to_have_count(1)
    expect(one.page.locator("[data-verb=remove]")).to_have_count(0)
