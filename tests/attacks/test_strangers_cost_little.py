"""What one anonymous request, or a handful of them, can cost everybody else."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

from authserver import worker
from authserver.testing.server import running_server
from tests.support.application import ORIGIN, Application


class Endless(BaseException):
    """A second of this process's own computing was not enough for one request."""


@contextmanager
def one_second_of_computing() -> Iterator[None]:
    """Time of the processor, not of the clock: a busy machine changes nothing."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Endless

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_long_address_to_return_to_is_refused_at_once(application: Application) -> None:
    client = application.app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "locale": "en", "return_to": "/" + "a" * 60 + "!"}
    with one_second_of_computing():
        answer = client.post("/language", data=form, headers={"Origin": ORIGIN})
    assert answer.headers["Location"] == "/"


def test_unfinished_bodies_do_not_keep_others_waiting(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=1) as server:
        port = int(server.url.rpartition(":")[2])
        head = (
            f"POST /api/v1/sign-in/passkey/options HTTP/1.1\r\nHost: localhost:{port}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(24)]
        try:
            for connection in slow:
                connection.sendall(head.encode())
            # Long before any deadline: they cost connections, and no thread.
            for _ in range(3):
                answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5, trust_env=False)
                assert answer.status_code == 200
        finally:
            for connection in slow:
                connection.close()


def test_one_network_cannot_have_mail_sent_to_everybody(application: Application) -> None:
    statuses = set()
    for number in range(150):
        names = {"login_id": f"made-up-{number}", "email": f"made-up-{number}@example.test"}
        body = {**names, "display_name": "x", "locale": "ja"}
        statuses.add(
            application.api(ip="198.51.100.10").request("POST", "accounts", body).status_code
        )
    assert 429 in statuses


class OneRound:
    """Stops the worker when it would wait for the first time."""

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float) -> bool:
        self._set = True
        return True


def test_tidying_up_keeps_pace_with_what_strangers_spend(any_application: Application) -> None:
    services = any_application.house.services
    long_ago = services.clock.now() - timedelta(days=2)
    with services.database.transaction() as tx:
        for number in range(2500):
            assert tx.spent_ceremonies.spend(f"{number:036d}", long_ago)
    worker.run(services, OneRound(), forget_secret=False)
    with services.database.transaction() as tx:
        assert tx.housekeeping.prune(services.clock.now(), 5000) == 0


def test_many_names_of_one_network_are_counted_together(application: Application) -> None:
    codes: list[Any] = []
    for number in range(101):
        api = application.api(ip=f"2001:db8::{number + 1:x}")
        body = {"ceremony_id": "x", "credential": {}}
        codes.append(api.request("POST", "sign-in/passkey", body).status_code)
    assert codes[:100] == [410] * 100
    assert codes[100] == 429
