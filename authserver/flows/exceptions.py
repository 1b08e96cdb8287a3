"""The exception for people who cannot use a passkey: request, decision by an operator, end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from authserver.domain.account import Role
from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import StepUpId
from authserver.domain.mfa_exception import (
    CONSENT_VERSION,
    ExceptionReason,
    ExceptionState,
    MfaException,
)
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.standing import held_until

_LISTED_MOST = 200


@dataclass(frozen=True, slots=True)
class PresentException:
    """The account's newest request, if any, and the consent text's version in force."""

    newest: MfaException | None
    consent_version: str = CONSENT_VERSION


def present(services: Services, signed_in: SignedIn) -> PresentException:
    with services.database.snapshot() as tx:
        return PresentException(tx.mfa_exceptions.newest(signed_in.account.id))


def request(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    *,
    reason: ExceptionReason,
    consent_version: str,
    step_up_id: StepUpId | None,
) -> MfaException | StepUpNeeded | Refused:
    """Ask for the exception. It needs password and app first: never to less (FSA-SEC-12)."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        if consent_version != CONSENT_VERSION:
            return _refused(pen, signed_in, Reason.CONSENT_OUTDATED)
        confirmed = [totp for totp in tx.totps.of_account(account.id) if totp.confirmed_at]
        if tx.passwords.get(account.id) is None or not confirmed:
            return _refused(pen, signed_in, Reason.EXCEPTION_NEEDS_FACTORS)
        subject = {"action": Action.REQUEST_EXCEPTION.value, "reason": reason.value}
        answer = step_up.authorise(
            pen, signed_in, action=Action.REQUEST_EXCEPTION, subject=subject, step_up_id=step_up_id
        )
        if answer is not None:
            return answer
        exception = MfaException(
            id=services.entropy.identifier(now),
            account_id=account.id,
            reason=reason,
            consent_version=consent_version,
            state=ExceptionState.REQUESTED,
            requested_at=now,
            decided_at=None,
            decided_by=None,
            effective_at=None,
            expires_at=None,
        )
        if not tx.mfa_exceptions.add(exception):
            return _refused(pen, signed_in, Reason.EXCEPTION_OPEN)
        pen.told(
            EventKind.EXCEPTION_REQUESTED,
            Recipient.owner(account),
            session_id=signed_in.session.id,
            details={"exception": exception.id, "reason_code": reason},
        )
        return exception


@dataclass(frozen=True, slots=True)
class OwnedException:
    """An exception and the login id of whose it is: an operator decides about a person."""

    exception: MfaException
    login_id: str


def waiting(services: Services) -> Sequence[OwnedException]:
    """Requests that somebody has to decide, the oldest first."""
    return _with_owners(services, ExceptionState.REQUESTED)


def approved(services: Services, now: datetime) -> Sequence[OwnedException]:
    """Those that open an account, or are about to: what can be taken back."""
    return [
        one
        for one in _with_owners(services, ExceptionState.APPROVED)
        if one.exception.expires_at is not None and now < one.exception.expires_at
    ]


def _with_owners(services: Services, state: ExceptionState) -> list[OwnedException]:
    with services.database.snapshot() as tx:
        found = tx.mfa_exceptions.listed(state, _LISTED_MOST)
        owners = {one.account_id: tx.accounts.get(one.account_id) for one in found}
    return [
        OwnedException(one, owner.login_id) for one in found if (owner := owners[one.account_id])
    ]


def decide(
    services: Services,
    client: Client,
    now: datetime,
    operator: SignedIn,
    exception_id: str,
    *,
    approve: bool,
    step_up_id: StepUpId | None,
) -> MfaException | StepUpNeeded | Refused:
    """An operator's word on one request; it takes effect after the policy's delay, and expires."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, operator)
        if isinstance(account, Refused):
            return account
        if Role.OPERATOR not in account.roles:
            return Refused(Reason.NOT_FOUND)
        asked = tx.mfa_exceptions.listed(ExceptionState.REQUESTED, _LISTED_MOST)
        found = next((e for e in asked if e.id == exception_id), None)
        if found is None or found.account_id == account.id:
            return Refused(Reason.NOT_FOUND)
        asker = tx.accounts.get(found.account_id)
        if approve and held_until(pen, found.account_id):
            return _refused(pen, operator, Reason.RECOVERY_HOLD)
        subject = {
            "action": Action.DECIDE_EXCEPTION.value,
            "exception": found.id,
            "login_id": asker.login_id if asker else "",
        }
        answer = step_up.authorise(
            pen,
            operator,
            action=Action.DECIDE_EXCEPTION,
            subject={**subject, "approve": approve},
            step_up_id=step_up_id,
        )
        if answer is not None:
            return answer
        decided = _decided(services, found, operator, now, approve=approve)
        owner = tx.accounts.lock(found.account_id)
        if owner is None or not tx.mfa_exceptions.decide(decided):
            return Refused(Reason.NOT_FOUND)
        pen.told(
            EventKind.EXCEPTION_APPROVED if approve else EventKind.EXCEPTION_REJECTED,
            Recipient.owner(owner),
            details={"exception": found.id, "decided_by": account.login_id},
        )
        return decided


def _refused(pen: Recorder, signed_in: SignedIn, reason: Reason) -> Refused:
    """A refused attempt changes nothing and leaves one event."""
    pen.event(
        EventKind.EXCEPTION_REFUSED,
        account_id=signed_in.account.id,
        session_id=signed_in.session.id,
        reason=reason,
    )
    return Refused(reason)


def _decided(
    services: Services, found: MfaException, operator: SignedIn, now: datetime, *, approve: bool
) -> MfaException:
    limits = services.policy.limits
    effective = now + limits.exception_delay
    return replace(
        found,
        state=ExceptionState.APPROVED if approve else ExceptionState.REJECTED,
        decided_at=now,
        decided_by=operator.account.id,
        effective_at=effective if approve else None,
        expires_at=effective + limits.exception_life if approve else None,
    )
