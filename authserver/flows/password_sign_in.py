"""The way in without a passkey: password, then a second factor, and then the question of whether.

Right password, right code: only then does an answer depend on the account, for only then has the
asker proved to own it (api.md, detail 9). Whatever is wrong before that looks the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from authserver.domain.account import Account, AccountState, normal_login_id
from authserver.domain.assurance import FactorKind, Proof
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.guessing import Path, Try
from authserver.domain.ids import AccountId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.password import normal_password
from authserver.domain.policy import SecondFactor
from authserver.domain.session import SignedIn
from authserver.flows import one_time_codes
from authserver.flows.floods import count_failure
from authserver.flows.guessing import begin_anew, begin_try, nobody, tell_of_lock
from authserver.flows.ports import HasherBusy, Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.standing import password_path_open_until
from authserver.flows.start_session import SessionStarted, start_session


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password was right. ``methods`` is the policy's list, the same for every account."""

    methods: tuple[SecondFactor, ...]


def show_password(
    services: Services, client: Client, now: datetime, *, login_id: str, password: str
) -> SecondFactorNeeded | Refused:
    """Judge one password. Unknown, locked, frozen and wrong are one answer, and cost the same."""
    spelled = normal_login_id(login_id)
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = tx.accounts.by_login_id(spelled or "")
        owner = account.id if account else nobody(services, spelled or login_id)
        counted = begin_try(pen, owner, Path.PASSWORD)
        hashed = tx.passwords.get(account.id) if account and counted else None
    try:
        right = services.password_hasher.verify(hashed, normal_password(password) or "")
    except HasherBusy:
        return _busy(services, client, now, owner, counted)
    right = right and hashed is not None
    upgraded = _upgraded(services, hashed, password) if right else None
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        # Looked at again, for it may have been changed while the old one was judged.
        account = tx.accounts.lock(account.id) if account and right else account
        right = right and account is not None and tx.passwords.get(account.id) == hashed
        if not right or account is None or account.state is not AccountState.OPEN:
            return _refuse_password(pen, account, counted)
        # In the order of ``finish``, lest two requests of one browser wait for each other.
        until = now + services.policy.limits.unfinished_sign_in
        tx.unfinished_sign_ins.put(client.browser, account.id, now, until)
        if counted:
            tx.guesses.give_back(owner, Path.PASSWORD, counted.number)
        if upgraded and hashed:
            tx.passwords.upgrade(account.id, expected=hashed, hashed=upgraded)
        pen.event(EventKind.PASSWORD_ACCEPTED, account_id=account.id)
        return SecondFactorNeeded(services.policy.sign_in.second_factors_at(now))


def _busy(
    services: Services, client: Client, now: datetime, owner: str, counted: Try | None
) -> Refused:
    """Nothing was judged, so the try is given back; the client is asked to come again."""
    with services.database.transaction() as tx:
        if counted:
            tx.guesses.give_back(owner, Path.PASSWORD, counted.number)
        Recorder(services, tx, client, now).event(
            EventKind.PASSWORD_REFUSED, reason=Reason.HASHER_BUSY
        )
    return Refused(Reason.HASHER_BUSY, retry_after_seconds=2)


def _upgraded(services: Services, hashed: str | None, password: str) -> str | None:
    """A hash with the parameters in force, where the stored one has others."""
    if hashed is None or not services.password_hasher.outdated(hashed):
        return None
    try:
        return services.password_hasher.hash(normal_password(password) or "")
    except HasherBusy:
        return None


def _refuse_password(pen: Recorder, account: Account | None, counted: Try | None) -> Refused:
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    reason = Reason.CREDENTIALS_WRONG if counted else Reason.PATH_LOCKED
    pen.event(
        EventKind.SIGN_IN_REFUSED,
        account_id=account.id if account else None,
        reason=reason,
        details={"factor": "password"},
    )
    tell_of_lock(pen, account, Path.PASSWORD, counted)
    return waiting or Refused(reason)


def show_totp(
    services: Services, client: Client, now: datetime, *, code: str, previous: SignedIn | None
) -> SessionStarted | Refused:
    """Finish a sign-in with a code of an authenticator app."""

    def judge(pen: Recorder, account_id: AccountId) -> str | Reason:
        return one_time_codes.accept(pen, account_id, code)

    return finish(services, client, now, FactorKind.TOTP, judge, previous)


