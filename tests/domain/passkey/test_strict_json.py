"""JSON that means one thing only."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.passkey.strict_json import DEPTH_MOST, NotStrictJson, loads

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=30,
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b"{}\0",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'[{"x":{"a":1,"b":2,"a":3}}]',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e999",
        b"[-1e999]",
        b"1" * 5000,
        b'"\\ud800"',
        b'"\\uDFFF\\ud800"',
        b'{"\\udc00":1}',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\n"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-32-le"),
        b"01",
        b"+1",
        b".5",
        b"[" * (DEPTH_MOST + 1) + b"]" * (DEPTH_MOST + 1),
        b'{"a":' * (DEPTH_MOST + 1) + b"1" + b"}" * (DEPTH_MOST + 1),
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_an_ambiguous_or_broken_text_is_refused(data: bytes) -> None:
    with pytest.raises(NotStrictJson):
        loads(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b' {"a" : [1, -2.5, true, null, "\\u00e9"]} ', {"a": [1, -2.5, True, None, "é"]}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"1e308", 1e308),
        (b"[" * DEPTH_MOST + b"]" * DEPTH_MOST, json.loads("[" * DEPTH_MOST + "]" * DEPTH_MOST)),
        (b'"' + b"[" * 1000 + b'"', "[" * 1000),
        (b"[" + b"[]," * 1000 + b"{}]", [[] for _ in range(1000)] + [{}]),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_plain_text_is_read(data: bytes, value: object) -> None:
    assert loads(data) == value


def test_one_byte_order_mark_is_stripped_where_it_is_allowed() -> None:
    assert loads(b"\xef\xbb\xbf{}", bom=True) == {}
    with pytest.raises(NotStrictJson):
        loads(b"\xef\xbb\xbf\xef\xbb\xbf{}", bom=True)


def test_the_message_does_not_quote_what_was_sent() -> None:
    with pytest.raises(NotStrictJson) as refused:
        loads(b'{"password":"hunter2","password":1}')
    assert "hunter2" not in str(refused.value)
    with pytest.raises(NotStrictJson) as refused:
        loads(b'{"password":"hunter2"')
    assert "hunter2" not in str(refused.value)


@given(JSON)
def test_whatever_the_standard_library_writes_is_read_back(value: object) -> None:
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary() | st.text('[]{}":,\\u0d8e1NaI \n').map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = loads(data, bom=True)
    except NotStrictJson:
        return
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value
