"""Confirming with a code of an authenticator app, for people who live by the exception.

Only where the approval asks for AL2 or less: a code can be relayed, so it never stands in for a
passkey, whatever the client says (security.md, invariant 17).
"""

from __future__ import annotations

from datetime import datetime

from authserver.domain.assurance import Level
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.guessing import Path, Try
from authserver.domain.ids import StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUp, StepUpState
from authserver.flows import one_time_codes
from authserver.flows.acting import hold
from authserver.flows.floods import count_failure
from authserver.flows.guessing import begin_try, tell_of_lock
from authserver.flows.ports import Services
from authserver.flows.recording import Recorder
from authserver.flows.step_up import unanswerable


def confirm(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    step_up_id: StepUpId,
    code: str,
) -> StepUp | Refused:
    """Satisfy a step-up with an unused code; it is counted before it is judged."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return _refuse(pen, signed_in, step_up_id, account.reason)
        step_up = tx.step_ups.get(step_up_id, signed_in.session.id)
        if step_up is None:
            return _refuse(pen, signed_in, step_up_id, Reason.STEP_UP_UNKNOWN)
        if wrong := _unsuitable(step_up, signed_in) or unanswerable(step_up, now):
            return _refuse(pen, signed_in, step_up_id, wrong)
        counted = begin_try(pen, account.id, Path.SECOND_FACTOR)
        if counted is None:
            return _refuse(pen, signed_in, step_up_id, Reason.PATH_LOCKED)
        found = one_time_codes.accept(pen, account.id, code)
        if isinstance(found, Reason):
            return _refuse(pen, signed_in, step_up_id, found, counted)
        tx.guesses.give_back(account.id, Path.SECOND_FACTOR, counted.number)
        return _satisfy(pen, signed_in, step_up)


def _unsuitable(step_up: StepUp, signed_in: SignedIn) -> Reason | None:
    """One code makes AL2 only beside what the session has shown already."""
    enough = step_up.level <= Level.AL2 <= signed_in.session.assurance.level
    return None if enough else Reason.FACTOR_TOO_WEAK


def _satisfy(pen: Recorder, signed_in: SignedIn, step_up: StepUp) -> StepUp | Refused:
    satisfied = pen.tx.step_ups.move(
        step_up.id, expected=StepUpState.REQUESTED, to=StepUpState.SATISFIED, at=pen.now
    )
    if not satisfied:
        return _refuse(pen, signed_in, step_up.id, Reason.STEP_UP_SPENT)
    pen.event(
        EventKind.STEP_UP_SATISFIED,
        account_id=signed_in.account.id,
        session_id=signed_in.session.id,
        details={"step_up": step_up.id, "action": step_up.action, "factor": "totp"},
    )
    return step_up


def _refuse(
    pen: Recorder,
    signed_in: SignedIn,
    step_up_id: StepUpId,
    reason: Reason,
    counted: Try | None = None,
) -> Refused:
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    pen.event(
        EventKind.STEP_UP_REFUSED,
        account_id=signed_in.account.id,
        session_id=signed_in.session.id,
        reason=reason,
        details={"step_up": step_up_id, "factor": "totp"},
    )
    tell_of_lock(pen, signed_in.account, Path.SECOND_FACTOR, counted)
    return waiting or Refused(reason)
