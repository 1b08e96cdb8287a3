"""Is it a point of the curve? Plain integer arithmetic on public values, once per registration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Weierstrass:
    """y² = x³ - 3x + b over the integers modulo p (NIST SP 800-186 section 3.2.1)."""

    p: int
    b: int


P256 = Weierstrass(
    p=2**256 - 2**224 + 2**192 + 2**96 - 1,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
)
P521 = Weierstrass(
    p=2**521 - 1,
    b=int(
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e1"
        "56193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        16,
    ),
)

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN = 1 << 255
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_Y = frozenset({0, 1, _P - 1, _P, _P + 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})
"""The y of all points whose order divides 8, with the two that have a second spelling above p."""


def on_weierstrass(curve: Weierstrass, x: bytes, y: bytes) -> bool:
    """Whether big-endian affine coordinates, each below p, satisfy the equation (SEC 1, 3.2.2.1).

    The curves named here have cofactor 1, so every such point generates the whole group.
    """
    x_number, y_number = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    if x_number >= curve.p or y_number >= curve.p:
        return False
    return (y_number**2 - (x_number**3 - 3 * x_number + curve.b)) % curve.p == 0


def on_edwards25519(encoded: bytes) -> bool:
    """Whether 32 bytes are the canonical encoding of a point (RFC 8032 section 5.1.3)."""
    y = int.from_bytes(encoded, "little") & (_SIGN - 1)
    if y >= _P:
        return False
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    # Euler's criterion; 1 + d·y² is never 0, for d is not a square and -1 is one.
    return square == 0 or pow(square, (_P - 1) // 2, _P) == 1


def of_low_order_on_edwards25519(encoded: bytes) -> bool:
    """Whether 32 bytes are one of the 14 encodings of a point whose order divides the cofactor 8.

    Under such a "key" one signature fits many messages, and anybody can write it.
    """
    return int.from_bytes(encoded, "little") & (_SIGN - 1) in _LOW_Y
