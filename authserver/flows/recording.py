"""An event and its notices are one call, in the transaction of the change they tell of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from authserver.domain.account import Account
from authserver.domain.client import Client
from authserver.domain.event import EventKind, SecurityEvent
from authserver.domain.ids import AccountId, EventId, NoticeId, SessionId
from authserver.domain.notice import RULES, Channel, Notice, NoticeState
from authserver.domain.outcome import Reason
from authserver.flows.ports import Services
from authserver.flows.stores import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a notice is for: an account's owner, or an address that belongs to no account yet."""

    account_id: AccountId | None
    email: str
    locale: str
    display_name: str
    phone: str = ""

    @classmethod
    def owner(cls, account: Account) -> Recipient:
        return cls(
            account_id=account.id,
            email=account.email,
            locale=account.locale,
            display_name=account.display_name,
            phone=account.phone,
        )

    def address(self, channel: Channel) -> str:
        """Where the channel reaches this person; empty where it does not."""
        if channel is Channel.IN_APP:
            return self.account_id or ""
        return self.email if channel is Channel.MAIL else self.phone


@dataclass(frozen=True, slots=True)
class Recorder:
    """The pen of one flow: who asks, when, and in which transaction."""

    services: Services
    tx: Transaction
    client: Client
    now: datetime

    def event(
        self,
        kind: EventKind,
        *,
        account_id: AccountId | None = None,
        session_id: SessionId | None = None,
        reason: Reason | None = None,
        details: Mapping[str, str] | None = None,
    ) -> EventId:
        """Write one event that is told to nobody."""
        event = SecurityEvent(
            id=EventId(self.services.entropy.identifier(self.now)),
            at=self.now,
            kind=kind,
            account_id=account_id,
            session_id=session_id,
            client=self.client,
            reason=reason,
            details=details or {},
        )
        self.tx.events.add(event)
        return event.id

    def told(
        self,
        kind: EventKind,
        to: Recipient,
        *,
        session_id: SessionId | None = None,
        reason: Reason | None = None,
        details: Mapping[str, str] | None = None,
        secret: str = "",
    ) -> EventId:
        """Write one event and queue its notices, one per channel of its rule.

        ``secret`` (a mail code, say) is sealed at once; a secret has no other way into a notice.
        """
        event_id = self.event(
            kind, account_id=to.account_id, session_id=session_id, reason=reason, details=details
        )
        facts = {
            **(details or {}),
            "display_name": to.display_name,
            "device": self.client.device,
            "place": self.client.place,
        }
        sealed = self.services.sealer.seal(secret) if secret else b""
        self.tx.notices.add(*self._notices(kind, to, event_id, facts, sealed))
        return event_id

    def _notices(
        self,
        kind: EventKind,
        to: Recipient,
        event_id: EventId,
        facts: Mapping[str, str],
        sealed: bytes,
    ) -> Iterator[Notice]:
        for channel in RULES[kind].channels:
            address = to.address(channel)
            if not address:
                continue
            yield Notice(
                id=NoticeId(self.services.entropy.identifier(self.now)),
                event_id=event_id,
                account_id=to.account_id,
                kind=kind,
                channel=channel,
                recipient=address,
                locale=to.locale,
                at=self.now,
                facts=facts,
                secret=sealed,
                # An in-app notice has arrived once it is stored.
                state=NoticeState.SENT if channel is Channel.IN_APP else NoticeState.QUEUED,
                attempts=0,
                next_try_at=self.now,
                created_at=self.now,
            )
