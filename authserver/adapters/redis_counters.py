"""Short-lived counters in Redis (redis-py), where one is given; the database counts without it.

Only what floods are counted by lives here: numbers that are worth nothing after ten minutes or an
hour. The counters of guesses at an account (``flows.stores.Guesses``) never do: they must survive a
restart, a full memory and a failover, so they stay in SQL, whatever is set.

Losing Redis opens no door. What cannot be counted there is counted in rows, from the next number of
the rows on: somebody who sees Redis fail in the middle of a window gains at most that window's
limit once more. Let a full Redis refuse rather than forget (``maxmemory-policy noeviction``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from authserver.flows.ports import Digests

TIMEOUT_SECONDS = 0.2
"""For connecting and for each answer: a hit is counted while its transaction waits."""
REST_SECONDS = 5.0
"""How long a process leaves Redis alone after a failure, lest every request wait for it anew."""
_SAY_AGAIN_SECONDS = 60.0
_SLACK_SECONDS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOG = logging.getLogger("authserver.counters")


class CountersUnusable(Exception):
    """The address of Redis cannot be served; the text says what to change."""


class RedisCounters:
    """Fulfils ``adapters.database.floods.Counters``; one for each process, shared by its threads.

    Keys are keyed digests: whoever reads Redis finds neither an address of a network nor one of a
    mailbox, nor can try which it was.
    """

    def __init__(
        self, url: str, digests: Digests, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises CountersUnusable. Nothing is asked of Redis yet: it may come later than we do."""
        self._redis = _client(url)
        self._digests = digests
        self._monotonic = monotonic
        self._lock = Lock()
        self._rests_until = self._says_again_at = monotonic()

    def hit(self, bucket: str, starts_at: datetime, ends_at: datetime, now: datetime) -> int | None:
        """Count one more in this window and give the count, or None where Redis did not count."""
        if self._monotonic() < self._rests_until:
            return None
        window = f"{(starts_at - _EPOCH) // timedelta(seconds=1)}:{bucket}"
        key = f"authserver:{self._digests.of_name('counter', window).hex()}"
        lasts = int((ends_at - now).total_seconds()) + _SLACK_SECONDS
        try:
            # One MULTI, one round trip: no counter is ever left without its end.
            with self._redis.pipeline(transaction=True) as both:
                both.incr(key)
                both.expire(key, lasts)
                counted, _ = both.execute()
        except (redis.RedisError, OSError) as fault:
            self._rest(fault)
            return None
        return int(counted)

    def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        self._redis.connection_pool.disconnect()

    def _rest(self, fault: Exception) -> None:
        with self._lock:
            now = self._monotonic()
            self._rests_until = now + REST_SECONDS
            if now >= self._says_again_at:
                self._says_again_at = now + _SAY_AGAIN_SECONDS
                _LOG.warning("Redis fails (%s): counting in SQL", type(fault).__name__)


def _client(url: str) -> redis.Redis:
    """The library forgives much in an address and would count somewhere else than was meant."""
    try:
        parts = urlsplit(url)
        database = parts.path.removeprefix("/")
        if (
            parts.scheme in ("redis", "rediss")
            and parts.hostname
            and parts.port != 0
            and (not database or (database.isascii() and database.isdigit()))
        ):
            return redis.Redis.from_url(
                url,
                socket_timeout=TIMEOUT_SECONDS,
                socket_connect_timeout=TIMEOUT_SECONDS,
                # A second try would double the wait, and count twice what was counted already.
                retry=Retry(NoBackoff(), 0),
            )
    except ValueError:
        pass
    raise CountersUnusable(
        "AUTHSERVER_REDIS_URL cannot be read. Write redis://host:6379/0, rediss:// for TLS, or "
        "leave it empty to count in the database."
    )
