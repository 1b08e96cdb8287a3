"""What the web room was given when the server was put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from flask import current_app

from authserver.flows.ports import Services
from authserver.settings import Settings


class Translator(Protocol):
    """Sentences and moments for people (adapters.translations)."""

    def gettext(self, locale: str, message: str) -> str: ...

    def ngettext(self, locale: str, singular: str, plural: str, number: int) -> str: ...

    def format_datetime(self, at: datetime, locale: str) -> str: ...

    def format_date(self, at: datetime, locale: str) -> str: ...


Describe = Callable[[str], str]
"""A short description for people, or an empty string."""


class Icon(Protocol):
    """A picture and its media type."""

    @property
    def content(self) -> bytes: ...

    @property
    def media_type(self) -> str: ...


class Icons(Protocol):
    def icon(self, aaguid: str, theme: str) -> Icon | None:
        """An authenticator's picture for a "light" or "dark" page, if its provider has one."""


class BoundClient(Protocol):
    """Address and user agent that a tester bound to a name."""

    @property
    def ip(self) -> str: ...

    @property
    def user_agent(self) -> str: ...


class Harness(Protocol):
    """The tester's doors; present in test mode only."""

    def advance(self, seconds: int) -> int: ...

    def bind_client(self, name: str, ip: str, user_agent: str) -> None: ...

    def client(self, name: str) -> BoundClient | None: ...

    def reset(self) -> None: ...


class DatabaseHealth(Protocol):
    def ping(self) -> None:
        """Raises when the database does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything a view may reach."""

    services: Services
    settings: Settings
    translator: Translator
    describe_device: Describe
    describe_place: Describe
    icons: Icons
    health: DatabaseHealth
    harness: Harness | None
    static_folder: Path
    static_digests: Mapping[str, str]


EXTENSION = "authserver"


def house() -> House:
    """The house of the application that serves the present request."""
    return cast(House, current_app.extensions[EXTENSION])


def now() -> datetime:
    """The server's clock; in test mode the tester may have moved it forward."""
    return house().services.clock.now()
