"""A browser in words that its owner recognises (ua-parser); claimed by it, never proved."""

from __future__ import annotations

import re
from functools import lru_cache

import ua_parser

_LONGEST_INPUT = 512
_LONGEST_NAME = 40
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 +-]*")
_SPOKEN = {"Mobile Safari": "Safari", "Chrome Mobile": "Chrome", "Firefox Mobile": "Firefox"}


@lru_cache(maxsize=2048)
def describe(user_agent: str) -> str:
    """Such as "Chrome 126, Windows"; an empty string where nothing is known."""
    found = ua_parser.parse(user_agent[:_LONGEST_INPUT])
    browser = _name(found.user_agent.family) if found.user_agent else ""
    if browser and found.user_agent and (found.user_agent.major or "").isdecimal():
        browser = f"{browser} {found.user_agent.major}"
    system = _name(found.os.family) if found.os else ""
    return ", ".join(part for part in (browser, system) if part)


def _name(family: str) -> str:
    """Some families are cut out of the header as they stand, so only a plain name is passed on."""
    spoken = _SPOKEN.get(family, family)
    return spoken if len(spoken) <= _LONGEST_NAME and _NAME.fullmatch(spoken) else ""
