from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authserver.adapters.mail import InAppPostman, MailPostman, OutboxPostman, SmtpServer
from authserver.adapters.sealer import Sealer
from authserver.domain.event import EventKind
from authserver.domain.notice import RULES
from authserver.flows.ports import DeliveryFailed
from tests.support.notices import HOSTILE_NAMES, NOON, a_notice, a_renderer
from tests.support.smtp_sink import SmtpSink, free_port, smtp_sink

RENDERER = a_renderer()
SEALER = Sealer([b"k" * 32])


class _Noon:
    def now(self) -> datetime:
        return NOON


def _postman(url: str, tls: ssl.SSLContext | None = None, seconds: float = 5.0) -> MailPostman:
    return MailPostman(
        SmtpServer.parse(url),
        sender="Mihon Securities <notices@mihon.example>",
        renderer=RENDERER,
        sealer=SEALER,
        clock=_Noon(),
        timeout_seconds=seconds,
        tls=tls,
    )


def _to(sink: SmtpSink, seconds: float = 5.0) -> MailPostman:
    return _postman(f"smtp://127.0.0.1:{sink.port}", seconds=seconds)


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_notice_arrives_as_plain_text_first_and_html_second():
    notice = a_notice(locale="ja")
    with smtp_sink() as sink:
        _to(sink).send(notice)
    [message] = sink.messages
    assert sink.recipients == ["demo@example.test"]
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Subject"] == "ログインのお知らせ"
    assert "お客さまのパスキーで口座へのログインがありました。" in _part(message, "plain")
    assert "お客さまのパスキーで口座へのログインがありました。" in _part(message, "html")


def test_the_headers_say_who_when_and_that_a_machine_wrote_it():
    with smtp_sink() as sink:
        _to(sink).send(a_notice())
    [message] = sink.messages
    assert message["From"] == "Mihon Securities <notices@mihon.example>"
    assert message["To"] == "demo@example.test"
    assert message["Date"] == "Tue, 24 Nov 2026 03:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"


def test_a_second_copy_is_known_by_its_message_id():
    with smtp_sink() as sink:
        _to(sink).send(a_notice())
        _to(sink).send(a_notice())
    assert [message["Message-ID"] for message in sink.messages] == [
        f"<{a_notice().id}@mihon.example>"
    ] * 2


def test_a_sealed_code_is_opened_into_the_message():
    with smtp_sink() as sink:
        _to(sink).send(a_notice(kind=EventKind.SIGN_UP_BEGUN, secret=SEALER.seal("40302010")))
    assert "40302010" in _part(sink.messages[0], "plain")


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_every_kind_of_notice_survives_the_wire_whatever_the_names(locale: str):
    with smtp_sink() as sink:
        postman = _to(sink)
        for kind in RULES:
            for name in HOSTILE_NAMES:
                postman.send(a_notice(kind=kind, locale=locale, facts={"display_name": name}))
    assert len(sink.messages) == len(RULES) * len(HOSTILE_NAMES)
    assert {tuple(m.keys()) for m in sink.messages} == {tuple(sink.messages[0].keys())}
    assert set(sink.recipients) == {"demo@example.test"}
    assert not any("evil" in _part(m, kind) for m in sink.messages for kind in ("plain", "html"))


@pytest.mark.parametrize(
    ("fault", "cause", "permanent"),
    [
        ("rcpt 550", "recipient refused: 550", True),
        ("rcpt 450", "recipient refused: 450", False),
        ("data 554", "message refused: 554", True),
        ("data 451", "message refused: 451", False),
        # A refused sender is ours to repair; the notices wait for that.
        ("mail 550", "SMTPSenderRefused: 550", False),
        ("drop", "SMTPServerDisconnected", False),
        ("drop after", "SMTPServerDisconnected", False),
    ],
)
def test_a_fault_of_the_server_is_judged_by_its_code_and_never_quoted(
    fault: str, cause: str, permanent: bool
):
    with smtp_sink() as sink:
        sink.faults = [fault]
        with pytest.raises(DeliveryFailed) as failure:
            _to(sink).send(a_notice())
    assert str(failure.value) == cause
    assert failure.value.permanent is permanent


def test_a_server_that_hangs_is_left_after_the_timeout():
    with smtp_sink() as sink:
        sink.faults = ["hang"]
        with pytest.raises(DeliveryFailed) as failure:
            _to(sink, seconds=0.3).send(a_notice())
    assert not failure.value.permanent


