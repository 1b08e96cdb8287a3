"""Keyed digests of codes and names (HMAC-SHA256): useless to whoever has the database only."""

from __future__ import annotations

import hashlib
import hmac


class Digests:
    """``key`` has to outlive what it digested: recovery codes are compared years later."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_code(self, purpose: str, owner: str, code: str) -> bytes:
        return self._digest("code", purpose, owner, code)

    def of_name(self, purpose: str, name: str) -> bytes:
        return self._digest("name", purpose, name)

    def _digest(self, *parts: str) -> bytes:
        mac = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in parts:
            # Lengths keep ("ab", "c") and ("a", "bc") apart; a name may be anything that was typed.
            encoded = part.encode("utf-8", "surrogatepass")
            mac.update(len(encoded).to_bytes(8, "big") + encoded)
        return mac.digest()
