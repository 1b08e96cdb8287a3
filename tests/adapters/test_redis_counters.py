"""Counting in Redis: shared, unreadable, ended by itself, and never the last word when it fails."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from authserver.adapters.database.engine import Database
from authserver.adapters.digests import Digests
from authserver.adapters.redis_counters import (
    REST_SECONDS,
    TIMEOUT_SECONDS,
    CountersUnusable,
    RedisCounters,
)
from authserver.adapters.system import SystemEntropy
from authserver.testing.server import free_port
from tests.adapters.database.given import NOON, at_once
from tests.support.application import make_application

BEGIN = datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC)
END = BEGIN + timedelta(minutes=10)
CLOSED = "redis://127.0.0.1:{port}/0"


@pytest.fixture
def key() -> bytes:
    return SystemEntropy().token(32)


@pytest.fixture
def counters(redis_url: str, key: bytes) -> Iterator[RedisCounters]:
    made = RedisCounters(redis_url, Digests(key))
    yield made
    made.close()


@pytest.fixture
def watcher(redis_url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_url)
    yield client
    client.close()


@contextmanager
def opened(database_url: str, counters: RedisCounters | None) -> Iterator[Database]:
    database = Database.open(database_url, counters=counters)
    try:
        yield database
    finally:
        database.dispose()


def hit(database: Database, bucket: str, at: datetime = NOON) -> int:
    with database.transaction() as tx:
        return tx.throttles.hit(bucket, at, 600)


def rows(database: Database) -> int:
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM throttles").scalar()
    assert isinstance(found, int)
    return found


def test_each_bucket_and_each_window_has_its_own_count(counters: RedisCounters) -> None:
    assert [counters.hit("one", BEGIN, END, NOON) for _ in range(3)] == [1, 2, 3]
    assert counters.hit("two", BEGIN, END, NOON) == 1
    assert counters.hit("one", END, END + (END - BEGIN), NOON) == 1


def test_windows_are_those_of_the_rows(
    database: Database, database_url: str, counters: RedisCounters
) -> None:
    moments = [BEGIN + n * timedelta(seconds=97) for n in range(25)]
    in_rows = [hit(database, "failure:192.0.2.1", at) for at in moments]
    with opened(database_url, counters) as other:
        assert [hit(other, "failure:192.0.2.1", at) for at in moments] == in_rows
    assert max(in_rows) == 7
    assert rows(database) == 4


def test_every_hit_of_a_crowd_counts(counters: RedisCounters) -> None:
    counted = at_once(lambda _number: counters.hit("crowded", BEGIN, END, NOON))
    assert sorted(number or 0 for number in counted) == list(range(1, len(counted) + 1))


def test_two_processes_count_together(counters: RedisCounters, redis_url: str, key: bytes) -> None:
    program = (
        "import sys, datetime\n"
        "from authserver.adapters.digests import Digests\n"
        "from authserver.adapters.redis_counters import RedisCounters\n"
        "counters = RedisCounters(sys.argv[1], Digests(bytes.fromhex(sys.argv[2])))\n"
        "begin, end = map(datetime.datetime.fromisoformat, sys.argv[3:])\n"
        "print([counters.hit('shared', begin, end, begin) for _ in range(50)][-1])\n"
    )
    words = [sys.executable, "-c", program, redis_url, key.hex()]
    words += [BEGIN.isoformat(), END.isoformat()]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    last = [int(process.communicate(timeout=60)[0]) for process in both]
    assert max(last) == 100
    assert counters.hit("shared", BEGIN, END, NOON) == 101


def test_nothing_in_redis_can_be_read_and_everything_ends(
    counters: RedisCounters, watcher: redis.Redis
) -> None:
    before = set(watcher.scan_iter())
    told = ("192.0.2.77", "2001:db8:5::", "account-77@example.test")
    for kind, name in zip(("failure", "failure", "message"), told, strict=True):
        counters.hit(f"{kind}:{name}", BEGIN, END, BEGIN)
    fresh = set(watcher.scan_iter()) - before
    assert len(fresh) >= 3
    for key in fresh:
        text = key.decode()
        assert text.startswith("authserver:")
        assert len(text) == len("authserver:") + 64
        assert not any(name in text for name in (*told, "failure", "message"))
        assert 0 < watcher.ttl(key) <= 660
        assert (watcher.get(key) or b"").isdigit()


def test_another_key_makes_other_counters(counters: RedisCounters, redis_url: str) -> None:
    counters.hit("same", BEGIN, END, NOON)
    foreign = RedisCounters(redis_url, Digests(SystemEntropy().token(32)))
    assert foreign.hit("same", BEGIN, END, NOON) == 1
    foreign.close()


def test_while_redis_is_away_the_rows_count_and_still_throttle(
    database: Database, database_url: str, key: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    away = RedisCounters(CLOSED.format(port=free_port()), Digests(key))
    with opened(database_url, away) as falling_back, caplog.at_level(logging.WARNING):
        assert [hit(falling_back, "failure:192.0.2.1") for _ in range(5)] == [1, 2, 3, 4, 5]
    assert rows(database) == 1
    assert caplog.messages == ["Redis fails (ConnectionError): counting in SQL"]


def test_a_failure_is_said_once_a_minute_and_redis_rests_between_tries(
    key: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = [0.0]
    away = RedisCounters(
        CLOSED.format(port=free_port()), Digests(key), monotonic=lambda: seconds[0]
    )
    with caplog.at_level(logging.WARNING):
        for second in range(0, 121, int(REST_SECONDS)):
            seconds[0] = float(second)
            assert away.hit("bucket", BEGIN, END, NOON) is None
    assert len(caplog.messages) == 3
    away.close()


def test_redis_counts_again_when_it_is_back(redis_url: str, key: bytes) -> None:
    seconds = [0.0]
    counters = RedisCounters(redis_url, Digests(key), monotonic=lambda: seconds[0])
    assert counters.hit("bucket", BEGIN, END, NOON) == 1
    counters._rest(redis.ConnectionError())
    seconds[0] = REST_SECONDS - 0.1
    assert counters.hit("bucket", BEGIN, END, NOON) is None
    seconds[0] = REST_SECONDS
    assert counters.hit("bucket", BEGIN, END, NOON) == 2
    counters.close()


def test_a_redis_that_never_answers_costs_one_short_wait(key: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        silent = RedisCounters(CLOSED.format(port=port), Digests(key))
        began = time.monotonic()
        for _ in range(20):
            assert silent.hit("bucket", BEGIN, END, NOON) is None
        assert time.monotonic() - began < TIMEOUT_SECONDS * 10
        silent.close()


def test_a_redis_that_talks_nonsense_is_one_that_fails(key: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                while connection.recv(4096):
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        odd = RedisCounters(CLOSED.format(port=other.getsockname()[1]), Digests(key))
        assert odd.hit("bucket", BEGIN, END, NOON) is None
        odd.close()
        thread.join(10)


@pytest.mark.parametrize(
    "url",
    [
        "redis",
        "redis://",
        "http://127.0.0.1:6379",
        "redis://127.0.0.1:port/0",
        "redis://127.0.0.1:99999/0",
        "redis://127.0.0.1:6379/counters",
        "redis://127.0.0.1:6379/0?socket_timeout=soon",
        "redis://:secret@[::1/0",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(CountersUnusable, match="AUTHSERVER_REDIS_URL") as refused:
        RedisCounters(url, Digests(b"k" * 32))
    assert "secret" not in str(refused.value)


def statuses(folder: Path, url: str, number: int) -> list[int]:
    """What so many bad sign-ins of one network are answered, shared among two servers' memories."""
    both = [make_application(folder, mode="demo", REDIS_URL=url) for _ in range(2)]
    browsers = [one.api(ip="198.51.100.20") for one in both]
    body = {"ceremony_id": "x", "credential": {}}
    try:
        return [
            browsers[n % 2].request("POST", "sign-in/passkey", body).status_code
            for n in range(number)
        ]
    finally:
        for one in both:
            one.close()


