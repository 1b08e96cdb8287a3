"""Everything is lost: a person comes back with a new passkey, and an owner stops somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.test_pages_for_everybody import LOOKS, assert_clean, look
from tests.support.device import Device

Devices = Callable[..., Device]
BOTH = pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
EVERY_LOOK = pytest.mark.parametrize(("locale", "width", "scheme"), LOOKS)
SUBMIT = "main form.card [type=submit]"
HOLD = 72 * 3600
_STOP = re.compile(r"\d{4} \d{4} \d{4}")


def newest(one: Device, login_id: str, kind: str) -> str:
    """The text of the newest mail of a kind."""
    query = {"recipient": f"{login_id}@example.test", "channel": "mail", "kind": kind}
    return str(one.server.outbox(**query)[0]["text"])


def begin(one: Device, login_id: str) -> None:
    one.page.goto("/sign-in")
    one.page.click("main details summary")
    one.page.click("a[href='/recovery']")
    one.page.fill("#login_id", login_id)
    one.page.click(SUBMIT)
    one.page.wait_for_url("**/recovery/email-code")


def prove(one: Device, login_id: str, name: str = "ミホン タロウ") -> None:
    (code,) = re.findall(r"(?<!\d)\d{8}(?!\d)", newest(one, login_id, "recovery:code_sent"))
    one.page.fill("#code", code)
    one.page.click(SUBMIT)
    one.page.wait_for_url("**/recovery/identity")
    one.page.fill("#full_name_kana", name)
    one.page.fill("#birth_date", "1980-01-31")
    one.page.click(SUBMIT)


def recover(one: Device, login_id: str) -> None:
    begin(one, login_id)
    prove(one, login_id)
    one.page.wait_for_url("**/recovery/passkey")
    one.page.click("#create-passkey")
    one.page.wait_for_url("**/security")


@BOTH
def test_a_person_who_lost_everything_comes_back_with_a_new_passkey(
    device: Devices, login_id: str, locale: str
) -> None:
    lost, new = device(locale=locale), device(locale=locale)
    lost.open_account(login_id)
    recover(new, login_id)
    assert len(new.credentials()) == 1
    expect(new.page.locator("#recoveries")).to_be_visible()
    expect(new.page.locator("#stop-recoveries")).to_have_count(0)
    expect(new.page.locator("#passkeys li[data-passkey]")).to_have_count(2)
    lost.page.goto("/security")
    lost.page.wait_for_url("**/sign-in")
    new.page.locator("[data-verb=remove]").first.click()
    new.page.locator("#remove-passkey [data-confirm]").click()
    expect(new.page.locator("#told")).to_contain_text(
        "待機時間" if locale == "ja-JP" else "waiting time"
    )
    new.server.advance(HOLD)
    new.page.goto("/sign-in")
    new.page.wait_for_url(f"{new.server.url}/")
    new.page.goto("/security")
    expect(new.page.locator("#recoveries")).to_have_count(0)


@BOTH
def test_the_owner_stops_somebody_else_with_the_code_that_was_mailed(
    device: Devices, login_id: str, locale: str
) -> None:
    owner, thief = device(locale=locale), device(locale=locale)
    owner.open_account(login_id)
    owner.sign_out()
    begin(thief, login_id)
    found = _STOP.search(newest(owner, login_id, "recovery:begun"))
    assert found
    owner.page.goto("/recovery/stop")
    owner.page.fill("#login_id", login_id)
    owner.page.fill("#code", "0000 0000 0000")
    owner.page.click(SUBMIT)
    expect(owner.page.locator(".alert.error")).to_be_visible()
    expect(owner.page.locator("#login_id")).to_have_value(login_id)
    owner.page.fill("#code", found.group())
    owner.page.click(SUBMIT)
    expect(owner.page.locator(".alert.success")).to_be_visible()
    (code,) = re.findall(r"(?<!\d)\d{8}(?!\d)", newest(owner, login_id, "recovery:code_sent"))
    thief.page.fill("#code", code)
    thief.page.click(SUBMIT)
    expect(thief.page.locator("main h1")).to_contain_text(
        "回復手続きが行われていません" if locale == "ja-JP" else "No recovery is under way"
    )
    owner.page.goto("/sign-in")
    owner.page.wait_for_url(f"{owner.server.url}/")


@BOTH
def test_the_owner_stops_it_from_inside_and_the_new_passkey_is_gone(
    device: Devices, login_id: str, locale: str
) -> None:
    owner, thief = device(locale=locale), device(locale=locale)
    owner.open_account(login_id)
    recover(thief, login_id)
    owner.page.goto("/sign-in")
    owner.page.wait_for_url(f"{owner.server.url}/")
    owner.page.goto("/security")
    owner.page.click("#stop-recoveries")
    expect(owner.page.locator("#step-up")).to_be_visible()
    owner.page.click("#step-up-confirm")
    expect(owner.page.locator("#recoveries")).to_have_count(0)
    expect(owner.page.locator("#passkeys li[data-passkey]")).to_have_count(1)
    thief.page.goto("/security")
    thief.page.wait_for_url("**/sign-in")


def test_another_name_is_told_in_place_and_nothing_typed_is_lost(
    device: Devices, login_id: str
) -> None:
    one = device(locale="en-GB")
    one.open_account(login_id)
    one.sign_out()
    one.present(False)
    begin(one, login_id)
    prove(one, login_id, "ミホン ジロウ")
    expect(one.page.locator(".alert.error")).to_contain_text("could not be confirmed")
    expect(one.page.locator("#full_name_kana")).to_have_value("ミホン ジロウ")
    expect(one.page.locator("#birth_date")).to_have_value("1980-01-31")


@EVERY_LOOK
def test_every_page_of_a_recovery_is_for_everybody(
    device: Devices, login_id: str, locale: str, width: int, scheme: str
) -> None:
    owner = device(locale=locale)
    owner.open_account(login_id)
    one = look(device, locale, width, scheme)
    for path in ("/recovery", "/recovery/stop", "/recovery/sms-code"):
        one.page.goto(path)
        assert_clean(one, path)
    one.page.goto("/recovery")
    one.page.click(SUBMIT)
    assert_clean(one, "a recovery without a login id")
    begin(one, login_id)
    assert_clean(one, "the mailed code")
    one.page.fill("#code", "00000000")
    one.page.click(SUBMIT)
    assert_clean(one, "a wrong code")
    prove(one, login_id, "ミホン ジロウ")
    assert_clean(one, "another name")
    one.page.fill("#full_name_kana", "ミホン タロウ")
    one.page.click(SUBMIT)
    one.page.wait_for_url("**/recovery/passkey")
    assert_clean(one, "the new passkey")
    one.page.click("#create-passkey")
    one.page.wait_for_url("**/security")
    assert_clean(one, "the hold")
