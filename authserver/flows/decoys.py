"""Credential ids for login ids that nobody has: stable, plausible, and known to us alone."""

from __future__ import annotations

from authserver.flows.ceremonies import Descriptor
from authserver.flows.ports import Services

_HALF = 16
"""Bytes of a decoy's name, and of the digest that lets us recognise it."""

PUBLIC_KEY = bytes.fromhex(
    "a5010203262001"
    "2158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
"""What signatures of decoys are verified with: an ES256 COSE_Key on the base point of P-256.

Most passkeys are ES256, so that is what a decoy costs. Anybody can sign for this key (its secret is
1), and it opens nothing: what the verifier says about a decoy is not looked at.
"""


def decoy_for(services: Services, login_id: str) -> Descriptor:
    """The passkey that an unknown login id seems to have, the same one each time."""
    name = services.digests.of_name("unknown-login-id", login_id)[:_HALF]
    # In the order in which the gate keeps transports.
    return Descriptor(_decoy(services, name), ("hybrid", "internal"))


def is_decoy(services: Services, credential_id: bytes) -> bool:
    """Whether we invented this id: it must be refused as a known one's would be."""
    return credential_id == _decoy(services, credential_id[:_HALF])


def _decoy(services: Services, name: bytes) -> bytes:
    return name + services.digests.of_name("decoy", name.hex())[:_HALF]
