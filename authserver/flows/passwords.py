"""Setting a password: for people who may need the alternative way in."""

from __future__ import annotations

from datetime import datetime

from authserver.domain.account import Account
from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.guessing import Path
from authserver.domain.ids import StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.password import normal_password, password_fault
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.end_sessions import end_others_after_change
from authserver.flows.guessing import begin_try, tell_of_lock
from authserver.flows.ports import HasherBusy, Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.start_session import Reissued

_BUSY_SECONDS = 2
"""After so long it is worth asking again: a hash takes a fraction of it."""


def set_password(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    *,
    current: str | None,
    new: str,
    step_up_id: StepUpId | None,
) -> Reissued | StepUpNeeded | Refused:
    """Set or change the password; every other session ends with it (X-04).

    Where there is one already, ``current`` must be it. Both are hashed outside any transaction,
    for hashing is slow and the account's lock is not for waiting.
    """
    with services.database.snapshot() as tx:
        present = tx.passwords.get(signed_in.account.id)
        confirmed = [t for t in tx.totps.of_account(signed_in.account.id) if t.confirmed_at]
    fault = _fault(services, signed_in.account, new, second=bool(confirmed))
    if not fault and present is not None:
        unshown = _present_not_shown(services, client, now, signed_in, present, current)
        if unshown is not None:
            return unshown
    try:
        hashed = services.password_hasher.hash(normal_password(new) or "") if not fault else ""
    except HasherBusy:
        fault, hashed = Reason.HASHER_BUSY, ""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        if fault or tx.passwords.get(account.id) != present:
            return _refuse(pen, signed_in, fault or Reason.CREDENTIALS_WRONG)
        subject = {"action": Action.SET_PASSWORD.value, "login_id": account.login_id}
        answer = step_up.authorise(
            pen, signed_in, action=Action.SET_PASSWORD, subject=subject, step_up_id=step_up_id
        )
        if answer is not None:
            return answer
        tx.passwords.set(account.id, hashed, now)
        tx.unfinished_sign_ins.end(account.id)
        owner = Recipient.owner(account)
        pen.told(EventKind.PASSWORD_SET, owner, session_id=signed_in.session.id)
        return end_others_after_change(pen, signed_in)


def _present_not_shown(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    present: str,
    current: str | None,
) -> Refused | None:
    """Why the present password was not shown, if so.

    A guess inside a session is a guess: it is counted before it is judged, on the counter of the
    sign-in, lest whoever finds a browser open has more tries than a stranger (invariant 9). A right
    one gives back its own try and no other. A locked path costs the same work and looks the same.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        counted = begin_try(pen, account.id, Path.PASSWORD)
    try:
        right = _is(services, present if counted else None, current)
        wrong = Reason.CREDENTIALS_WRONG if counted else Reason.PATH_LOCKED
    except HasherBusy:
        right, wrong = False, Reason.HASHER_BUSY
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        if counted and (right or wrong is Reason.HASHER_BUSY):
            tx.guesses.give_back(account.id, Path.PASSWORD, counted.number)
        if right:
            return None
        if wrong is Reason.CREDENTIALS_WRONG:
            tell_of_lock(pen, account, Path.PASSWORD, counted)
        return _refuse(pen, signed_in, wrong)


def _is(services: Services, hashed: str | None, text: str | None) -> bool:
    return services.password_hasher.verify(hashed, normal_password(text or "") or "")


def _fault(services: Services, account: Account, new: str, *, second: bool) -> Reason | None:
    """The first rule that the password breaks; eight characters suffice beside a second factor."""
    limits = services.policy.limits
    fault = password_fault(
        new,
        least=limits.password_with_second if second else limits.password_alone,
        common=services.common_passwords,
        about=(
            account.login_id,
            account.email.partition("@")[0],
            account.display_name,
            services.relying_party.rp_name,
            services.relying_party.rp_id.partition(".")[0],
        ),
    )
    return Reason(fault.value) if fault else None


def _refuse(pen: Recorder, signed_in: SignedIn, reason: Reason) -> Refused:
    pen.event(
        EventKind.PASSWORD_REFUSED,
        account_id=signed_in.account.id,
        session_id=signed_in.session.id,
        reason=reason,
    )
    busy = reason is Reason.HASHER_BUSY
    return Refused(reason, retry_after_seconds=_BUSY_SECONDS if busy else 0)
