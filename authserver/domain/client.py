"""Who is asking, as far as the wire tells: never trusted, always recorded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The outside party of one request.

    ``browser`` is the SHA-256 of the cookie that the browser holds (signed in or not): ceremonies
    and unfinished sign-ups are bound to it. ``device`` and ``place`` are coarse and for people
    ("Chrome, Windows", "Tokyo, JP"); either may be empty where nothing is known.
    """

    ip: str
    user_agent: str
    device: str
    place: str
    request_id: str
    browser: bytes
