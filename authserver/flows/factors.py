"""The life of factors after their enrolment: listing, renaming, removing, new recovery codes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.factor import Passkey, RecoveryCodes, normal_label
from authserver.domain.ids import AccountId, PasskeyId, StepUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.domain.totp import Totp
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.end_sessions import end_others_after_change
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder
from authserver.flows.start_session import Reissued

_CODE_BYTES = 10
_CODE_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What the account can sign in with."""

    passkeys: Sequence[Passkey]
    totps: Sequence[Totp]
    password: bool
    recovery_codes: RecoveryCodes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecoveryCodes:
    """The codes in clear, for this one answer; the database keeps only keyed digests."""

    codes: Sequence[str]
    session: Reissued


def listed(services: Services, signed_in: SignedIn) -> Factors:
    with services.database.snapshot() as tx:
        return Factors(
            passkeys=tx.passkeys.of_account(signed_in.account.id),
            totps=[t for t in tx.totps.of_account(signed_in.account.id) if t.confirmed_at],
            password=tx.passwords.get(signed_in.account.id) is not None,
            recovery_codes=tx.recovery_codes.count(signed_in.account.id),
        )


def rename(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    passkey_id: PasskeyId,
    label: str,
    *,
    step_up_id: StepUpId | None,
) -> Passkey | Refused | StepUpNeeded:
    """Give a passkey another name; the name is for people and proves nothing."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        found = _own(tx.passkeys.of_account(account.id), passkey_id)
        if found is None:
            return _refused(pen, signed_in, passkey_id, Reason.NOT_FOUND)
        subject = {"action": Action.RENAME_PASSKEY.value, "passkey": passkey_id}
        answer = step_up.authorise(
            pen, signed_in, action=Action.RENAME_PASSKEY, subject=subject, step_up_id=step_up_id
        )
        if answer is not None:
            return answer
        tx.passkeys.rename(account.id, passkey_id, normal_label(label))
        details = {"passkey": passkey_id, "old_label": found.label, "label": normal_label(label)}
        _told(pen, EventKind.PASSKEY_RENAMED, signed_in, details)
        renamed = _own(tx.passkeys.of_account(account.id), passkey_id)
        return renamed or Refused(Reason.NOT_FOUND)


def remove(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    passkey_id: PasskeyId,
    *,
    step_up_id: StepUpId | None,
) -> Reissued | StepUpNeeded | Refused:
    """Take a passkey off the account, never the last one; other sessions end with it."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        passkeys = tx.passkeys.of_account(account.id)
        found = _own(passkeys, passkey_id)
        if found is None:
            return _refused(pen, signed_in, passkey_id, Reason.NOT_FOUND)
        if len(passkeys) == 1:
            return _refused(pen, signed_in, passkey_id, Reason.PASSKEY_LAST)
        subject = {
            "action": Action.REMOVE_PASSKEY.value,
            "passkey": passkey_id,
            "label": found.label,
        }
        answer = step_up.authorise(
            pen, signed_in, action=Action.REMOVE_PASSKEY, subject=subject, step_up_id=step_up_id
        )
        if answer is not None:
            return answer
        if not tx.passkeys.remove(account.id, passkey_id, now):
            return Refused(Reason.PASSKEY_LAST)
        _told(
            pen, EventKind.PASSKEY_REMOVED, signed_in, {"passkey": passkey_id, "label": found.label}
        )
        return end_others_after_change(pen, signed_in)


def new_recovery_codes(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    *,
    step_up_id: StepUpId | None,
) -> NewRecoveryCodes | StepUpNeeded | Refused:
    """Make a new set and void the old one; shown in this answer and never again."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        subject = {"action": Action.RENEW_RECOVERY_CODES.value, "login_id": account.login_id}
        answer = step_up.authorise(
            pen,
            signed_in,
            action=Action.RENEW_RECOVERY_CODES,
            subject=subject,
            step_up_id=step_up_id,
        )
        if answer is not None:
            return answer
        codes = [_code(services) for _ in range(services.policy.limits.recovery_codes)]
        tx.recovery_codes.replace(
            account.id, [_digest(services, account.id, code) for code in codes], now
        )
        _told(pen, EventKind.RECOVERY_CODES_RENEWED, signed_in, {"count": str(len(codes))})
        return NewRecoveryCodes(codes=codes, session=end_others_after_change(pen, signed_in))


def _code(services: Services) -> str:
    """80 random bits in base32, in groups of four: ``ABCD-EFGH-2345-WXYZ``."""
    text = base64.b32encode(services.entropy.token(_CODE_BYTES)).decode("ascii")
    return "-".join(text[i : i + _CODE_GROUP] for i in range(0, len(text), _CODE_GROUP))


def _digest(services: Services, account_id: AccountId, code: str) -> bytes:
    return services.digests.of_code("recovery-code", account_id, code.replace("-", ""))


def _own(passkeys: Sequence[Passkey], passkey_id: PasskeyId) -> Passkey | None:
    return next((passkey for passkey in passkeys if passkey.id == passkey_id), None)


def _refused(pen: Recorder, signed_in: SignedIn, passkey_id: PasskeyId, reason: Reason) -> Refused:
    """A refused attempt changes nothing and leaves one event."""
    pen.event(
        EventKind.PASSKEY_REFUSED,
        account_id=signed_in.account.id,
        session_id=signed_in.session.id,
        reason=reason,
        details={"passkey": passkey_id},
    )
    return Refused(reason)


def _told(pen: Recorder, kind: EventKind, signed_in: SignedIn, details: dict[str, str]) -> None:
    pen.told(
        kind, Recipient.owner(signed_in.account), session_id=signed_in.session.id, details=details
    )
