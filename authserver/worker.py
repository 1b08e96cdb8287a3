"""The worker: sends notices and tidies up, until it is told to stop.

Any number of them may run on one database. It may import flows; ``cli`` and ``wiring`` start it.
"""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime, timedelta
from types import FrameType
from typing import Protocol

from authserver.flows.ports import Services
from authserver.flows.send_notices import deliver_round

_LOG = logging.getLogger("authserver.worker")
_PRUNE_EVERY = timedelta(minutes=1)
_PRUNE_ROWS = 1000
_BATCH = 50


class Stop(Protocol):
    """What the worker watches; ``threading.Event`` is one."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float) -> bool:
        """Wait until it is set, at most ``timeout`` seconds; True if it is."""


def run(
    services: Services,
    stop: Stop,
    idle_seconds: float = 1.0,
    *,
    forget_secret: bool,
    batch: int = _BATCH,
) -> None:
    """Work until ``stop`` is set; then finish the message in hand, free the others, and return.

    A fault of the database or of a postman is logged by its class, and the next round tries again.
    """
    pruned_at: datetime | None = None
    while not stop.is_set():
        busy = False
        try:
            done = deliver_round(services, batch, forget_secret=forget_secret, stopping=stop.is_set)
            busy = done.claimed >= batch
            now = services.clock.now()
            if pruned_at is None or now - pruned_at >= _PRUNE_EVERY:
                _tidy_up(services, now, stop)
                pruned_at = now
        except Exception as fault:
            _LOG.error("worker round failed: %s", type(fault).__name__)
        if not busy:
            stop.wait(idle_seconds)


def _tidy_up(services: Services, now: datetime, stop: Stop) -> None:
    """Prune in small transactions until nothing is left to prune, however much strangers spent."""
    while not stop.is_set():
        with services.database.transaction() as tx:
            if tx.housekeeping.prune(now, _PRUNE_ROWS) < _PRUNE_ROWS:
                return


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set. Call it in the main thread."""
    stop = threading.Event()

    def set_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, set_stop)
    return stop
