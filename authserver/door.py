"""The door between the wire and the application: requests enter whole or not at all.

The server (granian) hands over a request as soon as its headers are read. Here its body is waited
for, all of it, without holding a thread; only then a thread runs the WSGI application on it.

ASGI is what this door speaks to the server, because it is granian's one interface that tells a body
that ended from a body that was cut off, and that hands over headers and path as the bytes they
were. (RSGI, looked at with granian 2.8, does neither: a header with one byte beyond ASCII is gone.)
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from authserver.web.hardening import HEADERS
from authserver.web.problems import TABLE, Wire

_LOG = logging.getLogger("authserver.door")

DEADLINE_SECONDS = 15.0
"""For the whole body, however its bytes drip in: 64 kilobytes take that long at 35 kbit/s, less
than any line a browser works on. Whoever is slower holds a connection, and nothing else."""
DRAIN_FACTOR = 16
"""How many times the most of a body is read and thrown away, so that a client who is still sending
comes to read that it was too large; past it the connection ends without more courtesy."""

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Fields = list[tuple[str, str]]
Answer = tuple[int, Fields, bytes]


class CutOff(Exception):
    """The client went, or its bytes made no sense any more, before its body had ended."""


class Door:
    """An ASGI application (specification 2.3, ``http`` only) around a WSGI one.

    ``threads`` is how many requests the application works on at once; ``body_most`` is in bytes,
    and one byte more is what the application sees of any larger body, which it therefore refuses
    with its own words; ``deadline`` is in seconds.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        threads: int,
        body_most: int,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._body_most = body_most
        self._deadline = deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, headers, body = await self._answer(scope, receive)
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        # What a HEAD would have shown is measured in its headers, and not sent.
        shown = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": shown})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = joined(scope["headers"])
        try:
            body = await self._whole_body(scope["method"], headers, receive)
        except TimeoutError:
            return refusal(Wire.TOO_SLOW)
        except CutOff:
            return refusal(Wire.BAD_REQUEST)
        work = asyncio.get_running_loop().run_in_executor
        try:
            return await work(self._threads, run, self._app, environ(scope, headers, body))
        except Exception as fault:
            # The class and the place, never the words: they may repeat what somebody typed.
            place = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{place.filename}:{place.lineno}"
            _LOG.error("fault past the application: %s at %s", type(fault).__name__, where)
            return refusal(Wire.FAULT)

    async def _whole_body(
        self, method: str, headers: Mapping[str, str], receive: Receive
    ) -> bytes | bytearray:
        """All of it, or of a larger one as much as proves that. Raises TimeoutError or CutOff."""
        if method in ("GET", "HEAD"):
            return b""
        most = self._body_most
        announced = headers.get("content-length", "0")
        if not announced.isdecimal():
            raise CutOff
        if int(announced) > most:
            return bytes(most + 1)
        kept, seen, more = bytearray(), 0, True
        async with asyncio.timeout(self._deadline):
            while more and seen <= DRAIN_FACTOR * most:
                message = await receive()
                if message["type"] != "http.request":
                    raise CutOff
                chunk, more = message.get("body", b""), message.get("more_body", False)
                seen += len(chunk)
                kept += chunk[: most + 1 - len(kept)]
        return kept


def joined(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by name in small letters, repeated ones as one (RFC 9110, 5.3; RFC 6265, 5.4).

    A name with an underscore is dropped: to WSGI it would look the same as the one with a hyphen,
    and a proxy that replaces ``X-Forwarded-For`` lets ``X_Forwarded_For`` pass.
    """
    fields: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if believed(name):
            between = "; " if name == "cookie" else ","
            fields[name] = f"{fields[name]}{between}{value}" if name in fields else value
    return fields


def believed(name: str) -> bool:
    """Whether the application may see the header field of this name at all."""
    return "_" not in name and name != "transfer-encoding"


def environ(scope: Scope, headers: Mapping[str, str], body: bytes | bytearray) -> dict[str, Any]:
    """The request as PEP 3333 wants it: decoded bytes of the path, each as one latin-1 character.

    The path is decoded here and only once, from what stood in the request line.
    """
    server, port = scope["server"]
    return {
        **{
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in headers.items()
            if name not in ("content-type", "content-length")
        },
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": scope["client"][0],
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{'1.0' if scope['http_version'] == '1' else '1.1'}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def run(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """What the application answers, read to its end and closed. It raises what that raises."""
    started: list[tuple[str, Fields]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: Fields, exc_info: object = None) -> Any:
        started.append((status, headers))
        return written.append

    chunks = app(environ, start_response)
    try:
        written.extend(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[-1]
    return int(status[:3]), headers, b"".join(written)


def refusal(wire: Wire) -> Answer:
    """A problem (RFC 9457) from the table, in English: whose browser it is, nobody asked yet.

    The connection ends with it, for the rest of the body may be under way.
    """
    public = TABLE[wire]
    document = {
        "type": f"/docs#problem-{public.code}",
        "title": public.title,
        "status": public.status,
        "detail": public.detail,
        "code": public.code,
        "next": public.next,
        "request_id": "",
    }
    body = json.dumps(document).encode()
    headers = {
        **HEADERS,
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Connection": "close",
    }
    return public.status, list(headers.items()), body
