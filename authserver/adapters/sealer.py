"""Secrets at rest: Fernet (AES-128-CBC with HMAC-SHA256) under keys outside the database."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Sealer:
    """Seals under the newest key and opens what any of the keys (newest first) has sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        each = [Fernet(base64.urlsafe_b64encode(key)) for key in keys]
        self._newest = each[0]
        self._fernet = MultiFernet(each)

    def seal(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise ValueError("none of the present keys sealed this") from None

    def resealed(self, sealed: bytes) -> bytes | None:
        """The same secret under the newest key, or None where it is under that one already."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None


class FollowingSealer:
    """Fulfils ``flows.ports.Sealer`` with the keys of the moment, through every rotation."""

    def __init__(self, current: Callable[[], Sealer]) -> None:
        self._current = current

    def seal(self, secret: str) -> bytes:
        return self._current().seal(secret)

    def open(self, sealed: bytes) -> str:
        return self._current().open(sealed)

    def resealed(self, sealed: bytes) -> bytes | None:
        return self._current().resealed(sealed)
