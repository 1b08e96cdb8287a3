"""The server's side of the door: one request as granian would hand it over, and what came back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authserver.door import Door

Message = Mapping[str, Any]
Header = tuple[bytes, bytes]


def chunk(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def whole(body: bytes = b"") -> tuple[Message, ...]:
    """A body as granian tells it: what came, then an empty end."""
    return (chunk(body), chunk(b"", more=False))


GONE: Message = {"type": "http.disconnect"}


@dataclass
class Wire:
    """What arrives, message by message; after the last one nothing does, for ever."""

    arriving: list[Message]
    sent: list[dict[str, Any]] = field(default_factory=list)
    taken: int = 0

    async def receive(self) -> Message:
        if self.taken == len(self.arriving):
            await asyncio.Event().wait()
        self.taken += 1
        return self.arriving[self.taken - 1]

    async def send(self, message: Any) -> None:
        self.sent.append(dict(message))

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {n.decode().lower(): v.decode("latin-1") for n, v in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return bytes(self.sent[1]["body"])


def scope_of(
    method: str = "POST",
    path: bytes = b"/",
    headers: Iterable[Header] = (),
    client: str = "192.0.2.10",
) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "raw_path": path,
        "query_string": b"a=%20b",
        "headers": [(b"host", b"localhost:5000"), *headers],
        "http_version": "1.1",
        "scheme": "http",
        "client": (client, "40000"),
        "server": ("127.0.0.1", "5000"),
    }


def through(door: Door, *arriving: Message, **request: Any) -> Wire:
    """Send one request through the door, to its end."""
    wire = Wire(list(arriving))
    asyncio.run(door(scope_of(**request), wire.receive, wire.send))
    return wire
