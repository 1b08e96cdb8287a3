"""A code by mail as the second factor: these routes exist only where the policy has it."""

from __future__ import annotations

from flask import Blueprint

from authserver.domain.action import Action
from authserver.domain.outcome import Reason, Refused
from authserver.domain.policy import SecondFactor
from authserver.flows import mail_codes
from authserver.web import identity
from authserver.web.api.bodies import NextBody, SignedInBody
from authserver.web.api.contract import Empty, Outcome, endpoint
from authserver.web.api.password_sign_in import SECOND, TAG, CodeBody, signed_in
from authserver.web.clients import client
from authserver.web.house import house, now

api = Blueprint("api_mail_codes", __name__, url_prefix="/api/v1")


@endpoint(
    api,
    "POST",
    "/sign-in/email-code/request",
    summary="Have a code mailed, once the password was right; a new one replaces the old",
    tag=TAG,
    action=Action.SIGN_IN,
    answer=NextBody,
    status=202,
    reasons=(Reason.SIGN_IN_NOT_BEGUN, Reason.THROTTLED),
    only_with=SecondFactor.EMAIL_CODE,
)
def request_email_code(body: Empty) -> Outcome:
    refused = mail_codes.request(house().services, client(), now())
    return refused if isinstance(refused, Refused) else (202, NextBody(next="give_email_code"))


@endpoint(
    api,
    "POST",
    "/sign-in/email-code",
    summary="Finish with the code that was mailed, where the account may do without a passkey",
    tag=TAG,
    action=Action.SIGN_IN,
    body=CodeBody,
    answer=SignedInBody,
    reasons=SECOND,
    only_with=SecondFactor.EMAIL_CODE,
)
def sign_in_with_email_code(body: CodeBody) -> Outcome:
    return signed_in(
        mail_codes.show(
            house().services, client(), now(), code=body.code, previous=identity.signed_in()
        )
    )
