"""Asking for an approval of exactly one operation, and spending it with that operation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from authserver.domain.action import Action
from authserver.domain.ceremony import Purpose
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.policy import Requirement
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUp, StepUpNeeded, StepUpState, Subject
from authserver.flows import ceremonies, sign_in
from authserver.flows.acting import hold
from authserver.flows.ceremonies import BegunAssertion
from authserver.flows.floods import count_failure
from authserver.flows.ports import Services
from authserver.flows.recording import Recorder
from authserver.flows.standing import held_until, lives_by_exception


def authorise(
    pen: Recorder,
    signed_in: SignedIn,
    *,
    action: Action,
    subject: Subject,
    step_up_id: StepUpId | None,
) -> StepUpNeeded | Refused | None:
    """Decide, inside the action's own transaction, whether this session may do this now.

    None means yes, and the approval it rests on is spent with the same commit. The subject is
    computed from the request by the flow, never taken from the client.
    """
    requirement = requirement_of(pen, signed_in, action)
    if requirement.held and (until := held_until(pen, signed_in.account.id)):
        _event(pen, EventKind.STEP_UP_REFUSED, signed_in, step_up_id, action, Reason.RECOVERY_HOLD)
        seconds = int((until - pen.now).total_seconds()) + 1
        return Refused(Reason.RECOVERY_HOLD, retry_after_seconds=seconds)
    if requirement.met_by(signed_in.session.assurance, pen.now):
        return None
    if step_up_id is None:
        return _ask(pen, signed_in, action, subject, requirement)
    digest = pen.services.canonical_json.digest(subject)
    step_up = pen.tx.step_ups.get(step_up_id, signed_in.session.id)
    wrong = _judge(step_up, action, digest, pen.now)
    if wrong is None and step_up is not None and step_up.level < requirement.level:
        # Asked for while less was enough: the exception has ended meanwhile.
        wrong = Reason.FACTOR_TOO_WEAK
    if wrong is None and step_up is not None:
        spent = pen.tx.step_ups.move(
            step_up.id, expected=StepUpState.SATISFIED, to=StepUpState.SPENT, at=pen.now
        )
        wrong = None if spent else Reason.STEP_UP_SPENT
    kind = EventKind.STEP_UP_REFUSED if wrong else EventKind.STEP_UP_SPENT
    _event(pen, kind, signed_in, step_up_id, action, reason=wrong)
    if wrong is Reason.STEP_UP_UNSATISFIED and step_up is not None:
        return StepUpNeeded(step_up)
    return Refused(wrong) if wrong else None


def requirement_of(pen: Recorder, signed_in: SignedIn, action: Action) -> Requirement:
    """What the policy demands of this account for the action, its exception considered."""
    requirement = pen.services.policy.actions[action]
    if requirement.excepted is None or not lives_by_exception(pen, signed_in.account.id):
        return requirement
    return replace(requirement, level=requirement.excepted)


def _judge(step_up: StepUp | None, action: Action, digest: bytes, now: datetime) -> Reason | None:
    if step_up is None:
        return Reason.STEP_UP_UNKNOWN
    if step_up.action is not action or step_up.subject_digest != digest:
        return Reason.STEP_UP_MISMATCH
    if step_up.state in (StepUpState.SPENT, StepUpState.CANCELLED):
        return Reason.STEP_UP_SPENT
    if now >= step_up.expires_at:
        return Reason.STEP_UP_EXPIRED
    return None if step_up.state is StepUpState.SATISFIED else Reason.STEP_UP_UNSATISFIED


def _ask(
    pen: Recorder, signed_in: SignedIn, action: Action, subject: Subject, requirement: Requirement
) -> StepUpNeeded | Refused:
    limits = pen.services.policy.limits
    if pen.tx.step_ups.open_count(signed_in.session.id, pen.now) >= limits.step_ups_open:
        _event(pen, EventKind.STEP_UP_REFUSED, signed_in, None, action, Reason.STEP_UPS_TOO_MANY)
        return Refused(
            Reason.STEP_UPS_TOO_MANY, retry_after_seconds=int(limits.step_up.total_seconds())
        )
    step_up = StepUp(
        id=StepUpId(pen.services.entropy.identifier(pen.now)),
        session_id=signed_in.session.id,
        account_id=signed_in.account.id,
        action=action,
        subject=subject,
        subject_digest=pen.services.canonical_json.digest(subject),
        level=requirement.level,
        state=StepUpState.REQUESTED,
        requested_at=pen.now,
        expires_at=pen.now + limits.step_up,
    )
    pen.tx.step_ups.add(step_up)
    _event(pen, EventKind.STEP_UP_REQUESTED, signed_in, step_up.id, action)
    return StepUpNeeded(step_up)


def get(services: Services, signed_in: SignedIn, step_up_id: StepUpId) -> StepUp | Refused:
    """One's own step-up as stored; what it shows is what will be signed."""
    with services.database.snapshot() as tx:
        step_up = tx.step_ups.get(step_up_id, signed_in.session.id)
    return step_up or Refused(Reason.STEP_UP_UNKNOWN)


