"""Keys that may be stored, and the arithmetic behind those that may not."""

from __future__ import annotations

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.passkey.curves import (
    P256,
    P521,
    of_low_order_on_edwards25519,
    on_edwards25519,
    on_weierstrass,
)
from authserver.domain.passkey.public_key import algorithm_of
from authserver.testing.soft_key import make_key
from tests.support.passkey_attacks import LOW_ORDER

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


@pytest.mark.parametrize("algorithm", [-7, -8, -257, -48, -49, -50])
def test_the_algorithm_of_a_good_key_is_told(algorithm: int) -> None:
    assert algorithm_of(make_key(algorithm).cose) == algorithm


def test_the_algorithm_of_an_es512_key_is_told() -> None:
    numbers = ec.generate_private_key(ec.SECP521R1()).public_key().public_numbers()
    x, y = numbers.x.to_bytes(66, "big"), numbers.y.to_bytes(66, "big")
    assert algorithm_of(cbor2.dumps({1: 2, 3: -36, -1: 3, -2: x, -3: y})) == -36
    assert algorithm_of(cbor2.dumps({1: 2, 3: -36, -1: 3, -2: y, -3: x})) is None
    assert algorithm_of(cbor2.dumps({1: 2, 3: -36, -1: 1, -2: x, -3: y})) is None


@pytest.mark.parametrize("algorithm", [-7, -8])
def test_a_key_with_a_tail_or_without_its_end_has_no_algorithm(algorithm: int) -> None:
    cose = make_key(algorithm, b"demo").cose
    assert algorithm_of(cose + b"\0") is None
    assert algorithm_of(cose[:-1]) is None
    assert algorithm_of(b"") is None


@given(st.binary(min_size=1, max_size=64))
def test_every_real_key_is_on_its_curve(seed: bytes) -> None:
    assert algorithm_of(make_key(-7, seed).cose) == -7
    assert algorithm_of(make_key(-8, seed).cose) == -8


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_p256_equation_agrees_with_openssl(x: bytes, y: bytes) -> None:
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    )
    try:
        numbers.public_key()
    except ValueError:
        assert not on_weierstrass(P256, x, y)
    else:
        assert on_weierstrass(P256, x, y)


def test_the_generators_are_on_their_curves() -> None:
    one = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()
    assert on_weierstrass(P256, one.x.to_bytes(32, "big"), one.y.to_bytes(32, "big"))
    one = ec.derive_private_key(1, ec.SECP521R1()).public_key().public_numbers()
    assert on_weierstrass(P521, one.x.to_bytes(66, "big"), one.y.to_bytes(66, "big"))
    assert on_edwards25519((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def test_the_fourteen_encodings_are_exactly_those_of_low_order() -> None:
    assert len(set(LOW_ORDER)) == 14
    for encoded in LOW_ORDER:
        assert of_low_order_on_edwards25519(encoded)
        assert _times_eight_is_neutral(encoded)
    for y in range(2, 200):
        assert not of_low_order_on_edwards25519(y.to_bytes(32, "little"))


def test_under_a_low_order_key_one_signature_fits_many_messages() -> None:
    key = Ed25519PublicKey.from_public_bytes(LOW_ORDER[2])
    forged = LOW_ORDER[2] + bytes(32)
    key.verify(forged, b"withdraw 1 yen")
    key.verify(forged, b"withdraw everything")
    honest = Ed25519PublicKey.from_public_bytes(cbor2.loads(make_key(-8, b"demo").cose)[-2])
    with pytest.raises(InvalidSignature):
        honest.verify(forged, b"withdraw everything")


def _times_eight_is_neutral(encoded: bytes) -> bool:
    y = (int.from_bytes(encoded, "little") & ((1 << 255) - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    x = root if root * root % P == square else root * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    for _ in range(3):
        product = D * x * x * y * y % P
        x, y = (
            2 * x * y * pow(1 + product, -1, P) % P,
            (y * y + x * x) * pow(1 - product, -1, P) % P,
        )
    return (x, y) == (0, 1)
