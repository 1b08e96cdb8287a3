"""The account: who owns factors, sessions and money, and how its names are spelled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authserver.domain.ids import AccountId


class AccountState(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"


class Role(StrEnum):
    OPERATOR = "operator"
    AUDITOR = "auditor"


LOCALES = ("ja", "en")
_LOGIN_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,38})[a-z0-9]")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
DISPLAY_NAME_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. ``user_handle`` is 32 random bytes and holds no personal data.

    ``phone`` is in E.164, or empty where none is known.
    """

    id: AccountId
    login_id: str
    email: str
    display_name: str
    locale: str
    user_handle: bytes
    state: AccountState
    roles: frozenset[Role]
    created_at: datetime
    phone: str = ""


def normal_login_id(text: str) -> str | None:
    """The one spelling of a login id (3 to 40 of a-z 0-9 . _ -), or None if it is none."""
    spelled = unicodedata.normalize("NFKC", text).strip().lower()
    return spelled if _LOGIN_ID.fullmatch(spelled) else None


def normal_email(text: str) -> str | None:
    """An address that our mail can carry (ASCII, at most 254 characters), or None.

    The domain is lower-cased; the local part is kept, for only its host may judge it.
    """
    spelled = text.strip()
    if len(spelled) > 254 or not _EMAIL.fullmatch(spelled):
        return None
    local, _, host = spelled.rpartition("@")
    return f"{local}@{host.lower()}"


def normal_display_name(text: str) -> str | None:
    """A name for people: 1 to 60 characters, none a control, surrogate or direction mark."""
    spelled = unicodedata.normalize("NFC", text).strip()
    if not spelled or len(spelled) > DISPLAY_NAME_MAX:
        return None
    if any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        for character in spelled
    ):
        return None
    return spelled


def masked_email(email: str) -> str:
    """``d***@example.test``: enough for the owner to recognise, little for anyone else."""
    local, _, host = email.rpartition("@")
    return f"{local[:1]}***@{host}"
