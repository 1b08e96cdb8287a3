"""SQLite's writers stand in line.

SQLite has one writer at a time, and its busy handler makes the others sleep and look again, which
wastes most of the disk's time under load. Here they wait on a lock that wakes the next one: threads
on a lock of the process, processes on a lock of a file beside the database.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType

PATIENCE_SECONDS = 10.0


class QueueStuck(Exception):
    """No turn to write came in time; a transaction inside another one waits for itself."""


class WriterQueue:
    """A context manager: inside it, no other thread or process writes (unless it never asked)."""

    def __init__(self, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._descriptor = -1
        self._threads = threading.Lock()

    def __enter__(self) -> None:
        """Raises QueueStuck when no turn comes in time."""
        if not self._threads.acquire(timeout=self._patience_seconds):
            raise QueueStuck
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        """Give the file back; the queue may be entered again and opens it anew."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def after_fork(self) -> None:
        """In a child process: the parent's turn is not ours, so open an own file and lock."""
        self.close()
        self._threads = threading.Lock()
