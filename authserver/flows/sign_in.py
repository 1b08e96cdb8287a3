"""Signing in with a passkey: options, assertion, session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from authserver.domain.account import Account, AccountState, normal_login_id
from authserver.domain.assurance import FactorKind, Proof
from authserver.domain.ceremony import Ceremony, Purpose
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.factor import Passkey
from authserver.domain.ids import SessionId, to_base64url
from authserver.domain.outcome import Reason, Refused
from authserver.domain.passkey.gate import CheckedAssertion, ExpectedCeremony, check_assertion
from authserver.domain.passkey.judgement import Judgement, judge_assertion
from authserver.domain.passkey.rule import GateRefusal, GateRule
from authserver.domain.passkey.verdict import SignatureRefused
from authserver.domain.session import SignedIn
from authserver.flows import ceremonies, decoys
from authserver.flows.ceremonies import BegunAssertion, Descriptor
from authserver.flows.floods import count_failure
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.start_session import SessionStarted, start_session
from authserver.flows.stores import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPasskey:
    """A passkey whose signature is good, and what its stored record says about it."""

    checked: CheckedAssertion
    passkey: Passkey
    owner: Account
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """An assertion that proves nothing, why, and whose passkey it was if that is certain."""

    reason: Reason
    details: Mapping[str, str] = field(default_factory=dict)
    owner: Account | None = None


def begin(
    services: Services, client: Client, now: datetime, *, login_id: str | None
) -> BegunAssertion:
    """Hand out a challenge: discoverable without a login id, else for that id's passkeys.

    An id that nobody has gets a plausible list, the same one each time (security.md, "Unknown login
    id"); the token names only the id that was typed, so it does not tell either.
    """
    about = _about(services, login_id) if login_id else ""
    allow = _allowed(services, about) if about else []
    token, ceremony = ceremonies.begin(services, client, now, purpose=Purpose.SIGN_IN, about=about)
    return BegunAssertion(token, ceremony, allow)


def _about(services: Services, login_id: str) -> str:
    """The id in its one spelling; what nobody can be called becomes a short name of its own."""
    spelled = normal_login_id(login_id)
    if spelled is not None:
        return spelled
    return "?" + to_base64url(services.digests.of_name("impossible-login-id", login_id))


def _allowed(services: Services, login_id: str) -> Sequence[Descriptor]:
    """Both lists are made, whichever is handed out, and the real one from as little as it needs."""
    with services.database.snapshot() as tx:
        named = tx.passkeys.named_by(login_id)
    decoy = decoys.decoy_for(services, login_id)
    return [Descriptor(*one) for one in named] or [decoy]


def show_passkey(
    services: Services, ceremony: Ceremony, credential: object
) -> ShownPasskey | NotShown:
    """Gate, owner, stored record, signature: everything about an assertion but its spending.

    Reads only, so that the signature is verified before any writer's lock is taken.
    """
    expected = ceremonies.expected(services, ceremony)
    checked = check_assertion(credential, expected=expected, expected_credential_ids=None)
    if isinstance(checked, GateRefusal):
        return NotShown(reason=Reason.PASSKEY_GATE, details={"rule": checked.rule})
    with services.database.snapshot() as tx:
        found = tx.passkeys.by_credential_id(checked.credential_id)
    if found is None:
        return _refuse_unknown(services, checked, expected)
    passkey, owner = found
    verdict = services.verifier.verify_assertion(
        checked, expected=expected, public_key=passkey.public_key
    )
    if isinstance(verdict, SignatureRefused):
        return NotShown(reason=Reason.PASSKEY_SIGNATURE, details={"cause": verdict.cause})
    judgement = judge_assertion(
        checked,
        ceremonies.stored(passkey, owner.user_handle),
        expected_discoverable=ceremony.purpose is Purpose.SIGN_IN and not ceremony.about,
    )
    if isinstance(judgement, GateRefusal):
        reason = _RECORD_RULES.get(judgement.rule, Reason.PASSKEY_GATE)
        details = {"rule": judgement.rule.value, "label": passkey.label}
        return NotShown(reason=reason, details=details, owner=owner)
    return ShownPasskey(checked=checked, passkey=passkey, owner=owner, judgement=judgement)


def _refuse_unknown(
    services: Services, checked: CheckedAssertion, expected: ExpectedCeremony
) -> NotShown:
    """One that we invented for an unknown login id is refused like a known one's, and as late.

    Its signature is verified too, whatever comes of it: without that work, time would tell invented
    passkeys from real ones. Ids that we have never named are told to be unknown, and cost nothing.
    """
    if not decoys.is_decoy(services, checked.credential_id):
        return NotShown(reason=Reason.PASSKEY_UNKNOWN)
    services.verifier.verify_assertion(checked, expected=expected, public_key=decoys.PUBLIC_KEY)
    return NotShown(reason=Reason.PASSKEY_REMOVED)


_RECORD_RULES = {
    GateRule.SIGN_COUNT: Reason.PASSKEY_COUNTER,
    GateRule.BACKUP_ELIGIBLE_UNCHANGED: Reason.PASSKEY_BACKUP_FLAGS,
    GateRule.USER_HANDLE_OWNER: Reason.PASSKEY_OTHER_OWNER,
}
"""Refusals whose signature was good: the owner hears of them, for the key may have been cloned."""


def use_passkey(tx: Transaction, shown: ShownPasskey, now: datetime) -> bool:
    """Move the stored counter and backup state; False if another use of the key came between."""
    return tx.passkeys.use(
        shown.passkey.id,
        expected_sign_count=shown.passkey.sign_count,
        sign_count=shown.judgement.new_sign_count,
        backed_up=shown.judgement.backed_up,
        at=now,
    )


def finish(
    services: Services,
    client: Client,
    now: datetime,
    *,
    token: str,
    credential: object,
    previous: SignedIn | None,
) -> SessionStarted | Refused:
    """Turn a good assertion into a session, once; anything else into one refused event."""
    ceremony = ceremonies.take_back(
        services, client, now, token, purposes=frozenset({Purpose.SIGN_IN})
    )
    if isinstance(ceremony, Refused):
        with services.database.transaction() as tx:
            return refuse(Recorder(services, tx, client, now), NotShown(reason=ceremony.reason))
    shown = show_passkey(services, ceremony, credential)
    if isinstance(shown, ShownPasskey) and ceremony.about not in ("", shown.owner.login_id):
        shown = NotShown(reason=Reason.PASSKEY_OTHER_OWNER)
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        if not tx.spent_ceremonies.spend(ceremony.id, ceremony.expires_at):
            return refuse(pen, NotShown(reason=Reason.CEREMONY_SPENT))
        if isinstance(shown, NotShown):
            return refuse(pen, shown)
        account = tx.accounts.lock(shown.owner.id)
        if account is None or account.state is not AccountState.OPEN:
            return refuse(pen, NotShown(reason=Reason.ACCOUNT_FROZEN, owner=account))
        if not use_passkey(tx, shown, now):
            return refuse(pen, NotShown(reason=Reason.PASSKEY_COUNTER, owner=account))
        started = start_session(
            services,
            tx,
            client,
            now,
            account=account,
            proofs=(proof_of(shown, now),),
            previous=previous,
        )
        _record_success(pen, shown, started)
        return started


def proof_of(shown: ShownPasskey, now: datetime) -> Proof:
    return Proof(
        factor=FactorKind.PASSKEY,
        factor_id=shown.passkey.id,
        at=now,
        user_verified=shown.checked.user_verified,
        phishing_resistant=True,
    )


def _record_success(pen: Recorder, shown: ShownPasskey, started: SessionStarted) -> None:
    owner = Recipient.owner(started.signed_in.account)
    session_id = started.signed_in.session.id
    pen.told(
        EventKind.SIGN_IN_SUCCEEDED,
        owner,
        session_id=session_id,
        details={
            "factor": "passkey",
            "label": shown.passkey.label,
            **ceremonies.facts_of(shown.checked),
        },
    )
    record_backup_change(pen, shown, session_id=session_id)


def record_backup_change(pen: Recorder, shown: ShownPasskey, *, session_id: SessionId) -> None:
    """A passkey that began or ceased to be synced is told: its copies are out of our sight."""
    if not shown.judgement.backup_state_changed:
        return
    pen.told(
        EventKind.PASSKEY_BACKUP_CHANGED,
        Recipient.owner(shown.owner),
        session_id=session_id,
        details={
            "label": shown.passkey.label,
            "backed_up": "yes" if shown.judgement.backed_up else "no",
        },
    )


def refuse(pen: Recorder, failure: NotShown) -> Refused:
    """Count and log one refused assertion; suspicious ones are told to the passkey's owner."""
    waiting = count_failure(pen.services, pen.tx, pen.client, pen.now)
    account_id = failure.owner.id if failure.owner else None
    if failure.owner and failure.reason in _RECORD_RULES.values():
        pen.told(
            EventKind.PASSKEY_SUSPECTED,
            Recipient.owner(failure.owner),
            reason=failure.reason,
            details=failure.details,
        )
    else:
        pen.event(
            EventKind.SIGN_IN_REFUSED,
            account_id=account_id,
            reason=failure.reason,
            details=failure.details,
        )
    return waiting or Refused(failure.reason)
