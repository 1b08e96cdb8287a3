"""What the verifier says about the signature of a credential that passed the gate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verified:
    """The signature is the key's; for attestation ``none`` there was none to check."""


@dataclass(frozen=True, slots=True)
class SignatureRefused:
    """``cause`` is a class name, fit for the log: it holds nothing of what was sent."""

    cause: str
