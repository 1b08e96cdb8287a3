"""Enrolling a passkey: the first one makes the account, every further one needs an approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from authserver.domain.account import Account, AccountState
from authserver.domain.action import Action
from authserver.domain.assurance import FactorKind, Proof
from authserver.domain.ceremony import Ceremony, Purpose
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.factor import LABEL_MAX, Passkey
from authserver.domain.guessing import PATHS_OF_OWNERS
from authserver.domain.ids import AccountId, PasskeyId, StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.passkey.gate import CheckedRegistration, check_registration
from authserver.domain.passkey.rule import GateRefusal
from authserver.domain.passkey.verdict import SignatureRefused
from authserver.domain.session import SignedIn
from authserver.domain.sign_up import SignUp, SignUpStep, not_at
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import ceremonies, step_up
from authserver.flows.acting import hold
from authserver.flows.ceremonies import BegunRegistration
from authserver.flows.end_sessions import end_all_but, end_others_after_change
from authserver.flows.floods import count_failure
from authserver.flows.guessing import begin_anew
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.start_session import Reissued, SessionStarted, start_session


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyEnrolled:
    """A new passkey, with the fresh session of a first one or the acting one re-issued."""

    passkey: Passkey
    session: SessionStarted | Reissued


def begin_first(services: Services, client: Client, now: datetime) -> BegunRegistration | Refused:
    """Options for the first passkey of the account that this browser is opening or re-entering."""
    with services.database.snapshot() as tx:
        sign_up = tx.sign_ups.of_browser(client.browser)
        passkeys = (
            tx.passkeys.of_account(sign_up.account_id) if sign_up and sign_up.account_id else []
        )
    if sign_up is None:
        return Refused(Reason.SIGN_UP_UNKNOWN)
    if wrong := not_at(sign_up, SignUpStep.ENROL_PASSKEY, now):
        return wrong
    token, ceremony = ceremonies.begin(
        services, client, now, purpose=Purpose.ENROL_FIRST, about=sign_up.id
    )
    return BegunRegistration(
        token=token,
        ceremony=ceremony,
        user_handle=sign_up.user_handle,
        user_name=sign_up.login_id,
        display_name=sign_up.display_name,
        exclude=ceremonies.descriptors(passkeys),
    )


def begin_added(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    *,
    step_up_id: StepUpId | None,
) -> BegunRegistration | StepUpNeeded | Refused:
    """Options for a further passkey; the ceremony carries the authority spent here (X-01)."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        passkeys = tx.passkeys.of_account(account.id)
        if len(passkeys) >= services.policy.limits.passkeys:
            return _refuse(pen, signed_in, Refused(Reason.PASSKEY_LIMIT))
        subject = {"action": Action.ADD_PASSKEY.value, "login_id": account.login_id}
        answer = step_up.authorise(
            pen, signed_in, action=Action.ADD_PASSKEY, subject=subject, step_up_id=step_up_id
        )
        if answer is not None:
            return answer
    token, ceremony = ceremonies.begin(
        services, client, now, purpose=Purpose.ADD, about=signed_in.session.id
    )
    return BegunRegistration(
        token=token,
        ceremony=ceremony,
        user_handle=account.user_handle,
        user_name=account.login_id,
        display_name=account.display_name,
        exclude=ceremonies.descriptors(passkeys),
    )


def finish(
    services: Services,
    client: Client,
    now: datetime,
    *,
    signed_in: SignedIn | None,
    token: str,
    credential: object,
    label: str,
) -> PasskeyEnrolled | Refused:
    """Store a passkey whose registration holds, once; whose it is, only the ceremony says."""
    try:
        return _finish(services, client, now, signed_in, token, credential, label)
    except Undone as undone:
        with services.database.transaction() as tx:
            pen = Recorder(services, tx, client, now)
            tx.spent_ceremonies.spend(undone.ceremony.id, undone.ceremony.expires_at)
            return _refuse(pen, signed_in, Refused(undone.reason))


class Undone(Exception):
    """What was written for a new account must go, and then comes the refusal: another account owns
    the credential id, or another request took the step first."""

    def __init__(self, ceremony: Ceremony, reason: Reason) -> None:
        super().__init__()
        self.ceremony = ceremony
        self.reason = reason


