"""Identifiers: UUIDv7 strings, one type per thing, so that mypy tells them apart."""

from __future__ import annotations

import base64
import binascii
from typing import NewType

AccountId = NewType("AccountId", str)
PasskeyId = NewType("PasskeyId", str)
SessionId = NewType("SessionId", str)
StepUpId = NewType("StepUpId", str)
EventId = NewType("EventId", str)
NoticeId = NewType("NoticeId", str)
SignUpId = NewType("SignUpId", str)


def to_base64url(data: bytes) -> str:
    """Unpadded base64url, the only spelling this server writes (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes | None:
    """The bytes behind canonical unpadded base64url, or None for any other spelling."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    return data if to_base64url(data) == text else None
