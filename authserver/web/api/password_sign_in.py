"""The way in without a passkey: password first, then a second factor."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint
from pydantic import BaseModel, StringConstraints

from authserver.domain.action import Action
from authserver.domain.event import EventKind
from authserver.domain.outcome import Reason, Refused
from authserver.flows import password_sign_in
from authserver.flows.start_session import SessionStarted
from authserver.web import identity
from authserver.web.api.bodies import SignedInBody, signed_in_body
from authserver.web.api.contract import Body, Outcome, endpoint
from authserver.web.clients import client
from authserver.web.entries import Code, RecoveryCode
from authserver.web.house import house, now

api = Blueprint("api_password_sign_in", __name__, url_prefix="/api/v1")
TAG = "Signing in without a passkey"

# Length is judged by the flow: a long password is a refusal like any other wrong one.
PasswordText = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class PasswordBody(Body):
    login_id: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    password: PasswordText


class MethodsBody(BaseModel):
    """The same list for every account."""

    next: list[str]


class CodeBody(Body):
    code: Code


class RecoveryCodeBody(Body):
    code: RecoveryCode


SECOND = (
    Reason.SIGN_IN_NOT_BEGUN,
    Reason.SECOND_FACTOR_WRONG,
    Reason.PASSKEY_REQUIRED,
    Reason.ACCOUNT_FROZEN,
    Reason.THROTTLED,
)


@endpoint(
    api,
    "POST",
    "/sign-in/password",
    summary="Show a password; alone it opens nothing, and the answer is the same for every account",
    tag=TAG,
    action=Action.SIGN_IN,
    body=PasswordBody,
    answer=MethodsBody,
    reasons=(Reason.CREDENTIALS_WRONG, Reason.HASHER_BUSY, Reason.THROTTLED),
)
def show_password(body: PasswordBody) -> Outcome:
    outcome = password_sign_in.show_password(
        house().services, client(), now(), login_id=body.login_id, password=body.password
    )
    if isinstance(outcome, Refused):
        return outcome
    return 200, MethodsBody(next=list(outcome.methods))


def signed_in(outcome: SessionStarted | Refused) -> Outcome:
    if isinstance(outcome, Refused):
        return outcome
    identity.remember(outcome.token)
    told = (EventKind.SIGN_IN_SUCCEEDED,)
    return 200, signed_in_body(outcome.signed_in, outcome.last_sign_in, told)


@endpoint(
    api,
    "POST",
    "/sign-in/totp",
    summary="Finish with an app's code, where the account may do without a passkey",
    tag=TAG,
    action=Action.SIGN_IN,
    body=CodeBody,
    answer=SignedInBody,
    reasons=SECOND,
)
def sign_in_with_totp(body: CodeBody) -> Outcome:
    return signed_in(
        password_sign_in.show_totp(
            house().services, client(), now(), code=body.code, previous=identity.signed_in()
        )
    )


@endpoint(
    api,
    "POST",
    "/sign-in/recovery-code",
    summary="Finish with a recovery code in the place of the second factor",
    tag=TAG,
    action=Action.SIGN_IN,
    body=RecoveryCodeBody,
    answer=SignedInBody,
    reasons=SECOND,
)
def sign_in_with_recovery_code(body: RecoveryCodeBody) -> Outcome:
    return signed_in(
        password_sign_in.show_recovery_code(
            house().services, client(), now(), code=body.code, previous=identity.signed_in()
        )
    )
