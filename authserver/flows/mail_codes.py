"""A code by mail as the second factor, where the policy still permits it.

Eight digits, five minutes, three tries, once. It can be relayed and read by whoever reads the
mailbox: AL2 beside a password, never phishing-resistant, and off in the target policy.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from authserver.domain.assurance import FactorKind
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.guessing import Path
from authserver.domain.ids import AccountId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.policy import SecondFactor
from authserver.domain.session import SignedIn
from authserver.flows.floods import count_failure, count_message
from authserver.flows.password_sign_in import finish
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.start_session import SessionStarted

CODE_DIGITS = 8


def _permitted(services: Services, now: datetime) -> bool:
    """The policy's word, asked here too: a route that was left open must open nothing."""
    return SecondFactor.EMAIL_CODE in services.policy.sign_in.second_factors_at(now)


def request(services: Services, client: Client, now: datetime) -> Refused | None:
    """Send a code to the mailbox of the account whose password this browser has shown."""
    if not _permitted(services, now):
        return Refused(Reason.NOT_FOUND)
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        unfinished = tx.unfinished_sign_ins.of_browser(client.browser, now)
        account = tx.accounts.lock(unfinished[0]) if unfinished else None
        if account is None:
            waiting = count_failure(services, tx, client, now)
            pen.event(EventKind.SIGN_IN_REFUSED, reason=Reason.SIGN_IN_NOT_BEGUN)
            return waiting or Refused(Reason.SIGN_IN_NOT_BEGUN)
        if waiting := count_message(services, tx, client, account.email, now):
            pen.event(EventKind.SIGN_IN_REFUSED, account_id=account.id, reason=Reason.THROTTLED)
            return waiting
        code = services.entropy.digits(CODE_DIGITS)
        digest = services.digests.of_code("sign-in", account.id, code)
        until = now + services.policy.limits.mail_code
        tx.mail_codes.put(client.browser, account.id, digest, until)
        pen.told(EventKind.SIGN_IN_CODE_SENT, Recipient.owner(account), secret=code)
        return None


def show(
    services: Services, client: Client, now: datetime, *, code: str, previous: SignedIn | None
) -> SessionStarted | Refused:
    """Finish a sign-in with the code that was mailed to this browser's account.

    In the interim only: an exception means password and app, and nothing less (FSA-SEC-12).
    """
    if not _permitted(services, now):
        return Refused(Reason.NOT_FOUND)

    def judge(pen: Recorder, account_id: AccountId) -> str | Reason:
        most = services.policy.limits.mail_code_tries
        digest = pen.tx.mail_codes.take_try(client.browser, account_id, pen.now, most)
        given = services.digests.of_code("sign-in", account_id, code)
        if digest is None or not hmac.compare_digest(given, digest):
            return Reason.SECOND_FACTOR_WRONG
        spent = pen.tx.mail_codes.spend(client.browser, digest)
        return "email-code" if spent else Reason.SECOND_FACTOR_WRONG

    return finish(
        services, client, now, FactorKind.EMAIL_CODE, judge, previous, path=Path.EMAIL_CODE
    )
