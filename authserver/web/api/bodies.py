"""The shapes of answers, and how values of the domain fill them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from authserver.domain.assurance import Proof
from authserver.domain.event import EventKind
from authserver.domain.ids import to_base64url
from authserver.domain.notice import RULES
from authserver.domain.session import LastSignIn, Session, SignedIn
from authserver.flows.ceremonies import BegunAssertion, BegunRegistration, Descriptor
from authserver.web.answers import rfc3339
from authserver.web.house import house


class AccountBody(BaseModel):
    id: str
    login_id: str
    display_name: str
    locale: str
    roles: list[str]
    state: str


class ProofBody(BaseModel):
    factor: str
    at: str
    phishing_resistant: bool


class SessionBody(BaseModel):
    id: str
    assurance: str
    proofs: list[ProofBody]
    created_at: str
    idle_expires_at: str
    expires_at: str


class LastSignInBody(BaseModel):
    at: str
    place: str
    device: str


class ToldBody(BaseModel):
    """That the account's owner is being told of this, and how."""

    kind: str
    channel: str


class SignedInBody(BaseModel):
    account: AccountBody
    session: SessionBody
    last_sign_in: LastSignInBody | None
    notices: list[ToldBody]


class NextBody(BaseModel):
    """What the client has to do now."""

    next: str


class OptionsBody(BaseModel):
    """``publicKey`` is what the browser's parse…OptionsFromJSON take, as it is."""

    ceremony_id: str
    publicKey: dict[str, Any]  # noqa: N815 - WebAuthn's own spelling


def signed_in_body(
    signed_in: SignedIn, last: LastSignIn | None, told: Sequence[EventKind] = ()
) -> SignedInBody:
    account, session = signed_in.account, signed_in.session
    return SignedInBody(
        account=AccountBody(
            id=account.id,
            login_id=account.login_id,
            display_name=account.display_name,
            locale=account.locale,
            roles=sorted(account.roles),
            state=account.state,
        ),
        session=session_body(session),
        last_sign_in=LastSignInBody(at=rfc3339(last.at), place=last.place, device=last.device)
        if last
        else None,
        notices=[
            ToldBody(kind=kind, channel=channel)
            for kind in told
            for channel in RULES[kind].channels
        ],
    )


def session_body(session: Session) -> SessionBody:
    return SessionBody(
        id=session.id,
        assurance=session.assurance.level.name,
        proofs=[_proof(proof) for proof in session.proofs],
        created_at=rfc3339(session.created_at),
        idle_expires_at=rfc3339(session.idle_expires_at),
        expires_at=rfc3339(session.expires_at),
    )


def _proof(proof: Proof) -> ProofBody:
    return ProofBody(
        factor=proof.factor, at=rfc3339(proof.at), phishing_resistant=proof.phishing_resistant
    )


def _descriptors(items: Sequence[Descriptor]) -> list[dict[str, Any]]:
    return [
        {
            "type": "public-key",
            "id": to_base64url(item.credential_id),
            "transports": list(item.transports),
        }
        for item in items
    ]


def _timeout() -> int:
    return int(house().services.policy.limits.ceremony.total_seconds() * 1000)


def request_options(begun: BegunAssertion) -> OptionsBody:
    """PublicKeyCredentialRequestOptionsJSON (Level 3 CR, 5.5); verification is not negotiable."""
    return OptionsBody(
        ceremony_id=begun.token,
        publicKey={
            "challenge": to_base64url(begun.ceremony.challenge),
            "timeout": _timeout(),
            "rpId": house().services.relying_party.rp_id,
            "allowCredentials": _descriptors(begun.allow),
            "userVerification": "required",
        },
    )


def creation_options(begun: BegunRegistration) -> OptionsBody:
    """PublicKeyCredentialCreationOptionsJSON (Level 3 CR, 5.4): a discoverable, verifying key."""
    party = house().services.relying_party
    return OptionsBody(
        ceremony_id=begun.token,
        publicKey={
            "rp": {"id": party.rp_id, "name": party.rp_name},
            "user": {
                "id": to_base64url(begun.user_handle),
                "name": begun.user_name,
                "displayName": begun.display_name,
            },
            "challenge": to_base64url(begun.ceremony.challenge),
            "pubKeyCredParams": [
                {"type": "public-key", "alg": algorithm}
                for algorithm in sorted(house().services.policy.algorithms, reverse=True)
            ],
            "timeout": _timeout(),
            "excludeCredentials": _descriptors(begun.exclude),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        },
    )