def _finish(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn | None,
    token: str,
    credential: object,
    label: str,
) -> PasskeyEnrolled | Refused:
    purposes = frozenset({Purpose.ADD if signed_in else Purpose.ENROL_FIRST})
    ceremony = ceremonies.take_back(services, client, now, token, purposes=purposes)
    checked = (
        ceremony
        if isinstance(ceremony, Refused)
        else _verified_registration(services, ceremony, credential)
    )
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        if isinstance(ceremony, Refused):
            return _refuse(pen, signed_in, ceremony)
        if not tx.spent_ceremonies.spend(ceremony.id, ceremony.expires_at):
            return _refuse(pen, signed_in, Refused(Reason.CEREMONY_SPENT))
        if isinstance(checked, Refused):
            return _refuse(pen, signed_in, checked)
        if signed_in is None:
            return _finish_first(pen, ceremony, checked, label)
        return _finish_added(pen, signed_in, ceremony, checked, label)


def _verified_registration(
    services: Services, ceremony: Ceremony, credential: object
) -> CheckedRegistration | Refused:
    expected = ceremonies.expected(services, ceremony)
    checked = check_registration(credential, expected=expected)
    if isinstance(checked, GateRefusal):
        return Refused(Reason.PASSKEY_GATE, details={"rule": checked.rule})
    verdict = services.verifier.verify_registration(checked, expected=expected)
    if isinstance(verdict, SignatureRefused):
        return Refused(Reason.PASSKEY_SIGNATURE, details={"cause": verdict.cause})
    return checked


def _finish_first(
    pen: Recorder, ceremony: Ceremony, checked: CheckedRegistration, label: str
) -> PasskeyEnrolled | Refused:
    sign_up = pen.tx.sign_ups.of_browser(pen.client.browser)
    if sign_up is None or sign_up.id != ceremony.about:
        return _refuse(pen, None, Refused(Reason.SIGN_UP_UNKNOWN))
    if wrong := not_at(sign_up, SignUpStep.ENROL_PASSKEY, pen.now):
        return _refuse(pen, None, wrong)
    account = _existing(pen, sign_up.account_id) if sign_up.account_id else _opened(pen, sign_up)
    if isinstance(account, Refused):
        return _refuse(pen, None, account)
    # Under the account's lock: whoever stopped a recovery meanwhile has taken the sign-up away.
    if not pen.tx.sign_ups.advance(
        sign_up.id, expected=SignUpStep.ENROL_PASSKEY, to=SignUpStep.DONE
    ):
        raise Undone(ceremony, Reason.SIGN_UP_STEP)
    passkey = _stored(pen, account, checked, label)
    if passkey is None:
        raise Undone(ceremony, Reason.PASSKEY_TAKEN)
    proof = _proof_of(passkey, checked, pen.now)
    started = start_session(
        pen.services, pen.tx, pen.client, pen.now, account=account, proofs=(proof,), previous=None
    )
    session_id = started.signed_in.session.id
    if sign_up.account_id:
        _complete_recovery(pen, sign_up, started.signed_in, passkey)
        pen.tx.sign_ups.end(account.id)
        end_all_but(pen, started.signed_in)
    else:
        pen.told(EventKind.ACCOUNT_OPENED, Recipient.owner(account), session_id=session_id)
    _told_added(pen, started.signed_in, passkey)
    return PasskeyEnrolled(passkey=passkey, session=started)


def _complete_recovery(
    pen: Recorder, sign_up: SignUp, signed_in: SignedIn, passkey: Passkey
) -> None:
    """Where the way to this passkey was a recovery, its hold begins, and old tries are forgiven."""
    hold = pen.services.policy.recovery.hold
    if not pen.tx.recoveries.complete(sign_up.id, passkey.id, pen.now + hold):
        return
    begin_anew(pen, signed_in.account.id, PATHS_OF_OWNERS)
    pen.told(
        EventKind.RECOVERY_DONE,
        Recipient.owner(signed_in.account),
        session_id=signed_in.session.id,
        details={"label": passkey.label, "seconds": str(int(hold.total_seconds()))},
    )


