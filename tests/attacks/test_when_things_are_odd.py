"""Odd bytes, broken parts and old rows: what a person or an operator then sees."""

from __future__ import annotations

import dataclasses
import socket
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from authserver.app import assemble
from authserver.flows.send_notices import deliver_round
from authserver.testing.server import running_server
from authserver.web import clients
from tests.attacks.holes import hole
from tests.support.application import Application, make_application


class Unreachable(Exception):
    """What a database that is gone raises."""


class Gone:
    """A database that answers nothing."""

    def snapshot(self) -> Any:
        raise Unreachable

    transaction = snapshot


@pytest.mark.parametrize("path", ["/api/v1/session", "/", "/nowhere"])
def test_a_signed_in_browser_is_answered_when_the_database_is_gone(
    application: Application, path: str
) -> None:
    services = dataclasses.replace(application.house.services, database=Gone())  # type: ignore[arg-type]
    app = assemble(dataclasses.replace(application.house, services=services))
    client = app.test_client()
    client.set_cookie("session", "s." + "A" * 43)
    answer = client.get(path)
    assert answer.status_code in (404, 503)
    assert "Content-Security-Policy" in answer.headers


def test_a_notice_of_a_kind_from_a_newer_server_stops_no_other(
    any_application: Application,
) -> None:
    any_application.account("account-1").sign_in()
    any_application.account("account-2").sign_in()
    database: Any = any_application.house.services.database
    with database.writing() as connection:
        oldest = "SELECT min(id) FROM notices WHERE channel = 'mail'"
        connection.execute(text(f"UPDATE notices SET kind = 'future:kind' WHERE id = ({oldest})"))
    unread = any_application.outbox()
    assert deliver_round(any_application.house.services, forget_secret=False).sent >= 1
    assert {message["kind"] for message in unread} == {"sign_in:succeeded"}


def test_a_line_break_behind_the_numeric_address_is_no_fault(application: Application) -> None:
    headers = {"Host": "127.0.0.1:5000"}
    answer = application.app.test_client().get("/%0d%0aX:y", headers=headers)
    assert answer.status_code < 500
    assert "X" not in answer.headers


@pytest.mark.parametrize("path", ["/outbox", "/test/outbox", "/test/events"])
def test_a_foreign_host_name_reads_no_messages(application: Application, path: str) -> None:
    client = application.app.test_client()
    assert client.get(path, headers={"Host": "rebound.example:5000"}).status_code >= 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/test/network", {"ip": "1\x002"}),
        ("/test/network", {"ip": "192.0.2.1", "user_agent": "x\x00y"}),
        ("/test/network", {"ip": "not an address"}),
    ],
)
def test_the_testers_doors_refuse_what_no_request_could_carry(
    any_application: Application, path: str, body: dict[str, str]
) -> None:
    answer = any_application.api(name="tester").request("POST", path, body)
    assert 400 <= answer.status_code < 500


@hole("a reset forgets which challenges were answered")
def test_a_challenge_stays_spent_when_the_tester_begins_anew(
    any_application: Application,
) -> None:
    person = any_application.account("account-1")
    begun = person.api.post("sign-in/passkey/options", {"login_id": "account-1"})
    credential = person.passkey.get(begun["publicKey"])
    del credential["response"]["userHandle"]
    body = {"ceremony_id": begun["ceremony_id"], "credential": credential}
    cookie = person.api.cookie()
    assert person.api.request("POST", "sign-in/passkey", body).status_code == 200
    any_application.api().post("/test/reset")
    ready = {
        "credential_id": person.passkey.credential_id,
        "public_key_cose": person.passkey.public_key_cose,
    }
    any_application.api().post("/test/accounts", {"login_id": "account-1", "passkeys": [ready]})
    again = any_application.api()
    again.http.headers["Cookie"] = f"session={cookie}"
    assert again.request("POST", "sign-in/passkey", body).status_code == 410


