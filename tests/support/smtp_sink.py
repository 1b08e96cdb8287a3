"""A real SMTP server on this machine that takes mail, or misbehaves as it is told (aiosmtpd)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


@dataclass
class SmtpSink:
    """What arrived, and what is to go wrong.

    ``faults`` are used up one per message: "mail 550", "rcpt 450", "data 451", "hang", "drop"
    (before the message is taken), "drop after", or an empty string.
    """

    port: int = 0
    faults: list[str] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    password: str = ""
    _fault: str = ""

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._fault = self.faults.pop(0) if self.faults else ""
        if self._fault.startswith("mail "):
            return f"{self._fault[5:]} the sender is not welcome"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._fault.startswith("rcpt "):
            return f"{self._fault[5:]} no such mailbox {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self._fault.startswith("data "):
            return f"{self._fault[5:]} refused"
        if self._fault == "hang":
            await asyncio.Event().wait()
        if self._fault != "drop":
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.messages.append(message)
            self.recipients += envelope.rcpt_tos
        if self._fault.startswith("drop"):
            server.transport.close()
        return "250 taken"

    def authenticate(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        right = data.password.decode() == self.password
        return AuthResult(success=right, handled=right)


@contextmanager
def smtp_sink(
    *, tls: ssl.SSLContext | None = None, implicit_tls: bool = False, password: str = ""
) -> Iterator[SmtpSink]:
    """Run a sink; with ``tls`` it offers STARTTLS, or speaks TLS from the start."""
    sink = SmtpSink(password=password)
    options: dict[str, Any] = {"enable_SMTPUTF8": False}
    if tls and implicit_tls:
        options |= {"ssl_context": tls}
    elif tls:
        options |= {"tls_context": tls, "require_starttls": True}
    if password:
        options |= {"authenticator": sink.authenticate, "auth_require_tls": not implicit_tls}
    controller = Controller(sink, hostname=HOST, port=free_port(), **options)
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
