"""The only clock and the only entropy of this server; everywhere else both are arguments."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from authserver.flows.ports import Clock


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class OffsetClock:
    """A clock that runs ahead of another by ``offset()`` seconds (test mode).

    The offset is asked for at every reading, so that all processes on one database agree.
    """

    def __init__(self, base: Clock, offset: Callable[[], int]) -> None:
        self._base = base
        self._offset = offset

    def now(self) -> datetime:
        return self._base.now() + timedelta(seconds=self._offset())


class SystemEntropy:
    """The operating system's generator, and identifiers made from it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest = 0

    def token(self, length: int) -> bytes:
        return secrets.token_bytes(length)

    def digits(self, length: int) -> str:
        return "".join(secrets.choice("0123456789") for _ in range(length))

    def identifier(self, now: datetime) -> str:
        """A UUIDv7 (RFC 9562 section 5.7) whose first 60 free bits order by ``now``.

        Milliseconds, then their fraction in 12 bits (section 6.2, method 3), then 62 random bits.
        Identifiers made within one tick by one process still ascend: the tick is counted on, by at
        most a second, so that a clock that is set back does not drag the old time along for ever.
        """
        microseconds = round((now - _EPOCH) / timedelta(microseconds=1))
        milliseconds, rest = divmod(microseconds, 1000)
        tick = milliseconds << 12 | (rest << 12) // 1000
        with self._lock:
            if 0 <= self._latest - tick < _TICKS_PER_SECOND:
                tick = self._latest + 1
            self._latest = tick
        value = (tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62
        return str(uuid.UUID(int=value | secrets.randbits(62)))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_PER_SECOND = 1000 << 12