def test_a_flood_is_stopped_with_redis_and_the_table_stays_empty(
    tmp_path: Path, redis_url: str
) -> None:
    answered = statuses(tmp_path, redis_url, 102)
    assert answered == [410] * 100 + [429] * 2
    with opened(f"sqlite:///{tmp_path / 'authserver.db'}", None) as database:
        assert rows(database) == 0


def test_a_flood_is_stopped_as_well_while_redis_is_away(tmp_path: Path) -> None:
    answered = statuses(tmp_path, CLOSED.format(port=free_port()), 102)
    assert answered == [410] * 100 + [429] * 2


def test_without_the_rows_behind_it_losing_redis_would_open_the_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotage: whoever takes the fallback away finds that the test above can fail."""
    from authserver.adapters.database.floods import CountersFirst

    monkeypatch.setattr(CountersFirst, "hit", lambda *_: 1)
    assert 429 not in statuses(tmp_path, CLOSED.format(port=free_port()), 102)


def test_a_full_or_read_only_redis_is_one_that_fails(
    counters: RedisCounters, watcher: redis.Redis, key: bytes
) -> None:
    """Anything but a number under the key is an error reply, as a full memory's is."""
    bucket = f"odd-{uuid4()}"
    window = f"{int(BEGIN.timestamp())}:{bucket}"
    name = "authserver:" + Digests(key).of_name("counter", window).hex()
    watcher.set(name, "not a number", ex=60)
    assert counters.hit(bucket, BEGIN, END, NOON) is None
