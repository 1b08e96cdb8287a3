from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from authserver.adapters.one_time_codes import OneTimeCodes
from authserver.adapters.system import SystemEntropy
from authserver.domain.totp import STEP_SECONDS
from authserver.web.hardening import CONTENT_SECURITY_POLICY

CODES = OneTimeCodes(SystemEntropy())
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b_for_sha_1(seconds: int, eight_digits: str):
    assert CODES.code_at(RFC_SECRET, seconds // STEP_SECONDS) == eight_digits[-6:]


@pytest.mark.parametrize(
    ("counter", "code"), [(0, "755224"), (1, "287082"), (2, "359152"), (3, "969429"), (9, "520489")]
)
def test_codes_are_those_of_rfc_4226_appendix_d(counter: int, code: str):
    assert CODES.code_at(RFC_SECRET, counter) == code


def test_a_secret_is_160_bits_of_the_given_entropy():
    asked: list[int] = []

    def token(length: int) -> bytes:
        asked.append(length)
        return b"12345678901234567890"

    assert OneTimeCodes(SimpleNamespace(token=token)).new_secret() == RFC_SECRET  # type: ignore[arg-type]
    assert asked == [20]


def test_secrets_differ():
    assert len({CODES.new_secret() for _ in range(50)}) == 50


@pytest.mark.parametrize("issuer", ["Mihon Securities", "見本証券", "A & B: 100%"])
def test_the_address_says_whose_secret_it_is(issuer: str):
    address = urlsplit(CODES.uri(SECRET, account="demo", issuer=issuer))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == f"/{issuer}:demo"
    assert parse_qs(address.query) == {"secret": [SECRET], "issuer": [issuer]}


@pytest.mark.parametrize("secret", ["", "A", "not base32!", "AAAA"])
def test_what_is_no_secret_makes_no_code(secret: str):
    with pytest.raises(ValueError, match=r"[Ss]ecret|base|padding|bits"):
        CODES.code_at(secret, 1)


def test_the_qr_code_is_a_square_svg_of_modules_with_a_quiet_zone_and_a_title():
    svg = ElementTree.fromstring(CODES.qr_svg(CODES.uri(SECRET, account="demo", issuer="Mihon")))
    assert svg.tag == "svg"
    assert svg.get("width") == svg.get("height")
    modules = int(svg.get("width", "0")) / 5 - 8
    # A symbol of version v has 17 + 4v modules a side (ISO/IEC 18004), and 4 quiet ones about it.
    assert (modules - 17) % 4 == 0
    assert 1 <= (modules - 17) / 4 <= 10
    assert svg.findtext("title") == "Mihon:demo"


def test_the_qr_code_brings_nothing_that_the_content_security_policy_stops():
    assert "'unsafe-inline'" not in CONTENT_SECURITY_POLICY
    svg = CODES.qr_svg(CODES.uri(SECRET, account="demo", issuer="見本証券"))
    for barred in ("style", "script", "class=", "href", "<image", "<use", "url("):
        assert barred not in svg
    assert not re.search(r"\son\w+=", svg)


def test_the_qr_code_shows_the_secret_to_the_camera_only():
    assert SECRET not in CODES.qr_svg(CODES.uri(SECRET, account="demo", issuer="Mihon"))


def test_a_name_cannot_break_out_of_the_title():
    svg = CODES.qr_svg(CODES.uri(SECRET, account='"><script>', issuer="</title><script>"))
    assert "<script" not in svg
    assert ElementTree.fromstring(svg).findtext("title") == '</title><script>:"><script>'


def test_qr_codes_of_two_secrets_differ():
    first, second = (CODES.uri(CODES.new_secret(), account="demo", issuer="M") for _ in range(2))
    assert CODES.qr_svg(first) != CODES.qr_svg(second)
    assert CODES.qr_svg(first) == CODES.qr_svg(first)
