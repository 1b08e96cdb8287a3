"""Opening an account, and coming back with an enrolment code."""

from __future__ import annotations

from datetime import date
from typing import Literal

from flask import Blueprint

from authserver.domain.action import Action
from authserver.domain.outcome import Reason, Refused
from authserver.domain.sign_up import IdentityClaim, IdentityMethod
from authserver.flows import enrolment_codes, sign_up
from authserver.flows.sign_up import Advanced, Application
from authserver.web import identity
from authserver.web.api.bodies import NextBody
from authserver.web.api.contract import Body, Outcome, endpoint
from authserver.web.clients import client
from authserver.web.entries import BirthDate, Code, DisplayName, Email, Kana, LoginId
from authserver.web.house import house, now

api = Blueprint("api_accounts", __name__, url_prefix="/api/v1")
TAG = "Opening an account"


class OpenAccount(Body):
    login_id: LoginId
    email: Email
    display_name: DisplayName
    locale: Literal["ja", "en"]


class EmailCode(Body):
    code: Code


class ProveIdentity(Body):
    method: Literal["simulated-id-card", "simulated-ekyc", "simulated-branch"]
    full_name_kana: Kana
    birth_date: BirthDate


class EnrolmentCode(Body):
    login_id: LoginId
    code: Code


def _answer(outcome: Advanced | Refused, status: int = 200) -> Outcome:
    if isinstance(outcome, Refused):
        return outcome
    identity.rename(outcome.token)
    return status, NextBody(next=outcome.next)


@endpoint(
    api,
    "POST",
    "/accounts",
    summary="Begin to open an account: a code goes to the mail address",
    tag=TAG,
    action=Action.OPEN_ACCOUNT,
    body=OpenAccount,
    answer=NextBody,
    status=202,
    reasons=(Reason.THROTTLED,),
)
def open_account(body: OpenAccount) -> Outcome:
    application = Application(
        login_id=body.login_id,
        email=body.email,
        display_name=body.display_name,
        locale=body.locale,
    )
    return _answer(sign_up.begin(house().services, client(), now(), application), 202)


@endpoint(
    api,
    "POST",
    "/accounts/email-verification",
    summary="Give the code that came by mail",
    tag=TAG,
    action=Action.OPEN_ACCOUNT,
    body=EmailCode,
    answer=NextBody,
    reasons=(
        Reason.CODE_WRONG,
        Reason.CODE_EXPIRED,
        Reason.CODE_TRIES_SPENT,
        Reason.SIGN_UP_UNKNOWN,
        Reason.SIGN_UP_EXPIRED,
        Reason.SIGN_UP_STEP,
        Reason.THROTTLED,
    ),
)
def verify_email(body: EmailCode) -> Outcome:
    return _answer(sign_up.verify_email(house().services, client(), now(), body.code))


@endpoint(
    api,
    "POST",
    "/accounts/identity-proof",
    summary="Prove who you are (simulated: no card is read, nothing is checked)",
    tag=TAG,
    action=Action.OPEN_ACCOUNT,
    body=ProveIdentity,
    answer=NextBody,
    reasons=(
        Reason.IDENTITY_NOT_PROVED,
        Reason.SIGN_UP_UNKNOWN,
        Reason.SIGN_UP_EXPIRED,
        Reason.SIGN_UP_STEP,
        Reason.THROTTLED,
    ),
)
def prove_identity(body: ProveIdentity) -> Outcome:
    claim = IdentityClaim(
        method=IdentityMethod(body.method),
        full_name_kana=body.full_name_kana,
        birth_date=date.fromisoformat(body.birth_date),
    )
    return _answer(sign_up.prove_identity(house().services, client(), now(), claim))


@endpoint(
    api,
    "POST",
    "/enrolment-code",
    summary="Redeem an enrolment code that the firm handed over: the way to a new passkey",
    tag=TAG,
    action=Action.REDEEM_ENROLMENT_CODE,
    body=EnrolmentCode,
    answer=NextBody,
    reasons=(Reason.CODE_WRONG, Reason.THROTTLED),
)
def redeem_enrolment_code(body: EnrolmentCode) -> Outcome:
    return _answer(
        enrolment_codes.redeem(
            house().services,
            client(),
            now(),
            login_id=body.login_id,
            code=body.code,
            previous=identity.signed_in(),
        )
    )
