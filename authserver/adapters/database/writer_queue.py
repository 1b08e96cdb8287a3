"""SQLite's writers stand in line.

SQLite has one writer at a time, and its busy handler makes the others sleep and look again: on a
real disk that wastes much of its time and keeps some waiting very long. Here they wait on a lock
that wakes the next one: threads on a lock of the process, processes on a lock of a file beside the
database. Waking another process costs more than waking a thread, so threads of one process follow
each other a few times before the others have their turn.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType

PATIENCE_SECONDS = 10.0
TURNS_IN_A_ROW = 8


class QueueStuck(Exception):
    """No turn to write came in time; a transaction inside another one waits for itself."""


class WriterQueue:
    """A context manager: inside it, no other thread or process writes (unless it never asked)."""

    def __init__(self, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._descriptor = -1
        self._begin()

    def _begin(self) -> None:
        self._gate = threading.Condition(threading.Lock())
        self._waiting = 0
        self._busy = False
        self._turns = 0  # that this process has had since the file's lock is its own; 0: it is not

    def __enter__(self) -> None:
        """Raises QueueStuck when no turn comes in time."""
        with self._gate:
            self._waiting += 1
            try:
                if not self._gate.wait_for(lambda: not self._busy, self._patience_seconds):
                    raise QueueStuck
            except BaseException:
                self._waiting -= 1
                self._pass_on()
                raise
            self._waiting -= 1
            self._busy = True
        try:
            if not self._turns:
                fcntl.flock(self._opened(), fcntl.LOCK_EX)
            self._turns += 1
        except BaseException:
            self._leave()
            raise

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        with self._gate:
            self._busy = False
            self._pass_on()

    def _pass_on(self) -> None:
        """Wake a thread, and let other processes in if none waits or if it is their turn."""
        if self._busy:
            return
        if self._turns and (not self._waiting or self._turns >= TURNS_IN_A_ROW):
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._turns = 0
        self._gate.notify()

    def _opened(self) -> int:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._descriptor

    def close(self) -> None:
        """Give the file back; the queue may be entered again and opens it anew."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def after_fork(self) -> None:
        """In a child process: the parent's turn is not ours, so open an own file and lock."""
        self.close()
        self._begin()