def show_recovery_code(
    services: Services, client: Client, now: datetime, *, code: str, previous: SignedIn | None
) -> SessionStarted | Refused:
    """Finish a sign-in with a recovery code, which stands in for the second factor only."""

    def judge(pen: Recorder, account_id: AccountId) -> str | Reason:
        digest = services.digests.of_code("recovery-code", account_id, code)
        spent = pen.tx.recovery_codes.use(account_id, digest, pen.now)
        return "recovery-code" if spent else Reason.SECOND_FACTOR_WRONG

    return finish(services, client, now, FactorKind.RECOVERY_CODE, judge, previous)


def finish(
    services: Services,
    client: Client,
    now: datetime,
    factor: FactorKind,
    judge: Callable[[Recorder, AccountId], str | Reason],
    previous: SignedIn | None,
    *,
    path: Path = Path.SECOND_FACTOR,
) -> SessionStarted | Refused:
    """Judge a second factor, counted on its path first; then whether the account may do without."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        unfinished = tx.unfinished_sign_ins.of_browser(client.browser, now)
        if unfinished is None:
            return _refuse_second(pen, path, None, factor, Reason.SIGN_IN_NOT_BEGUN, None)
        account_id, shown_at = unfinished
        account = tx.accounts.lock(account_id)
        counted = begin_try(pen, account_id, path)
        if account is None or counted is None:
            return _refuse_second(pen, path, account, factor, Reason.PATH_LOCKED, None)
        found = judge(pen, account_id)
        if isinstance(found, Reason):
            return _refuse_second(pen, path, account, factor, found, counted)
        if account.state is not AccountState.OPEN:
            return _refuse_second(pen, path, account, factor, Reason.ACCOUNT_FROZEN, None)
        if not tx.unfinished_sign_ins.take(client.browser):
            return _refuse_second(pen, path, account, factor, Reason.SIGN_IN_NOT_BEGUN, None)
        _told_used(pen, account, factor)
        until = password_path_open_until(pen, account.id, factor)
        if until is None:
            tx.guesses.give_back(account_id, path, counted.number)
            return _fallback_refused(pen, account, factor)
        begin_anew(pen, account_id, (Path.PASSWORD, path))
        return _started(pen, account, factor, found, shown_at, until, previous)


def _fallback_refused(pen: Recorder, account: Account, factor: FactorKind) -> Refused:
    """Everything right and still no: whoever owns the account should know who tried that."""
    pen.told(
        EventKind.FALLBACK_REFUSED,
        Recipient.owner(account),
        reason=Reason.PASSKEY_REQUIRED,
        details={"factor": factor},
    )
    return Refused(Reason.PASSKEY_REQUIRED)


def _told_used(pen: Recorder, account: Account, factor: FactorKind) -> None:
    if factor is FactorKind.RECOVERY_CODE:
        left = pen.tx.recovery_codes.count(account.id).left
        few = left <= pen.services.policy.limits.recovery_codes_few
        pen.told(
            EventKind.RECOVERY_CODE_USED,
            Recipient.owner(account),
            details={"count": str(left), "few": "yes" if few else "no"},
        )


def _started(
    pen: Recorder,
    account: Account,
    factor: FactorKind,
    factor_id: str,
    shown_at: datetime,
    until: datetime,
    previous: SignedIn | None,
) -> SessionStarted:
    password = _proof(FactorKind.PASSWORD, "password", shown_at)
    second = _proof(factor, factor_id, pen.now)
    started = start_session(
        pen.services,
        pen.tx,
        pen.client,
        pen.now,
        account=account,
        proofs=(password, second),
        previous=previous,
        no_later_than=until,
    )
    pen.told(
        EventKind.SIGN_IN_SUCCEEDED,
        Recipient.owner(account),
        session_id=started.signed_in.session.id,
        details={"factor": f"password+{factor}"},
    )
    return started


def _proof(factor: FactorKind, factor_id: str, at: datetime) -> Proof:
    return Proof(
        factor=factor, factor_id=factor_id, at=at, user_verified=False, phishing_resistant=False
    )


def _refuse_second(
    pen: Recorder,
    path: Path,
    account: Account | None,
    factor: FactorKind,
    reason: Reason,
    counted: Try | None,
) -> Refused:
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    pen.event(
        EventKind.SIGN_IN_REFUSED,
        account_id=account.id if account else None,
        reason=reason,
        details={"factor": factor},
    )
    tell_of_lock(pen, account, path, counted)
    return waiting or Refused(reason)
