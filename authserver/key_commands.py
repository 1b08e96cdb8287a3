"""The operator's door to what is secret: the master keys, and the price of a password hash.

``cli`` hangs both groups under ``authserver``; nobody else imports them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import click

from authserver.adapters.database.engine import DatabaseUnusable
from authserver.adapters.key_file import KeyFile
from authserver.adapters.keys import Keys
from authserver.adapters.password_hasher import measured, tune
from authserver.adapters.system import SystemClock, SystemEntropy
from authserver.domain.password_cost import MINIMUM
from authserver.flows.ports import Services
from authserver.flows.rotate_keys import Rotated, rotate
from authserver.mistakes import plain_errors
from authserver.settings import PREFIX, read

_SILENT_SECONDS = 2.0


@click.group()
def keys() -> None:
    """The server's own keys, which live outside the database."""


@keys.command("create")
@plain_errors
def create_keys() -> None:
    """Make the key file where there is none; back it up, for nothing else opens what it seals."""
    directory = read().keys_dir
    Keys.load(directory, SystemEntropy(), create=True)
    click.echo(f"The keys are in {directory}.")


@keys.command("rotate")
@click.option(
    "--reseal-only",
    is_flag=True,
    help="Make no new key; finish what was interrupted or had to wait.",
)
@plain_errors
def rotate_keys(reseal_only: bool) -> None:
    """Put a new master key in force and bring every sealed secret under it.

    Servers and workers go on meanwhile and use the new key at once. Safe to interrupt at any
    moment: run it again with --reseal-only.
    """
    from authserver.wiring import build

    settings, entropy = read(), SystemEntropy()
    Keys.load(settings.keys_dir, entropy)
    services = build(settings).services
    _refuse_without_database(services)
    file = KeyFile(settings.keys_dir, entropy)
    progress = Progress()
    with file.rotation():
        try:
            done = rotate(services, file, SystemClock().now(), add=not reseal_only, tell=progress)
        finally:
            progress.close()
    _report(file, done, added=not reseal_only)


def _refuse_without_database(services: Services) -> None:
    """Before the keys change: without a database the new one would only wait for its secrets."""
    try:
        with services.database.snapshot() as tx:
            tx.sealed_secrets.count()
    except Exception as fault:
        raise DatabaseUnusable(
            f"The database does not answer as it should ({type(fault).__name__}); nothing was "
            "changed. Is it up, and up to date (authserver migrate)?"
        ) from None


class Progress:
    """A bar for whoever has waited for two seconds; short work prints none."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, output: TextIO | None = None
    ) -> None:
        self._clock = clock
        self._began = clock()
        self._output = output
        self._bar: Any = None  # the library keeps the class to itself

    def __call__(self, seen: int, total: int) -> None:
        if self._bar is None:
            if self._clock() - self._began < _SILENT_SECONDS:
                return
            self._bar = click.progressbar(length=total, label="Re-sealing", file=self._output)
            self._bar.__enter__()
        self._bar.update(seen - self._bar.pos)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)


def _report(file: KeyFile, done: Rotated, *, added: bool) -> None:
    first = "A new key is in force, in running servers too. " if added else ""
    click.echo(
        f"{first}{done.resealed} secrets were re-sealed under the newest key. The last line of "
        f"{file.path} must stay: the digests of recovery codes and enrolment codes are under it. "
        "Back up the file now."
    )
    if done.dropped:
        click.echo(f"{done.dropped} lines between the first and the last were dropped.")
    if done.unreadable:
        click.echo(
            f"{done.unreadable} secrets open with none of these keys, so no line was dropped. "
            "If an older backup of the file has further lines, put them before the last one and "
            "run authserver keys rotate --reseal-only.",
            err=True,
        )
        sys.exit(1)
    if done.kept:
        click.echo(
            f"{done.kept} lines between the first and the last stay for what is under way. After "
            "ten minutes, authserver keys rotate --reseal-only drops them; so does the next "
            "rotation."
        )


@click.group()
def passwords() -> None:
    """How dear it is to guess at a stolen password hash."""


@passwords.command("tune")
@click.option(
    "--target-ms",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    help="The longest that one hash may take, in milliseconds.",
)
def tune_passwords(target_ms: int) -> None:
    """Find the dearest Argon2id parameters that this machine can bear; some seconds of work.

    Run it where the server will run, with nothing else running. Nothing is changed by it: the last
    line of the answer is the setting that puts it in force. Older hashes then grow stronger one by
    one, as their owners sign in.
    """
    chosen = tune(target_ms / 1000)
    taken = measured(chosen) * 1000
    click.echo(f"{chosen} takes {taken:.1f} ms here: {1000 / taken:.0f} passwords a second a core.")
    if taken > target_ms:
        click.echo(f"That is OWASP's minimum ({MINIMUM}); weaker parameters are not offered.")
    click.echo(f"{PREFIX}PASSWORD_HASH={chosen}")
