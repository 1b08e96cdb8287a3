"""Coming back without a factor: a code that the firm handed over opens the way to a new passkey."""

from __future__ import annotations

from datetime import datetime

from authserver.domain.account import Account, AccountState
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import AccountId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.domain.sign_up import SignUpStep
from authserver.flows.acting import lock_in_order
from authserver.flows.floods import count_failure, network
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.reentry import open_way
from authserver.flows.sign_up import Advanced
from authserver.flows.start_session import end_signed_in

CODE_DIGITS = 12
_NOBODY = AccountId("00000000-0000-7000-8000-000000000000")


def issue(pen: Recorder, account_id: AccountId) -> str:
    """Make a code for the account, voiding an earlier one, and give it in clear this one time."""
    code = pen.services.entropy.digits(CODE_DIGITS)
    digest = pen.services.digests.of_code("enrolment", account_id, code)
    expires_at = pen.now + pen.services.policy.limits.enrolment_code
    pen.tx.enrolment_codes.add(account_id, digest, expires_at)
    pen.tx.sign_ups.end(account_id)
    # Whoever has begun to come back by themselves meanwhile is overtaken by the firm's own word.
    pen.tx.recoveries.stop_under_way(account_id, pen.now)
    pen.event(EventKind.ENROLMENT_CODE_ISSUED, account_id=account_id)
    return code


def redeem(
    services: Services,
    client: Client,
    now: datetime,
    *,
    login_id: str,
    code: str,
    previous: SignedIn | None,
) -> Advanced | Refused:
    """Spend a code, once; unknown id, frozen account and wrong code are one and the same answer.

    ``previous`` is who was signed in in this browser. Their session ends with a good code: what
    comes next is about the account of the code, and a passkey must not end up in another's.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = tx.accounts.by_login_id(login_id)
        lock_in_order(tx, account.id if account else None, previous)
        good = _spend(pen, account, code)
        if account is None or not good:
            waiting = count_failure(services, tx, client, now)
            pen.event(
                EventKind.ENROLMENT_CODE_REFUSED,
                account_id=account.id if account else None,
                reason=Reason.CODE_WRONG,
            )
            return waiting or Refused(Reason.CODE_WRONG)
        if previous is not None:
            end_signed_in(pen, previous)
        tx.recoveries.stop_under_way(account.id, now)
        way = open_way(pen, account, until=now + services.policy.limits.sign_up)
        pen.told(EventKind.ENROLMENT_CODE_REDEEMED, Recipient.owner(account))
        return Advanced(SignUpStep.ENROL_PASSKEY, way.token)


def _spend(pen: Recorder, account: Account | None, code: str) -> bool:
    """Whether this is the account's code, which is then spent; nobody's costs the same work.

    Tries are bounded twice. The policy's bound per code is for guessers; it is high, for whoever
    knows a login id could else spend somebody's code with wrong ones. And one network has its
    failures' worth of tries at one account's code while a code lives, so that no single stranger
    reaches that bound. Tries past either are not judged, and a frozen account's code is not spent:
    it is as good as before once the account is open.
    """
    limits = pen.services.policy.limits
    owner = account.id if account else _NOBODY
    window = int(limits.enrolment_code.total_seconds())
    tries = pen.tx.throttles.hit(
        f"enrolment-code:{network(pen.client.ip)}:{owner}", pen.now, window
    )
    is_open = account is not None and account.state is AccountState.OPEN
    judged = is_open and tries <= limits.failures_per_network
    digest = pen.services.digests.of_code("enrolment", owner, code)
    of = owner if judged else _NOBODY
    return pen.tx.enrolment_codes.redeem(of, digest, pen.now, limits.enrolment_code_tries)