def test_a_server_that_is_not_there_is_a_passing_fault():
    with pytest.raises(DeliveryFailed, match="connection: ConnectionRefusedError") as failure:
        _postman(f"smtp://127.0.0.1:{free_port()}").send(a_notice())
    assert not failure.value.permanent


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "demo",
        "demo@example.test\r\nBcc: x@evil.test",
        "demo @x",
        "démo@example.test",
        "a@b@",
        "<a@b>,c@d",
    ],
)
def test_a_recipient_that_is_no_address_fails_for_ever_and_reaches_nobody(recipient: str):
    with smtp_sink() as sink, pytest.raises(DeliveryFailed) as failure:
        _to(sink).send(a_notice(recipient=recipient))
    assert failure.value.permanent
    assert sink.messages == []


def test_a_secret_whose_key_is_gone_fails_for_ever():
    with pytest.raises(DeliveryFailed, match="key that is not here") as failure:
        OutboxPostman(RENDERER, SEALER).send(a_notice(secret=Sealer([b"x" * 32]).seal("1")))
    assert failure.value.permanent


def test_the_outbox_accepts_what_could_be_sent_and_nothing_else():
    OutboxPostman(RENDERER, SEALER).send(a_notice())
    with pytest.raises(DeliveryFailed):
        OutboxPostman(RENDERER, SEALER).send(a_notice(kind=EventKind.EMAIL_VERIFIED))


def test_an_in_app_notice_is_there_already():
    InAppPostman().send(a_notice())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine's own, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "sink.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def _server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("implicit", [True, False], ids=["smtps", "starttls"])
def test_mail_goes_over_tls_with_a_password(certificate: Path, implicit: bool):
    trusted = ssl.create_default_context(cafile=str(certificate))
    scheme, query = ("smtps", "") if implicit else ("smtp", "?starttls=required")
    with smtp_sink(tls=_server_tls(certificate), implicit_tls=implicit, password="p:@/w") as sink:
        _postman(f"{scheme}://desk:p%3A%40%2Fw@127.0.0.1:{sink.port}{query}", trusted).send(
            a_notice()
        )
        assert sink.logins == ["desk"]
        assert len(sink.messages) == 1


def test_a_wrong_password_is_a_passing_fault_that_does_not_name_it(certificate: Path):
    trusted = ssl.create_default_context(cafile=str(certificate))
    with smtp_sink(tls=_server_tls(certificate), password="right") as sink:
        url = f"smtp://desk:wrong@127.0.0.1:{sink.port}?starttls=required"
        with pytest.raises(DeliveryFailed, match="SMTPAuthenticationError: 535") as failure:
            _postman(url, trusted).send(a_notice())
    assert not failure.value.permanent
    assert "wrong" not in str(failure.value)


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(certificate: Path):
    with smtp_sink(tls=_server_tls(certificate)) as sink, pytest.raises(DeliveryFailed):
        _postman(f"smtp://127.0.0.1:{sink.port}?starttls=required").send(a_notice())
    assert sink.messages == []


def test_where_tls_is_required_a_server_without_it_gets_no_mail():
    with smtp_sink() as sink, pytest.raises(DeliveryFailed, match="SMTPNotSupportedError"):
        _postman(f"smtp://127.0.0.1:{sink.port}?starttls=required").send(a_notice())
    assert sink.messages == []


@pytest.mark.parametrize(
    ("url", "implicit", "starttls", "port"),
    [
        ("smtp://localhost", False, False, 587),
        ("smtp://mail.example.test", False, True, 587),
        ("smtp://mail.example.test:25?starttls=off", False, False, 25),
        ("smtps://a:b@mail.example.test", True, False, 465),
    ],
)
def test_mail_is_encrypted_unless_it_stays_here_or_was_told_not_to(
    url: str, implicit: bool, starttls: bool, port: int
):
    server = SmtpServer.parse(url)
    assert (server.implicit_tls, server.starttls, server.port) == (implicit, starttls, port)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.test",
        "http://mail.example.test",
        "smtp://",
        "smtp://mail.example.test?starttls=maybe",
        "smtp://desk:secret@mail.example.test?starttls=off",
        "smtp://desk:secret@mail.example.test:99999",
    ],
)
def test_an_unusable_url_is_refused_without_repeating_its_password(url: str):
    with pytest.raises(ValueError) as fault:  # noqa: PT011 - the sentences differ
        SmtpServer.parse(url)
    assert "secret" not in str(fault.value)


def test_a_sender_without_an_address_is_refused():
    with pytest.raises(ValueError, match="not a mail address"):
        MailPostman(
            SmtpServer.parse("smtp://localhost"),
            sender="Mihon Securities",
            renderer=RENDERER,
            sealer=SEALER,
            clock=_Noon(),
        )
