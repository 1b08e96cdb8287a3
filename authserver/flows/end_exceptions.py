"""The end of an exception before its day: given up by its owner, or taken back by the firm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from authserver.domain.account import Role
from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import StepUpId
from authserver.domain.mfa_exception import ExceptionState, MfaException
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder

_OPEN = (ExceptionState.REQUESTED, ExceptionState.APPROVED)


def end(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    exception_id: str,
    *,
    step_up_id: StepUpId | None,
) -> StepUpNeeded | Refused | None:
    """Give one's own request or exception up. It needs a passkey first, or nobody could get in."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        newest = tx.mfa_exceptions.newest(account.id)
        if newest is None or newest.id != exception_id or newest.state not in _OPEN:
            return Refused(Reason.NOT_FOUND)
        if newest.state is ExceptionState.APPROVED and not tx.passkeys.of_account(account.id):
            return Refused(Reason.EXCEPTION_LAST_WAY)
        answer = step_up.authorise(
            pen,
            signed_in,
            action=Action.END_EXCEPTION,
            subject={"action": Action.END_EXCEPTION.value, "exception": newest.id},
            step_up_id=step_up_id,
        )
        if answer is not None:
            return answer
        return _ended(pen, newest, signed_in, {"by": "owner"})


def revoke(
    services: Services,
    client: Client,
    now: datetime,
    operator: SignedIn,
    exception_id: str,
    *,
    step_up_id: StepUpId | None,
) -> StepUpNeeded | Refused | None:
    """Take an exception back; its sessions end, for they rest on what no longer opens the door."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, operator)
        if isinstance(account, Refused):
            return account
        found = tx.mfa_exceptions.get(exception_id)
        known = Role.OPERATOR in account.roles and found is not None
        if not known or found is None or found.account_id == account.id:
            return Refused(Reason.NOT_FOUND)
        owner = tx.accounts.get(found.account_id)
        answer = step_up.authorise(
            pen,
            operator,
            action=Action.REVOKE_EXCEPTION,
            subject={
                "action": Action.REVOKE_EXCEPTION.value,
                "exception": found.id,
                "login_id": owner.login_id if owner else "",
            },
            step_up_id=step_up_id,
        )
        if answer is not None:
            return answer
        return _ended(pen, found, operator, {"by": "firm", "decided_by": account.login_id})


def _ended(
    pen: Recorder, found: MfaException, actor: SignedIn, by: Mapping[str, str]
) -> Refused | None:
    owner = pen.tx.accounts.lock(found.account_id)
    if owner is None or not pen.tx.mfa_exceptions.end(found.id):
        return Refused(Reason.NOT_FOUND)
    keep = actor.session.id if actor.account.id == owner.id else None
    ended = pen.tx.sessions.end_others(owner.id, keep, pen.now)
    pen.tx.unfinished_sign_ins.end(owner.id)
    pen.told(
        EventKind.EXCEPTION_ENDED,
        Recipient.owner(owner),
        details={"exception": found.id, "count": str(ended), **by},
    )
    return None
