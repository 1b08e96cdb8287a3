"""Authenticator apps: enrolling, confirming, accepting a code once, removing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.factor import normal_label
from authserver.domain.guessing import Path
from authserver.domain.ids import AccountId, StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.domain.totp import Totp, TotpJudgement, TotpVerdict, judge_code
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.end_sessions import end_others_after_change
from authserver.flows.floods import count_failure
from authserver.flows.guessing import begin_try, tell_of_lock
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.standing import held_until
from authserver.flows.start_session import Reissued

_REASONS = {
    TotpVerdict.REPLAYED: Reason.TOTP_REPLAYED,
    TotpVerdict.SKEWED: Reason.TOTP_SKEWED,
    TotpVerdict.WRONG: Reason.SECOND_FACTOR_WRONG,
}
"""For the log; an outsider hears one thing for all three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTotp:
    """What the authenticator app has to be given, in this one answer."""

    totp: Totp
    secret: str
    uri: str
    qr_svg: str


def accept(pen: Recorder, account_id: AccountId, code: str) -> str | Reason:
    """The id of the confirmed app whose unused step this code is, or why there is none."""
    worst = Reason.SECOND_FACTOR_WRONG
    for totp in pen.tx.totps.of_account(account_id):
        if totp.confirmed_at is None:
            continue
        judged = _judge(pen.services, totp, code, pen.now)
        if judged.verdict is TotpVerdict.FRESH:
            if pen.tx.totps.use(totp.id, judged.step, pen.now):
                return totp.id
            worst = Reason.TOTP_REPLAYED
        elif judged.verdict is not TotpVerdict.WRONG:
            worst = _REASONS[judged.verdict]
    return worst


def _judge(services: Services, totp: Totp, code: str, now: datetime) -> TotpJudgement:
    secret = services.sealer.open(totp.sealed_secret)
    code_at = partial(services.one_time_codes.code_at, secret)
    return judge_code(code, now=now, last_step=totp.last_step, code_at=code_at)


def add(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    *,
    label: str,
    step_up_id: StepUpId | None,
) -> NewTotp | StepUpNeeded | Refused:
    """Begin with a new authenticator app; it counts for nothing until its first code came."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        totps = tx.totps.of_account(account.id)
        if len([totp for totp in totps if totp.confirmed_at]) >= services.policy.limits.totps:
            return Refused(Reason.TOTP_LIMIT)
        subject = {"action": Action.ADD_TOTP.value, "login_id": account.login_id}
        answer = step_up.authorise(
            pen, signed_in, action=Action.ADD_TOTP, subject=subject, step_up_id=step_up_id
        )
        if answer is not None:
            return answer
        for abandoned in (totp for totp in totps if totp.confirmed_at is None):
            tx.totps.remove(account.id, abandoned.id, now)
        secret = services.one_time_codes.new_secret()
        totp = Totp(
            id=services.entropy.identifier(now),
            account_id=account.id,
            label=normal_label(label),
            sealed_secret=services.sealer.seal(secret),
            last_step=0,
            created_at=now,
            confirmed_at=None,
            last_used_at=None,
        )
        tx.totps.add(totp)
    issuer = services.relying_party.rp_name
    uri = services.one_time_codes.uri(secret, account=account.login_id, issuer=issuer)
    return NewTotp(totp=totp, secret=secret, uri=uri, qr_svg=services.one_time_codes.qr_svg(uri))


def confirm(
    services: Services, client: Client, now: datetime, signed_in: SignedIn, totp_id: str, code: str
) -> Reissued | Refused:
    """Take the app's first code, which is thereby used; other sessions end (X-04)."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        waiting = [t for t in tx.totps.of_account(account.id) if t.id == totp_id]
        if not waiting or waiting[0].confirmed_at is not None:
            return Refused(Reason.NOT_FOUND)
        if held_until(pen, account.id):
            # What was begun before a recovery does not take root while its hold lasts.
            return _refuse(pen, signed_in, Reason.RECOVERY_HOLD)
        counted = begin_try(pen, account.id, Path.SECOND_FACTOR)
        if counted is None:
            return _refuse(pen, signed_in, Reason.PATH_LOCKED)
        judged = _judge(services, waiting[0], code, now)
        fresh = judged.verdict is TotpVerdict.FRESH
        if not fresh or not tx.totps.confirm(account.id, totp_id, judged.step, now):
            tell_of_lock(pen, account, Path.SECOND_FACTOR, counted)
            return _refuse(pen, signed_in, _REASONS.get(judged.verdict, Reason.TOTP_REPLAYED))
        tx.guesses.give_back(account.id, Path.SECOND_FACTOR, counted.number)
        details = {"totp": totp_id, "label": waiting[0].label}
        pen.told(
            EventKind.TOTP_ADDED,
            Recipient.owner(account),
            session_id=signed_in.session.id,
            details=details,
        )
        return end_others_after_change(pen, signed_in)


def _refuse(pen: Recorder, signed_in: SignedIn, reason: Reason) -> Refused:
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    pen.event(
        EventKind.TOTP_REFUSED,
        account_id=signed_in.account.id,
        session_id=signed_in.session.id,
        reason=reason,
    )
    return waiting or Refused(reason)


def remove(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    totp_id: str,
    *,
    step_up_id: StepUpId | None,
) -> Reissued | StepUpNeeded | Refused:
    """Take an authenticator app off the account, unless it is the last way in."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        totps = tx.totps.of_account(account.id)
        found = next((totp for totp in totps if totp.id == totp_id), None)
        if found is None:
            return Refused(Reason.NOT_FOUND)
        if _is_last_way_in(pen, account.id, totps, found):
            return Refused(Reason.PASSKEY_LAST)
        subject = {"action": Action.REMOVE_TOTP.value, "totp": totp_id, "label": found.label}
        answer = step_up.authorise(
            pen, signed_in, action=Action.REMOVE_TOTP, subject=subject, step_up_id=step_up_id
        )
        if answer is not None:
            return answer
        tx.totps.remove(account.id, totp_id, now)
        pen.told(
            EventKind.TOTP_REMOVED,
            Recipient.owner(account),
            session_id=signed_in.session.id,
            details={"totp": totp_id, "label": found.label},
        )
        return end_others_after_change(pen, signed_in)


def _is_last_way_in(
    pen: Recorder, account_id: AccountId, totps: Sequence[Totp], found: Totp
) -> bool:
    others = [totp for totp in totps if totp.confirmed_at and totp.id != found.id]
    return not others and not pen.tx.passkeys.of_account(account_id)
