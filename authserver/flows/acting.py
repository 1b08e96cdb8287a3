"""The moment of truth of every signed-in change: is it still so, now that we hold the account?"""

from __future__ import annotations

from authserver.domain.account import Account, AccountState
from authserver.domain.ids import AccountId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.flows.recording import Recorder
from authserver.flows.stores import Transaction


def hold(pen: Recorder, signed_in: SignedIn) -> Account | Refused:
    """Lock the account and look again: a freeze or a sign-out that came first wins.

    The session was read before this transaction began; without a second look, a request that is
    already under way would commit after the freeze (security.md, invariants 5 and 6).
    """
    account = pen.tx.accounts.lock(signed_in.account.id)
    if account is None or account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_FROZEN)
    present = pen.tx.sessions.by_token(signed_in.session.token_digest)
    if present is None or present.session.id != signed_in.session.id:
        return Refused(Reason.NOT_SIGNED_IN)
    return account


def lock_in_order(tx: Transaction, account_id: AccountId | None, acting: SignedIn | None) -> None:
    """Lock an account, and that of who was signed in beside it.

    In one order for everybody: two browsers that act on each other's accounts would else wait for
    each other.
    """
    both = {account_id, acting.account.id if acting else None} - {None}
    for one in sorted(str(one) for one in both):
        tx.accounts.lock(AccountId(one))
