"""The door between wire and application: what enters, enters whole and as it was sent."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest

from authserver import door as door_module
from authserver.door import DRAIN_FACTOR, Door
from tests.support.application import Application, make_application
from tests.support.wire import GONE, Wire, chunk, scope_of, through, whole

MOST = 100


class Recorder:
    """A WSGI application that keeps what it was given, and whether its answer was closed."""

    def __init__(self, answer: bytes = b"answer") -> None:
        self.environ: dict[str, Any] = {}
        self.body = b""
        self.answer = answer
        self.closed = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Recorder:
        self.environ, self.body = environ, environ["wsgi.input"].read()
        length = str(len(self.answer))
        start_response("200 OK", [("Content-Length", length), ("X-Place", "caf\xe9")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        yield self.answer[:2]
        yield self.answer[2:]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def app() -> Recorder:
    return Recorder()


@pytest.fixture
def door(app: Recorder) -> Door:
    return Door(app, threads=1, body_most=MOST, deadline=60)


def test_a_body_in_pieces_arrives_as_one(app: Recorder, door: Door) -> None:
    wire = through(door, chunk(b"one "), chunk(b"two"), chunk(b"", more=False))
    assert app.body == b"one two"
    assert app.environ["CONTENT_LENGTH"] == "7"
    assert app.environ["wsgi.input_terminated"] is True
    assert (wire.status, wire.body) == (200, b"answer")
    assert app.closed


def test_the_request_is_described_as_wsgi_wants_it(app: Recorder, door: Door) -> None:
    headers = [(b"content-type", b"text/plain"), (b"user-agent", b"caf\xe9")]
    wire = through(door, *whole(b"x"), path=b"/a", headers=headers)
    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a",
        "QUERY_STRING": "a=%20b",
        "REMOTE_ADDR": "192.0.2.10",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "text/plain",
        "HTTP_HOST": "localhost:5000",
        "HTTP_USER_AGENT": "caf\xe9",
        "wsgi.url_scheme": "http",
    }
    assert expected.items() <= app.environ.items()
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & set(app.environ)
    assert wire.headers["x-place"] == "caf\xe9"


def test_repeated_headers_are_one_and_cookies_stay_cookies(app: Recorder, door: Door) -> None:
    headers = [
        (b"accept", b"text/html"),
        (b"cookie", b"a=\xff"),
        (b"Accept", b"*/*"),
        (b"cookie", b"session=s"),
    ]
    through(door, method="GET", headers=headers)
    assert app.environ["HTTP_ACCEPT"] == "text/html,*/*"
    assert app.environ["HTTP_COOKIE"] == "a=\xff; session=s"


@pytest.mark.parametrize("name", [b"x_forwarded_for", b"X_Forwarded-For", b"transfer-encoding"])
def test_some_headers_stay_outside(app: Recorder, door: Door, name: bytes) -> None:
    through(door, *whole(), headers=[(name, b"203.0.113.66")])
    assert "203.0.113.66" not in app.environ.values()


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        (b"/caf%C3%A9", "/caf\xc3\xa9"),
        (b"/%ff%fe", "/\xff\xfe"),
        (b"/%252e%252e/x", "/%2e%2e/x"),
        (b"/100%", "/100%"),
    ],
)
def test_a_path_is_decoded_once_whatever_its_bytes(
    app: Recorder, door: Door, path: bytes, seen: str
) -> None:
    through(door, method="GET", path=path)
    assert app.environ["PATH_INFO"] == seen


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_body_is_waited_for_where_none_has_a_meaning(
    app: Recorder, door: Door, method: str
) -> None:
    wire = through(door, method=method, headers=[(b"content-length", b"5")])
    assert (app.body, app.environ["CONTENT_LENGTH"], wire.taken) == (b"", "0", 0)
    assert wire.headers["content-length"] == "6"
    assert wire.body == (b"" if method == "HEAD" else b"answer")


def test_a_body_as_large_as_may_be_enters(app: Recorder, door: Door) -> None:
    through(door, *whole(b"x" * MOST), headers=[(b"content-length", b"%d" % MOST)])
    assert app.body == b"x" * MOST


def test_a_body_announced_too_large_is_not_read_at_all(app: Recorder, door: Door) -> None:
    wire = through(door, headers=[(b"content-length", b"%d" % (MOST + 1))])
    assert (len(app.body), wire.taken) == (MOST + 1, 0)


def test_a_body_too_large_in_chunks_is_seen_to_be(app: Recorder, door: Door) -> None:
    through(door, *[chunk(b"x" * 40)] * 3, *whole())
    assert len(app.body) == MOST + 1


def test_a_body_without_end_is_not_read_to_its_end(app: Recorder, door: Door) -> None:
    wire = through(door, *[chunk(b"x" * MOST)] * 1000)
    assert len(app.body) == MOST + 1
    assert wire.taken == DRAIN_FACTOR + 1


def test_the_application_itself_refuses_what_is_too_large(application: Application) -> None:
    door = Door(application.app, threads=1, body_most=64 * 1024)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"99999999")]
    wire = through(door, path=b"/api/v1/sign-in/passkey/options", headers=headers)
    assert wire.status == 413
    assert json.loads(wire.body)["code"] == "too_large"


@pytest.mark.parametrize("arrived", [(), (chunk(b"half"),)])
def test_a_body_that_never_ends_is_refused_after_its_deadline(
    app: Recorder, arrived: tuple[Any, ...]
) -> None:
    wire = through(Door(app, threads=1, body_most=MOST, deadline=0), *arrived)
    assert wire.status == 408
    assert wire.headers["connection"] == "close"
    assert wire.headers["content-type"] == "application/problem+json"
    assert "content-security-policy" in wire.headers
    problem = json.loads(wire.body)
    assert (problem["code"], problem["next"]) == ("too_slow", "retry")
    assert app.environ == {}


def test_without_its_deadline_the_door_waits_for_ever(
    app: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answered_soon() -> bool:
        wire = Wire([])
        door = Door(app, threads=1, body_most=MOST, deadline=0)
        waiting = asyncio.ensure_future(door(scope_of(), wire.receive, wire.send))
        for _ in range(100):
            await asyncio.sleep(0)
        waiting.cancel()
        return bool(wire.sent)

    assert asyncio.run(answered_soon()) is True
    monkeypatch.setattr(door_module.asyncio, "timeout", lambda _seconds: nullcontext())
    assert asyncio.run(answered_soon()) is False


@pytest.mark.parametrize("announced", [(), [(b"content-length", b"20")]])
def test_a_body_that_was_cut_off_reaches_nobody(app: Recorder, door: Door, announced: Any) -> None:
    wire = through(door, chunk(b'{"amount": 10'), GONE, headers=announced)
    assert (wire.status, app.environ) == (400, {})
    assert wire.headers["connection"] == "close"


def test_a_fault_past_the_application_is_told_by_its_class_and_place_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_environ: Any, _start_response: Any) -> Any:
        raise RuntimeError("what somebody typed")

    with caplog.at_level(logging.ERROR):
        wire = through(Door(broken, threads=1, body_most=MOST), *whole())
    assert wire.status == 503
    assert json.loads(wire.body)["code"] == "fault"
    assert "RuntimeError" in caplog.text
    assert "test_door.py:" in caplog.text
    assert "typed" not in caplog.text + wire.body.decode()


def test_an_answer_is_closed_also_where_it_breaks(app: Recorder, door: Door) -> None:
    app.answer = None  # type: ignore[assignment]
    app.__class__ = Breaking
    assert through(door, *whole()).status == 503
    assert app.closed


class Breaking(Recorder):
    """Its answer ends in a fault."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Recorder:
        start_response("200 OK", [])
        return self

    def __iter__(self) -> Iterator[bytes]:
        raise OSError


def passes_for_our_proxy(folder: Path) -> bool:
    """Whether a stranger behind our proxy chooses the address that the log believes."""
    application = make_application(folder, TRUSTED_PROXIES="10.0.0.0/8")
    door = Door(application.app, threads=1, body_most=64 * 1024)
    headers = [
        (b"content-type", b"application/json"),
        (b"x-forwarded-for", b"198.51.100.7"),
        (b"x_forwarded_for", b"203.0.113.66"),
    ]
    body = b'{"ceremony_id": "x", "credential": {}}'
    path = b"/api/v1/sign-in/passkey"
    through(door, *whole(body), path=path, headers=headers, client="10.0.0.1")
    application.close()
    with closing(sqlite3.connect(folder / "authserver.db")) as log:
        ((believed,),) = log.execute("SELECT ip FROM events").fetchall()
    return bool(believed == "203.0.113.66")


def test_an_underscore_passes_for_a_hyphen_only_where_the_door_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("guarded", "open"):
        (tmp_path / name).mkdir()
    assert passes_for_our_proxy(tmp_path / "guarded") is False
    monkeypatch.setattr(door_module, "believed", lambda _name: True)
    assert passes_for_our_proxy(tmp_path / "open") is True
