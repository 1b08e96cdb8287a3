"""Confirming exactly one operation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from authserver.domain.action import Action
from authserver.domain.ids import StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.flows import step_up, step_up_by_code
from authserver.web.acting import acting
from authserver.web.answers import step_up_body
from authserver.web.api.bodies import OptionsBody, request_options
from authserver.web.api.contract import Empty, Outcome, endpoint
from authserver.web.api.password_sign_in import CodeBody
from authserver.web.api.sign_in import ASSERTION_REASONS, AssertionAnswer
from authserver.web.clients import client
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_step_ups", __name__, url_prefix="/api/v1")
TAG = "Step-up"
_STATE = (Reason.STEP_UP_UNKNOWN, Reason.STEP_UP_EXPIRED, Reason.STEP_UP_SPENT)


class StepUpBody(BaseModel):
    """``subject`` is what will be signed; ``summary`` is the same for people."""

    id: str
    action: str
    state: str
    subject: dict[str, str | int | bool]
    summary: list[dict[str, str]]
    requirement: dict[str, Any]
    risk: dict[str, Any]
    expires_at: str


class SatisfiedBody(BaseModel):
    state: str


@endpoint(
    api,
    "GET",
    "/step-ups/<uuid:id>",
    summary="What is to be confirmed, and whether it is",
    tag=TAG,
    access=Access.SIGNED_IN,
    answer=StepUpBody,
    reasons=(Reason.STEP_UP_UNKNOWN,),
)
def get_step_up(id: str) -> Outcome:
    found = step_up.get(house().services, acting(), StepUpId(id))
    return found if isinstance(found, Refused) else (200, StepUpBody(**step_up_body(found)))


@endpoint(
    api,
    "DELETE",
    "/step-ups/<uuid:id>",
    summary="Cancel it",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.ANSWER_STEP_UP,
    status=204,
    reasons=(Reason.STEP_UP_UNKNOWN, Reason.STEP_UP_SPENT),
)
def cancel_step_up(id: str, body: Empty) -> Outcome:
    refused = step_up.cancel(house().services, client(), now(), acting(), StepUpId(id))
    return refused or (204, None)


@endpoint(
    api,
    "POST",
    "/step-ups/<uuid:id>/passkey/options",
    summary="Ask for a challenge that commits to the subject",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.ANSWER_STEP_UP,
    answer=OptionsBody,
    reasons=_STATE,
)
def step_up_options(id: str, body: Empty) -> Outcome:
    begun = step_up.begin(house().services, client(), now(), acting(), StepUpId(id))
    return begun if isinstance(begun, Refused) else (200, request_options(begun))


@endpoint(
    api,
    "POST",
    "/step-ups/<uuid:id>/passkey",
    summary="Confirm with one of the account's own passkeys",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.ANSWER_STEP_UP,
    body=AssertionAnswer,
    answer=SatisfiedBody,
    reasons=(*ASSERTION_REASONS, *_STATE),
)
def satisfy_step_up(id: str, body: AssertionAnswer) -> Outcome:
    outcome = step_up.finish(
        house().services,
        client(),
        now(),
        acting(),
        StepUpId(id),
        token=body.ceremony_id,
        credential=body.credential,
    )
    return outcome if isinstance(outcome, Refused) else (200, SatisfiedBody(state="satisfied"))


@endpoint(
    api,
    "POST",
    "/step-ups/<uuid:id>/totp",
    summary="Confirm with an app's code, where the exception lets AL2 suffice",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.ANSWER_STEP_UP,
    body=CodeBody,
    answer=SatisfiedBody,
    reasons=(
        Reason.FACTOR_TOO_WEAK,
        Reason.SECOND_FACTOR_WRONG,
        Reason.ACCOUNT_FROZEN,
        Reason.THROTTLED,
        *_STATE,
    ),
)
def satisfy_step_up_with_totp(id: str, body: CodeBody) -> Outcome:
    outcome = step_up_by_code.confirm(
        house().services, client(), now(), acting(), StepUpId(id), body.code
    )
    return outcome if isinstance(outcome, Refused) else (200, SatisfiedBody(state="satisfied"))