def test_an_attempt_to_remove_the_last_passkey_leaves_its_event(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    before = len(application.events())
    passkey = person.api.get("factors")["passkeys"][0]["id"]
    assert person.api.request("DELETE", f"passkeys/{passkey}").status_code == 409
    assert len(application.events()) == before + 1


def test_a_name_of_nothing_visible_is_no_name(application: Application) -> None:
    person = application.account("account-1")
    person.sign_in()
    passkey = person.api.get("factors")["passkeys"][0]["id"]
    answer = person.api.request("PATCH", f"passkeys/{passkey}", {"label": "\u200b"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("forwarded", "believed"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.1, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.9", "198.51.100.7"),
        ("nonsense", "10.0.0.1"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1%zone", "2001:db8::1"),
    ],
)
def test_the_last_address_that_our_proxy_saw_is_the_clients(
    tmp_path: Path, forwarded: str, believed: str
) -> None:
    application = make_application(tmp_path, TRUSTED_PROXIES="10.0.0.0/8")
    with application.app.app_context():
        assert clients._address("10.0.0.1", forwarded) == believed
        # Who is no proxy of ours is believed nothing.
        assert clients._address("203.0.113.9", forwarded) == "203.0.113.9"
    application.close()


HEAD = b"POST /api/v1/sign-in/passkey/options HTTP/1.1\r\nHost: localhost\r\n"
JSON = HEAD + b"Content-Type: application/json\r\n"
GET = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
RAW = (
    b"GET /healthz HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    *(
        b"GET /healthz HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
        for host in (b"", b"a b", b"[::1", b"\xff\xfe", b"127.0.0.1:abc", b"a/../b", b"x,y")
    ),
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    *(b"GET " + path + GET for path in (b"/%00", b"/%ff%fe", b"/\xff", b"//evil.example/x", b"*")),
    *(b"GET " + path + GET for path in (b"/" + b"a" * 9000, b"http://evil.example/", b"/\\evil")),
    *(method + b" /api/v1/session" + GET for method in (b"TRACE", b"FOO", b"CONNECT", b"HEAD")),
    *(JSON + b"Content-Length: " + n + b"\r\n\r\n{}" for n in (b"abc", b"-5", b"99999999")),
    JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nCookie: session=" + b"a" * 60000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Language: " + b"ja;q=1e999,*;q=x," * 900 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nCookie: locale=\xff\xfe; session=\x80; =; ;;\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)
HALF_SENT = (
    b"\r\n\r\n\r\n",
    b"GET /healthz HT",
    JSON + b"Content-Length: 20\r\n\r\n{}",
    JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
)
"""What a client sent who then hung up: nobody waits for the rest."""


def exchange(port: int, sent: bytes, *, hang_up: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536)


def test_no_bytes_on_the_wire_are_a_fault(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=1) as server:
        port = int(server.url.rpartition(":")[2])
        for sent in RAW:
            answer = exchange(port, sent)
            assert answer.startswith(b"HTTP/1."), sent[:100]
            assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), sent[:100]
        for sent in HALF_SENT:
            answer = exchange(port, sent, hang_up=True)
            assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5")), sent[:100]
        alive = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=10, trust_env=False)
        assert alive.status_code == 200
        assert "fault in request" not in server.log.read_text(errors="replace")


def test_a_large_body_in_chunks_is_refused(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=1) as server:
        port = int(server.url.rpartition(":")[2])
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        answer = exchange(
            port, JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 5 + b"0\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_in_chunks_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=1) as server:
        port = int(server.url.rpartition(":")[2])
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        body = b"2\r\n{}\r\n" + chunk * 5 + b"7\r\ngarbage\r\n0\r\n\r\n"
        answer = exchange(port, JSON + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        assert answer.startswith(b"HTTP/1.1 413")


def test_a_header_spelled_with_underscores_is_not_our_proxys(tmp_path: Path) -> None:
    settings = {"AUTHSERVER_TRUSTED_PROXIES": "127.0.0.0/8"}
    with running_server(tmp_path, workers=1, settings=settings) as server:
        port = int(server.url.rpartition(":")[2])
        body = b'{"ceremony_id": "x", "credential": {}}'
        exchange(
            port,
            b"POST /api/v1/sign-in/passkey HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n"
            b"X_Forwarded_For: 203.0.113.66\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n"
            % len(body)
            + body,
        )
        with sqlite3.connect(tmp_path / "authserver.db") as log:
            assert log.execute("SELECT ip FROM events").fetchall() == [("198.51.100.7",)]


@pytest.mark.parametrize("host", ["", "a b", "[::1", "[x]", "a/../b", "x,y", "a:b:c", "@", "\xff"])
def test_an_odd_host_name_is_no_fault_at_the_outbox(application: Application, host: str) -> None:
    client = application.app.test_client()
    for path in ("/outbox", "/test/outbox", "/"):
        assert client.get(path, environ_overrides={"HTTP_HOST": host}).status_code < 500
