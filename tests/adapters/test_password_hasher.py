from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import argon2
import pytest

from authserver.adapters import password_hasher
from authserver.adapters.password_hasher import PasswordHasher, tune
from authserver.adapters.system import SystemEntropy
from authserver.domain.password_cost import MINIMUM, Parameters
from authserver.flows.ports import HasherBusy

CHEAP = Parameters(memory=64, passes=1)
PATIENCE = 10.0
"""Seconds after which a test that would hang fails instead; nothing waits that long."""


def a_hasher(parameters: Parameters = CHEAP, **options: Any) -> PasswordHasher:
    return PasswordHasher(SystemEntropy(), parameters, **options)


def test_a_password_is_known_again_and_another_is_not():
    hasher = a_hasher()
    hashed = hasher.hash("鍵 correct horse")
    assert hasher.verify(hashed, "鍵 correct horse")
    assert not hasher.verify(hashed, "鍵 correct horsf")
    assert not hasher.verify(hashed, "")


def test_one_password_has_two_hashes_because_of_the_salt():
    hasher = a_hasher()
    assert hasher.hash("correct horse") != hasher.hash("correct horse")


def test_the_defaults_are_owasps_minimum_and_stand_in_the_hash():
    hashed = PasswordHasher(SystemEntropy()).hash("correct horse")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_that_argon2_itself_made_is_read():
    known = argon2.PasswordHasher(memory_cost=64, time_cost=1, parallelism=1).hash("correct horse")
    assert a_hasher().verify(known, "correct horse")


@pytest.mark.parametrize("other", [Parameters(memory=128, passes=1), Parameters(memory=64)])
def test_a_hash_of_other_parameters_opens_and_is_outdated(other: Parameters):
    old = a_hasher(other).hash("correct horse")
    assert a_hasher().verify(old, "correct horse")
    assert a_hasher().outdated(old)
    assert not a_hasher().outdated(a_hasher().hash("correct horse"))


BROKEN = ("", "x", "$argon2id$", "$argon2id$v=19$m=64", "$2b$12$abc", "$argon2id$é", "\ud800", "\0")


@pytest.mark.parametrize("broken", [*BROKEN, "$argon2id$v=19$m=64,t=1,p=1$!!$@@"])
def test_what_is_no_hash_opens_nothing_raises_nothing_and_is_outdated(broken: str):
    assert not a_hasher().verify(broken, "correct horse")
    assert a_hasher().outdated(broken)


def test_what_nobody_can_type_is_hashed_without_a_fault():
    hasher = a_hasher()
    assert hasher.verify(hasher.hash("\ud800\0"), "\ud800\0")


class Watched:
    """Notes with which hash the library was asked to compare."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self.asked: list[str] = []
        self._inner = hasher._argon2
        hasher._argon2 = self  # type: ignore[assignment]

    def verify(self, hashed: str, password: bytes) -> bool:
        self.asked.append(hashed)
        return self._inner.verify(hashed, password)


@pytest.mark.parametrize("parameters", [CHEAP, MINIMUM])
def test_without_a_hash_the_work_is_that_of_a_wrong_password(parameters: Parameters):
    hasher = a_hasher(parameters)
    real = hasher.hash("correct horse")
    watched = Watched(hasher)
    assert not hasher.verify(real, "wrong horse")
    assert not hasher.verify(None, "wrong horse")
    assert not hasher.verify(None, "")
    assert watched.asked[0] == real
    costs = [argon2.extract_parameters(hashed) for hashed in watched.asked]
    assert costs[0] == costs[1] == costs[2]


def test_a_broken_hash_costs_the_same_work():
    hasher = a_hasher()
    watched = Watched(hasher)
    assert not hasher.verify("$argon2id$v=19$m=64", "wrong horse")
    assert watched.asked[-1] == hasher._nobodys


class Held:
    """Stands in for the library: every hash begins, and ends when the test says so."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self.begun = threading.Semaphore(0)
        self.finish = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._running = 0
        self.most = 0
        hasher._argon2 = self  # type: ignore[assignment]

    def hash(self, password: bytes, *, salt: bytes) -> str:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        self.begun.release()
        assert self.finish.acquire(timeout=PATIENCE)
        with self._lock:
            self._running -= 1
        return "hashed"


