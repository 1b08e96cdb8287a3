from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from authserver import worker
from authserver.domain.ids import NoticeId
from authserver.flows.ports import Services
from authserver.flows.send_notices import Round
from tests.support.delivery import Scripted, Server
from tests.support.notices import NOON, a_notice


class Bench:
    """A worker's surroundings: rounds by script, pauses that only move the clock."""

    def __init__(self, *script: Round | Exception, pauses: int) -> None:
        self.script = list(script)
        self.pauses = pauses
        self.rounds = 0
        self.waited: list[float] = []
        self.pruned: list[datetime] = []
        self.time = NOON
        self.services = cast(Services, SimpleNamespace(clock=self, database=self))

    def now(self) -> datetime:
        return self.time

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        def prune(now: datetime, limit: int) -> int:
            self.pruned.append(now)
            return 0

        yield SimpleNamespace(housekeeping=SimpleNamespace(prune=prune))

    def is_set(self) -> bool:
        return len(self.waited) >= self.pauses

    def wait(self, timeout: float) -> bool:
        self.waited.append(timeout)
        self.time += timedelta(seconds=timeout)
        return self.is_set()

    def deliver(self, _services: Services, _limit: int, **_more: Any) -> Round:
        self.rounds += 1
        step = self.script.pop(0) if self.script else Round()
        if isinstance(step, Exception):
            raise step
        return step


def _run(bench: Bench, monkeypatch: pytest.MonkeyPatch, idle_seconds: float = 1.0) -> None:
    monkeypatch.setattr(worker, "deliver_round", bench.deliver)
    worker.run(bench.services, bench, idle_seconds, forget_secret=True, batch=10)


def test_a_full_round_is_followed_by_the_next_at_once(monkeypatch: pytest.MonkeyPatch):
    bench = Bench(Round(sent=10), Round(sent=9, failed=1), Round(sent=3), pauses=1)
    _run(bench, monkeypatch)
    assert bench.rounds == 3


def test_an_idle_worker_waits_on_its_stop_signal(monkeypatch: pytest.MonkeyPatch):
    bench = Bench(pauses=4)
    _run(bench, monkeypatch, idle_seconds=0.5)
    assert bench.waited == [0.5] * 4


def test_it_tidies_up_once_a_minute(monkeypatch: pytest.MonkeyPatch):
    bench = Bench(pauses=121)
    _run(bench, monkeypatch)
    assert bench.pruned == [NOON + timedelta(minutes=n) for n in range(3)]


def test_a_faulty_round_is_logged_by_its_class_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    bench = Bench(RuntimeError("secret 40302010"), Round(sent=1), pauses=2)
    _run(bench, monkeypatch)
    assert bench.rounds == 2
    assert [record.getMessage() for record in caplog.records] == [
        "worker round failed: RuntimeError"
    ]


def test_a_stop_in_the_middle_of_a_batch_loses_nothing():
    stop = threading.Event()
    server = Server(
        *(a_notice(id=NoticeId(f"notice-{n}")) for n in range(3)), postman=Scripted(stop.set)
    )
    worker.run(server.services, stop, forget_secret=True)
    assert server.states() == ["sent", "queued", "queued"]
    stop.clear()
    assert server.round().sent == 2


def test_a_termination_signal_ends_the_wait():
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop = worker.stop_on_signals()
        assert isinstance(stop, threading.Event)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(5)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
