"""Which events are told to a person, how, and in which class: one table, ``RULES``.

The security class cannot be switched off and always has at least two channels (FSA-SEC-15, 17).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authserver.domain.event import EventKind
from authserver.domain.ids import AccountId, EventId, NoticeId


class Channel(StrEnum):
    MAIL = "mail"
    IN_APP = "in_app"
    SMS = "sms"


class NoticeClass(StrEnum):
    SECURITY = "security"
    CODE = "code"


class NoticeState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """What a person hears of an event. ``template`` names a folder of ``templates/notices``."""

    template: str
    notice_class: NoticeClass
    channels: tuple[Channel, ...]


_TOLD = (Channel.MAIL, Channel.IN_APP)
_EVERYWHERE = (Channel.MAIL, Channel.IN_APP, Channel.SMS)
"""To every address that the account has: any of them may be the one that its owner still reads."""


def _security(template: str, channels: tuple[Channel, ...] = _TOLD) -> NoticeRule:
    return NoticeRule(template, NoticeClass.SECURITY, channels)


RULES: Mapping[EventKind, NoticeRule] = {
    EventKind.SIGN_UP_BEGUN: NoticeRule("email-code", NoticeClass.CODE, (Channel.MAIL,)),
    EventKind.SIGN_UP_COLLIDED: NoticeRule(
        "sign-up-collided", NoticeClass.SECURITY, (Channel.MAIL,)
    ),
    EventKind.ACCOUNT_OPENED: _security("account-opened"),
    EventKind.ENROLMENT_CODE_REDEEMED: _security("enrolment-code-redeemed"),
    EventKind.SIGN_IN_SUCCEEDED: _security("sign-in"),
    EventKind.SIGN_IN_CODE_SENT: NoticeRule("sign-in-code", NoticeClass.CODE, (Channel.MAIL,)),
    EventKind.FALLBACK_REFUSED: _security("fallback-refused"),
    EventKind.PATH_LOCKED: _security("path-locked"),
    EventKind.PASSWORD_SET: _security("password-set"),
    EventKind.TOTP_ADDED: _security("totp-added"),
    EventKind.TOTP_REMOVED: _security("totp-removed"),
    EventKind.RECOVERY_CODE_USED: _security("recovery-code-used"),
    EventKind.EXCEPTION_REQUESTED: _security("exception-requested"),
    EventKind.EXCEPTION_APPROVED: _security("exception-approved"),
    EventKind.EXCEPTION_REJECTED: _security("exception-rejected"),
    EventKind.EXCEPTION_ENDED: _security("exception-ended"),
    EventKind.PATH_CLOSED: _security("path-closed"),
    EventKind.PATH_REOPENED: _security("path-reopened"),
    EventKind.RECOVERY_CODE_SENT: NoticeRule("recovery-code", NoticeClass.CODE, (Channel.MAIL,)),
    EventKind.RECOVERY_SMS_SENT: NoticeRule("recovery-sms", NoticeClass.CODE, (Channel.SMS,)),
    EventKind.RECOVERY_BEGUN: _security("recovery-begun", _EVERYWHERE),
    EventKind.RECOVERY_PROVED: _security("recovery-proved", _EVERYWHERE),
    EventKind.RECOVERY_BARRED: _security("recovery-barred", _EVERYWHERE),
    EventKind.RECOVERY_DONE: _security("recovery-done", _EVERYWHERE),
    EventKind.RECOVERY_STOPPED: _security("recovery-stopped", _EVERYWHERE),
    EventKind.ACCOUNT_FROZEN: _security("account-frozen", _EVERYWHERE),
    EventKind.PASSKEY_ADDED: _security("passkey-added"),
    EventKind.PASSKEY_RENAMED: _security("passkey-renamed"),
    EventKind.PASSKEY_REMOVED: _security("passkey-removed"),
    EventKind.PASSKEY_BACKUP_CHANGED: _security("passkey-backup-changed"),
    EventKind.PASSKEY_SUSPECTED: _security("passkey-suspected"),
    EventKind.RECOVERY_CODES_RENEWED: _security("recovery-codes-renewed"),
    EventKind.SESSION_ENDED: _security("session-ended"),
    EventKind.SESSIONS_ENDED: _security("sessions-ended"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one recipient over one channel.

    Written in its event's transaction, sent later by a worker. ``facts`` are what the template
    needs (``at`` is the event's time); ``secret`` is sealed, such as a mail code, and is opened
    only while rendering. ``recipient`` is an address, or the account's id for in-app notices.
    """

    id: NoticeId
    event_id: EventId
    account_id: AccountId | None
    kind: EventKind
    channel: Channel
    recipient: str
    locale: str
    at: datetime
    facts: Mapping[str, str]
    secret: bytes
    state: NoticeState
    attempts: int
    next_try_at: datetime
    created_at: datetime


BACK_OFF_SECONDS = (5, 30, 120, 600, 1800, 7200, 21600)
"""Waiting times after each failed attempt; after the last one the notice is dead."""


def after_failure(attempts: int) -> int | None:
    """Seconds to wait after the given number of failed attempts, or None when it is dead."""
    return BACK_OFF_SECONDS[attempts - 1] if attempts <= len(BACK_OFF_SECONDS) else None
