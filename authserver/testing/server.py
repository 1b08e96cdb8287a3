"""A real server in test mode, in processes of its own, for as long as a test needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from authserver.testing.api import Api
from authserver.testing.person import Person
from authserver.testing.soft_passkey import SoftPasskey
from authserver.testing.soft_totp import SoftTotp

_PATIENCE_SECONDS = 60.0


class DidNotStart(Exception):
    """The server ended or did not answer; the text is what it printed."""


@dataclass(frozen=True)
class RunningServer:
    """Where it is, and the tester's doors of it."""

    url: str
    log: Path
    pid: int = 0
    browsers: list[Api] = field(default_factory=list)

    def api(self, name: str = "") -> Api:
        """A new browser: no cookies yet. Closed when the server is reset or stops."""
        browser = Api(self.url, name=name)
        self.browsers.append(browser)
        return browser

    def close_browsers(self) -> None:
        while self.browsers:
            self.browsers.pop().close()

    def person(self, login_id: str) -> Person:
        """Somebody new, with a browser and a passkey of their own and no account yet."""
        return Person(self.api(), login_id)

    def account(self, login_id: str, **fields: Any) -> Person:
        """Somebody whose account stands ready with one passkey; not signed in."""
        api = self.api()
        passkey = SoftPasskey(origin=self.url)
        ready = {"credential_id": passkey.credential_id, "public_key_cose": passkey.public_key_cose}
        made = api.post("/test/accounts", {"login_id": login_id, "passkeys": [ready], **fields})
        passkey.adopt_user_handle(made["user_handle"])
        person = Person(api, login_id, passkey=passkey)
        person.password = str(fields.get("password", ""))
        person.totp = SoftTotp(made["totp_secret"]) if made["totp_secret"] else None
        return person

    def advance(self, seconds: int) -> str:
        """Move the server's clock forward."""
        with self.api() as api:
            return str(api.post("/test/clock", {"advance_seconds": seconds})["now"])

    def events(self, account_id: str | None = None) -> list[dict[str, Any]]:
        """The log, oldest first."""
        with self.api() as api:
            query = f"?limit=500&account={account_id}" if account_id else "?limit=500"
            return list(api.get(f"/test/events{query}")["items"])

    def outbox(self, **query: str) -> list[dict[str, Any]]:
        """Messages as rendered, newest first."""
        with self.api() as api:
            pairs = "&".join(f"{name}={value}" for name, value in query.items())
            return list(api.get(f"/test/outbox?{pairs}")["items"])

    def reset(self) -> None:
        """An empty database, and no browsers."""
        self.close_browsers()
        with self.api() as api:
            api.post("/test/reset")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    folder: Path,
    *,
    database_url: str | None = None,
    workers: int = 1,
    settings: Mapping[str, str] | None = None,
    port: int | None = None,
    tls: tuple[Path, Path] | None = None,
) -> Iterator[RunningServer]:
    """Start ``authserver serve --test-mode`` on a free port and stop it afterwards.

    ``folder`` takes database, keys and log; ``tls`` is a certificate and its key, for servers under
    names of their own. Raises DidNotStart with what the server printed.
    """
    port = port or free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AUTHSERVER_")},
        "AUTHSERVER_DATABASE_URL": database_url or f"sqlite:///{folder / 'authserver.db'}",
        "AUTHSERVER_KEYS_DIR": str(folder / "keys"),
        **(settings or {}),
    }
    command = [sys.executable, "-m", "authserver", "serve", "--test-mode"]
    command += ["--port", str(port), "--workers", str(workers)]
    if tls is not None:
        command += ["--tls-certificate", str(tls[0]), "--tls-key", str(tls[1])]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            url = f"http://localhost:{port}"
            scheme = "https" if tls else "http"
            _wait_until_ready(process, f"{scheme}://127.0.0.1:{port}", log)
            server = RunningServer(url, log, process.pid)
            yield server
            server.close_browsers()
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    pause = threading.Event()
    waited = 0.0
    while waited < _PATIENCE_SECONDS:
        if process.poll() is not None:
            break
        try:
            # Only whether it answers: a certificate of a test proves nothing and is not asked to.
            answer = httpx.get(f"{url}/readyz", timeout=5, trust_env=False, verify=False)  # noqa: S501
            if answer.status_code == 200:
                return
        except httpx.TransportError:
            pass
        pause.wait(0.05)
        waited += 0.05
    raise DidNotStart(log.read_text(errors="replace")[-4000:])


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="authserver-") as name:
        yield Path(name)
