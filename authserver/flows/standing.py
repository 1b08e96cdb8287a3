"""What stands for or against an account at this moment: an exception, a recovery's hold."""

from __future__ import annotations

from datetime import datetime

from authserver.domain.ids import AccountId
from authserver.flows.recording import Recorder


def exception_in_force(pen: Recorder, account_id: AccountId) -> bool:
    """Whether a decided exception opens the alternative way in just now (FSA-SEC-12)."""
    newest = pen.tx.mfa_exceptions.newest(account_id)
    return newest is not None and newest.in_force(pen.now)


def lives_by_exception(pen: Recorder, account_id: AccountId) -> bool:
    """Whether two relayable factors are all that the account can show.

    Where there is a passkey, nothing is ever asked for less than it (no downgrade, X-02).
    """
    return exception_in_force(pen, account_id) and not pen.tx.passkeys.of_account(account_id)


def held_until(pen: Recorder, account_id: AccountId) -> datetime | None:
    """Until when a recovery holds back what a thief would want; None where none does."""
    moments = [one.holds_until(pen.now) for one in pen.tx.recoveries.open_ones(account_id, pen.now)]
    return max((moment for moment in moments if moment is not None), default=None)
