"""Factors beside the passkey: the password and authenticator apps."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint
from pydantic import BaseModel, StringConstraints

from authserver.domain.action import Action
from authserver.domain.factor import LABEL_MAX
from authserver.domain.outcome import Reason, Refused
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import one_time_codes, passwords
from authserver.web import identity
from authserver.web.acting import acting, step_up_header
from authserver.web.api.contract import Body, Empty, Outcome, endpoint
from authserver.web.api.password_sign_in import CodeBody, PasswordText
from authserver.web.clients import client
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_passwords", __name__, url_prefix="/api/v1")
TAG = "Factors"


class NewPassword(Body):
    current: PasswordText | None = None
    new: PasswordText


class NewTotp(Body):
    label: Annotated[str, StringConstraints(max_length=LABEL_MAX)] = ""


class TotpBody(BaseModel):
    """Shown once: the secret, the same as an address, and the same as a picture."""

    id: str
    secret: str
    otpauth_uri: str
    qr_svg: str


class ConfirmedBody(BaseModel):
    confirmed: bool


_CHANGE = (
    Reason.ACCOUNT_FROZEN,
    Reason.STEP_UP_UNKNOWN,
    Reason.STEP_UP_MISMATCH,
    Reason.STEP_UP_SPENT,
    Reason.STEP_UP_EXPIRED,
)


@endpoint(
    api,
    "PUT",
    "/password",
    summary="Set or change the password; every other session ends",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.SET_PASSWORD,
    body=NewPassword,
    status=204,
    reasons=(
        Reason.CREDENTIALS_WRONG,
        Reason.HASHER_BUSY,
        Reason.PASSWORD_TOO_SHORT,
        Reason.PASSWORD_TOO_LONG,
        Reason.PASSWORD_COMMON,
        Reason.PASSWORD_ABOUT_YOU,
        Reason.PASSWORD_UNPRINTABLE,
        *_CHANGE,
    ),
    steps_up=True,
)
def set_password(body: NewPassword) -> Outcome:
    outcome = passwords.set_password(
        house().services,
        client(),
        now(),
        acting(),
        current=body.current,
        new=body.new,
        step_up_id=step_up_header(),
    )
    if isinstance(outcome, Refused | StepUpNeeded):
        return outcome
    identity.remember(outcome.token)
    return 204, None


@endpoint(
    api,
    "POST",
    "/totp",
    summary="Begin with an authenticator app; it counts after its first code",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.ADD_TOTP,
    body=NewTotp,
    answer=TotpBody,
    status=201,
    reasons=(Reason.TOTP_LIMIT, *_CHANGE),
    steps_up=True,
)
def add_totp(body: NewTotp) -> Outcome:
    outcome = one_time_codes.add(
        house().services,
        client(),
        now(),
        acting(),
        label=body.label,
        step_up_id=step_up_header(),
    )
    if isinstance(outcome, Refused | StepUpNeeded):
        return outcome
    return 201, TotpBody(
        id=outcome.totp.id,
        secret=outcome.secret,
        otpauth_uri=outcome.uri,
        qr_svg=outcome.qr_svg,
    )


@endpoint(
    api,
    "POST",
    "/totp/<uuid:id>/confirmation",
    summary="Give the app's first code, which is used up by it",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.ADD_TOTP,
    body=CodeBody,
    answer=ConfirmedBody,
    reasons=(
        Reason.NOT_FOUND,
        Reason.SECOND_FACTOR_WRONG,
        Reason.ACCOUNT_FROZEN,
        Reason.RECOVERY_HOLD,
        Reason.THROTTLED,
    ),
)
def confirm_totp(id: str, body: CodeBody) -> Outcome:
    outcome = one_time_codes.confirm(house().services, client(), now(), acting(), id, body.code)
    if isinstance(outcome, Refused):
        return outcome
    identity.remember(outcome.token)
    return 200, ConfirmedBody(confirmed=True)


@endpoint(
    api,
    "DELETE",
    "/totp/<uuid:id>",
    summary="Take an authenticator app off the account",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.REMOVE_TOTP,
    status=204,
    reasons=(Reason.NOT_FOUND, Reason.PASSKEY_LAST, *_CHANGE),
    steps_up=True,
)
def remove_totp(id: str, body: Empty) -> Outcome:
    outcome = one_time_codes.remove(
        house().services, client(), now(), acting(), id, step_up_id=step_up_header()
    )
    if isinstance(outcome, Refused | StepUpNeeded):
        return outcome
    identity.remember(outcome.token)
    return 204, None
