"""The one door to the WebAuthn library: signatures and attestation chains of checked credentials.

The library is handed the bytes that the gate has read, never the browser's JSON, so the two cannot
read different things. Fixed here, whatever its defaults: user verification as the ceremony demands
it (off in the library), a stored counter of 0 (it would raise on a regression, which ``judgement``
decides), and roots for every chain (without any, the library takes each chain for good).

Not checked, by the library or here: the certificate profile of §8.2.1 beyond its chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import webauthn
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from authserver.domain.ids import to_base64url
from authserver.domain.passkey.gate import CheckedAssertion, CheckedRegistration, ExpectedCeremony
from authserver.domain.passkey.verdict import SignatureRefused, Verified


class RootsMissing(Exception):
    """An attestation names certificates of a format for which no root is configured."""


class ReadingsDiffer(Exception):
    """The library read another credential out of the same bytes than the gate did."""


class PasskeyVerifier:
    """Fulfils ``flows.ports.PasskeyVerifier``.

    ``attestation_roots``: PEM root certificates by attestation format ("packed", "tpm", ...). Pass
    ``rooted_formats`` on in ExpectedCeremony, or the gate refuses those formats beforehand.
    """

    def __init__(self, attestation_roots: Mapping[str, Sequence[bytes]] | None = None) -> None:
        self._roots = {
            AttestationFormat(name): list(roots)
            for name, roots in (attestation_roots or {}).items()
            if roots
        }
        self.rooted_formats = frozenset(name.value for name in self._roots)

    def verify_registration(
        self, checked: CheckedRegistration, *, expected: ExpectedCeremony
    ) -> Verified | SignatureRefused:
        """Verify the attestation statement, if the format has one (§7.1 steps 23 and 24)."""
        return _refusing(lambda: self._registration(checked, expected))

    def verify_assertion(
        self, checked: CheckedAssertion, *, expected: ExpectedCeremony, public_key: bytes
    ) -> Verified | SignatureRefused:
        """Verify the signature with the stored COSE_Key (§7.2)."""
        return _refusing(lambda: _assertion(checked, expected, public_key))

    def _registration(self, checked: CheckedRegistration, expected: ExpectedCeremony) -> None:
        if checked.attestation_chained and checked.attestation_format not in self.rooted_formats:
            raise RootsMissing
        verified = webauthn.verify_registration_response(
            credential=RegistrationCredential(
                id=to_base64url(checked.credential_id),
                raw_id=checked.credential_id,
                response=AuthenticatorAttestationResponse(
                    client_data_json=checked.client_data_json,
                    attestation_object=checked.attestation_object,
                ),
            ),
            expected_challenge=expected.challenge,
            expected_rp_id=expected.rp_id,
            expected_origin=list(expected.origins),
            require_user_verification=expected.user_verification,
            supported_pub_key_algs=[
                COSEAlgorithmIdentifier(number) for number in expected.algorithms
            ],
            pem_root_certs_bytes_by_fmt=self._roots,
        )
        _agree(
            (verified.credential_id, verified.credential_public_key, verified.sign_count),
            (checked.credential_id, checked.public_key, checked.sign_count),
        )


def _assertion(checked: CheckedAssertion, expected: ExpectedCeremony, public_key: bytes) -> None:
    verified = webauthn.verify_authentication_response(
        credential=AuthenticationCredential(
            id=to_base64url(checked.credential_id),
            raw_id=checked.credential_id,
            response=AuthenticatorAssertionResponse(
                client_data_json=checked.client_data_json,
                authenticator_data=checked.authenticator_data,
                signature=checked.signature,
            ),
        ),
        expected_challenge=expected.challenge,
        expected_rp_id=expected.rp_id,
        expected_origin=list(expected.origins),
        credential_public_key=public_key,
        # With 0 stored the library never sees a regression; ``judgement`` knows the real counter.
        credential_current_sign_count=0,
        require_user_verification=expected.user_verification,
    )
    _agree(
        (verified.new_sign_count, verified.user_verified, verified.credential_backed_up),
        (checked.sign_count, checked.user_verified, checked.backed_up),
    )


def _agree(theirs: object, ours: object) -> None:
    if theirs != ours:
        raise ReadingsDiffer


def _refusing(verify: Callable[[], None]) -> Verified | SignatureRefused:
    try:
        verify()
    except BaseException as fault:
        # A panic of the Rust code under ``cryptography`` is no Exception, but comes of their bytes.
        if not isinstance(fault, Exception) and type(fault).__name__ != "PanicException":
            raise
        return SignatureRefused(cause=type(fault).__name__)
    return Verified()
