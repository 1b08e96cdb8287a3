"""A software authenticator app: RFC 6238 with nothing but the standard library, and any time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from datetime import datetime

STEP_SECONDS = 30


class SoftTotp:
    """Makes the codes of one shared secret (base32)."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._key = base64.b32decode(secret + "=" * (-len(secret) % 8))

    def code(self, at: datetime, *, steps: int = 0) -> str:
        """The six digits of the moment's time step, or of so many steps after or before it."""
        counter = int(at.timestamp()) // STEP_SECONDS + steps
        digest = hmac.new(self._key, struct.pack(">Q", counter), hashlib.sha1).digest()
        offset = digest[-1] & 15
        number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
        return f"{number % 10**6:06d}"
