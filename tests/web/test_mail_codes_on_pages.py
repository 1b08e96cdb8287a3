"""The second factor's page offers a mailed code where the policy has it, and needs no script."""

from __future__ import annotations

import re

import httpx
import pytest

from authserver.testing.person import Person
from tests.support.application import Application
from tests.web.test_mail_codes import PASSWORD, another, interim, without_a_passkey

__all__ = ["interim"]
PAGE, REQUEST, GIVE = "/sign-in/second-factor", "/sign-in/email-code/request", "/sign-in/email-code"
TOKEN = re.compile(r'name="csrf_token" value="([^"]{43})"')
REQUEST_NUMBER = re.compile(r"<code>[^<]+</code></li>")
PATHS_OF_FORMS = re.compile(r'<form[^>]*action="([^"]+)"')


def send(person: Person, path: str, **entries: str) -> httpx.Response:
    """Send one form as a browser without scripts does, with the token of the page before."""
    found = TOKEN.search(person.api.http.get(PAGE).text)
    assert found
    return person.api.http.post(path, data={"csrf_token": found[1], **entries})


def at_the_second_factor(application: Application) -> Person:
    person = without_a_passkey(application)
    answer = send(person, "/sign-in/password", login_id=person.login_id, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    return person


def test_password_request_and_code_lead_into_the_house(interim: Application) -> None:
    person = at_the_second_factor(interim)
    asked = send(person, REQUEST)
    assert asked.status_code == 200
    assert GIVE in PATHS_OF_FORMS.findall(asked.text)
    given = send(person, GIVE, code=person.read_mail_code())
    assert (given.status_code, given.headers["location"]) == (303, "/")
    assert person.api.get("session")["session"]["assurance"] == "AL2"


def test_a_wrong_code_is_told_at_the_form_and_the_right_one_is_still_good(
    interim: Application,
) -> None:
    person = at_the_second_factor(interim)
    send(person, REQUEST)
    code = person.read_mail_code()
    wrong = send(person, GIVE, code=another(code))
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.text
    assert GIVE in PATHS_OF_FORMS.findall(wrong.text)
    assert "mail-code-wrong" in send(person, GIVE, code="not a code").text
    assert send(person, GIVE, code=code).status_code == 303


def test_somebody_with_a_passkey_is_led_to_it(interim: Application) -> None:
    person = interim.account("account-1", password=PASSWORD, totp=True)
    person.show_password()
    send(person, REQUEST)
    answer = send(person, GIVE, code=person.read_mail_code())
    assert answer.status_code == 403
    assert "/sign-in" in answer.text


def test_the_offer_is_the_same_for_every_account_and_for_nobody(interim: Application) -> None:
    without, nobody = at_the_second_factor(interim), Person(interim.api(), "account-9")
    with_passkey = interim.account("account-2", password=PASSWORD)
    with_passkey.show_password()
    pages = [p.api.http.get(PAGE).text for p in (without, with_passkey, nobody)]
    texts = {REQUEST_NUMBER.sub("", TOKEN.sub("", page)) for page in pages}
    assert len(texts) == 1
    assert REQUEST in PATHS_OF_FORMS.findall(texts.pop())


def test_without_a_password_the_way_leads_back_to_it(interim: Application) -> None:
    person = without_a_passkey(interim)
    for path, entries in ((REQUEST, {}), (GIVE, {"code": "12345678"})):
        answer = send(person, path, **entries)
        assert "/sign-in/password" in PATHS_OF_FORMS.findall(answer.text)
    assert interim.outbox(kind="sign_in:code_sent") == []


@pytest.mark.parametrize("path", [REQUEST, GIVE])
def test_a_form_of_another_site_asks_for_no_code_and_gives_none(
    interim: Application, path: str
) -> None:
    person = at_the_second_factor(interim)
    answer = person.api.http.post(path, data={"csrf_token": "x" * 43, "code": "12345678"})
    assert answer.status_code == 403
    assert interim.outbox(kind="sign_in:code_sent") == []


def test_where_the_policy_has_no_mailed_codes_the_page_says_nothing_of_them(
    application: Application,
) -> None:
    person = without_a_passkey(application)
    person.show_password()
    assert "email-code" not in person.api.http.get(PAGE).text
    for path, entries in ((REQUEST, {}), (GIVE, {"code": "12345678"}), (GIVE, {"code": "x"})):
        assert send(person, path, **entries).status_code == 404
    assert application.outbox(kind="sign_in:code_sent") == []
