"""The strict CBOR reader, also against an independent one."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.passkey.cbor import DEPTH_MOST, NotStrictCbor, read


def _levels(item: Any) -> int:
    if not isinstance(item, list | dict):
        return 0
    inner = item.values() if isinstance(item, dict) else item
    return 1 + max(map(_levels, inner), default=0)


KEYS = st.integers(-(2**64), 2**64 - 1) | st.text() | st.binary()
ITEMS = st.recursive(
    st.none() | st.booleans() | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=6,
).filter(lambda item: _levels(item) <= DEPTH_MOST)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("00", 0),
        ("17", 23),
        ("1818", 24),
        ("19ffff", 65535),
        ("1bffffffffffffffff", 2**64 - 1),
        ("20", -1),
        ("390100", -257),
        ("3bffffffffffffffff", -(2**64)),
        ("4401020304", b"\x01\x02\x03\x04"),
        ("62c3bc", "ü"),
        ("80", []),
        ("83010203", [1, 2, 3]),
        ("a201020304", {1: 2, 3: 4}),
        ("f4", False),
        ("f5", True),
        ("f6", None),
    ],
)
def test_the_examples_of_rfc_8949_are_read(data: str, value: object) -> None:
    raw = bytes.fromhex(data)
    assert read(raw) == (value, len(raw))
    assert read(raw + b"rest", shortest=True) == (value, len(raw))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "18",
        "1a0000",
        "42ff",
        "62ff",
        "61ff",
        "82 01",
        "a1 01",
        "1c 00",
        "1f",
        "5f 41 01 ff",
        "7f 61 61 ff",
        "9f ff",
        "bf ff",
        "c0 00",
        "d9 d9f7 00",
        "f7",
        "e0",
        "f8 20",
        "f8 14",
        "f9 3c00",
        "fa 3f800000",
        "fb 7ff8000000000000",
        "ff",
        "a2 01 00 01 00",
        "a2 6161 00 6161 00",
        "a2 01 00 1801 00",
        "a1 f5 00",
        "a1 f6 00",
        "a1 80 00",
        "a1 f93c00 00",
        "9b ffffffffffffffff",
        "bb ffffffffffffffff",
        "5b ffffffffffffffff",
        "81" * (DEPTH_MOST + 1) + "00",
        "a100" * (DEPTH_MOST + 1) + "00",
        "81" * 10_000,
    ],
    ids=lambda data: data[:24],
)
def test_everything_else_is_refused(data: str) -> None:
    with pytest.raises(NotStrictCbor):
        read(bytes.fromhex(data))


@pytest.mark.parametrize(
    "data", ["1800", "1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "580100"]
)
def test_longer_spellings_are_refused_where_the_shortest_is_demanded(data: str) -> None:
    raw = bytes.fromhex(data)
    read(raw)
    with pytest.raises(NotStrictCbor):
        read(raw, shortest=True)


def test_nesting_is_read_up_to_its_bound() -> None:
    assert read(b"\x81" * DEPTH_MOST + b"\x00")[1] == DEPTH_MOST + 1


@given(ITEMS)
def test_what_an_independent_writer_writes_is_read_back(item: Any) -> None:
    data = cbor2.dumps(item)
    assert read(data, shortest=True) == (item, len(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_an_independent_reader_does_or_refused(data: bytes) -> None:
    try:
        value, consumed = read(data)
    except NotStrictCbor:
        return
    assert cbor2.loads(data[:consumed]) == value
