"""Postmen: mail over SMTP (smtplib), an outbox that nothing leaves, and the account's own inbox."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from authserver.domain.notice import Notice
from authserver.domain.notice_linter import RenderedNotice, harmless
from authserver.flows.ports import Clock, DeliveryFailed, Renderer, Sealer

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mail is handed over. ``starttls`` matters for plain ``smtp`` only."""

    host: str
    port: int
    account: str
    password: str
    implicit_tls: bool
    starttls: bool

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """``smtp://name:password@host:port?starttls=required`` (or ``off``), or ``smtps://…``.

        Plain SMTP demands STARTTLS unless the host is this machine. Raises ValueError with a
        sentence that never repeats the URL, for it may hold a password.
        """
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ValueError("The SMTP URL must read smtp://host:port or smtps://host:port.")
        wish = parse_qs(parts.query).get("starttls", [""])[0]
        if wish not in ("", "required", "off"):
            raise ValueError("In the SMTP URL, starttls must be required or off.")
        local = parts.hostname in _LOOPBACK
        implicit_tls = parts.scheme == "smtps"
        starttls = not implicit_tls and (wish == "required" or (wish == "" and not local))
        if parts.password and not (implicit_tls or starttls or local):
            raise ValueError("The SMTP password would travel in the clear: drop starttls=off.")
        return cls(
            host=parts.hostname,
            port=parts.port or _DEFAULT_PORTS[parts.scheme],
            account=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            implicit_tls=implicit_tls,
            starttls=starttls,
        )


class MailPostman:
    """Sends one message per notice; the same notice always has the same Message-ID."""

    def __init__(
        self,
        server: SmtpServer,
        *,
        sender: str,
        renderer: Renderer,
        sealer: Sealer,
        clock: Clock,
        timeout_seconds: float = 20.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``sender`` is ``Name <address>``. Raises ValueError if it holds no address."""
        name, address = parseaddr(sender)
        self._server = server
        self._sender = Address(display_name=harmless(name), addr_spec=_ascii_address(address))
        self._renderer = renderer
        self._sealer = sealer
        self._clock = clock
        self._timeout = timeout_seconds
        self._tls = tls or ssl.create_default_context()

    def send(self, notice: Notice) -> None:
        message = self._message(notice, open_and_render(self._renderer, self._sealer, notice))
        try:
            smtp = self._connect()
            try:
                smtp.send_message(message)
            finally:
                _hang_up(smtp)
        except smtplib.SMTPException as fault:
            raise _failure(fault) from fault
        except OSError as fault:
            raise DeliveryFailed(f"connection: {type(fault).__name__}") from fault

    def _message(self, notice: Notice, rendered: RenderedNotice) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        try:
            message["To"] = Address(addr_spec=_ascii_address(notice.recipient))
        except (ValueError, MessageError):
            raise DeliveryFailed("recipient: not an address", permanent=True) from None
        message["From"] = self._sender
        message["Subject"] = rendered.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{notice.id}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(rendered.text)
        message.add_alternative(rendered.html, subtype="html")
        # After the parts: what stands before them moves into the first one.
        message["Content-Language"] = notice.locale
        return message

    def _connect(self) -> smtplib.SMTP:
        server, own_name = self._server, self._sender.domain
        smtp: smtplib.SMTP
        if server.implicit_tls:
            smtp = smtplib.SMTP_SSL(
                server.host, server.port, own_name, timeout=self._timeout, context=self._tls
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, own_name, timeout=self._timeout)
        try:
            if server.starttls:
                smtp.starttls(context=self._tls)
            if server.account:
                smtp.login(server.account, server.password)
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
        return smtp


class OutboxPostman:
    """Demonstration and tests without SMTP: accepts what could be sent, and sends nothing."""

    def __init__(self, renderer: Renderer, sealer: Sealer) -> None:
        self._renderer = renderer
        self._sealer = sealer

    def send(self, notice: Notice) -> None:
        open_and_render(self._renderer, self._sealer, notice)


class NoGateway:
    """A channel that nothing serves yet: what is queued for it dies with that reason."""

    def send(self, notice: Notice) -> None:
        raise DeliveryFailed("no gateway serves this channel", permanent=True)


class InAppPostman:
    """An in-app notice has arrived once it is stored; there is nothing to hand over."""

    def send(self, notice: Notice) -> None:
        return None


def open_and_render(renderer: Renderer, sealer: Sealer, notice: Notice) -> RenderedNotice:
    """The message with its secret. Raises DeliveryFailed."""
    try:
        secret = sealer.open(notice.secret) if notice.secret else ""
    except ValueError:
        raise DeliveryFailed("secret: sealed by a key that is not here", permanent=True) from None
    return renderer.render(notice, secret)


def _ascii_address(address: str) -> str:
    if not address.isascii() or not address.isprintable() or " " in address or "@" not in address:
        raise ValueError("This is not a mail address.")
    return address


def _failure(fault: smtplib.SMTPException) -> DeliveryFailed:
    """The server's code, never its words, which may repeat what was sent.

    Permanent is only what concerns this recipient or this message: a wrong password or a refused
    sender is ours to repair, and until then every notice waits.
    """
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code = next(iter(fault.recipients.values()), (0, b""))[0]
        return DeliveryFailed(f"recipient refused: {code}", permanent=code >= 500)
    if isinstance(fault, smtplib.SMTPDataError):
        return DeliveryFailed(
            f"message refused: {fault.smtp_code}", permanent=fault.smtp_code >= 500
        )
    cause = type(fault).__name__
    if isinstance(fault, smtplib.SMTPResponseException):
        cause = f"{cause}: {fault.smtp_code}"
    return DeliveryFailed(cause)


def _hang_up(smtp: smtplib.SMTP) -> None:
    """Say goodbye; a server that does not answer to that has taken the message all the same."""
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        smtp.close()
