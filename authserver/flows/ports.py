"""What the flows need from the outside, as protocols that ``adapters`` fulfil."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from authserver.domain.ceremony import Ceremony
from authserver.domain.notice import Notice
from authserver.domain.notice_linter import RenderedNotice
from authserver.domain.passkey.gate import CheckedAssertion, CheckedRegistration, ExpectedCeremony
from authserver.domain.passkey.verdict import SignatureRefused, Verified
from authserver.domain.policy import Policy
from authserver.domain.sign_up import IdentityClaim, IdentityProof
from authserver.domain.step_up import Subject
from authserver.flows.stores import Transaction


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware and in UTC."""


class Entropy(Protocol):
    def token(self, length: int) -> bytes:
        """That many bytes from the system's generator."""

    def identifier(self, now: datetime) -> str:
        """A UUIDv7 string (RFC 9562 section 5.7)."""

    def digits(self, length: int) -> str:
        """A uniformly random string of ASCII digits."""


class CeremonyTokens(Protocol):
    def seal(self, ceremony: Ceremony) -> str:
        """The ceremony as a token that only this server can have made."""

    def open(self, token: str) -> Ceremony | None:
        """The ceremony behind a token, or None if this server never made it."""


class Digests(Protocol):
    def of_code(self, purpose: str, owner: str, code: str) -> bytes:
        """Keyed digest of a low-entropy code, different for each purpose and owner."""

    def of_name(self, purpose: str, name: str) -> bytes:
        """Keyed, stable, unguessable bytes for a name (32 of them)."""


class Sealer(Protocol):
    def seal(self, secret: str) -> bytes:
        """Encrypt under the newest key, which is kept outside the database."""

    def open(self, sealed: bytes) -> str:
        """Decrypt what any present key sealed. Raises ValueError if none did."""

    def resealed(self, sealed: bytes) -> bytes | None:
        """The same secret under the newest key; None where it is already. Raises ValueError."""


class MasterKeys(Protocol):
    """The file that every key comes from; whoever changes it holds its rotation alone."""

    def add(self) -> None:
        """Put a fresh key in front: from now on, everything is sealed under it."""

    def retired(self, before: datetime) -> int:
        """How many keys are neither newest nor oldest, and were so already at that moment."""

    def forget(self, number: int) -> None:
        """Drop so many keys, the oldest ones but the very oldest."""

    def between(self) -> int:
        """How many keys are neither newest nor oldest."""


class CanonicalJson(Protocol):
    def digest(self, subject: Subject) -> bytes:
        """SHA-256 of the subject's canonical JSON (RFC 8785)."""


class PasskeyVerifier(Protocol):
    def verify_registration(
        self, checked: CheckedRegistration, *, expected: ExpectedCeremony
    ) -> Verified | SignatureRefused: ...

    def verify_assertion(
        self, checked: CheckedAssertion, *, expected: ExpectedCeremony, public_key: bytes
    ) -> Verified | SignatureRefused: ...


class PasswordHasher(Protocol):
    """Bounded: at most so many hashes at once, and Busy at once for whoever would have to queue."""

    def hash(self, password: str) -> str:
        """The password's hash with its parameters. Raises HasherBusy."""

    def verify(self, hashed: str | None, password: str) -> bool:
        """Whether it is this password; without a hash the same work is done for nothing."""

    def outdated(self, hashed: str) -> bool:
        """Whether the parameters in force are others than those of this hash."""


class HasherBusy(Exception):
    """As many passwords as may be are being hashed; passkeys do not wait for them."""


class OneTimeCodes(Protocol):
    def new_secret(self) -> str:
        """A fresh shared secret in base32 (160 bits)."""

    def code_at(self, secret: str, step: int) -> str:
        """The code of a time step (RFC 6238, SHA-1, six digits, 30 seconds)."""

    def uri(self, secret: str, *, account: str, issuer: str) -> str:
        """The ``otpauth://`` address that authenticator apps read."""

    def qr_svg(self, uri: str) -> str:
        """That address as a QR code, an SVG without style or script."""


class PasskeyNames(Protocol):
    def provider(self, aaguid: str) -> str:
        """The authenticator's public name, or an empty string for an unknown AAGUID."""


class IdentityProofing(Protocol):
    def prove(self, claim: IdentityClaim, *, now: datetime) -> IdentityProof | None:
        """Ask the proofing service; None if it does not vouch for the person."""


class Renderer(Protocol):
    def render(self, notice: Notice, secret: str) -> RenderedNotice:
        """The notice in its recipient's language. Raises DeliveryFailed if it may not be sent."""


class Postman(Protocol):
    def send(self, notice: Notice) -> None:
        """Render and hand over one notice. Raises DeliveryFailed when it could not."""


class DeliveryFailed(Exception):
    """The channel did not take the message; ``permanent`` means that trying again is useless."""

    def __init__(self, cause: str, *, permanent: bool = False) -> None:
        super().__init__(cause)
        self.permanent = permanent


class Database(Protocol):
    def transaction(self) -> AbstractContextManager[Transaction]:
        """A writing transaction: leaving it commits, an exception rolls back."""

    def snapshot(self) -> AbstractContextManager[Transaction]:
        """A reading transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """Who the passkeys are for: from configuration only, never from a request."""

    rp_id: str
    rp_name: str
    origins: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a flow may reach, joined once in ``wiring``."""

    clock: Clock
    entropy: Entropy
    database: Database
    policy: Policy
    relying_party: RelyingParty
    ceremonies: CeremonyTokens
    digests: Digests
    sealer: Sealer
    canonical_json: CanonicalJson
    verifier: PasskeyVerifier
    password_hasher: PasswordHasher
    common_passwords: Collection[str]
    one_time_codes: OneTimeCodes
    passkey_names: PasskeyNames
    identity_proofing: IdentityProofing
    postmen: Mapping[str, Postman]
    renderer: Renderer
