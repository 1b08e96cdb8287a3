"""What a password may be: long enough, nobody's favourite, and spelled one way.

No composition rules, no forced changes (NIST SP 800-63B-4 section 3.1.1.2; JSDA-S-27).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from enum import StrEnum
from itertools import pairwise

LENGTH_MOST = 256
"""Counted before anything else is done: a long text is refused for the price of len()."""

_CONTEXT_LEAST = 4


class PasswordFault(StrEnum):
    """Why a password cannot be set, as a stable code."""

    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    COMMON = "password_common"
    ABOUT_YOU = "password_about_you"
    UNPRINTABLE = "password_unprintable"


def normal_password(text: str) -> str | None:
    """The one spelling that is hashed (NFKC), or None for what no keyboard types or is too long."""
    if len(text) > LENGTH_MOST:
        return None
    spelled = unicodedata.normalize("NFKC", text)
    if any(unicodedata.category(character) in ("Cc", "Cs", "Cn") for character in spelled):
        return None
    return spelled


def password_fault(
    text: str, *, least: int, common: Collection[str], about: Collection[str]
) -> PasswordFault | None:
    """Why this password cannot be set, or None if it can.

    ``common`` is the packaged list, in lower case. ``about`` are words that belong to the account
    (login id, address, birth date, the firm's name): a password must not be made of one of them.
    """
    if len(text) > LENGTH_MOST:
        return PasswordFault.TOO_LONG
    spelled = normal_password(text)
    if spelled is None:
        return PasswordFault.UNPRINTABLE
    if len(spelled) < least:
        return PasswordFault.TOO_SHORT
    folded = spelled.casefold()
    if folded in common or _monotonous(folded):
        return PasswordFault.COMMON
    if any(_made_of(folded, word.casefold()) for word in about):
        return PasswordFault.ABOUT_YOU
    return None


def _monotonous(text: str) -> bool:
    """One character over and over, or one short piece repeated, or a run such as 12345678."""
    for size in (1, 2, 3, 4):
        if text == (text[:size] * (len(text) // size + 1))[: len(text)]:
            return True
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})


def _made_of(password: str, word: str) -> bool:
    """Whether the word makes up half of the password or more."""
    return len(word) >= _CONTEXT_LEAST and word in password and 2 * len(word) >= len(password)
