"""One name per check of the gate, in the order in which the checks are applied.

Sections are those of W3C Web Authentication Level 3 (Candidate Recommendation); "ours" marks a
rule that is narrower than that text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GateRule(StrEnum):
    """The value is a stable code: it goes into events and may be searched for years later."""

    # The envelope: what PublicKeyCredential.toJSON() gives.
    CREDENTIAL_OBJECT = "credential_object"
    """A JSON object: §5.1, RegistrationResponseJSON and AuthenticationResponseJSON."""
    CREDENTIAL_TYPE = "credential_type"
    """``type`` is "public-key": §5.8.2, PublicKeyCredentialType."""
    CREDENTIAL_ID = "credential_id"
    """``id`` is canonical unpadded base64url: §5.1, Base64URLString."""
    CREDENTIAL_RAW_ID = "credential_raw_id"
    """``rawId`` is the same text as ``id``: §5.1."""
    CREDENTIAL_ID_LENGTH = "credential_id_length"
    """16 to 1023 bytes: §7.1 step 25 and §4, "Credential ID" (at least 100 bits of entropy)."""
    RESPONSE_OBJECT = "response_object"
    """``response`` is a JSON object: §7.1 step 3, §7.2 step 3."""
    RESPONSE_MEMBERS = "response_members"
    """Each binary member is there, as canonical unpadded base64url: §5.2.1 and §5.2.2."""
    CLIENT_DATA_SIZE = "client_data_size"
    """At most 8 KiB: ours."""
    ATTESTATION_OBJECT_SIZE = "attestation_object_size"
    """At most 32 KiB: ours."""
    AUTHENTICATOR_DATA_SIZE = "authenticator_data_size"
    """37 bytes at least (§6.1), 4096 at most (ours)."""
    SIGNATURE_SIZE = "signature_size"
    """1 byte at least, 8 KiB at most: ours."""
    USER_HANDLE_SIZE = "user_handle_size"
    """Absent, or 1 to 64 bytes: §5.4.3."""
    TRANSPORTS = "transports"
    """A list of at most 10 texts (ours): §5.2.1, getTransports()."""
    CREDENTIAL_ALLOWED = "credential_allowed"
    """Among ``allowCredentials``, where any were given: §7.2 step 5."""

    # clientDataJSON: what the browser says it did.
    CLIENT_DATA_JSON = "client_data_json"
    """UTF-8 and unambiguous JSON: §7.1 steps 5 and 6, §7.2 steps 8 and 9; duplicates are ours."""
    CLIENT_DATA_OBJECT = "client_data_object"
    """An object: §5.8.1, CollectedClientData."""
    CLIENT_DATA_TYPE = "client_data_type"
    """"webauthn.create" or "webauthn.get": §7.1 step 7, §7.2 step 10."""
    CLIENT_DATA_CHALLENGE = "client_data_challenge"
    """The challenge of this ceremony, letter by letter: §7.1 step 8, §7.2 step 11."""
    CLIENT_DATA_ORIGIN = "client_data_origin"
    """One of the configured origins: §7.1 step 9, §7.2 step 12, §13.4.9."""
    CLIENT_DATA_CROSS_ORIGIN = "client_data_cross_origin"
    """Absent or false; no framed use is expected: §7.1 step 10, §7.2 step 13."""
    CLIENT_DATA_TOP_ORIGIN = "client_data_top_origin"
    """Absent: §7.1 step 11, §7.2 step 14."""

    # attestationObject, in a registration.
    ATTESTATION_CBOR = "attestation_cbor"
    """One CBOR item without ambiguity and nothing after it: §7.1 step 13, §6.5.4."""
    ATTESTATION_MEMBERS = "attestation_members"
    """Exactly ``fmt``, ``attStmt`` and ``authData``, of their types: §6.5.4."""
    ATTESTATION_FORMAT = "attestation_format"
    """``none``, ``packed`` self attestation, or a format with configured roots: §7.1 step 22."""
    ATTESTATION_STATEMENT = "attestation_statement"
    """Exactly the members of its format, and its ``alg`` is the key's own: §8.2, §8.7."""

    # authenticatorData: what the authenticator signs.
    RP_ID_HASH = "rp_id_hash"
    """SHA-256 of our RP ID: §7.1 step 14, §7.2 step 15."""
    USER_PRESENT = "user_present"
    """UP is set: §7.1 step 15, §7.2 step 16."""
    USER_VERIFIED = "user_verified"
    """UV is set: §7.1 step 16, §7.2 step 17."""
    BACKUP_STATE = "backup_state"
    """BS is clear where BE is clear: §7.1 step 17, §7.2 step 18, §6.1.3."""
    ATTESTED_FLAG = "attested_flag"
    """AT is set in a registration and clear in an assertion: §6.1, §6.5.2."""
    ATTESTED_DATA = "attested_data"
    """AAGUID, length and id are complete: §6.5.1."""
    ATTESTED_ID = "attested_id"
    """The attested credential id is the envelope's: ours, for a later lookup goes by that id."""
    PUBLIC_KEY_CBOR = "public_key_cbor"
    """One CBOR item in its shortest spelling: §6.5.1 (CTAP2 canonical form)."""
    PUBLIC_KEY_MEMBERS = "public_key_members"
    """Exactly the integer labels that its key type demands: §6.5.1.1, RFC 9052 section 7."""
    PUBLIC_KEY_ALGORITHM = "public_key_algorithm"
    """One of those offered: §7.1 step 20."""
    PUBLIC_KEY_TYPE = "public_key_type"
    """Algorithm, key type and curve agree: §5.8.5, §6.5.6."""
    PUBLIC_KEY_LENGTH = "public_key_length"
    """Coordinates, modulus or key of exactly the algorithm's length: §5.8.5."""
    PUBLIC_KEY_POINT = "public_key_point"
    """The point lies on its curve: SEC 1 section 3.2.2, RFC 8032 section 5.1.3."""
    PUBLIC_KEY_LOW_ORDER = "public_key_low_order"
    """Not one of the 14 encodings of a low-order point, for which anybody can sign: ours."""
    PUBLIC_KEY_MODULUS = "public_key_modulus"
    """RSA of 2048 to 4096 bits, odd and without leading zeros: ours, and RFC 8230 section 4."""
    PUBLIC_KEY_EXPONENT = "public_key_exponent"
    """65537: ours."""
    EXTENSION_DATA = "extension_data"
    """Where ED is set, one CBOR map: §6.1."""
    TRAILING_DATA = "trailing_data"
    """Nothing after the last announced part: §6.1."""

    # Against the stored credential record.
    STORED_CREDENTIAL = "stored_credential"
    """The record judged against is that of the presented id: §7.2 step 6."""
    USER_HANDLE_MISSING = "user_handle_missing"
    """A discoverable sign-in carries a user handle: §7.2 step 6."""
    USER_HANDLE_OWNER = "user_handle_owner"
    """A user handle that is present is the owner's: §7.2 step 6."""
    BACKUP_ELIGIBLE_UNCHANGED = "backup_eligible_unchanged"
    """BE equals the stored one: §7.2 step 19."""
    SIGN_COUNT = "sign_count"
    """Both counters zero, or the new one greater: §6.1.1, §7.2 (signature counter)."""

    UNREADABLE = "unreadable"
    """Reading it failed in a way that no other rule names (memory, recursion): ours."""


@dataclass(frozen=True, slots=True)
class GateRefusal:
    """The gate's no, as a value: the first rule that was broken."""

    rule: GateRule


class RuleBroken(Exception):
    """Carries a broken rule to the door of the gate; it never leaves this package."""

    def __init__(self, rule: GateRule) -> None:
        super().__init__(rule)
        self.rule = rule


def demand(holds: bool, rule: GateRule) -> None:
    """Raise RuleBroken unless the condition holds."""
    if not holds:
        raise RuleBroken(rule)
