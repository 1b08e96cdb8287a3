"""Stopping a recovery: by whoever reads any of the account's addresses, or by the owner inside."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

from authserver.domain.account import Account
from authserver.domain.assurance import Level
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import PasskeyId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.recovery import Recovery
from authserver.domain.session import SignedIn
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
    """Stop everything with the code that every address got; unknown and wrong are one answer.

    A passkey that a recovery has brought already is then in doubt, and so is everything else: two
    people say that they are the owner. The account is frozen until one has proved it.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = tx.accounts.by_login_id(login_id)
        owner = account.id if account else "?"
        given = services.digests.of_code("recovery-stop", owner, code)
        if account is not None:
            tx.accounts.lock(account.id)
        found = tx.recoveries.open_ones(account.id, now) if account else []
        if account is None or not any(hmac.compare_digest(one.stop_digest, given) for one in found):
            waiting = count_failure(services, tx, client, now)
            account_id = account.id if account else None
            pen.event(EventKind.RECOVERY_REFUSED, account_id=account_id, reason=Reason.CODE_WRONG)
            return waiting or Refused(Reason.CODE_WRONG)
        brought = _stop(pen, account, found, by="stop-code")
        if brought:
            _freeze(pen, account)
        return None


def stop_signed_in(
    services: Services, client: Client, now: datetime, signed_in: SignedIn
) -> Refused | None:
    """Stop everything from inside, and take away the passkey that a recovery has brought.

    Whoever came in by that very passkey cannot: what is doubted does not vouch for itself. A
    session without a passkey cannot outvote one either, so then the account is frozen.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        found = tx.recoveries.open_ones(account.id, now)
        if not found:
            return Refused(Reason.NOT_FOUND)
        shown = {proof.factor_id for proof in signed_in.session.proofs}
        if any(one.passkey_id in shown for one in found):
            return Refused(Reason.RECOVERY_OWN_PASSKEY)
        brought = _stop(pen, account, found, by="session")
        strong = signed_in.session.assurance.level is Level.AL3
        removed = [passkey for passkey in brought if tx.passkeys.remove(account.id, passkey, now)]
        if brought and not (strong and removed == brought):
            _freeze(pen, account)
        elif brought:
            end_all_but(pen, signed_in)
        return None


def _stop(
    pen: Recorder, account: Account, found: Sequence[Recovery], *, by: str
) -> list[PasskeyId]:
    """End them all; gives the passkeys that they have brought."""
    pen.tx.recoveries.stop(account.id, pen.now)
    pen.tx.sign_ups.end(account.id)
    brought = [one.passkey_id for one in found if one.passkey_id is not None]
    pen.told(
        EventKind.RECOVERY_STOPPED,
        Recipient.owner(account),
        details={"by": by, "count": str(len(found)), "passkeys": str(len(brought))},
    )
    return brought


def _freeze(pen: Recorder, account: Account) -> None:
    """Nothing more happens until somebody has proved who they are, to the firm and in person."""
    if pen.tx.accounts.freeze(account.id):
        pen.tx.sessions.end_others(account.id, None, pen.now)
        pen.told(
            EventKind.ACCOUNT_FROZEN,
            Recipient.owner(account),
            details={"cause": "recovery-stopped"},
        )
