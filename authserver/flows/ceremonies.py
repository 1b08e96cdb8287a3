"""Beginning a WebAuthn ceremony without a write, and taking one back exactly as it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from authserver.domain.ceremony import Ceremony, Purpose
from authserver.domain.client import Client
from authserver.domain.factor import Passkey
from authserver.domain.outcome import Reason, Refused
from authserver.domain.passkey.gate import CheckedAssertion, ExpectedCeremony
from authserver.domain.passkey.judgement import StoredPasskey
from authserver.flows.ports import Services


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A credential that the browser may (or must not) use: id and transport hints."""

    credential_id: bytes
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BegunAssertion:
    token: str
    ceremony: Ceremony
    allow: Sequence[Descriptor]


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunRegistration:
    """``user_name`` and ``display_name`` are what the credential manager shows."""

    token: str
    ceremony: Ceremony
    user_handle: bytes
    user_name: str
    display_name: str
    exclude: Sequence[Descriptor]


def begin(
    services: Services,
    client: Client,
    now: datetime,
    *,
    purpose: Purpose,
    about: str = "",
    subject_digest: bytes = b"",
) -> tuple[str, Ceremony]:
    """Make a ceremony and the token under which it travels. Writes nothing."""
    ceremony = Ceremony(
        id=services.entropy.identifier(now),
        purpose=purpose,
        nonce=services.entropy.token(32),
        browser=client.browser,
        about=about,
        subject_digest=subject_digest,
        expires_at=now + services.policy.limits.ceremony,
    )
    return services.ceremonies.seal(ceremony), ceremony


def take_back(
    services: Services, client: Client, now: datetime, token: str, *, purposes: frozenset[Purpose]
) -> Ceremony | Refused:
    """The ceremony behind a token if it is ours, of this browser and purpose, and not too old.

    Does not spend it: that is the business of the transaction in which its result counts.
    """
    ceremony = services.ceremonies.open(token)
    if ceremony is None:
        return Refused(Reason.CEREMONY_FORGED)
    if ceremony.purpose not in purposes:
        return Refused(Reason.CEREMONY_OTHER_PURPOSE)
    if ceremony.browser != client.browser:
        return Refused(Reason.CEREMONY_OTHER_BROWSER)
    if now >= ceremony.expires_at:
        return Refused(Reason.CEREMONY_EXPIRED)
    return ceremony


def expected(services: Services, ceremony: Ceremony) -> ExpectedCeremony:
    """What the answer to this ceremony has to look like (WebAuthn Level 3 CR, 7.1 and 7.2)."""
    return ExpectedCeremony(
        challenge=ceremony.challenge,
        origins=services.relying_party.origins,
        rp_id=services.relying_party.rp_id,
        algorithms=services.policy.algorithms,
    )


def descriptors(passkeys: Sequence[Passkey]) -> list[Descriptor]:
    return [Descriptor(passkey.credential_id, passkey.transports) for passkey in passkeys]


def stored(passkey: Passkey, user_handle: bytes) -> StoredPasskey:
    """The part of the credential record that an assertion is judged against."""
    return StoredPasskey(
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        algorithm=passkey.algorithm,
        sign_count=passkey.sign_count,
        backup_eligible=passkey.backup_eligible,
        backed_up=passkey.backed_up,
        user_handle=user_handle,
    )


def facts_of(checked: CheckedAssertion) -> dict[str, str]:
    """What the log keeps of an assertion: public values only."""
    return {"sign_count": str(checked.sign_count), "origin": checked.origin}
