"""Signing in with a passkey, asking who is signed in, signing out."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint
from pydantic import StringConstraints

from authserver.domain.action import Action
from authserver.domain.event import EventKind
from authserver.domain.outcome import Reason, Refused
from authserver.flows import end_sessions, sign_in
from authserver.web import identity
from authserver.web.acting import acting
from authserver.web.api.bodies import OptionsBody, SignedInBody, request_options, signed_in_body
from authserver.web.api.contract import Body, Empty, Outcome, endpoint
from authserver.web.clients import client
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_sign_in", __name__, url_prefix="/api/v1")
TAG = "Signing in"

CeremonyToken = Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class SignInOptions(Body):
    login_id: Annotated[str, StringConstraints(min_length=1, max_length=320)] | None = None


class AssertionAnswer(Body):
    """``credential`` is what PublicKeyCredential.toJSON() gives, whole."""

    ceremony_id: CeremonyToken
    credential: dict[str, Any]


ASSERTION_REASONS = (
    Reason.CEREMONY_FORGED,
    Reason.CEREMONY_EXPIRED,
    Reason.CEREMONY_SPENT,
    Reason.PASSKEY_GATE,
    Reason.PASSKEY_UNKNOWN,
    Reason.ACCOUNT_FROZEN,
    Reason.THROTTLED,
)


@endpoint(
    api,
    "POST",
    "/sign-in/passkey/options",
    summary="Ask for a challenge; without login_id any of the person's passkeys may answer",
    tag=TAG,
    action=Action.SIGN_IN,
    body=SignInOptions,
    answer=OptionsBody,
)
def sign_in_options(body: SignInOptions) -> Outcome:
    begun = sign_in.begin(house().services, client(), now(), login_id=body.login_id)
    return 200, request_options(begun)


@endpoint(
    api,
    "POST",
    "/sign-in/passkey",
    summary="Answer the challenge and be signed in",
    tag=TAG,
    action=Action.SIGN_IN,
    body=AssertionAnswer,
    answer=SignedInBody,
    reasons=ASSERTION_REASONS,
)
def sign_in_with_passkey(body: AssertionAnswer) -> Outcome:
    outcome = sign_in.finish(
        house().services,
        client(),
        now(),
        token=body.ceremony_id,
        credential=body.credential,
        previous=identity.signed_in(),
    )
    if isinstance(outcome, Refused):
        return outcome
    identity.remember(outcome.token)
    told = (EventKind.SIGN_IN_SUCCEEDED,)
    return 200, signed_in_body(outcome.signed_in, outcome.last_sign_in, told)


@endpoint(
    api,
    "GET",
    "/session",
    summary="Who is signed in, with which proofs, how strong and how long",
    tag=TAG,
    access=Access.SIGNED_IN,
    answer=SignedInBody,
)
def present_session() -> Outcome:
    return 200, signed_in_body(acting(), end_sessions.last_sign_in(house().services, acting()))


@endpoint(
    api,
    "DELETE",
    "/session",
    summary="Sign out",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.SIGN_OUT,
    status=204,
)
def sign_out(body: Empty) -> Outcome:
    end_sessions.sign_out(house().services, client(), now(), acting())
    identity.forget()
    return 204, None
