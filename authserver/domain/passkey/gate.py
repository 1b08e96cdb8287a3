"""The two doors of the strict gate: a credential goes in, a checked value or a refusal comes out.

No signature is verified here; ``adapters.passkey_verifier`` does that with what comes out. Nothing
that a browser sends makes these functions raise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from authserver.domain.passkey.attestation import check_attestation
from authserver.domain.passkey.authenticator_data import check_asserted, check_attested
from authserver.domain.passkey.client_data import CREATE, GET, check_client_data
from authserver.domain.passkey.envelope import open_assertion, open_registration
from authserver.domain.passkey.rule import GateRefusal, GateRule, RuleBroken, demand

CHALLENGE_BYTES_LEAST = 16

Checked = TypeVar("Checked")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCeremony:
    """What this server asked for: all of it from configuration and the ceremony, never the answer.

    ``challenge``: 16 random bytes at least (§13.4.3). ``origins``: as browsers write them, such as
    "https://login.example". ``algorithms``: COSE numbers. ``user_verification`` is off only where a
    test verifies a published vector. ``rooted_formats``: attestation formats with configured roots.
    Raises ValueError for a ceremony that could protect nothing.
    """

    challenge: bytes
    origins: frozenset[str]
    rp_id: str
    algorithms: frozenset[int] = field(default=frozenset({-7, -8, -257}))
    user_verification: bool = True
    rooted_formats: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        if len(self.challenge) < CHALLENGE_BYTES_LEAST:
            raise ValueError("a challenge has at least 16 bytes")
        if not (self.origins and self.rp_id and self.algorithms):
            raise ValueError("a ceremony needs an RP ID, an origin and an algorithm")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRegistration:
    """A new credential that kept every rule; with attestation ``none`` it proves nothing more.

    ``public_key`` is a COSE_Key, ``aaguid`` a UUID string (a claim, unless attested by a chain),
    ``attestation_chained`` says that the statement rests on certificates.
    """

    credential_id: bytes
    public_key: bytes
    algorithm: int
    sign_count: int
    aaguid: str
    backup_eligible: bool
    backed_up: bool
    user_verified: bool
    transports: tuple[str, ...]
    attestation_format: str
    attestation_chained: bool
    origin: str
    client_data_json: bytes
    attestation_object: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAssertion:
    """An assertion that kept every rule that needs no stored record; not yet verified."""

    credential_id: bytes
    user_handle: bytes | None
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    user_verified: bool
    origin: str
    client_data_json: bytes
    authenticator_data: bytes
    signature: bytes


def check_registration(
    credential: object, *, expected: ExpectedCeremony
) -> CheckedRegistration | GateRefusal:
    """Hold the answer of ``navigator.credentials.create`` against the rules (§7.1)."""
    return _refusing(lambda: _registration(credential, expected))


def check_assertion(
    credential: object,
    *,
    expected: ExpectedCeremony,
    expected_credential_ids: frozenset[bytes] | None,
) -> CheckedAssertion | GateRefusal:
    """Hold the answer of ``navigator.credentials.get`` against the rules (§7.2).

    ``expected_credential_ids`` are those of ``allowCredentials``; None where none were given.
    """
    return _refusing(lambda: _assertion(credential, expected, expected_credential_ids))


def _refusing(check: Callable[[], Checked]) -> Checked | GateRefusal:
    try:
        return check()
    except RuleBroken as broken:
        return GateRefusal(broken.rule)
    except Exception:
        # Whatever a stranger's bytes may provoke is a refusal: the gate fails shut, with an answer.
        return GateRefusal(GateRule.UNREADABLE)


def _registration(credential: object, expected: ExpectedCeremony) -> CheckedRegistration:
    envelope = open_registration(credential)
    client_data = check_client_data(
        envelope.client_data_json,
        expected_type=CREATE,
        expected_challenge=expected.challenge,
        expected_origins=expected.origins,
    )
    attestation = check_attestation(
        envelope.attestation_object, expected_rooted_formats=expected.rooted_formats
    )
    data, attested = check_attested(
        attestation.authenticator_data,
        expected_rp_id=expected.rp_id,
        expected_user_verification=expected.user_verification,
        expected_credential_id=envelope.credential_id,
        expected_algorithms=expected.algorithms,
    )
    key = attested.public_key
    demand(attestation.algorithm in (None, key.algorithm), GateRule.ATTESTATION_STATEMENT)
    return CheckedRegistration(
        credential_id=envelope.credential_id,
        public_key=key.cose,
        algorithm=key.algorithm,
        sign_count=data.sign_count,
        aaguid=attested.aaguid,
        backup_eligible=data.backup_eligible,
        backed_up=data.backed_up,
        user_verified=data.user_verified,
        transports=envelope.transports,
        attestation_format=attestation.format,
        attestation_chained=attestation.chained,
        origin=client_data.origin,
        client_data_json=envelope.client_data_json,
        attestation_object=envelope.attestation_object,
    )


def _assertion(
    credential: object, expected: ExpectedCeremony, expected_ids: frozenset[bytes] | None
) -> CheckedAssertion:
    envelope = open_assertion(credential)
    among = expected_ids is None or envelope.credential_id in expected_ids
    demand(among, GateRule.CREDENTIAL_ALLOWED)
    client_data = check_client_data(
        envelope.client_data_json,
        expected_type=GET,
        expected_challenge=expected.challenge,
        expected_origins=expected.origins,
    )
    data = check_asserted(
        envelope.authenticator_data,
        expected_rp_id=expected.rp_id,
        expected_user_verification=expected.user_verification,
    )
    return CheckedAssertion(
        credential_id=envelope.credential_id,
        user_handle=envelope.user_handle,
        sign_count=data.sign_count,
        backup_eligible=data.backup_eligible,
        backed_up=data.backed_up,
        user_verified=data.user_verified,
        origin=client_data.origin,
        client_data_json=envelope.client_data_json,
        authenticator_data=envelope.authenticator_data,
        signature=envelope.signature,
    )
