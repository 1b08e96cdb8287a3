"""The envelope: the JSON object that PublicKeyCredential.toJSON() gives.

Nothing in it is signed. What browsers add for convenience (``authenticatorAttachment``,
``clientExtensionResults``, ``publicKey``, ``publicKeyAlgorithm``, ``authenticatorData`` beside an
attestation object) is tolerated and never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from authserver.domain.ids import from_base64url
from authserver.domain.passkey.rule import GateRule, RuleBroken, demand

CREDENTIAL_ID_BYTES = range(16, 1024)
CLIENT_DATA_BYTES = range(1, 8 * 1024 + 1)
ATTESTATION_OBJECT_BYTES = range(1, 32 * 1024 + 1)
AUTHENTICATOR_DATA_BYTES = range(37, 4097)
SIGNATURE_BYTES = range(1, 8 * 1024 + 1)
USER_HANDLE_BYTES = range(1, 65)
TRANSPORTS_MOST = 10
KNOWN_TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})
"""§5.8.4, and ``cable``, which older browsers say for ``hybrid``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEnvelope:
    credential_id: bytes
    client_data_json: bytes
    attestation_object: bytes
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionEnvelope:
    credential_id: bytes
    client_data_json: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes | None


def open_registration(credential: object) -> RegistrationEnvelope:
    """Take a registration apart. Raises RuleBroken."""
    credential_id, response = _open(credential)
    return RegistrationEnvelope(
        credential_id=credential_id,
        client_data_json=_binary(
            response, "clientDataJSON", CLIENT_DATA_BYTES, GateRule.CLIENT_DATA_SIZE
        ),
        attestation_object=_binary(
            response,
            "attestationObject",
            ATTESTATION_OBJECT_BYTES,
            GateRule.ATTESTATION_OBJECT_SIZE,
        ),
        transports=_transports(response.get("transports")),
    )


def open_assertion(credential: object) -> AssertionEnvelope:
    """Take an assertion apart. Raises RuleBroken."""
    credential_id, response = _open(credential)
    user_handle = None
    if response.get("userHandle") is not None:
        user_handle = _binary(response, "userHandle", USER_HANDLE_BYTES, GateRule.USER_HANDLE_SIZE)
    return AssertionEnvelope(
        credential_id=credential_id,
        client_data_json=_binary(
            response, "clientDataJSON", CLIENT_DATA_BYTES, GateRule.CLIENT_DATA_SIZE
        ),
        authenticator_data=_binary(
            response,
            "authenticatorData",
            AUTHENTICATOR_DATA_BYTES,
            GateRule.AUTHENTICATOR_DATA_SIZE,
        ),
        signature=_binary(response, "signature", SIGNATURE_BYTES, GateRule.SIGNATURE_SIZE),
        user_handle=user_handle,
    )


def _open(credential: object) -> tuple[bytes, Mapping[str, object]]:
    if not isinstance(credential, dict):
        raise RuleBroken(GateRule.CREDENTIAL_OBJECT)
    demand(credential.get("type") == "public-key", GateRule.CREDENTIAL_TYPE)
    text = credential.get("id")
    credential_id = from_base64url(text) if isinstance(text, str) else None
    if credential_id is None:
        raise RuleBroken(GateRule.CREDENTIAL_ID)
    demand(credential.get("rawId") == text, GateRule.CREDENTIAL_RAW_ID)
    demand(len(credential_id) in CREDENTIAL_ID_BYTES, GateRule.CREDENTIAL_ID_LENGTH)
    response = credential.get("response")
    if not isinstance(response, dict):
        raise RuleBroken(GateRule.RESPONSE_OBJECT)
    return credential_id, response


def _binary(response: Mapping[str, object], name: str, sizes: range, size: GateRule) -> bytes:
    text = response.get(name)
    if not isinstance(text, str):
        raise RuleBroken(GateRule.RESPONSE_MEMBERS)
    # Four letters carry three bytes, so a text that is too long need not be decoded.
    demand(len(text) // 4 * 3 < sizes.stop, size)
    data = from_base64url(text)
    if data is None:
        raise RuleBroken(GateRule.RESPONSE_MEMBERS)
    demand(len(data) in sizes, size)
    return data


def _transports(named: object) -> tuple[str, ...]:
    """Hints for the next sign-in's options; a name that we do not know is left out."""
    if named is None:
        return ()
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise RuleBroken(GateRule.TRANSPORTS)
    demand(len(named) <= TRANSPORTS_MOST, GateRule.TRANSPORTS)
    return tuple(sorted(KNOWN_TRANSPORTS.intersection(named)))
