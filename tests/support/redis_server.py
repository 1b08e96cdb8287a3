"""Redis for tests: the one at ``AUTHSERVER_TEST_REDIS_URL``, or else on this machine's usual port.

Where none answers, one is started for the length of the run; where its program is not installed
either, the test is skipped and says so. A database of its own number keeps tests apart from
whatever else uses it. Nothing is emptied: every key has its end, and no two tests share one, for
each has its own key to digest with.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from authserver.testing.server import free_port

__all__ = ["redis_url"]

_SERVER = os.environ.get("AUTHSERVER_TEST_REDIS_URL", "redis://127.0.0.1:6379/13")
_PATIENCE_SECONDS = 10.0


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis that answers."""
    if _answers(_SERVER):
        yield _SERVER
        return
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis answers, and its program is not installed here")
    with _own_server(program, tmp_path_factory.mktemp("redis")) as url:
        yield url


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


@contextmanager
def _own_server(program: str, folder: Path) -> Iterator[str]:
    """A server that keeps everything in memory; gone after the run."""
    port = free_port()
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/13"
    try:
        pause, waited = threading.Event(), 0.0
        while not _answers(url):
            assert waited < _PATIENCE_SECONDS, "the Redis of this run did not start"
            pause.wait(0.05)
            waited += 0.05
        yield url
    finally:
        process.terminate()
        process.wait(10)
