"""SIMULATED identity proofing: no card is read, no register is asked, nobody is looked at.

It stands where a real service for public-key ID cards or eKYC would be called, and its answer is
marked as simulated in every record and on every page.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime, timedelta, timezone

from authserver.domain.sign_up import IdentityClaim, IdentityProof

LEVEL = "SIMULATED, nothing was checked (a real service would stand for IAL2)"
REFUSED_NAME = "ミホン キョヒ"
"""The documented name for which the simulation refuses, so that a refusal can be tried."""

_KANA_NAME = re.compile(r"[ァ-ヺー]+(?:[ ・][ァ-ヺー]+)*")
_LONGEST_NAME = 60
_OLDEST_YEARS = 120
_JST = timezone(timedelta(hours=9), "JST")


class SimulatedIdentityProofing:
    """Vouches for every well-formed claim but one.

    A real service recognises a person by a chip or a face and gives a name of its own for them;
    here that name is a keyed digest, so that the record does not betray whom it is about.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def prove(self, claim: IdentityClaim, *, now: datetime) -> IdentityProof | None:
        name = normal_kana_name(claim.full_name_kana)
        today = now.astimezone(_JST).date()
        birth = claim.birth_date
        age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
        if name is None or name == REFUSED_NAME or not 0 <= age <= _OLDEST_YEARS:
            return None
        evidence = f"{name}\n{birth.isoformat()}".encode()
        return IdentityProof(
            method=claim.method,
            level=LEVEL,
            simulated=True,
            evidence_digest=hmac.new(self._key, evidence, hashlib.sha256).hexdigest(),
            at=now,
        )


def normal_kana_name(text: str) -> str | None:
    """A full name in full-width katakana with single spaces, or None if it holds anything else.

    Hiragana and half-width katakana are the same name in another spelling.
    """
    spelled = " ".join(unicodedata.normalize("NFKC", text).split())
    katakana = "".join(
        chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in spelled
    )
    if len(katakana) > _LONGEST_NAME or not _KANA_NAME.fullmatch(katakana):
        return None
    return katakana
