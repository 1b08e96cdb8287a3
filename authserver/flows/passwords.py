"""Setting a password: for people who may need the alternative way in."""

from __future__ import annotations

from datetime import datetime

from authserver.domain.account import Account
from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.password import normal_password, password_fault
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.end_sessions import end_others_after_change
from authserver.flows.ports import HasherBusy, Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.start_session import Reissued


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

    Where there is one already, ``current`` must be it. The new one is hashed before the
    transaction begins, for hashing is slow and the account's lock is not for waiting.
    """
    with services.database.snapshot() as tx:
        present = tx.passwords.get(signed_in.account.id)
        confirmed = [t for t in tx.totps.of_account(signed_in.account.id) if t.confirmed_at]
    fault = _fault(services, signed_in.account, new, second=bool(confirmed))
    try:
        right = present is None or _is(services, present, current)
        hashed = services.password_hasher.hash(normal_password(new) or "") if not fault else ""
    except HasherBusy:
        return Refused(Reason.HASHER_BUSY, retry_after_seconds=2)
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        if fault or not right or tx.passwords.get(account.id) != present:
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


def _is(services: Services, hashed: str, text: str | None) -> bool:
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
    return Refused(reason)
