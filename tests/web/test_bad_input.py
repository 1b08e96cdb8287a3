"""Whatever arrives, the answer is a problem with a stable code and never a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from authserver.testing.soft_passkey import SoftPasskey
from authserver.web.guards import Access, routes
from authserver.web.problems import TABLE
from tests.support.application import ORIGIN, Application

CODES = {public.code for public in TABLE.values()}
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
RAW = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"NaN",
    b'{"a":1,"a":2}',
    b'{"login_id":"\\ud800"}',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b'{"login_id":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b'{"login_id": 1e999}',
)


def paths(app: Flask) -> Iterator[tuple[str, str]]:
    for route in routes(app):
        if route.path.startswith("/api/") and route.guard.access is not Access.TESTER:
            path = route.path.replace("<uuid:id>", "01a20d61-1fd8-77a6-a368-a744bf1e987b")
            for method in route.methods:
                yield method, path


def assert_is_a_problem(response: httpx.Response) -> None:
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] in CODES
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    assert problem["next"]
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-request-id"] == problem["request_id"]


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_bytes_that_are_no_object_of_ours_are_refused_everywhere(
    application: Application, raw: bytes
) -> None:
    person = application.account("account-1")
    person.sign_in()
    for method, path in paths(application.app):
        if method not in CHANGING or (method, path) == ("DELETE", "/api/v1/session"):
            continue
        headers = {"Content-Type": "application/json"}
        response = person.api.http.request(method, path, content=raw, headers=headers)
        if raw and response.status_code < 400:
            pytest.fail(f"{method} {path} took {raw[:40]!r}")
        assert response.status_code < 500, (method, path, response.text)
        if response.status_code >= 400:
            assert_is_a_problem(response)


@given(value=JSON_VALUES)
def test_any_json_for_a_sign_in_is_answered_calmly(shared: Application, value: Any) -> None:
    api = shared.api()
    begun = api.post("sign-in/passkey/options", {})
    bodies = (
        value,
        {"ceremony_id": value, "credential": {}},
        {"ceremony_id": begun["ceremony_id"], "credential": value},
        {"ceremony_id": begun["ceremony_id"], "credential": {"response": value, "id": value}},
    )
    for body in bodies:
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        assert_is_a_problem(
            api.http.post("/api/v1/sign-in/passkey", content=content, headers=headers)
        )


@given(value=JSON_VALUES)
def test_any_json_for_an_opening_is_answered_calmly(shared: Application, value: Any) -> None:
    api = shared.api()
    for path, names in (
        ("accounts", ("login_id", "email", "display_name", "locale")),
        ("accounts/email-verification", ("code",)),
        ("accounts/identity-proof", ("method", "full_name_kana", "birth_date")),
        ("enrolment-code", ("login_id", "code")),
    ):
        body = json.dumps(dict.fromkeys(names, value)).encode()
        headers = {"Content-Type": "application/json"}
        response = api.http.post(f"/api/v1/{path}", content=body, headers=headers)
        assert_is_a_problem(response)


@given(data=st.data())
def test_a_good_credential_with_one_member_replaced_is_refused_or_still_good(
    shared: Application, data: st.DataObject
) -> None:
    api = shared.api()
    passkey = SoftPasskey(origin=ORIGIN)
    begun = api.post("sign-in/passkey/options", {})
    passkey.adopt_user_handle("AAAAAAAAAAAAAAAAAAAAAA")
    credential = passkey.get(begun["publicKey"])
    where = data.draw(st.sampled_from(["credential", "response"]))
    target = credential if where == "credential" else credential["response"]
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON_VALUES)
    body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    assert_is_a_problem(api.http.post("/api/v1/sign-in/passkey", content=content, headers=headers))


def test_a_body_past_64_kilobytes_is_too_large(application: Application) -> None:
    headers = {"Content-Type": "application/json"}
    response = application.api().http.post(
        "/api/v1/sign-in/passkey", content=b"x" * 65_537, headers=headers
    )
    assert_is_a_problem(response)
    assert response.json()["code"] == "too_large"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(application: Application, kind: str) -> None:
    response = application.api().http.post(
        "/api/v1/sign-in/passkey/options", content=b"{}", headers={"Content-Type": kind}
    )
    assert_is_a_problem(response)
    assert response.json()["code"] == "unsupported_media_type"


def test_an_unknown_member_is_pointed_at(application: Application) -> None:
    response = application.api().request("POST", "sign-in/passkey/options", {"a/b~c": 1})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["pointer"] == "/a~1b~0c"
    assert error["code"] == "extra_forbidden"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/passkeys/not-an-id", "/api/v1/%00"])
def test_an_address_that_is_not_there_is_a_problem_too(application: Application, path: str) -> None:
    assert_is_a_problem(application.api().http.get(path))


def test_a_wrong_method_names_the_right_ones(application: Application) -> None:
    response = application.api().http.get("/api/v1/accounts")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize("header", ["'", "not-a-uuid", "\x7f", "a" * 5000])
def test_a_step_up_header_that_is_no_id_is_an_unknown_step_up(
    application: Application, header: str
) -> None:
    person = application.account("account-1")
    person.sign_in()
    response = person.api.http.post("/api/v1/passkeys/options", headers={"Step-Up": header})
    assert_is_a_problem(response)
    assert response.json()["code"] == "step_up_unknown"


@pytest.mark.parametrize(
    "cookie", ["s." + "A" * 43, "a." + "B" * 43, "s.short", "\x01", "x" * 4000]
)
def test_a_made_up_cookie_is_nobody(application: Application, cookie: str) -> None:
    headers = {"Cookie": f"session={cookie}"}
    response = application.api().http.get("/api/v1/session", headers=headers)
    assert_is_a_problem(response)
    assert response.json()["code"] == "not_signed_in"


def test_flask_logins_own_cookie_is_not_read(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    response = person.api.http.get(
        "/api/v1/session",
        headers={"Cookie": f"remember_token=x|y; session={person.api.cookie()}"},
    )
    assert response.status_code == 200


def test_a_fault_is_answered_without_a_word_of_it_and_logged_without_its_values(
    application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    value = "secret value"

    def broken() -> None:
        raise RuntimeError(value)

    monkeypatch.setattr(application.house.services.database, "snapshot", broken)
    body = {"login_id": "account-1"}
    response = application.api().request("POST", "sign-in/passkey/options", body)
    assert (response.status_code, response.json()["code"]) == (503, "fault")
    assert int(response.headers["Retry-After"]) > 0
    assert value not in response.text
    assert response.json()["request_id"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert value not in caplog.text
