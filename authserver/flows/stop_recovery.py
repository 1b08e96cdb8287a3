"""Stopping a recovery: by whoever reads any of the account's addresses, or by the owner inside."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

from authserver.domain.account import Account
from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import PasskeyId, StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.recovery import Recovery
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.end_sessions import end_all_but
from authserver.flows.floods import count_failure
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder


def open_ones(services: Services, signed_in: SignedIn, now: datetime) -> Sequence[Recovery]:
    """What the owner may still stop: attempts under way, and one whose hold lasts."""
    with services.database.snapshot() as tx:
        return tx.recoveries.open_ones(signed_in.account.id, now)


def stop_by_code(
    services: Services, client: Client, now: datetime, *, login_id: str, code: str
) -> Refused | None:
    """Stop with the code that every address got; unknown and wrong are one answer.

    The code of an attempt stops what is under way, and no more: a stranger's beginning must not
    make an owner undo their own. The code of one that has brought a passkey says that two people
    claim the account, so nothing more happens until one has proved it.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = tx.accounts.by_login_id(login_id)
        owner = account.id if account else "?"
        given = services.digests.of_code("recovery-stop", owner, code)
        if account is not None:
            tx.accounts.lock(account.id)
        found = tx.recoveries.open_ones(account.id, now) if account else []
        meant = next((one for one in found if hmac.compare_digest(one.stop_digest, given)), None)
        if account is None or meant is None:
            waiting = count_failure(services, tx, client, now)
            return waiting or _refused(pen, account, Reason.CODE_WRONG)
        if meant.passkey_id is None:
            _stop_under_way(pen, account, by="stop-code")
        else:
            _stop_all(pen, account, by="stop-code", passkeys=1)
            _freeze(pen, account)
        return None


def stop_signed_in(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    *,
    step_up_id: StepUpId | None,
) -> StepUpNeeded | Refused | None:
    """Stop from inside what is under way; and, with an approval, take the passkey away that one
    has brought.

    Whoever came in by that very passkey stops others only: what is doubted does not vouch for
    itself.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        shown = {proof.factor_id for proof in signed_in.session.proofs}
        found = tx.recoveries.open_ones(account.id, now)
        own = any(one.passkey_id in shown for one in found)
        brought = [one.passkey_id for one in found if one.passkey_id and not own]
        under_way = any(one.passkey_id is None for one in found)
        if not brought and not under_way:
            return _refused(pen, account, Reason.RECOVERY_OWN_PASSKEY if own else Reason.NOT_FOUND)
        if not brought:
            _stop_under_way(pen, account, by="session")
            return None
        answer = step_up.authorise(
            pen,
            signed_in,
            action=Action.UNDO_RECOVERY,
            subject={"action": Action.UNDO_RECOVERY.value, "login_id": account.login_id},
            step_up_id=step_up_id,
        )
        if answer is not None:
            return answer
        _undo(pen, account, signed_in, brought)
        return None


def _undo(
    pen: Recorder, account: Account, signed_in: SignedIn, brought: Sequence[PasskeyId]
) -> None:
    _stop_all(pen, account, by="session", passkeys=len(brought))
    removed = [one for one in brought if pen.tx.passkeys.remove(account.id, one, pen.now)]
    if removed == list(brought):
        end_all_but(pen, signed_in)
    else:
        _freeze(pen, account)


def _refused(pen: Recorder, account: Account | None, reason: Reason) -> Refused:
    account_id = account.id if account else None
    pen.event(EventKind.RECOVERY_REFUSED, account_id=account_id, reason=reason)
    return Refused(reason)


def _stop_under_way(pen: Recorder, account: Account, *, by: str, passkeys: int = 0) -> None:
    """What has brought nothing yet ends, and with it every way to a passkey."""
    stopped = pen.tx.recoveries.stop_under_way(account.id, pen.now)
    pen.tx.sign_ups.end(account.id)
    details = {"by": by, "count": str(stopped), "passkeys": str(passkeys)}
    pen.told(EventKind.RECOVERY_STOPPED, Recipient.owner(account), details=details)


def _stop_all(pen: Recorder, account: Account, *, by: str, passkeys: int) -> None:
    pen.tx.recoveries.stop_done(account.id, pen.now)
    _stop_under_way(pen, account, by=by, passkeys=passkeys)


def _freeze(pen: Recorder, account: Account) -> None:
    """Nothing more happens until somebody has proved who they are, to the firm and in person."""
    if pen.tx.accounts.freeze(account.id):
        pen.tx.sessions.end_others(account.id, None, pen.now)
        pen.told(
            EventKind.ACCOUNT_FROZEN,
            Recipient.owner(account),
            details={"cause": "recovery-stopped"},
        )
