"""Coming back after every factor is lost, and stopping somebody who tries to."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from flask import Blueprint
from pydantic import BaseModel, StringConstraints

from authserver.domain.action import Action
from authserver.domain.outcome import Reason, Refused
from authserver.domain.recovery import Recovery
from authserver.domain.sign_up import IdentityClaim, IdentityMethod
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import begin_recovery, recovery, stop_recovery
from authserver.flows.begin_recovery import Onward
from authserver.web import identity
from authserver.web.acting import acting, step_up_header
from authserver.web.answers import rfc3339
from authserver.web.api.accounts import EmailCode, EnrolmentCode, ProveIdentity
from authserver.web.api.bodies import NextBody
from authserver.web.api.contract import Body, Empty, Outcome, endpoint
from authserver.web.clients import client
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_recovery", __name__, url_prefix="/api/v1")
TAG = "Recovery after every factor is lost"


class BeginRecovery(Body):
    login_id: Annotated[str, StringConstraints(min_length=1, max_length=320)]


class RecoveryBody(BaseModel):
    """``hold_until`` is when withdrawals and changes are possible again."""

    id: str
    step: str
    begun_at: str
    expires_at: str
    hold_until: str | None


class RecoveriesBody(BaseModel):
    items: list[RecoveryBody]
    next_cursor: str | None


_WRONG = (
    Reason.RECOVERY_UNKNOWN,
    Reason.RECOVERY_EXPIRED,
    Reason.RECOVERY_STEP,
    Reason.CODE_TRIES_SPENT,
    Reason.PATH_LOCKED,
    Reason.ACCOUNT_FROZEN,
    Reason.THROTTLED,
)


def _answer(outcome: Onward | Refused, status: int = 200) -> Outcome:
    if isinstance(outcome, Refused):
        return outcome
    identity.rename(outcome.token)
    return status, NextBody(next=outcome.next)


@endpoint(
    api,
    "POST",
    "/recoveries",
    summary="Begin: a code goes to the account's mail address; the answer is the same for every id",
    tag=TAG,
    action=Action.RECOVER_ACCOUNT,
    body=BeginRecovery,
    answer=NextBody,
    status=202,
    reasons=(Reason.THROTTLED,),
)
def start_recovery(body: BeginRecovery) -> Outcome:
    begun = begin_recovery.begin(house().services, client(), now(), login_id=body.login_id)
    return _answer(begun, 202)


@endpoint(
    api,
    "POST",
    "/recoveries/email-code",
    summary="Give the code that came by mail: the first proof",
    tag=TAG,
    action=Action.RECOVER_ACCOUNT,
    body=EmailCode,
    answer=NextBody,
    reasons=(*_WRONG, Reason.CODE_WRONG, Reason.CODE_EXPIRED),
)
def give_recovery_email_code(body: EmailCode) -> Outcome:
    return _answer(recovery.give_code(house().services, client(), now(), body.code))


@endpoint(
    api,
    "POST",
    "/recoveries/sms-code",
    summary="Give the code that came by SMS: the second proof, where the policy wants this one",
    tag=TAG,
    action=Action.RECOVER_ACCOUNT,
    body=EmailCode,
    answer=NextBody,
    reasons=(*_WRONG, Reason.CODE_WRONG, Reason.CODE_EXPIRED),
)
def give_recovery_sms_code(body: EmailCode) -> Outcome:
    return _answer(
        recovery.give_sms_code(
            house().services, client(), now(), body.code, previous=identity.signed_in()
        )
    )


@endpoint(
    api,
    "POST",
    "/recoveries/identity-proof",
    summary="Prove to be the same person as at the opening (simulated): the second proof",
    tag=TAG,
    action=Action.RECOVER_ACCOUNT,
    body=ProveIdentity,
    answer=NextBody,
    reasons=(*_WRONG, Reason.IDENTITY_NOT_PROVED),
)
def prove_identity_again(body: ProveIdentity) -> Outcome:
    claim = IdentityClaim(
        method=IdentityMethod(body.method),
        full_name_kana=body.full_name_kana,
        birth_date=date.fromisoformat(body.birth_date),
    )
    return _answer(
        recovery.prove_identity(
            house().services, client(), now(), claim, previous=identity.signed_in()
        )
    )


@endpoint(
    api,
    "POST",
    "/recoveries/stop",
    summary="Stop it with the code that every address of the account was sent",
    tag=TAG,
    action=Action.STOP_RECOVERY,
    body=EnrolmentCode,
    status=204,
    reasons=(Reason.CODE_WRONG, Reason.THROTTLED),
)
def stop_recovery_by_code(body: EnrolmentCode) -> Outcome:
    refused = stop_recovery.stop_by_code(
        house().services, client(), now(), login_id=body.login_id, code=body.code
    )
    return refused or (204, None)


@endpoint(
    api,
    "GET",
    "/recoveries",
    summary="One's own: what is under way, and what still holds things back",
    tag=TAG,
    access=Access.SIGNED_IN,
    answer=RecoveriesBody,
)
def list_recoveries() -> Outcome:
    found = stop_recovery.open_ones(house().services, acting(), now())
    return 200, RecoveriesBody(items=[_body(one) for one in found], next_cursor=None)


def _body(one: Recovery) -> RecoveryBody:
    held = one.holds_until(now())
    return RecoveryBody(
        id=one.id,
        step=one.step,
        begun_at=rfc3339(one.begun_at),
        expires_at=rfc3339(one.expires_at),
        hold_until=rfc3339(held) if held else None,
    )


@endpoint(
    api,
    "DELETE",
    "/recoveries",
    summary="Stop what is under way; with an approval, take away the passkey that one has brought",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.UNDO_RECOVERY,
    status=204,
    reasons=(
        Reason.NOT_FOUND,
        Reason.RECOVERY_OWN_PASSKEY,
        Reason.ACCOUNT_FROZEN,
        Reason.STEP_UP_EXPIRED,
    ),
    steps_up=True,
)
def stop_recoveries(body: Empty) -> Outcome:
    outcome = stop_recovery.stop_signed_in(
        house().services, client(), now(), acting(), step_up_id=step_up_header()
    )
    return outcome if isinstance(outcome, Refused | StepUpNeeded) else (204, None)
