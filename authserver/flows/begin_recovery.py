"""Beginning to come back: it proves nothing, takes nothing away, and is told everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from authserver.domain.account import Account, AccountState, normal_login_id
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.outcome import Reason, Refused
from authserver.domain.recovery import CODE_DIGITS, STOP_DIGITS, Recovery, RecoveryStep
from authserver.flows.floods import count_recovery, room_for
from authserver.flows.guessing import nobody
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder

_MESSAGES = 2
"""By mail for each beginning: the code, and how to stop it."""


@dataclass(frozen=True, slots=True)
class Onward:
    """One step further; ``next`` is what has to be done now, as the API spells it.

    ``token`` is the browser's new name, where it was given one.
    """

    next: str
    token: str = ""


def begin(services: Services, client: Client, now: datetime, *, login_id: str) -> Onward | Refused:
    """Send a code to the known address, and tell every address how to stop this.

    For an id that nobody has, a frozen account, and for a while after somebody stopped one, the
    attempt looks the same and no code was ever sent that fits it. So it does where an address has
    had as many messages as it may: a refusal would tell whose it is.
    """
    spelled = normal_login_id(login_id)
    name = spelled or login_id
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = tx.accounts.by_login_id(spelled or "")
        if account is not None:
            # Or a stop that is under way would be seen neither here nor there.
            account = tx.accounts.lock(account.id)
        if waiting := count_recovery(services, tx, client, name, now):
            pen.event(EventKind.RECOVERY_REFUSED, reason=waiting.reason)
            return waiting
        barred = _barred(pen, account) if account else Reason.RECOVERY_UNKNOWN
        code, stop = services.entropy.digits(CODE_DIGITS), services.entropy.digits(STOP_DIGITS)
        owner = account.id if account else nobody(services, name)
        recovery_id = services.entropy.identifier(now)
        recovery = Recovery(
            id=recovery_id,
            browser=client.browser,
            owner=owner,
            account_id=account.id if account else None,
            step=RecoveryStep.GIVE_CODE,
            code_digest=b"" if barred else services.digests.of_code("recovery", recovery_id, code),
            tries=0,
            code_expires_at=now + services.policy.limits.mail_code,
            stop_digest=b"" if barred else services.digests.of_code("recovery-stop", owner, stop),
            begun_at=now,
            expires_at=now + services.policy.recovery.life,
        )
        tx.recoveries.add(recovery)
        _tell_begun(pen, account, recovery, barred, code, stop)
        return Onward(RecoveryStep.GIVE_CODE)


def _barred(pen: Recorder, account: Account) -> Reason | None:
    if account.state is not AccountState.OPEN:
        return Reason.ACCOUNT_FROZEN
    if account.roles:
        # Staff come back by four eyes and an enrolment code, never by themselves.
        return Reason.RECOVERY_ROLE
    since = pen.now - pen.services.policy.recovery.pause
    if pen.tx.recoveries.stopped_since(account.id, since):
        return Reason.RECOVERY_PAUSED
    has_room = room_for(pen.services, pen.tx, account.email, _MESSAGES, pen.now)
    return None if has_room else Reason.THROTTLED


def _tell_begun(
    pen: Recorder,
    account: Account | None,
    recovery: Recovery,
    barred: Reason | None,
    code: str,
    stop: str,
) -> None:
    details = {"recovery": recovery.id}
    if account is None or barred is Reason.THROTTLED:
        pen.event(EventKind.RECOVERY_REFUSED, reason=barred, details=details)
    elif barred:
        owner = Recipient.owner(account)
        pen.told(EventKind.RECOVERY_BARRED, owner, reason=barred, details=details)
    else:
        owner = Recipient.owner(account)
        pen.told(EventKind.RECOVERY_CODE_SENT, owner, secret=code, details=details)
        pen.told(EventKind.RECOVERY_BEGUN, owner, secret=stop, details=details)
