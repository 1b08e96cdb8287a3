"""Attestation by certificates: only with configured roots, and only where the chain verifies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from authserver.adapters.passkey_verifier import PasskeyVerifier
from authserver.domain.passkey.gate import check_registration
from authserver.domain.passkey.rule import GateRefusal, GateRule
from authserver.domain.passkey.verdict import SignatureRefused, Verified
from tests.support.passkey_ceremonies import EXPECTED, checked_registration, registration

Answer = Verified | SignatureRefused | GateRefusal


@dataclass(frozen=True)
class Maker:
    """Somebody who makes authenticators: a root, and a batch certificate under it."""

    root: x509.Certificate
    batch: x509.Certificate
    batch_key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def attest(self, *, tamper: bytes = b"") -> dict[str, Any]:
        """A registration whose packed statement rests on the batch certificate."""
        plain = checked_registration(registration())
        signed = cbor2.loads(plain.attestation_object)["authData"]
        signed += hashlib.sha256(plain.client_data_json).digest() + tamper
        return registration(
            attestation_format="packed",
            attestation_statement={
                "alg": -7,
                "sig": self.batch_key.sign(signed, ec.ECDSA(SHA256())),
                "x5c": [self.batch.public_bytes(Encoding.DER)],
            },
        )


def a_maker(name: str) -> Maker:
    root_key, batch_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate(name, root_key.public_key(), name, root_key)
    batch = _certificate(f"{name} batch", batch_key.public_key(), name, root_key)
    return Maker(root, batch, batch_key)


def _certificate(
    name: str,
    public_key: ec.EllipticCurvePublicKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject, above = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer)
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .sign(signer, SHA256())
    )


@pytest.fixture(scope="module")
def maker() -> Maker:
    return a_maker("maker")


def registered(credential: object, roots: Mapping[str, Sequence[bytes]]) -> Answer:
    verifier = PasskeyVerifier(roots)
    expected = replace(EXPECTED, rooted_formats=verifier.rooted_formats)
    checked = check_registration(credential, expected=expected)
    if isinstance(checked, GateRefusal):
        return checked
    return verifier.verify_registration(checked, expected=expected)


def test_a_chain_to_a_configured_root_is_accepted(maker: Maker) -> None:
    assert registered(maker.attest(), {"packed": [maker.pem]}) == Verified()
    both = [a_maker("other").pem, maker.pem]
    assert registered(maker.attest(), {"packed": both}) == Verified()


def test_a_chain_to_another_root_is_refused(maker: Maker) -> None:
    refused = SignatureRefused("InvalidRegistrationResponse")
    assert registered(maker.attest(), {"packed": [a_maker("maker").pem]}) == refused


def test_a_chain_whose_signature_is_not_over_this_credential_is_refused(maker: Maker) -> None:
    refused = SignatureRefused("InvalidRegistrationResponse")
    assert registered(maker.attest(tamper=b"x"), {"packed": [maker.pem]}) == refused


@pytest.mark.parametrize("roots", [{}, {"packed": []}, {"tpm": [b"a root of another format"]}])
def test_without_roots_of_its_format_a_chain_does_not_pass_the_gate(
    maker: Maker, roots: Mapping[str, Sequence[bytes]]
) -> None:
    refused = GateRefusal(GateRule.ATTESTATION_FORMAT)
    assert registered(maker.attest(), roots) == refused


def test_without_roots_a_chain_does_not_pass_the_verifier_either(maker: Maker) -> None:
    blind = replace(EXPECTED, rooted_formats=frozenset({"packed"}))
    checked = checked_registration(maker.attest(), blind)
    verdict = PasskeyVerifier().verify_registration(checked, expected=blind)
    assert verdict == SignatureRefused("RootsMissing")


def test_without_that_check_the_bare_library_would_accept_anybodys_chain(maker: Maker) -> None:
    blind = replace(EXPECTED, rooted_formats=frozenset({"packed"}))
    checked = replace(checked_registration(maker.attest(), blind), attestation_chained=False)
    assert PasskeyVerifier().verify_registration(checked, expected=blind) == Verified()


def test_roots_for_a_format_that_does_not_exist_are_a_fault_at_once() -> None:
    with pytest.raises(ValueError, match="carved-in-stone"):
        PasskeyVerifier({"carved-in-stone": [b"root"]})


def test_self_attestation_and_none_still_pass_beside_configured_roots(maker: Maker) -> None:
    assert registered(registration(), {"packed": [maker.pem]}) == Verified()
