"""One frozen settings object, read once from the environment; nonsense refuses to start.

``TABLE`` is the whole truth about settings: the README's table is compared with it by a test.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from authserver.domain import password_cost
from authserver.domain.password_cost import Parameters

PREFIX = "AUTHSERVER_"


class Mode(StrEnum):
    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class SettingsError(Exception):
    """A combination that must not run; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name without prefix, its default as written, what it means."""

    name: str
    default: str
    meaning: str


TABLE = (
    Setting("MODE", "demo", "`demo`, `test` or `production`"),
    Setting(
        "DATABASE_URL", "sqlite:///instance/authserver.db", "SQLite file or PostgreSQL address"
    ),
    Setting(
        "REDIS_URL",
        "",
        "`redis://` or `rediss://` for flood counters; empty counts in the database",
    ),
    Setting(
        "ORIGIN",
        "http://localhost:<port>",
        "the origin people open; https in production",
    ),
    Setting(
        "RELATED_ORIGINS", "", "further origins that may use the same passkeys, comma separated"
    ),
    Setting("RP_ID", "host of ORIGIN", "the domain that passkeys belong to"),
    Setting("RP_NAME", "見本証券", "the firm's name as credential managers show it"),
    Setting("POLICY", "target-2025-10", "a preset's name or a policy file"),
    Setting("SMTP_URL", "", "`smtp://` or `smtps://`; empty keeps mail in the outbox (demo, test)"),
    Setting("MAIL_FROM", "notice@mihon.example", "the sender of every mail"),
    Setting("TRUSTED_PROXIES", "", "networks whose X-Forwarded-For is believed, comma separated"),
    Setting("KEYS_DIR", "instance/keys", "where the server's keys live, outside the database"),
    Setting(
        "PASSWORD_HASH",
        "m=19456,t=2,p=1",
        "Argon2id memory in KiB, passes, lanes; `authserver passwords tune` measures them",
    ),
    Setting("WORKERS", "2", "server processes"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this server runs. Origins and RP id come from here only, never from a Host header."""

    mode: Mode
    database_url: str
    redis_url: str
    origin: str
    related_origins: tuple[str, ...]
    rp_id: str
    rp_name: str
    policy: str
    smtp_url: str
    mail_from: str
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    keys_dir: Path
    password_hash: Parameters
    workers: int

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        return frozenset({self.origin, *self.related_origins})


def read(environment: Mapping[str, str] | None = None, *, port: int = 5000) -> Settings:
    """Read and check the settings. Raises SettingsError, which says what to change."""
    source = os.environ if environment is None else environment
    given = {setting.name: source.get(PREFIX + setting.name, "").strip() for setting in TABLE}
    _refuse_unknown(source)
    mode = _mode(given["MODE"])
    origin = _origin("ORIGIN", given["ORIGIN"] or _default_origin(mode, port))
    settings = Settings(
        mode=mode,
        database_url=given["DATABASE_URL"] or _default(mode, "DATABASE_URL"),
        redis_url=given["REDIS_URL"],
        origin=origin,
        related_origins=tuple(
            _origin("RELATED_ORIGINS", o) for o in _list(given["RELATED_ORIGINS"])
        ),
        rp_id=given["RP_ID"] or urlsplit(origin).hostname or "",
        rp_name=given["RP_NAME"] or "見本証券",
        policy=given["POLICY"] or "target-2025-10",
        smtp_url=given["SMTP_URL"],
        mail_from=given["MAIL_FROM"] or "notice@mihon.example",
        trusted_proxies=tuple(_network(n) for n in _list(given["TRUSTED_PROXIES"])),
        keys_dir=Path(given["KEYS_DIR"] or _default(mode, "KEYS_DIR")),
        password_hash=_password_hash(given["PASSWORD_HASH"]),
        workers=_workers(given["WORKERS"] or "2"),
    )
    _refuse_impossible(settings)
    return settings


def _refuse_unknown(source: Mapping[str, str]) -> None:
    known = {PREFIX + setting.name for setting in TABLE}
    for name in sorted(source):
        if name.startswith(PREFIX) and not name.startswith(PREFIX + "TEST_") and name not in known:
            raise SettingsError(f"{name} is not a setting of this server; see the README's table.")


def _mode(text: str) -> Mode:
    try:
        return Mode(text or "demo")
    except ValueError:
        raise SettingsError(f"AUTHSERVER_MODE is {text!r}; use demo, test or production.") from None


def _default_origin(mode: Mode, port: int) -> str:
    if mode is Mode.PRODUCTION:
        raise SettingsError(
            "In production, set AUTHSERVER_ORIGIN to the https address people open."
        )
    return f"http://localhost:{port}"


def _default(mode: Mode, name: str) -> str:
    if mode is Mode.PRODUCTION:
        raise SettingsError(
            f"In production, set {PREFIX}{name}; the default is for demonstrations only."
        )
    return next(setting.default for setting in TABLE if setting.name == name)


def _origin(name: str, text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or text != f"{parts.scheme}://{parts.netloc}"
    ):
        raise SettingsError(
            f"{PREFIX}{name} holds {text!r}; write scheme, host and port only, such as "
            "https://login.example.jp"
        )
    if text != text.lower() or "@" in text:
        raise SettingsError(f"{PREFIX}{name} holds {text!r}; use lower case and no user name.")
    return text


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise SettingsError(
            f"AUTHSERVER_TRUSTED_PROXIES holds {text!r}; write networks such as 10.0.0.0/8."
        ) from None


def _password_hash(text: str) -> Parameters:
    try:
        return password_cost.read(text) if text else password_cost.MINIMUM
    except ValueError as wrong:
        raise SettingsError(
            f"AUTHSERVER_PASSWORD_HASH is {text!r}; {wrong} (authserver passwords tune)."
        ) from None


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 64:
        raise SettingsError(f"AUTHSERVER_WORKERS is {text!r}; use a number from 1 to 64.")
    return int(text)


def _refuse_impossible(settings: Settings) -> None:
    host = urlsplit(settings.origin).hostname or ""
    if not (host == settings.rp_id or host.endswith("." + settings.rp_id)):
        raise SettingsError(
            f"AUTHSERVER_RP_ID {settings.rp_id!r} is neither the host of AUTHSERVER_ORIGIN "
            f"{settings.origin!r} nor a parent domain of it; browsers would refuse every passkey. "
            "Change one of the two."
        )
    if _is_address(settings.rp_id):
        raise SettingsError(
            f"AUTHSERVER_RP_ID {settings.rp_id!r} is an IP address, which passkeys cannot "
            "belong to; use localhost or a domain name."
        )
    if not settings.secure and host != "localhost" and not host.endswith(".localhost"):
        raise SettingsError(
            f"AUTHSERVER_ORIGIN {settings.origin!r} is plain http; browsers allow passkeys "
            "there on localhost only. Use https."
        )
    if settings.mode is Mode.PRODUCTION:
        _refuse_in_production(settings)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _refuse_in_production(settings: Settings) -> None:
    if any(origin.startswith("http://") for origin in settings.origins):
        raise SettingsError("Production mode refuses http origins; put TLS in front and use https.")
    if not settings.smtp_url:
        raise SettingsError(
            "In production, set AUTHSERVER_SMTP_URL; notices must leave this machine."
        )
