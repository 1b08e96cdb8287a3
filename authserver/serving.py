"""Running the application behind its door in several processes (granian), the worker beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from authserver.door import Door
from authserver.settings import PREFIX, Settings, SettingsError
from authserver.web.hardening import BODY_MAX

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_THREADS = 4
"""Threads a process: enough that one waiting for the database's lock does not stop the others."""


def create_door() -> Door:
    """The application of the environment's settings behind its door; called once a process."""
    from authserver.app import create_app

    return Door(create_app(), threads=_THREADS, body_most=BODY_MAX)


def refuse_taken_port(host: str, port: int) -> None:
    """Raises SettingsError where somebody listens already; granian would print a traceback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            raise SettingsError(
                f"Cannot listen on {host} port {port} ({refused.strerror}). "
                "Stop what listens there, or choose another port with --port (make: PORT=…)."
            ) from None


def export(settings: Settings) -> None:
    """Let child processes read the very settings that were checked here."""
    os.environ.update(
        {
            f"{PREFIX}MODE": settings.mode.value,
            f"{PREFIX}ORIGIN": settings.origin,
            f"{PREFIX}RP_ID": settings.rp_id,
        }
    )


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    export(settings)
    Granian(
        "authserver.serving:create_door",
        factory=True,
        # Without the lifespan protocol: the door has nothing to do before or after its requests.
        interface=Interfaces.ASGINL,
        address="127.0.0.1" if host == "localhost" else host,
        port=port,
        workers=settings.workers,
        http=HTTPModes.http1,
        websockets=False,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
        ssl_cert=certificate,
        ssl_key=key,
        workers_kill_timeout=10,
        respawn_failed_workers=settings.workers > 1,
    ).serve()


@contextmanager
def worker_beside(settings: Settings) -> Iterator[None]:
    """A notice worker as a process of its own, ended with this one."""
    export(settings)
    worker = subprocess.Popen([sys.executable, "-m", "authserver", "worker"])
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(15)
        except subprocess.TimeoutExpired:
            worker.kill()
