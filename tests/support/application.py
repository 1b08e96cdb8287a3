"""The application in this process: real flows, real database, real cryptography, no network."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from flask import Flask

from authserver.adapters.database import migrate
from authserver.app import assemble
from authserver.settings import read
from authserver.testing.api import Api
from authserver.testing.person import Person
from authserver.testing.soft_passkey import SoftPasskey
from authserver.testing.soft_totp import SoftTotp
from authserver.web.house import House
from authserver.wiring import build

ORIGIN = "http://localhost:5000"


@dataclass(frozen=True)
class Application:
    """An application in test mode, and new browsers for it."""

    app: Flask
    house: House

    def close(self) -> None:
        """Close the database's connections."""
        self.house.services.database.dispose()  # type: ignore[attr-defined]

    def api(self, *, ip: str = "192.0.2.10", name: str = "") -> Api:
        transport = httpx.WSGITransport(app=self.app, remote_addr=str(ipaddress.ip_address(ip)))
        return Api(ORIGIN, transport=transport, name=name)

    def person(self, login_id: str, **browser: Any) -> Person:
        return Person(self.api(**browser), login_id)

    def account(self, login_id: str, **fields: Any) -> Person:
        """Somebody whose account stands ready with one passkey; not signed in."""
        api = self.api()
        passkey = SoftPasskey(origin=ORIGIN)
        ready = {"credential_id": passkey.credential_id, "public_key_cose": passkey.public_key_cose}
        made = api.post("/test/accounts", {"login_id": login_id, "passkeys": [ready], **fields})
        passkey.adopt_user_handle(made["user_handle"])
        person = Person(api, login_id, passkey=passkey)
        person.password = str(fields.get("password", ""))
        person.totp = SoftTotp(made["totp_secret"]) if made["totp_secret"] else None
        return person

    def events(self, **query: str) -> list[dict[str, Any]]:
        pairs = "&".join(f"{name}={value}" for name, value in {"limit": "500", **query}.items())
        return list(self.api().get(f"/test/events?{pairs}")["items"])

    def outbox(self, **query: str) -> list[dict[str, Any]]:
        pairs = "&".join(f"{name}={value}" for name, value in {"limit": "500", **query}.items())
        return list(self.api().get(f"/test/outbox?{pairs}")["items"])

    def advance(self, seconds: int) -> None:
        self.api().post("/test/clock", {"advance_seconds": seconds})


def make_application(
    folder: Path, *, database_url: str = "", mode: str = "test", **settings: str
) -> Application:
    """Migrate a database in ``folder`` (or the given one) and put an application over it."""
    environment: Mapping[str, str] = {
        "AUTHSERVER_MODE": mode,
        "AUTHSERVER_DATABASE_URL": database_url or f"sqlite:///{folder / 'authserver.db'}",
        "AUTHSERVER_KEYS_DIR": str(folder / "keys"),
        **{f"AUTHSERVER_{name}": value for name, value in settings.items()},
    }
    chosen = read(environment)
    migrate.migrate(chosen.database_url)
    house = build(chosen)
    return Application(assemble(house), house)
