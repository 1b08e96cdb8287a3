"""A clock that stands still until it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Fulfils the server's clock port; ``advance`` is the only thing that moves it."""

    def __init__(self, at: datetime = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)) -> None:
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, **duration: float) -> datetime:
        """Move forward by a timedelta's arguments, such as ``minutes=5``."""
        step = timedelta(**duration)
        if step < timedelta(0):
            raise ValueError("time never goes back")
        self._now += step
        return self._now
