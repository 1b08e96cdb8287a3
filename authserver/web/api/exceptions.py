"""The exception for people who cannot use a passkey, as its owner and as an operator meet it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flask import Blueprint
from pydantic import BaseModel

from authserver.domain.action import Action
from authserver.domain.mfa_exception import ExceptionReason, MfaException
from authserver.domain.outcome import Reason, Refused
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import end_exceptions, exceptions
from authserver.flows.exceptions import OwnedException
from authserver.web.acting import acting, step_up_header
from authserver.web.answers import rfc3339
from authserver.web.api.contract import Body, Empty, Outcome, endpoint
from authserver.web.clients import client
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_exceptions", __name__, url_prefix="/api/v1")
TAG = "Exception for people who cannot use a passkey"


class RequestException(Body):
    reason_code: Literal["no_device", "disability", "assisted", "other"]
    consent_version: str


class ExceptionBody(BaseModel):
    id: str
    reason_code: str
    consent_version: str
    state: str
    in_force: bool
    requested_at: str
    effective_at: str | None
    expires_at: str | None


class PresentExceptionBody(BaseModel):
    consent_version: str
    newest: ExceptionBody | None


class OwnedExceptionBody(ExceptionBody):
    account_id: str
    login_id: str


class OwnedExceptionsBody(BaseModel):
    items: list[OwnedExceptionBody]
    next_cursor: str | None


class Decision(Body):
    decision: Literal["approve", "reject"]


def _fields(exception: MfaException) -> dict[str, str | bool | None]:
    return {
        "id": exception.id,
        "reason_code": exception.reason.value,
        "consent_version": exception.consent_version,
        "state": exception.state.value,
        "in_force": exception.in_force(now()),
        "requested_at": rfc3339(exception.requested_at),
        "effective_at": rfc3339(exception.effective_at) if exception.effective_at else None,
        "expires_at": rfc3339(exception.expires_at) if exception.expires_at else None,
    }


@endpoint(
    api,
    "GET",
    "/mfa-exceptions",
    summary="The account's newest request, and the consent text's version in force",
    tag=TAG,
    access=Access.SIGNED_IN,
    answer=PresentExceptionBody,
)
def present_exception() -> Outcome:
    present = exceptions.present(house().services, acting())
    newest = ExceptionBody.model_validate(_fields(present.newest)) if present.newest else None
    return 200, PresentExceptionBody(consent_version=present.consent_version, newest=newest)


@endpoint(
    api,
    "POST",
    "/mfa-exceptions",
    summary="Ask for it; an operator decides, it takes effect after a delay, and it expires",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.REQUEST_EXCEPTION,
    body=RequestException,
    answer=ExceptionBody,
    status=202,
    reasons=(
        Reason.CONSENT_OUTDATED,
        Reason.EXCEPTION_OPEN,
        Reason.EXCEPTION_NEEDS_FACTORS,
        Reason.ACCOUNT_FROZEN,
        Reason.STEP_UP_EXPIRED,
    ),
    steps_up=True,
)
def request_exception(body: RequestException) -> Outcome:
    outcome = exceptions.request(
        house().services,
        client(),
        now(),
        acting(),
        reason=ExceptionReason(body.reason_code),
        consent_version=body.consent_version,
        step_up_id=step_up_header(),
    )
    if isinstance(outcome, Refused | StepUpNeeded):
        return outcome
    return 202, ExceptionBody.model_validate(_fields(outcome))


@endpoint(
    api,
    "GET",
    "/operator/mfa-exceptions",
    summary="Requests that wait for a decision, the oldest first",
    tag=TAG,
    access=Access.OPERATOR,
    answer=OwnedExceptionsBody,
)
def waiting_exceptions() -> Outcome:
    return 200, _owned(exceptions.waiting(house().services))


@endpoint(
    api,
    "GET",
    "/operator/mfa-exceptions/approved",
    summary="Those that open an account, or are about to: what can be taken back",
    tag=TAG,
    access=Access.OPERATOR,
    answer=OwnedExceptionsBody,
)
def approved_exceptions() -> Outcome:
    return 200, _owned(exceptions.approved(house().services, now()))


def _owned(found: Sequence[OwnedException]) -> OwnedExceptionsBody:
    items = [
        OwnedExceptionBody.model_validate(
            {
                **_fields(one.exception),
                "account_id": one.exception.account_id,
                "login_id": one.login_id,
            }
        )
        for one in found
    ]
    return OwnedExceptionsBody(items=items, next_cursor=None)


@endpoint(
    api,
    "POST",
    "/operator/mfa-exceptions/<uuid:id>/decision",
    summary="Decide about one of them, never about one's own",
    tag=TAG,
    access=Access.OPERATOR,
    action=Action.DECIDE_EXCEPTION,
    body=Decision,
    answer=ExceptionBody,
    reasons=(Reason.NOT_FOUND, Reason.ACCOUNT_FROZEN, Reason.STEP_UP_EXPIRED),
    steps_up=True,
)
def decide_exception(id: str, body: Decision) -> Outcome:
    outcome = exceptions.decide(
        house().services,
        client(),
        now(),
        acting(),
        id,
        approve=body.decision == "approve",
        step_up_id=step_up_header(),
    )
    if isinstance(outcome, Refused | StepUpNeeded):
        return outcome
    return 200, ExceptionBody.model_validate(_fields(outcome))


@endpoint(
    api,
    "DELETE",
    "/mfa-exceptions/<uuid:id>",
    summary="Give one's own request or exception up; it needs a passkey first",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.END_EXCEPTION,
    status=204,
    reasons=(
        Reason.NOT_FOUND,
        Reason.EXCEPTION_LAST_WAY,
        Reason.ACCOUNT_FROZEN,
        Reason.STEP_UP_EXPIRED,
    ),
    steps_up=True,
)
def end_exception(id: str, body: Empty) -> Outcome:
    outcome = end_exceptions.end(
        house().services, client(), now(), acting(), id, step_up_id=step_up_header()
    )
    return outcome if isinstance(outcome, Refused | StepUpNeeded) else (204, None)


@endpoint(
    api,
    "POST",
    "/operator/mfa-exceptions/<uuid:id>/revocation",
    summary="Take an exception back; the sessions that rest on it end",
    tag=TAG,
    access=Access.OPERATOR,
    action=Action.REVOKE_EXCEPTION,
    status=204,
    reasons=(Reason.NOT_FOUND, Reason.ACCOUNT_FROZEN, Reason.STEP_UP_EXPIRED),
    steps_up=True,
)
def revoke_exception(id: str, body: Empty) -> Outcome:
    outcome = end_exceptions.revoke(
        house().services, client(), now(), acting(), id, step_up_id=step_up_header()
    )
    return outcome if isinstance(outcome, Refused | StepUpNeeded) else (204, None)
