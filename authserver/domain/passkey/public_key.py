"""Credential public keys as COSE_Key (RFC 9052 section 7), narrowed to what can be trusted.

With attestation ``none`` nobody has signed the key, so whoever holds the browser chooses it: a key
off its curve or of low order, under which anybody can sign, must not be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from authserver.domain.passkey import cbor
from authserver.domain.passkey.curves import (
    P256,
    P521,
    of_low_order_on_edwards25519,
    on_edwards25519,
    on_weierstrass,
)
from authserver.domain.passkey.rule import GateRule, RuleBroken, demand

ES256, EDDSA, RS256, ES512 = -7, -8, -257, -36
ML_DSA_44, ML_DSA_65, ML_DSA_87 = -48, -49, -50

_KTY, _ALG, _CRV, _X, _Y = 1, 3, -1, -2, -3
_N, _E, _PUB = -1, -2, -1
_OKP, _EC2, _RSA, _AKP = 1, 2, 3, 7
_RSA_BITS = range(2048, 4097)
_RSA_EXPONENT = b"\x01\x00\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """``cose`` is exactly as the authenticator wrote it; ``algorithm`` a COSE number."""

    cose: bytes
    algorithm: int


def check_public_key(data: bytes, *, expected_algorithms: Set[int]) -> PublicKey:
    """Read the key with which the data begin; what follows is the caller's. Raises RuleBroken."""
    try:
        members, consumed = cbor.read(data, shortest=True)
    except cbor.NotStrictCbor:
        raise RuleBroken(GateRule.PUBLIC_KEY_CBOR) from None
    if not isinstance(members, dict):
        raise RuleBroken(GateRule.PUBLIC_KEY_CBOR)
    algorithm = members.get(_ALG)
    if type(algorithm) is not int:
        raise RuleBroken(GateRule.PUBLIC_KEY_MEMBERS)
    demand(algorithm in expected_algorithms, GateRule.PUBLIC_KEY_ALGORITHM)
    check = _CHECKS.get(algorithm)
    if check is None:
        raise RuleBroken(GateRule.PUBLIC_KEY_ALGORITHM)
    check(members)
    return PublicKey(cose=data[:consumed], algorithm=algorithm)


def algorithm_of(cose: bytes) -> int | None:
    """The algorithm of one whole, well-formed key of any kind known here; None for all else."""
    try:
        key = check_public_key(cose, expected_algorithms=_CHECKS.keys())
    except RuleBroken:
        return None
    return key.algorithm if len(key.cose) == len(cose) else None


def _labels(members: Mapping[object, object], *labels: int) -> None:
    """Exactly these integer labels, beside key type and algorithm."""
    demand(members.keys() == {_KTY, _ALG, *labels}, GateRule.PUBLIC_KEY_MEMBERS)


def _bytes(members: Mapping[object, object], label: int, *lengths: int) -> bytes:
    value = members[label]
    if not isinstance(value, bytes):
        raise RuleBroken(GateRule.PUBLIC_KEY_MEMBERS)
    demand(not lengths or len(value) in lengths, GateRule.PUBLIC_KEY_LENGTH)
    return value


def _typed(members: Mapping[object, object], **expected: int) -> None:
    labels = {"key_type": _KTY, "curve": _CRV}
    for name, number in expected.items():
        value = members[labels[name]]
        # True equals 1 in Python, and 1 is both a key type and a curve.
        demand(type(value) is int and value == number, GateRule.PUBLIC_KEY_TYPE)


def _check_es256(members: Mapping[object, object]) -> None:
    _labels(members, _CRV, _X, _Y)
    _typed(members, key_type=_EC2, curve=1)
    x, y = _bytes(members, _X, 32), _bytes(members, _Y, 32)
    demand(on_weierstrass(P256, x, y), GateRule.PUBLIC_KEY_POINT)


def _check_es512(members: Mapping[object, object]) -> None:
    _labels(members, _CRV, _X, _Y)
    _typed(members, key_type=_EC2, curve=3)
    x, y = _bytes(members, _X, 66), _bytes(members, _Y, 66)
    demand(on_weierstrass(P521, x, y), GateRule.PUBLIC_KEY_POINT)


def _check_eddsa(members: Mapping[object, object]) -> None:
    _labels(members, _CRV, _X)
    _typed(members, key_type=_OKP, curve=6)
    encoded = _bytes(members, _X, 32)
    demand(not of_low_order_on_edwards25519(encoded), GateRule.PUBLIC_KEY_LOW_ORDER)
    demand(on_edwards25519(encoded), GateRule.PUBLIC_KEY_POINT)


def _check_rs256(members: Mapping[object, object]) -> None:
    _labels(members, _N, _E)
    _typed(members, key_type=_RSA)
    modulus, exponent = _bytes(members, _N), _bytes(members, _E)
    number = int.from_bytes(modulus, "big")
    well_formed = modulus[:1] != b"\x00" and number % 2 == 1
    demand(well_formed and number.bit_length() in _RSA_BITS, GateRule.PUBLIC_KEY_MODULUS)
    demand(exponent == _RSA_EXPONENT, GateRule.PUBLIC_KEY_EXPONENT)


def _check_ml_dsa(length: int) -> Callable[[Mapping[object, object]], None]:
    def check(members: Mapping[object, object]) -> None:
        _labels(members, _PUB)
        _typed(members, key_type=_AKP)
        _bytes(members, _PUB, length)

    return check


_CHECKS: Mapping[int, Callable[[Mapping[object, object]], None]] = {
    ES256: _check_es256,
    EDDSA: _check_eddsa,
    RS256: _check_rs256,
    ES512: _check_es512,
    ML_DSA_44: _check_ml_dsa(1312),
    ML_DSA_65: _check_ml_dsa(1952),
    ML_DSA_87: _check_ml_dsa(2592),
}
"""FIPS 204 table 2 has the lengths of ML-DSA keys."""
