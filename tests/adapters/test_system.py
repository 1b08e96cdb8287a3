from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from authserver.adapters.system import OffsetClock, SystemClock, SystemEntropy

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_the_clock_is_aware_and_in_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)


class _Noon:
    def now(self) -> datetime:
        return NOON


def test_an_offset_clock_follows_its_offset_at_every_reading():
    offset = 0
    clock = OffsetClock(_Noon(), lambda: offset)
    assert clock.now() == NOON
    offset = 90
    assert clock.now() == NOON + timedelta(seconds=90)


def test_an_identifier_is_a_uuid_of_version_7_that_carries_its_time():
    identifier = uuid.UUID(SystemEntropy().identifier(NOON + timedelta(microseconds=1500)))
    assert identifier.version == 7
    assert identifier.variant == uuid.RFC_4122
    assert identifier.int >> 80 == round(NOON.timestamp() * 1000) + 1
    assert (identifier.int >> 64) & 0xFFF == 500 * 4096 // 1000


def test_identifiers_ascend_with_time_and_within_one_moment():
    entropy = SystemEntropy()
    moments = [NOON] * 5000 + [NOON + timedelta(microseconds=n) for n in range(5000)]
    identifiers = [entropy.identifier(moment) for moment in moments]
    assert identifiers == sorted(set(identifiers))


def test_a_clock_that_was_far_ahead_does_not_hold_identifiers_in_the_future():
    entropy = SystemEntropy()
    entropy.identifier(NOON + timedelta(days=1))
    assert uuid.UUID(entropy.identifier(NOON)).int >> 80 == round(NOON.timestamp() * 1000)


def test_two_processes_never_make_the_same_identifier():
    assert SystemEntropy().identifier(NOON) != SystemEntropy().identifier(NOON)


def test_digits_are_ascii_and_as_many_as_asked():
    digits = "".join(SystemEntropy().digits(8) for _ in range(200))
    assert len(digits) == 1600
    assert set(digits) == set("0123456789")


def test_a_token_has_its_length_and_no_twin():
    entropy = SystemEntropy()
    assert len(entropy.token(32)) == 32
    assert entropy.token(32) != entropy.token(32)
