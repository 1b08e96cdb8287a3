"""What a password hash may cost (Argon2id, RFC 9106): the least that protects, the most that runs.

OWASP's minimum for Argon2id is the floor. The ceilings are no recommendation: past them it is a
slip of the hand that would stop the server, not a wish for safety.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MEBIBYTE = 1024
_WRITTEN = re.compile(r"m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a hash costs. ``memory`` is in KiB; the defaults are OWASP's minimum for Argon2id."""

    memory: int = 19 * _MEBIBYTE
    passes: int = 2
    lanes: int = 1

    def __str__(self) -> str:
        """As they stand in a hash (PHC string format)."""
        return f"m={self.memory},t={self.passes},p={self.lanes}"


MINIMUM = Parameters()
MOST = Parameters(memory=1024 * _MEBIBYTE, passes=100, lanes=16)


def read(text: str) -> Parameters:
    """Parameters as they stand in a hash. Raises ValueError that says what to write instead."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"write memory in KiB, passes and lanes as in {MINIMUM}")
    memory, passes, lanes = map(int, written.groups())
    for name, unit, value, least, most in (
        ("m", " KiB", memory, MINIMUM.memory, MOST.memory),
        ("t", " passes", passes, MINIMUM.passes, MOST.passes),
        ("p", " lanes", lanes, MINIMUM.lanes, MOST.lanes),
    ):
        if not least <= value <= most:
            raise ValueError(f"{name} must be from {least} to {most}{unit}")
    return Parameters(memory=memory, passes=passes, lanes=lanes)
