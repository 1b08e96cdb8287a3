"""One-time codes for authenticator apps (pyotp), and the QR code that brings the secret (segno).

``pyotp.TOTP.verify`` is not used: it says only yes or no, and which step a code belongs to is what
keeps it from being used twice. That is decided in ``domain.totp``.
"""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

import pyotp
import segno

from authserver.domain.totp import DIGITS, STEP_SECONDS
from authserver.flows.ports import Entropy

SECRET_BYTES = 20
"""RFC 4226 section 4, R6: 160 bits are recommended."""
_SCALE = 5
"""Pixels for each module: the whole code is some 300 wide, which a telephone reads at a desk."""


class OneTimeCodes:
    """Fulfils ``flows.ports.OneTimeCodes``."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def new_secret(self) -> str:
        """160 fresh bits in base32: 32 characters, no padding."""
        return base64.b32encode(self._entropy.token(SECRET_BYTES)).decode("ascii")

    def code_at(self, secret: str, step: int) -> str:
        """The code of a time step. Raises ValueError if the secret is none."""
        return _generator(secret).generate_otp(step)

    def uri(self, secret: str, *, account: str, issuer: str) -> str:
        """The ``otpauth://totp/`` address; what has its usual value is left out of it."""
        return _generator(secret).provisioning_uri(name=account, issuer_name=issuer)

    def qr_svg(self, uri: str) -> str:
        """The address as an inline SVG: dark on light in every theme, for scanners need that.

        Colours are presentation attributes, which ``style-src 'self'`` allows. The title says whose
        code it is ("issuer:account"), never the secret, and needs no translation.
        """
        return segno.make(uri, error="m", micro=False).svg_inline(
            scale=_SCALE,
            dark="#000",
            light="#fff",
            svgclass=None,
            lineclass=None,
            title=unquote(urlsplit(uri).path.lstrip("/")),
        )


def _generator(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
