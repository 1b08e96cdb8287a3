"""Coming back after every factor is lost: two proofs by different ways, then a new passkey.

Until the code from the account's own mailbox came back, every answer is the same whether there is
such an account or not. The identity service's word is a proof; what somebody knows about somebody
(a birth date, a postcode) is none, here or anywhere.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Protocol

from authserver.domain.account import Account, AccountState
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.guessing import Path, Try
from authserver.domain.ids import AccountId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.policy import RecoveryProof
from authserver.domain.recovery import CODE_DIGITS, TRIES, Recovery, RecoveryStep
from authserver.domain.session import SignedIn
from authserver.domain.sign_up import IdentityClaim
from authserver.flows.acting import lock_in_order
from authserver.flows.begin_recovery import Onward
from authserver.flows.floods import count_failure, network
from authserver.flows.guessing import begin_try, nobody, tell_of_lock
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.reentry import open_way
from authserver.flows.start_session import end_signed_in


def give_code(services: Services, client: Client, now: datetime, code: str) -> Onward | Refused:
    """Judge the code from the mailbox; afterwards the asker is known to read the owner's mail."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        found = _at(pen, RecoveryStep.GIVE_CODE)
        if isinstance(found, Refused):
            return _refuse(pen, None, found.reason, None)
        account = tx.accounts.lock(found.account_id) if found.account_id else None
        counted = begin_try(pen, _guesser(pen, found), Path.RECOVERY)
        if wrong := _judge_code(pen, found, counted, code):
            return _refuse(pen, account, wrong, counted)
        if account is None or account.state is not AccountState.OPEN:
            return _refuse(pen, account, Reason.ACCOUNT_FROZEN, counted)
        if counted:
            tx.guesses.give_back(_guesser(pen, found), Path.RECOVERY, counted.number)
        return _ask_for_second(pen, found, account)


def _ask_for_second(pen: Recorder, found: Recovery, account: Account) -> Onward | Refused:
    services, by_sms = pen.services, pen.services.policy.recovery.second is RecoveryProof.SMS_CODE
    code = services.entropy.digits(CODE_DIGITS)
    advanced = pen.tx.recoveries.advance(
        found.id,
        expected=RecoveryStep.GIVE_CODE,
        to=RecoveryStep.PROVE,
        code_digest=services.digests.of_code("recovery-sms", found.id, code) if by_sms else b"",
        code_expires_at=pen.now + services.policy.limits.mail_code if by_sms else found.expires_at,
        expires_at=found.expires_at,
        sign_up_id=None,
    )
    if not advanced:
        return _refuse(pen, account, Reason.RECOVERY_STEP, None)
    if by_sms:
        owner = Recipient.owner(account)
        pen.told(EventKind.RECOVERY_SMS_SENT, owner, secret=code, details={"recovery": found.id})
        return Onward("give_sms_code")
    return Onward("prove_identity")


def give_sms_code(
    services: Services, client: Client, now: datetime, code: str, *, previous: SignedIn | None
) -> Onward | Refused:
    """The second proof, where the policy wants a code by another channel.

    ``previous`` is who was signed in in this browser: their session ends, for the passkey that
    comes next is another account's.
    """

    def judge(pen: Recorder, found: Recovery, counted: Try | None) -> Reason | None:
        return _judge_code(pen, found, counted, code, purpose="recovery-sms")

    return _prove(services, client, now, RecoveryProof.SMS_CODE, judge, previous)


def prove_identity(
    services: Services,
    client: Client,
    now: datetime,
    claim: IdentityClaim,
    *,
    previous: SignedIn | None,
) -> Onward | Refused:
    """The second proof, where the policy wants the identity service to know the same person."""
    with services.database.snapshot() as tx:
        asked = isinstance(_at(Recorder(services, tx, client, now), RecoveryStep.PROVE), Recovery)
    # The service is called for nobody who has not shown the first proof.
    proof = services.identity_proofing.prove(claim, now=now) if asked else None

    def judge(pen: Recorder, found: Recovery, counted: Try | None) -> Reason | None:
        if wrong := _countable(pen, found, counted):
            return wrong
        same = (
            proof is not None
            and found.account_id is not None
            and pen.tx.accounts.proved_as(found.account_id, proof.evidence_digest)
        )
        return None if same else Reason.IDENTITY_NOT_PROVED

    return _prove(services, client, now, RecoveryProof.IDENTITY_PROOF, judge, previous)