def cancel(
    services: Services, client: Client, now: datetime, signed_in: SignedIn, step_up_id: StepUpId
) -> Refused | None:
    """Give up an approval that was asked for and not used."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        step_up = tx.step_ups.get(step_up_id, signed_in.session.id)
        if step_up is None:
            return Refused(Reason.STEP_UP_UNKNOWN)
        for state in (StepUpState.REQUESTED, StepUpState.SATISFIED):
            if tx.step_ups.move(step_up.id, expected=state, to=StepUpState.CANCELLED, at=now):
                _event(pen, EventKind.STEP_UP_CANCELLED, signed_in, step_up.id, step_up.action)
                return None
        return Refused(Reason.STEP_UP_SPENT)


def begin(
    services: Services, client: Client, now: datetime, signed_in: SignedIn, step_up_id: StepUpId
) -> BegunAssertion | Refused:
    """Hand out a challenge that commits to the stored subject, for the account's own passkeys."""
    with services.database.snapshot() as tx:
        step_up = tx.step_ups.get(step_up_id, signed_in.session.id)
        passkeys = tx.passkeys.of_account(signed_in.account.id)
    if step_up is None:
        return Refused(Reason.STEP_UP_UNKNOWN)
    if wrong := unanswerable(step_up, now):
        return Refused(wrong)
    token, ceremony = ceremonies.begin(
        services,
        client,
        now,
        purpose=Purpose.STEP_UP,
        about=step_up.id,
        subject_digest=step_up.subject_digest,
    )
    return BegunAssertion(token, ceremony, ceremonies.descriptors(passkeys))


def unanswerable(step_up: StepUp, now: datetime) -> Reason | None:
    """Why a step-up cannot be satisfied any more, if so."""
    if step_up.state is not StepUpState.REQUESTED:
        return Reason.STEP_UP_SPENT
    return Reason.STEP_UP_EXPIRED if now >= step_up.expires_at else None


def finish(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    step_up_id: StepUpId,
    *,
    token: str,
    credential: object,
) -> StepUp | Refused:
    """Satisfy a step-up with the session's own account's passkey; anybody else's counts nothing."""
    ceremony = ceremonies.take_back(
        services, client, now, token, purposes=frozenset({Purpose.STEP_UP})
    )
    if not isinstance(ceremony, Refused) and ceremony.about != step_up_id:
        ceremony = Refused(Reason.CEREMONY_OTHER_PURPOSE)
    shown = (
        sign_in.NotShown(reason=ceremony.reason)
        if isinstance(ceremony, Refused)
        else sign_in.show_passkey(services, ceremony, credential)
    )
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        if isinstance(ceremony, Refused):
            return _refuse(pen, signed_in, step_up_id, ceremony.reason)
        if not tx.spent_ceremonies.spend(ceremony.id, ceremony.expires_at):
            return _refuse(pen, signed_in, step_up_id, Reason.CEREMONY_SPENT)
        if isinstance(shown, sign_in.NotShown):
            return _refuse(pen, signed_in, step_up_id, shown.reason, shown)
        if shown.owner.id != signed_in.account.id:
            return _refuse(pen, signed_in, step_up_id, Reason.PASSKEY_OTHER_OWNER)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return _refuse(pen, signed_in, step_up_id, account.reason)
        return _satisfy(pen, signed_in, step_up_id, shown)


def _satisfy(
    pen: Recorder, signed_in: SignedIn, step_up_id: StepUpId, shown: sign_in.ShownPasskey
) -> StepUp | Refused:
    step_up = pen.tx.step_ups.get(step_up_id, signed_in.session.id)
    if step_up is None:
        return _refuse(pen, signed_in, step_up_id, Reason.STEP_UP_UNKNOWN)
    if wrong := unanswerable(step_up, pen.now):
        return _refuse(pen, signed_in, step_up_id, wrong)
    if not sign_in.use_passkey(pen.tx, shown, pen.now):
        return _refuse(pen, signed_in, step_up_id, Reason.PASSKEY_COUNTER)
    satisfied = pen.tx.step_ups.move(
        step_up.id, expected=StepUpState.REQUESTED, to=StepUpState.SATISFIED, at=pen.now
    )
    if not satisfied:
        return _refuse(pen, signed_in, step_up_id, Reason.STEP_UP_SPENT)
    # No proof for the session: an approval of this must not make the session fresh for that.
    _event(pen, EventKind.STEP_UP_SATISFIED, signed_in, step_up.id, step_up.action)
    sign_in.record_backup_change(pen, shown, session_id=signed_in.session.id)
    return step_up


def _refuse(
    pen: Recorder,
    signed_in: SignedIn,
    step_up_id: StepUpId,
    reason: Reason,
    failure: sign_in.NotShown | None = None,
) -> Refused:
    if failure is not None and failure.owner is not None:
        return sign_in.refuse(pen, failure)
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    _event(pen, EventKind.STEP_UP_REFUSED, signed_in, step_up_id, None, reason)
    return waiting or Refused(reason)


def _event(
    pen: Recorder,
    kind: EventKind,
    signed_in: SignedIn,
    step_up_id: StepUpId | None,
    action: Action | None,
    reason: Reason | None = None,
) -> None:
    pen.event(
        kind,
        account_id=signed_in.account.id,
        session_id=signed_in.session.id,
        reason=reason,
        details={"step_up": step_up_id or "", "action": action or ""},
    )
