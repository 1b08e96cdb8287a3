"""A passkey in software, browser included: right by default, and wrong in any field on demand.

    passkey = SoftPasskey(origin="https://login.example")
    credential = passkey.create(options["publicKey"])
    credential = passkey.get(options["publicKey"])
    stolen = passkey.get(options["publicKey"], origin="https://evil.example")

What comes out is what ``PublicKeyCredential.toJSON()`` gives, signed over whatever was asked for: a
wrong field is under a good signature, so that only the check of that field can refuse it. One
object is one credential. It answers every request, also one that names other credentials, because
an attacker's would.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any, Literal, TypedDict, Unpack
from urllib.parse import urlsplit

import cbor2

from authserver.testing.soft_key import SoftKey, make_key

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


class Overrides(TypedDict, total=False):
    """What shall be otherwise in one answer. The whole (``client_data``) beats its parts."""

    # the browser's part
    type: str
    challenge: bytes | str
    origin: Any
    cross_origin: Any
    top_origin: Any
    client_data_members: Mapping[str, Any]
    client_data: bytes
    # the authenticator's part
    rp_id: str
    flags: int
    user_present: bool
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    sign_count: int
    aaguid: str
    attested: bool
    attested_credential_id: bytes
    public_key_cose: bytes
    extensions: bytes
    authenticator_data_tail: bytes
    authenticator_data: bytes
    # the attestation, in create()
    attestation_format: Any
    attestation_statement: Any
    attestation_members: Mapping[Any, Any]
    attestation_tail: bytes
    attestation_object: bytes
    # the assertion, in get()
    user_handle: bytes | None
    signature: bytes
    alter_signature: Callable[[bytes], bytes]
    # the envelope
    id: Any
    raw_id: Any
    members: Mapping[str, Any]
    response_members: Mapping[str, Any]


@dataclass(kw_only=True)
class SoftPasskey:
    """One credential and the browser it lives in; every public field may be changed at any time.

    ``algorithm``: a COSE number, see ``soft_key``. ``sign_count``: stays 0 if it is 0, as with
    synced passkeys; else it grows by one with each get(). ``seed``: same seed, same id and key.
    """

    origin: str
    algorithm: int = -7
    aaguid: str = "00000000-0000-0000-0000-000000000000"
    backup_eligible: bool = False
    backed_up: bool = False
    sign_count: int = 0
    user_verified: bool = True
    user_present: bool = True
    attestation: Literal["none", "packed-self"] = "none"
    transports: Sequence[str] = ("internal",)
    seed: InitVar[bytes | None] = None
    user_handle: bytes | None = field(default=None, init=False)
    raw_credential_id: bytes = field(init=False)
    key: SoftKey = field(init=False, repr=False)

    def __post_init__(self, seed: bytes | None) -> None:
        self.raw_credential_id = (
            hashlib.sha256(b"id:" + seed).digest() if seed is not None else secrets.token_bytes(32)
        )
        self.key = make_key(self.algorithm, seed)

    @property
    def credential_id(self) -> str:
        """The credential id in base64url, as test mode takes it."""
        return to_base64url(self.raw_credential_id)

    @property
    def public_key_cose(self) -> str:
        """The public key as a COSE_Key in base64url, as test mode takes it."""
        return to_base64url(self.key.cose)

    def adopt_user_handle(self, user_handle: str) -> None:
        """Belong to an account that was made without create(); base64url as the server gave it."""
        self.user_handle = from_base64url(user_handle)

    def clone(self) -> SoftPasskey:
        """A copy with the same key and its own counter from here on."""
        return copy.copy(self)

    def create(self, options: Mapping[str, Any], **wrong: Unpack[Overrides]) -> dict[str, Any]:
        """Answer PublicKeyCredentialCreationOptionsJSON as navigator.credentials.create would."""
        self.user_handle = from_base64url(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options["challenge"], wrong)
        rp_id = options["rp"].get("id") or self._host()
        data = self._authenticator_data(rp_id, wrong, attested=True)
        response = {
            "clientDataJSON": to_base64url(client_data),
            "attestationObject": to_base64url(self._attestation_object(client_data, data, wrong)),
            "authenticatorData": to_base64url(data),
            "publicKeyAlgorithm": self.algorithm,
            "transports": list(self.transports),
        }
        return self._envelope(response, wrong)

    def get(self, options: Mapping[str, Any], **wrong: Unpack[Overrides]) -> dict[str, Any]:
        """Answer PublicKeyCredentialRequestOptionsJSON as navigator.credentials.get would."""
        if self.sign_count and "sign_count" not in wrong:
            self.sign_count += 1
        client_data = self._client_data("webauthn.get", options["challenge"], wrong)
        rp_id = options.get("rpId") or self._host()
        data = self._authenticator_data(rp_id, wrong, attested=False)
        signature = wrong.get("signature", self._sign(data, client_data))
        if alter := wrong.get("alter_signature"):
            signature = alter(signature)
        response = {
            "clientDataJSON": to_base64url(client_data),
            "authenticatorData": to_base64url(data),
            "signature": to_base64url(signature),
        }
        user_handle = wrong.get("user_handle", self.user_handle)
        if user_handle is not None:
            response["userHandle"] = to_base64url(user_handle)
        return self._envelope(response, wrong)

    def _host(self) -> str:
        return urlsplit(self.origin).hostname or ""

    def _sign(self, data: bytes, client_data: bytes) -> bytes:
        return self.key.sign(data + hashlib.sha256(client_data).digest())

    def _client_data(self, kind: str, asked: str, wrong: Overrides) -> bytes:
        challenge = wrong.get("challenge", asked)
        members = {
            "type": wrong.get("type", kind),
            "challenge": to_base64url(challenge) if isinstance(challenge, bytes) else challenge,
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": wrong.get("cross_origin", False),
        }
        if "top_origin" in wrong:
            members["topOrigin"] = wrong["top_origin"]
        members.update(wrong.get("client_data_members", {}))
        if "client_data" in wrong:
            return wrong["client_data"]
        return json.dumps(members, separators=(",", ":")).encode()

    def _authenticator_data(self, rp_id: str, wrong: Overrides, *, attested: bool) -> bytes:
        attested = wrong.get("attested", attested)
        flags = (
            UP * wrong.get("user_present", self.user_present)
            | UV * wrong.get("user_verified", self.user_verified)
            | BE * wrong.get("backup_eligible", self.backup_eligible)
            | BS * wrong.get("backed_up", self.backed_up)
            | AT * attested
            | ED * ("extensions" in wrong)
        )
        parts = [
            hashlib.sha256(wrong.get("rp_id", rp_id).encode()).digest(),
            bytes([wrong.get("flags", flags)]),
            wrong.get("sign_count", self.sign_count).to_bytes(4, "big"),
        ]
        if attested:
            credential_id = wrong.get("attested_credential_id", self.raw_credential_id)
            parts += [uuid.UUID(wrong.get("aaguid", self.aaguid)).bytes]
            parts += [len(credential_id).to_bytes(2, "big"), credential_id]
            parts += [wrong.get("public_key_cose", self.key.cose)]
        parts += [wrong.get("extensions", b""), wrong.get("authenticator_data_tail", b"")]
        return wrong.get("authenticator_data", b"".join(parts))

    def _attestation_object(self, client_data: bytes, data: bytes, wrong: Overrides) -> bytes:
        name: str = "none"
        statement: dict[str, Any] = {}
        if self.attestation == "packed-self":
            name = "packed"
            statement = {"alg": self.algorithm, "sig": self._sign(data, client_data)}
        members = {
            "fmt": wrong.get("attestation_format", name),
            "attStmt": wrong.get("attestation_statement", statement),
            "authData": data,
            **wrong.get("attestation_members", {}),
        }
        tail = wrong.get("attestation_tail", b"")
        return wrong.get("attestation_object", cbor2.dumps(members) + tail)

    def _envelope(self, response: dict[str, Any], wrong: Overrides) -> dict[str, Any]:
        return {
            "id": wrong.get("id", self.credential_id),
            "rawId": wrong.get("raw_id", wrong.get("id", self.credential_id)),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {**response, **wrong.get("response_members", {})},
            **wrong.get("members", {}),
        }


def to_base64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes behind unpadded base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