class Judge(Protocol):
    def __call__(self, pen: Recorder, found: Recovery, counted: Try | None) -> Reason | None: ...


def _prove(
    services: Services,
    client: Client,
    now: datetime,
    proof: RecoveryProof,
    judge: Judge,
    previous: SignedIn | None,
) -> Onward | Refused:
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        found = _at(pen, RecoveryStep.PROVE)
        if isinstance(found, Refused):
            return _refuse(pen, None, found.reason, None)
        if services.policy.recovery.second is not proof or found.account_id is None:
            return _refuse(pen, None, Reason.RECOVERY_STEP, None)
        lock_in_order(tx, found.account_id, previous)
        account = tx.accounts.lock(found.account_id)
        counted = begin_try(pen, _guesser(pen, found), Path.RECOVERY)
        if wrong := judge(pen, found, counted):
            return _refuse(pen, account, wrong, counted)
        if account is None or account.state is not AccountState.OPEN:
            return _refuse(pen, account, Reason.ACCOUNT_FROZEN, None)
        if previous is not None:
            end_signed_in(pen, previous)
        return _proved(pen, found, account, proof)


def _proved(
    pen: Recorder, found: Recovery, account: Account, proof: RecoveryProof
) -> Onward | Refused:
    """Both proofs are there: what was begun or open before ends, and a passkey may come."""
    pen.tx.sign_ups.end(account.id)
    # The attempt lives exactly as long as the way that it opens: what can still bring a passkey
    # can still be stopped, and still holds.
    until = pen.now + pen.services.policy.recovery.life
    way = open_way(pen, account, until=until)
    advanced = pen.tx.recoveries.advance(
        found.id,
        expected=RecoveryStep.PROVE,
        to=RecoveryStep.ENROL_PASSKEY,
        code_digest=b"",
        code_expires_at=until,
        expires_at=until,
        sign_up_id=way.sign_up_id,
    )
    if not advanced:
        raise StaleRecovery
    pen.tx.unfinished_sign_ins.end(account.id)
    ended = pen.tx.sessions.end_others(account.id, None, pen.now)
    pen.told(
        EventKind.RECOVERY_PROVED,
        Recipient.owner(account),
        details={"recovery": found.id, "proof": proof, "count": str(ended)},
    )
    return Onward(RecoveryStep.ENROL_PASSKEY, way.token)


class StaleRecovery(Exception):
    """The attempt moved on under the account's lock: somebody moved it without holding that."""


def _at(pen: Recorder, step: RecoveryStep) -> Recovery | Refused:
    """This browser's attempt if this step is its next one."""
    found = pen.tx.recoveries.of_browser(pen.client.browser)
    if found is None or found.step is RecoveryStep.STOPPED:
        return Refused(Reason.RECOVERY_UNKNOWN)
    if pen.now >= found.expires_at:
        return Refused(Reason.RECOVERY_EXPIRED)
    return found if found.step is step else Refused(Reason.RECOVERY_STEP)


def _guesser(pen: Recorder, found: Recovery) -> str:
    """Who guesses at whose recovery. Per network: a stranger's wrong codes, however many, lock
    nobody else out, and the owner of a lost passkey least of all."""
    return nobody(pen.services, f"{found.owner} from {network(pen.client.ip)}")


def _countable(pen: Recorder, found: Recovery, counted: Try | None) -> Reason | None:
    if counted is None:
        return Reason.PATH_LOCKED
    if not pen.tx.recoveries.take_try(found.id, found.step, TRIES):
        return Reason.CODE_TRIES_SPENT
    return None


def _judge_code(
    pen: Recorder,
    found: Recovery,
    counted: Try | None,
    code: str,
    purpose: str = "recovery",
) -> Reason | None:
    if wrong := _countable(pen, found, counted):
        return wrong
    if pen.now >= found.code_expires_at:
        return Reason.CODE_EXPIRED
    given = pen.services.digests.of_code(purpose, found.id, code)
    return None if hmac.compare_digest(given, found.code_digest) else Reason.CODE_WRONG


def _refuse(pen: Recorder, account: Account | None, reason: Reason, counted: Try | None) -> Refused:
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    account_id: AccountId | None = account.id if account else None
    pen.event(EventKind.RECOVERY_REFUSED, account_id=account_id, reason=reason)
    tell_of_lock(pen, account, Path.RECOVERY, counted)
    return waiting or Refused(reason)
