"""What was written to people, as they read it (demonstration and test mode)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from authserver.domain.ids import NoticeId
from authserver.domain.notice import Notice
from authserver.domain.notice_linter import RenderedNotice
from authserver.flows.ports import DeliveryFailed, Services


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A notice with its words; ``rendered`` is None, and ``fault`` says why, if it has none."""

    notice: Notice
    rendered: RenderedNotice | None
    fault: str = ""


def list_outbox(
    services: Services,
    *,
    limit: int = 50,
    before: NoticeId | None = None,
    recipient: str = "",
    kind: str = "",
    channel: str = "",
) -> Sequence[OutboxItem]:
    """Newest first; an empty string matches everything, ``before`` continues a list."""
    with services.database.snapshot() as tx:
        notices = tx.notices.newest(limit, before, recipient, kind, channel)
    return [_item(services, notice) for notice in notices]


def _item(services: Services, notice: Notice) -> OutboxItem:
    try:
        secret = services.sealer.open(notice.secret) if notice.secret else ""
    except ValueError:
        secret = ""
    try:
        return OutboxItem(notice=notice, rendered=services.renderer.render(notice, secret))
    except DeliveryFailed as failure:
        return OutboxItem(notice=notice, rendered=None, fault=str(failure))
