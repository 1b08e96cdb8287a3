"""SQLite's writers: one at a time, all processes counted, and nobody for ever."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from authserver.adapters.database.writer_queue import TURNS_IN_A_ROW, QueueStuck, WriterQueue
from tests.adapters.database.given import CROWD, at_once


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[WriterQueue]:
    queue = WriterQueue(tmp_path / "lock")
    yield queue
    queue.close()


@contextmanager
def _another_process(tmp_path: Path) -> Iterator[IO[str]]:
    """A file opened once more is to the kernel what another process is."""
    with (tmp_path / "lock").open("w") as file:
        yield file


def _take_at_once(other: IO[str]) -> None:
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_queue_is_one_for_all_processes(queue: WriterQueue, tmp_path: Path) -> None:
    with _another_process(tmp_path) as other:
        with queue, pytest.raises(BlockingIOError):
            _take_at_once(other)
        _take_at_once(other)


def test_of_a_crowd_only_one_is_ever_inside(queue: WriterQueue) -> None:
    inside: list[int] = []

    def enter(number: int) -> bool:
        with queue:
            inside.append(number)
            alone = inside == [number]
            inside.remove(number)
        return alone

    assert at_once(enter) == [True] * CROWD


def test_a_fault_inside_gives_the_turn_away(queue: WriterQueue, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), queue:
        raise ZeroDivisionError
    with _another_process(tmp_path) as other:
        _take_at_once(other)


def test_a_transaction_inside_a_transaction_is_a_fault_and_no_deadlock(tmp_path: Path) -> None:
    impatient = WriterQueue(tmp_path / "lock", patience_seconds=0.01)
    with impatient, pytest.raises(QueueStuck):
        impatient.__enter__()
    with impatient, _another_process(tmp_path) as other, pytest.raises(BlockingIOError):
        _take_at_once(other)
    with _another_process(tmp_path) as other:
        _take_at_once(other)
    impatient.close()


def test_threads_follow_each_other_a_few_times_and_then_let_another_process_in(
    queue: WriterQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if there were always a thread waiting, which no crowd can be relied upon to do.
    monkeypatch.setattr(queue, "_waiting", 1)
    open_to_others = []
    with _another_process(tmp_path) as other:
        for _turn in range(16):
            with queue:
                pass
            try:
                _take_at_once(other)
            except BlockingIOError:
                open_to_others.append(False)
            else:
                fcntl.flock(other, fcntl.LOCK_UN)
                open_to_others.append(True)
    assert TURNS_IN_A_ROW == 8
    assert open_to_others == [*[False] * 7, True] * 2
