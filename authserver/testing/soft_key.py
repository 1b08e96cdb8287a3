"""Key pairs of a software passkey: made, named as COSE_Key, and used to sign."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Protocol

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_MlDsa = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
_ML_DSA: dict[int, Callable[[bytes], _MlDsa]] = {
    -48: mldsa.MLDSA44PrivateKey.from_seed_bytes,
    -49: mldsa.MLDSA65PrivateKey.from_seed_bytes,
    -50: mldsa.MLDSA87PrivateKey.from_seed_bytes,
}


class SoftKey(Protocol):
    """``cose`` is the public key as a COSE_Key in CBOR."""

    cose: bytes

    def sign(self, data: bytes) -> bytes: ...


def make_key(algorithm: int, seed: bytes | None = None) -> SoftKey:
    """A key for a COSE algorithm: -7, -8, -257, -48, -49 or -50; the same one for the same seed.

    Raises ValueError for another algorithm, and for an RSA key from a seed: the cryptography
    library makes none.
    """
    if algorithm == -257:
        if seed is not None:
            raise ValueError("RSA keys are always fresh; leave the seed out")
        return Rs256Key()
    secret = hashlib.sha512(seed).digest() if seed is not None else secrets.token_bytes(64)
    if algorithm == -7:
        return Es256Key(secret)
    if algorithm == -8:
        return EdDsaKey(secret)
    if algorithm in _ML_DSA:
        return MlDsaKey(algorithm, secret)
    raise ValueError(f"no software key for COSE algorithm {algorithm}")


class Es256Key:
    def __init__(self, secret: bytes) -> None:
        number = int.from_bytes(secret, "big") % (_P256_ORDER - 1) + 1
        self._private = ec.derive_private_key(number, ec.SECP256R1())
        point = self._private.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        self.cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def pkcs8(self) -> bytes:
        """The private key (PKCS #8, DER), so that a browser's virtual authenticator can hold it."""
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data, ec.ECDSA(SHA256()))


class EdDsaKey:
    def __init__(self, secret: bytes) -> None:
        self._private = ed25519.Ed25519PrivateKey.from_private_bytes(secret[:32])
        x = self._private.public_key().public_bytes_raw()
        self.cose = cbor2.dumps({1: 1, 3: -8, -1: 6, -2: x})

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)


class Rs256Key:
    def __init__(self, bits: int = 2048) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        modulus = self._private.public_key().public_numbers().n.to_bytes(bits // 8, "big")
        self.cose = cbor2.dumps({1: 3, 3: -257, -1: modulus, -2: b"\x01\x00\x01"})

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data, padding.PKCS1v15(), SHA256())


class MlDsaKey:
    def __init__(self, algorithm: int, secret: bytes) -> None:
        self._private = _ML_DSA[algorithm](secret[:32])
        public = self._private.public_key().public_bytes_raw()
        self.cose = cbor2.dumps({1: 7, 3: algorithm, -1: public})

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)
