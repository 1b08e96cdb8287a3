"""attestationObject: format, statement and authenticator data of a new credential (§6.5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from authserver.domain.passkey import cbor
from authserver.domain.passkey.envelope import AUTHENTICATOR_DATA_BYTES, SIGNATURE_BYTES
from authserver.domain.passkey.rule import GateRule, RuleBroken, demand

_MEMBERS = {"fmt", "attStmt", "authData"}
_WITHOUT_X5C = frozenset({"android-safetynet"})
"""The one format whose certificates travel inside its response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """``chained``: it names certificates, so it is worth only what the configured roots are.

    ``algorithm`` is what the statement of a self attestation says; the key has to agree.
    """

    format: str
    chained: bool
    algorithm: int | None
    authenticator_data: bytes


def check_attestation(
    attestation_object: bytes, *, expected_rooted_formats: Set[str]
) -> Attestation:
    """Read the attestation object; its signature is the verifier's affair. Raises RuleBroken.

    ``expected_rooted_formats`` are the formats for which root certificates are configured. ``none``
    with an empty statement and ``packed`` self attestation need none.
    """
    members = _members(attestation_object)
    name, statement, data = members["fmt"], members["attStmt"], members["authData"]
    if not isinstance(name, str) or not isinstance(statement, dict) or not isinstance(data, bytes):
        raise RuleBroken(GateRule.ATTESTATION_MEMBERS)
    demand(len(data) in AUTHENTICATOR_DATA_BYTES, GateRule.AUTHENTICATOR_DATA_SIZE)
    chained = name not in ("none", "packed") or "x5c" in statement
    demand(name != "none" or not statement, GateRule.ATTESTATION_STATEMENT)
    algorithm = None
    if chained:
        demand(name in expected_rooted_formats, GateRule.ATTESTATION_FORMAT)
        demand(name in _WITHOUT_X5C or _certificates(statement), GateRule.ATTESTATION_STATEMENT)
    elif name == "packed":
        algorithm = _self_attested(statement)
    return Attestation(format=name, chained=chained, algorithm=algorithm, authenticator_data=data)


def _members(attestation_object: bytes) -> Mapping[object, object]:
    try:
        members, consumed = cbor.read(attestation_object)
    except cbor.NotStrictCbor:
        raise RuleBroken(GateRule.ATTESTATION_CBOR) from None
    demand(consumed == len(attestation_object), GateRule.ATTESTATION_CBOR)
    if not isinstance(members, dict) or not members.keys() >= _MEMBERS:
        raise RuleBroken(GateRule.ATTESTATION_MEMBERS)
    demand(len(members) == len(_MEMBERS), GateRule.ATTESTATION_MEMBERS)
    return members


def _self_attested(statement: Mapping[object, object]) -> int:
    """The algorithm of a packed self attestation (§8.2): exactly ``alg`` and ``sig``."""
    algorithm, signature = statement.get("alg"), statement.get("sig")
    if not isinstance(algorithm, int) or isinstance(algorithm, bool):
        raise RuleBroken(GateRule.ATTESTATION_STATEMENT)
    if not isinstance(signature, bytes) or len(signature) not in SIGNATURE_BYTES:
        raise RuleBroken(GateRule.ATTESTATION_STATEMENT)
    demand(len(statement) == 2, GateRule.ATTESTATION_STATEMENT)
    return algorithm


def _certificates(statement: Mapping[object, object]) -> bool:
    """An empty chain would be taken for a self attestation by a lenient verifier."""
    chain = statement.get("x5c")
    return (
        isinstance(chain, list)
        and bool(chain)
        and all(isinstance(certificate, bytes) and certificate for certificate in chain)
    )
