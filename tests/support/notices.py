"""Notices for tests: one builder, the hostile names, and every template in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from authserver.adapters.notice_renderer import NoticeRenderer
from authserver.adapters.translations import Translations
from authserver.domain.event import EventKind
from authserver.domain.ids import AccountId, EventId, NoticeId
from authserver.domain.notice import Channel, Notice, NoticeState

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
WORDING = ROOT / "authserver" / "wording"
NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

HOSTILE_NAMES = (
    "demo\r\nBcc: everybody@evil.test",
    "evil.test",
    "https://evil.test/",
    "[here](https://evil.test)",
    '<a href="https://evil.test">here</a>',
    "<script>alert(1)</script>",
    "&#104;ttps&#58;//evil&#46;test",
    "evil\u3002test",
    "e\u200bvil.te\u200bst",
    "\u202egpj.exe",
    "\ud800\udfff lone",
    "\x00\x1b[31mred",
    "{{ secret }}{% raw %}",
    "%(when)s %s %n 100%",
    "call 03-1234-5678 now",
    "Z" + "\u0301" * 500,
    "x" * 10_000,
    "\u2028line\u2029break\tand tab",
)


def a_notice(**changes: Any) -> Notice:
    """A queued mail about a sign-in, with whatever the test wants to be different."""
    notice = Notice(
        id=NoticeId("01936f3a-0000-7000-8000-000000000001"),
        event_id=EventId("01936f3a-0000-7000-8000-000000000002"),
        account_id=AccountId("account-1"),
        kind=EventKind.SIGN_IN_SUCCEEDED,
        channel=Channel.MAIL,
        recipient="demo@example.test",
        locale="en",
        at=NOON,
        facts={"display_name": "demo", "device": "Chrome 126, Windows", "place": "Tokyo, JP"},
        secret=b"",
        state=NoticeState.QUEUED,
        attempts=0,
        next_try_at=NOON,
        created_at=NOON,
    )
    return replace(notice, **changes)


def a_renderer() -> NoticeRenderer:
    return NoticeRenderer(TEMPLATES, Translations(WORDING))
