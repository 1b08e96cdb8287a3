"""Redis for tests: the one at ``AUTHSERVER_TEST_REDIS_URL``, or else on this machine's usual port.

A database of its own number keeps tests apart from whatever else uses it; nothing is emptied, for
every key has its end, and no two tests share one: each has its own key to digest with. Where no
Redis answers, the test is skipped and says so.
"""

from __future__ import annotations

import os

import pytest
import redis

__all__ = ["redis_url"]

_SERVER = os.environ.get("AUTHSERVER_TEST_REDIS_URL", "redis://127.0.0.1:6379/13")


@pytest.fixture
def redis_url() -> str:
    """The address of a Redis that answers."""
    client = redis.Redis.from_url(_SERVER, socket_connect_timeout=1, socket_timeout=1)
    try:
        client.ping()
    except redis.RedisError:
        pytest.skip(f"no Redis answers at {_SERVER}")
    finally:
        client.close()
    return _SERVER
