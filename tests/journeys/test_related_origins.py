"""One passkey on several of our hosts; on a host that is not listed the browser itself says no.

Over TLS and under names of their own: Chromium is told where the names are, and which
certificate to take.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, expect

from authserver.adapters.system import SystemClock
from authserver.testing.server import RunningServer, free_port, running_server
from tests.support.device import Device, launched

HOSTS = ("broker.test", "related.test", "unlisted.test")


def certificate(folder: Path) -> tuple[Path, Path, str]:
    """A self-signed certificate for the hosts: its file, its key's, and the key's fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOSTS[0])])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(h) for h in HOSTS]), False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return *paths, base64.b64encode(hashlib.sha256(public).digest()).decode()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Browser, str]]:
    """A browser that finds all hosts at a server whose origins are the first two of them."""
    port = free_port()
    file, key, fingerprint = certificate(tmp_path)
    settings = {
        "AUTHSERVER_ORIGIN": f"https://broker.test:{port}",
        "AUTHSERVER_RELATED_ORIGINS": f"https://related.test:{port}",
    }
    # The browser fetches the list of related origins from the domain's usual port.
    rules = f"MAP broker.test:443 127.0.0.1:{port}, MAP *.test 127.0.0.1"
    arguments = (
        f"--host-resolver-rules={rules}",
        "--ignore-certificate-errors",
        f"--ignore-certificate-errors-spki-list={fingerprint}",
    )
    with (
        running_server(tmp_path, settings=settings, port=port, tls=(file, key)),
        launched(*arguments) as browser,
    ):
        yield browser, str(port)


def visitor_at(browser: Browser, origin: str) -> Device:
    return Device(browser, RunningServer(origin, Path()), locale="en-GB", ignore_https_errors=True)


def code_in_the_outbox(visitor: Device) -> str:
    """The newest mail code, read on the outbox page as a person would."""
    reader = visitor.context.new_page()
    reader.goto("/outbox")
    text = reader.locator("details").first.text_content() or ""
    reader.close()
    return next(word for word in text.split() if word.isdigit() and len(word) == 8)


def test_a_listed_host_takes_the_passkey_and_an_unlisted_one_is_refused_by_the_browser(
    shop: tuple[Browser, str],
) -> None:
    browser, port = shop
    home = visitor_at(browser, f"https://broker.test:{port}")
    home.fill_in("account-1")
    home.finish_opening(code_in_the_outbox(home))
    (credential,) = home.credentials()
    assert credential["rpId"] == "broker.test"

    related = visitor_at(browser, f"https://related.test:{port}")
    related.tell("addCredential", credential={**credential, "signCount": 100})
    related.page.goto("/sign-in")
    related.page.wait_for_url(f"https://related.test:{port}/")
    assert related.seen["credentialAsserted"] == 1

    unlisted = visitor_at(browser, f"https://unlisted.test:{port}")
    unlisted.tell("addCredential", credential={**credential, "signCount": 200})
    unlisted.page.goto("/sign-in")
    unlisted.page.click("#sign-in button")
    expect(unlisted.page.locator("#outcome")).to_be_visible()
    assert unlisted.seen["credentialAsserted"] == 0
    for visitor in (home, related, unlisted):
        visitor.close()
