"""What stands for or against an account at this moment: an exception, a recovery's hold."""

from __future__ import annotations

from datetime import datetime

from authserver.domain.assurance import FactorKind
from authserver.domain.ids import AccountId
from authserver.domain.mfa_exception import MfaException
from authserver.flows.recording import Recorder


def exception_in_force(pen: Recorder, account_id: AccountId) -> MfaException | None:
    """The decided exception that opens the alternative way in just now (FSA-SEC-12), if any."""
    newest = pen.tx.mfa_exceptions.newest(account_id)
    return newest if newest is not None and newest.in_force(pen.now) else None


def password_path_open_until(
    pen: Recorder, account_id: AccountId, factor: FactorKind
) -> datetime | None:
    """Until when this way in is open, which is also the most that its session may last.

    No downgrade (X-02): it takes an exception in force, which means password and app and never a
    mailed code, or the interim for accounts without a passkey. None where it is closed.
    """
    exception = exception_in_force(pen, account_id)
    if exception is not None and factor is not FactorKind.EMAIL_CODE:
        return exception.expires_at
    rules = pen.services.policy.sign_in
    if rules.interim(pen.now) and not pen.tx.passkeys.of_account(account_id):
        return rules.interim_until
    return None


def lives_by_exception(pen: Recorder, account_id: AccountId) -> bool:
    """Whether two relayable factors are all that the account can show.

    Where there is a passkey, nothing is ever asked for less than it (no downgrade, X-02).
    """
    excepted = exception_in_force(pen, account_id) is not None
    return excepted and not pen.tx.passkeys.of_account(account_id)


def held_until(pen: Recorder, account_id: AccountId) -> datetime | None:
    """Until when a recovery holds back what a thief would want; None where none does."""
    moments = [one.holds_until(pen.now) for one in pen.tx.recoveries.open_ones(account_id, pen.now)]
    return max((moment for moment in moments if moment is not None), default=None)