class QueueSeen(threading.BoundedSemaphore):
    """The hasher's slots, telling when somebody comes to wait for one."""

    def __init__(self, value: int) -> None:
        super().__init__(value)
        self.came = threading.Semaphore(0)

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        self.came.release()
        return super().acquire(blocking, timeout)


@contextmanager
def _busy(slots: int, **options: Any):
    """A hasher whose slots are all at work, and a pool to ask it from."""
    hasher = a_hasher(slots=slots, **options)
    held, queue = Held(hasher), QueueSeen(slots)
    hasher._slots = queue
    with ThreadPoolExecutor(slots + 2) as pool:
        working = [pool.submit(hasher.hash, "x") for _ in range(slots)]
        for _ in range(slots):
            assert held.begun.acquire(timeout=PATIENCE)
            assert queue.came.acquire(timeout=PATIENCE)
        try:
            yield hasher, held, queue, pool, working
        finally:
            for _ in range(20):
                held.finish.release()


@pytest.mark.parametrize("slots", [1, 2])
def test_one_may_wait_and_the_next_is_told_at_once_that_all_are_busy(slots: int):
    with _busy(slots, wait_seconds=PATIENCE) as (hasher, held, queue, pool, working):
        waiting = pool.submit(hasher.hash, "x")
        assert queue.came.acquire(timeout=PATIENCE)
        for ask in _asks(hasher):
            with pytest.raises(HasherBusy):
                ask()
        assert not waiting.done()
        held.finish.release()
        assert held.begun.acquire(timeout=PATIENCE)
        for _ in range(slots):
            held.finish.release()
        assert [future.result(PATIENCE) for future in (*working, waiting)] == ["hashed"] * (
            slots + 1
        )
    assert held.most == slots


def _asks(hasher: PasswordHasher) -> list[Callable[[], object]]:
    return [
        lambda: hasher.hash("x"),
        lambda: hasher.verify(None, "x"),
        lambda: hasher.verify("hashed", "x"),
    ]


def test_who_waits_gives_up_after_a_while_and_leaves_the_place_to_the_next():
    with _busy(1, wait_seconds=0.0) as (hasher, _, _, _, _):
        for ask in _asks(hasher):
            with pytest.raises(HasherBusy):
                ask()


def test_a_slot_is_free_again_after_success_failure_and_fault(monkeypatch: pytest.MonkeyPatch):
    hasher = a_hasher(wait_seconds=0.0)
    hashed = hasher.hash("correct horse")
    for _ in range(3):
        assert hasher.verify(hashed, "correct horse")
        assert not hasher.verify(hashed, "wrong")
        assert not hasher.verify("broken", "wrong")
    real = hasher._argon2
    monkeypatch.setattr(hasher, "_argon2", None)
    for _ in range(3):
        with pytest.raises(AttributeError):
            hasher.hash("correct horse")
    monkeypatch.setattr(hasher, "_argon2", real)
    assert hasher.verify(hashed, "correct horse")


def _measure(seconds_of_minimum: float) -> Callable[[Parameters], float]:
    """A machine on which a hash takes as long as memory times passes says."""
    share = seconds_of_minimum / (MINIMUM.memory * MINIMUM.passes)
    return lambda parameters: parameters.memory * parameters.passes * share


@pytest.mark.parametrize(
    ("of_minimum", "target", "chosen"),
    [
        (0.019, 0.001, MINIMUM),
        (0.019, 0.019, MINIMUM),
        (0.019, 0.050, Parameters(memory=49 * 1024)),
        (0.019, 0.066, Parameters(memory=64 * 1024)),
        (0.019, 0.200, Parameters(memory=64 * 1024, passes=6)),
    ],
)
def test_tuning_fills_the_time_with_memory_then_passes_and_never_goes_below_the_minimum(
    of_minimum: float, target: float, chosen: Parameters
):
    assert tune(target, measure=_measure(of_minimum)) == chosen


def test_measuring_really_hashes():
    assert password_hasher.measured(CHEAP) > 0
