"""Passkeys and recovery codes of the signed-in account."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint
from pydantic import BaseModel, StringConstraints

from authserver.domain.action import Action
from authserver.domain.factor import LABEL_MAX, Passkey, normal_label
from authserver.domain.ids import PasskeyId, to_base64url
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.domain.totp import Totp
from authserver.flows import enrol, factors
from authserver.flows.factors import Factors
from authserver.web import identity
from authserver.web.acting import acting, step_up_header
from authserver.web.answers import rfc3339
from authserver.web.api.bodies import OptionsBody, creation_options
from authserver.web.api.contract import Body, Empty, Outcome, endpoint
from authserver.web.api.sign_in import AssertionAnswer
from authserver.web.clients import client
from authserver.web.entries import GivenLabel
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_factors", __name__, url_prefix="/api/v1")
TAG = "Factors"
Label = Annotated[str, StringConstraints(max_length=LABEL_MAX)]


class PasskeyBody(BaseModel):
    """``synced`` tells whether the key may leave its device (backup eligible)."""

    id: str
    credential_id: str
    label: str
    provider: str
    aaguid: str
    synced: bool
    backed_up: bool
    created_at: str
    last_used_at: str | None


class SignalBody(BaseModel):
    """For the browser's Signal API: always the full list, only to the owner (security.md)."""

    rp_id: str
    user_id: str
    name: str
    display_name: str
    credential_ids: list[str]


class ListedTotp(BaseModel):
    id: str
    label: str
    created_at: str
    last_used_at: str | None


class FactorsBody(BaseModel):
    passkeys: list[PasskeyBody]
    totp: list[ListedTotp]
    password: bool
    recovery_codes_left: int
    signal: SignalBody


class EnrolledBody(BaseModel):
    passkey: PasskeyBody
    first: bool


class NewPasskey(AssertionAnswer):
    label: Label = ""


class NewLabel(Body):
    label: GivenLabel


class CodesBody(BaseModel):
    codes: list[str]


def passkey_body(passkey: Passkey) -> PasskeyBody:
    return PasskeyBody(
        id=passkey.id,
        credential_id=to_base64url(passkey.credential_id),
        label=passkey.label,
        provider=house().services.passkey_names.provider(passkey.aaguid),
        aaguid=passkey.aaguid,
        synced=passkey.backup_eligible,
        backed_up=passkey.backed_up,
        created_at=rfc3339(passkey.created_at),
        last_used_at=rfc3339(passkey.last_used_at) if passkey.last_used_at else None,
    )


def _totp_body(totp: Totp) -> ListedTotp:
    return ListedTotp(
        id=totp.id,
        label=totp.label,
        created_at=rfc3339(totp.created_at),
        last_used_at=rfc3339(totp.last_used_at) if totp.last_used_at else None,
    )


def factors_body(signed_in: SignedIn, listed: Factors) -> FactorsBody:
    account = signed_in.account
    return FactorsBody(
        passkeys=[passkey_body(passkey) for passkey in listed.passkeys],
        totp=[_totp_body(totp) for totp in listed.totps],
        password=listed.password,
        recovery_codes_left=listed.recovery_codes.left,
        signal=SignalBody(
            rp_id=house().services.relying_party.rp_id,
            user_id=to_base64url(account.user_handle),
            name=account.login_id,
            display_name=account.display_name,
            credential_ids=[to_base64url(passkey.credential_id) for passkey in listed.passkeys],
        ),
    )


@endpoint(
    api,
    "GET",
    "/factors",
    summary="What the account can sign in with, and what the credential manager should know",
    tag=TAG,
    access=Access.SIGNED_IN,
    answer=FactorsBody,
)
def list_factors() -> Outcome:
    return 200, factors_body(acting(), factors.listed(house().services, acting()))


@endpoint(
    api,
    "POST",
    "/passkeys/options",
    summary="Begin to enrol: the first passkey of an opening, or a further one after step-up",
    tag=TAG,
    action=Action.ADD_PASSKEY,
    answer=OptionsBody,
    reasons=(
        Reason.SIGN_UP_UNKNOWN,
        Reason.SIGN_UP_EXPIRED,
        Reason.SIGN_UP_STEP,
        Reason.PASSKEY_LIMIT,
        Reason.ACCOUNT_FROZEN,
        Reason.NOT_SIGNED_IN,
    ),
    steps_up=True,
)
def passkey_options(body: Empty) -> Outcome:
    signed_in = identity.signed_in()
    begun = (
        enrol.begin_first(house().services, client(), now())
        if signed_in is None
        else enrol.begin_added(
            house().services, client(), now(), signed_in, step_up_id=step_up_header()
        )
    )
    if isinstance(begun, Refused | StepUpNeeded):
        return begun
    return 200, creation_options(begun)


