"""Credential ids for login ids that nobody has: stable, plausible, and known to us alone."""

from __future__ import annotations

from authserver.flows.ceremonies import Descriptor
from authserver.flows.ports import Services

_HALF = 16
"""Bytes of a decoy's name, and of the digest that lets us recognise it."""


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
