"""Coming back without a factor: a code that the firm handed over opens the way to a new passkey."""

from __future__ import annotations

from datetime import datetime

from authserver.domain.account import AccountState
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import AccountId, SignUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.sign_up import SignUp, SignUpStep
from authserver.flows.floods import count_failure
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.sign_up import Advanced

CODE_DIGITS = 12
_NOBODY = AccountId("00000000-0000-7000-8000-000000000000")


def issue(pen: Recorder, account_id: AccountId) -> str:
    """Make a code for the account, voiding an earlier one, and give it in clear this one time."""
    code = pen.services.entropy.digits(CODE_DIGITS)
    digest = pen.services.digests.of_code("enrolment", account_id, code)
    expires_at = pen.now + pen.services.policy.limits.enrolment_code
    pen.tx.enrolment_codes.add(account_id, digest, expires_at)
    pen.tx.sign_ups.end(account_id)
    pen.event(EventKind.ENROLMENT_CODE_ISSUED, account_id=account_id)
    return code


def redeem(
    services: Services, client: Client, now: datetime, *, login_id: str, code: str
) -> Advanced | Refused:
    """Spend a code, once; unknown id, frozen account and wrong code are one and the same answer."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = tx.accounts.by_login_id(login_id)
        owner = account.id if account else _NOBODY
        digest = services.digests.of_code("enrolment", owner, code)
        most = services.policy.limits.enrolment_code_tries
        # A frozen account's code is not spent: it is as good as before once the account is open.
        usable = account is None or account.state is AccountState.OPEN
        good = usable and tx.enrolment_codes.redeem(owner, digest, now, most)
        if account is None or not good:
            waiting = count_failure(services, tx, client, now)
            pen.event(
                EventKind.ENROLMENT_CODE_REFUSED,
                account_id=account.id if account else None,
                reason=Reason.CODE_WRONG,
            )
            return waiting or Refused(Reason.CODE_WRONG)
        tx.sign_ups.put(
            SignUp(
                id=SignUpId(services.entropy.identifier(now)),
                browser=client.browser,
                step=SignUpStep.ENROL_PASSKEY,
                login_id=account.login_id,
                email=account.email,
                display_name=account.display_name,
                locale=account.locale,
                user_handle=account.user_handle,
                code_digest=b"",
                code_tries=0,
                code_expires_at=now,
                expires_at=now + services.policy.limits.sign_up,
                account_id=account.id,
            )
        )
        pen.told(EventKind.ENROLMENT_CODE_REDEEMED, Recipient.owner(account))
        return Advanced(SignUpStep.ENROL_PASSKEY)
