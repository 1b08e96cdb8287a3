"""A small strict reader for the CBOR that authenticators write (RFC 8949, CTAP2 canonical form).

Read are integers, byte and text strings, arrays, maps, false, true and null, all of definite
length. Not read are tags, floating point numbers, undefined, other simple values and indefinite
lengths: nothing in WebAuthn needs them, and each of them lets two readers disagree.
"""

from __future__ import annotations

DEPTH_MOST = 8
"""Attestation statements nest three levels, CTAP2 permits four."""

_FIXED: dict[int, object] = {0xF4: False, 0xF5: True, 0xF6: None}
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP = range(6)


class NotStrictCbor(ValueError):
    """The bytes do not begin with one item that this reader takes."""


def read(data: bytes, *, shortest: bool = False) -> tuple[object, int]:
    """The first item and how many bytes it took; what follows it is the caller's affair.

    ``shortest`` also demands the shortest spelling of every number and length. Map keys are
    integers or strings, each once. Raises NotStrictCbor and nothing else.
    """
    return _item(data, 0, shortest, DEPTH_MOST)


def _item(data: bytes, at: int, shortest: bool, depth: int) -> tuple[object, int]:
    if at >= len(data):
        raise NotStrictCbor("cut short")
    if data[at] in _FIXED:
        return _FIXED[data[at]], at + 1
    major = data[at] >> 5
    number, at = _number(data, at, shortest)
    if major == _UNSIGNED:
        return number, at
    if major == _NEGATIVE:
        return -1 - number, at
    if major in (_BYTES, _TEXT):
        return _string(data, at, number, text=major == _TEXT), at + number
    if major not in (_ARRAY, _MAP):
        raise NotStrictCbor("a tag, a float or another simple value")
    if depth == 0:
        raise NotStrictCbor("too many levels")
    if major == _ARRAY:
        return _array(data, at, number, shortest, depth - 1)
    return _map(data, at, number, shortest, depth - 1)


def _number(data: bytes, at: int, shortest: bool) -> tuple[int, int]:
    """The argument in the initial byte or in the 1, 2, 4 or 8 bytes after it."""
    low = data[at] & 0x1F
    at += 1
    if low < 24:
        return low, at
    if low > 27:
        raise NotStrictCbor("an indefinite or reserved length")
    size = 1 << (low - 24)
    if at + size > len(data):
        raise NotStrictCbor("cut short")
    number = int.from_bytes(data[at : at + size], "big")
    if shortest and number < (24 if size == 1 else 1 << (4 * size)):
        raise NotStrictCbor("not the shortest spelling")
    return number, at + size


def _string(data: bytes, at: int, length: int, *, text: bool) -> object:
    piece = data[at : at + length]
    if len(piece) != length:
        raise NotStrictCbor("cut short")
    if not text:
        return piece
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrictCbor("a text that is not UTF-8") from None


def _array(
    data: bytes, at: int, length: int, shortest: bool, depth: int
) -> tuple[list[object], int]:
    items: list[object] = []
    # Every item takes a byte at least, so a lying length ends at the end of the data.
    for _ in range(length):
        item, at = _item(data, at, shortest, depth)
        items.append(item)
    return items, at


def _map(
    data: bytes, at: int, length: int, shortest: bool, depth: int
) -> tuple[dict[int | str | bytes, object], int]:
    members: dict[int | str | bytes, object] = {}
    for _ in range(length):
        key, at = _item(data, at, shortest, depth)
        # True equals 1 in Python, so a key of another type could pass for a label.
        if isinstance(key, bool) or not isinstance(key, int | str | bytes):
            raise NotStrictCbor("a key that is neither integer nor string")
        if key in members:
            raise NotStrictCbor("a key twice")
        members[key], at = _item(data, at, shortest, depth)
    return members, at
