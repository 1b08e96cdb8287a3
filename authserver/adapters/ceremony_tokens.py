"""Ceremonies as tokens under a MAC: beginning one costs no write (itsdangerous)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, Signer

from authserver.domain.ceremony import Ceremony, Purpose
from authserver.domain.ids import from_base64url, to_base64url

LONGEST_TOKEN = 600
_LONGEST_INPUT = 2048
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,2000}\.[A-Za-z0-9_-]{43}")
_VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class CeremonyTokens:
    """Seals under the newest key and opens what any of the keys (newest first) has sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        # The library wants the newest key last.
        self._signer = Signer(
            list(reversed(keys)),
            salt=b"authserver:ceremony",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    def seal(self, ceremony: Ceremony) -> str:
        """A token of at most 600 characters. Raises ValueError where a field makes it longer."""
        token = self._signer.sign(to_base64url(_pack(ceremony))).decode("ascii")
        if len(token) > LONGEST_TOKEN:
            raise ValueError("this ceremony does not fit into a token")
        return token

    def open(self, token: object) -> Ceremony | None:
        # Decoders are lenient about base64 and would accept several spellings of one token.
        if not isinstance(token, str) or len(token) > _LONGEST_INPUT:
            return None
        if not _TOKEN.fullmatch(token) or from_base64url(token[-43:]) is None:
            return None
        try:
            payload = self._signer.unsign(token).decode("ascii")
        except BadSignature:
            return None
        packed = from_base64url(payload)
        return _unpack(packed) if packed else None


class FollowingCeremonyTokens:
    """Fulfils ``flows.ports.CeremonyTokens`` with the keys of the moment, through every rotation.

    The two halves of a ceremony may fall on either side of a rotation: the older key still opens.
    """

    def __init__(self, current: Callable[[], CeremonyTokens]) -> None:
        self._current = current

    def seal(self, ceremony: Ceremony) -> str:
        return self._current().seal(ceremony)

    def open(self, token: object) -> Ceremony | None:
        return self._current().open(token)


def _pack(ceremony: Ceremony) -> bytes:
    expiry = (ceremony.expires_at - _EPOCH) // _MICROSECOND
    parts = [bytes([_VERSION]), expiry.to_bytes(8, "big")]
    for field in (
        ceremony.id.encode(),
        ceremony.purpose.encode(),
        ceremony.nonce,
        ceremony.browser,
        ceremony.about.encode(),
        ceremony.subject_digest,
    ):
        if len(field) > 255:
            raise ValueError("this ceremony does not fit into a token")
        parts += [bytes([len(field)]), field]
    return b"".join(parts)


def _unpack(packed: bytes) -> Ceremony | None:
    """Reads what ``_pack`` wrote. Only bytes whose MAC was good come here."""
    if packed[0] != _VERSION:
        return None
    fields: list[bytes] = []
    position = 9
    while position < len(packed):
        end = position + 1 + packed[position]
        fields.append(packed[position + 1 : end])
        position = end
    identifier, purpose, nonce, browser, about, subject_digest = fields
    return Ceremony(
        id=identifier.decode(),
        purpose=Purpose(purpose.decode()),
        nonce=nonce,
        browser=browser,
        about=about.decode(),
        subject_digest=subject_digest,
        expires_at=_EPOCH + int.from_bytes(packed[1:9], "big") * _MICROSECOND,
    )