@endpoint(
    api,
    "POST",
    "/passkeys",
    summary="Store the new passkey; other sessions end, this one goes on under a new cookie",
    tag=TAG,
    action=Action.ADD_PASSKEY,
    body=NewPasskey,
    answer=EnrolledBody,
    status=201,
    reasons=(
        Reason.CEREMONY_FORGED,
        Reason.CEREMONY_EXPIRED,
        Reason.CEREMONY_SPENT,
        Reason.PASSKEY_GATE,
        Reason.PASSKEY_TAKEN,
        Reason.PASSKEY_LIMIT,
        Reason.LOGIN_ID_TAKEN,
        Reason.SIGN_UP_UNKNOWN,
        Reason.SIGN_UP_EXPIRED,
        Reason.SIGN_UP_STEP,
        Reason.ACCOUNT_FROZEN,
        Reason.THROTTLED,
    ),
)
def enrol_passkey(body: NewPasskey) -> Outcome:
    signed_in = identity.signed_in()
    outcome = enrol.finish(
        house().services,
        client(),
        now(),
        signed_in=signed_in,
        token=body.ceremony_id,
        credential=body.credential,
        label=normal_label(body.label),
    )
    if isinstance(outcome, Refused):
        return outcome
    identity.remember(outcome.session.token)
    return 201, EnrolledBody(passkey=passkey_body(outcome.passkey), first=signed_in is None)


@endpoint(
    api,
    "PATCH",
    "/passkeys/<uuid:id>",
    summary="Rename a passkey",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.RENAME_PASSKEY,
    body=NewLabel,
    answer=PasskeyBody,
    reasons=(Reason.NOT_FOUND, Reason.ACCOUNT_FROZEN, Reason.STEP_UP_EXPIRED),
    steps_up=True,
)
def rename_passkey(id: str, body: NewLabel) -> Outcome:
    outcome = factors.rename(
        house().services,
        client(),
        now(),
        acting(),
        PasskeyId(id),
        body.label,
        step_up_id=step_up_header(),
    )
    return (200, passkey_body(outcome)) if isinstance(outcome, Passkey) else outcome


@endpoint(
    api,
    "DELETE",
    "/passkeys/<uuid:id>",
    summary="Remove a passkey, never the last one; GET /factors has the list for the Signal API",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.REMOVE_PASSKEY,
    status=204,
    reasons=(
        Reason.NOT_FOUND,
        Reason.PASSKEY_LAST,
        Reason.ACCOUNT_FROZEN,
        Reason.STEP_UP_UNKNOWN,
        Reason.STEP_UP_MISMATCH,
        Reason.STEP_UP_SPENT,
        Reason.STEP_UP_EXPIRED,
    ),
    steps_up=True,
)
def remove_passkey(id: str, body: Empty) -> Outcome:
    outcome = factors.remove(
        house().services, client(), now(), acting(), PasskeyId(id), step_up_id=step_up_header()
    )
    if isinstance(outcome, Refused | StepUpNeeded):
        return outcome
    identity.remember(outcome.token)
    return 204, None


@endpoint(
    api,
    "POST",
    "/recovery-codes",
    summary="Make ten new recovery codes, shown once; older ones are void",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.RENEW_RECOVERY_CODES,
    answer=CodesBody,
    status=201,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.STEP_UP_UNKNOWN,
        Reason.STEP_UP_MISMATCH,
        Reason.STEP_UP_SPENT,
        Reason.STEP_UP_EXPIRED,
    ),
    steps_up=True,
)
def renew_recovery_codes(body: Empty) -> Outcome:
    outcome = factors.new_recovery_codes(
        house().services, client(), now(), acting(), step_up_id=step_up_header()
    )
    if isinstance(outcome, Refused | StepUpNeeded):
        return outcome
    identity.remember(outcome.session.token)
    return 201, CodesBody(codes=list(outcome.codes))