def _existing(pen: Recorder, account_id: AccountId) -> Account | Refused:
    account = pen.tx.accounts.lock(account_id)
    if account is None or account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_FROZEN)
    # No limit here: whoever has lost as many passkeys as there may be must be able to come back.
    return account


def _opened(pen: Recorder, sign_up: SignUp) -> Account | Refused:
    identity = pen.tx.sign_ups.identity(sign_up.id)
    if identity is None:
        return Refused(Reason.IDENTITY_NOT_PROVED)
    account = Account(
        id=AccountId(pen.services.entropy.identifier(pen.now)),
        login_id=sign_up.login_id,
        email=sign_up.email,
        display_name=sign_up.display_name,
        locale=sign_up.locale,
        user_handle=sign_up.user_handle,
        state=AccountState.OPEN,
        roles=frozenset(),
        created_at=pen.now,
    )
    if not pen.tx.accounts.add(account):
        return Refused(Reason.LOGIN_ID_TAKEN)
    pen.tx.accounts.add_identity_proof(account.id, identity)
    return account


def _finish_added(
    pen: Recorder,
    signed_in: SignedIn,
    ceremony: Ceremony,
    checked: CheckedRegistration,
    label: str,
) -> PasskeyEnrolled | Refused:
    account = hold(pen, signed_in)
    if isinstance(account, Refused):
        return _refuse(pen, signed_in, account)
    if ceremony.about != signed_in.session.id:
        return _refuse(pen, signed_in, Refused(Reason.CEREMONY_OTHER_BROWSER))
    if len(pen.tx.passkeys.of_account(account.id)) >= pen.services.policy.limits.passkeys:
        return _refuse(pen, signed_in, Refused(Reason.PASSKEY_LIMIT))
    passkey = _stored(pen, account, checked, label)
    if passkey is None:
        return _refuse(pen, signed_in, Refused(Reason.PASSKEY_TAKEN))
    _told_added(pen, signed_in, passkey)
    reissued = end_others_after_change(pen, signed_in)
    return PasskeyEnrolled(passkey=passkey, session=reissued)


def _stored(
    pen: Recorder, account: Account, checked: CheckedRegistration, label: str
) -> Passkey | None:
    """The new credential record, or None where the credential id is some account's already."""
    passkey = Passkey(
        id=PasskeyId(pen.services.entropy.identifier(pen.now)),
        account_id=account.id,
        credential_id=checked.credential_id,
        public_key=checked.public_key,
        algorithm=checked.algorithm,
        sign_count=checked.sign_count,
        backup_eligible=checked.backup_eligible,
        backed_up=checked.backed_up,
        aaguid=checked.aaguid,
        transports=checked.transports,
        label=label or _named_after(pen, checked.aaguid),
        created_at=pen.now,
        last_used_at=None,
    )
    return passkey if pen.tx.passkeys.add(passkey) else None


def _named_after(pen: Recorder, aaguid: str) -> str:
    """A name to begin with: the authenticator's, else the device it was made on."""
    return (pen.services.passkey_names.provider(aaguid) or pen.client.device)[:LABEL_MAX]


def _proof_of(passkey: Passkey, checked: CheckedRegistration, now: datetime) -> Proof:
    return Proof(
        factor=FactorKind.PASSKEY,
        factor_id=passkey.id,
        at=now,
        user_verified=checked.user_verified,
        phishing_resistant=True,
    )


def _told_added(pen: Recorder, signed_in: SignedIn, passkey: Passkey) -> None:
    pen.told(
        EventKind.PASSKEY_ADDED,
        Recipient.owner(signed_in.account),
        session_id=signed_in.session.id,
        details={"passkey": passkey.id, "label": passkey.label, "aaguid": passkey.aaguid},
    )


def _refuse(pen: Recorder, signed_in: SignedIn | None, refused: Refused) -> Refused:
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    details: Mapping[str, str] = refused.details
    pen.event(
        EventKind.PASSKEY_REFUSED,
        account_id=signed_in.account.id if signed_in else None,
        session_id=signed_in.session.id if signed_in else None,
        reason=refused.reason,
        details=details,
    )
    return waiting or refused
