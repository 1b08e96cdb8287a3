"""The command ``authserver``: the operator's door."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import click

from authserver import __version__, serving, worker
from authserver.adapters.database import migrate as migrations
from authserver.flows.demonstration import WithoutPasskey, seed_demonstration, without_passkey
from authserver.key_commands import keys, passwords
from authserver.mistakes import plain_errors
from authserver.settings import Mode, Settings, SettingsError, read

WORKS = """
  Open an account      {origin}/open-account   (the code is in {origin}/outbox)
  Sign in              {origin}/sign-in
  Enrol a demo account {origin}/enrol          (login ID and enrolment code below)
  See every message    {origin}/outbox
  API reference        {origin}/docs
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A login server for online broking that phishing cannot relay.

    Settings come from the environment (AUTHSERVER_…); see the README's table.
    """


def _bring_up_to_date(settings: Settings) -> None:
    if settings.database_url.startswith("sqlite"):
        migrations.migrate(settings.database_url)


def _address(function: Callable[..., None]) -> Callable[..., None]:
    function = click.option("--port", default=5000, show_default=True, help="Port to listen on.")(
        function
    )
    return click.option(
        "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
    )(function)


@main.command()
@_address
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Server processes (AUTHSERVER_WORKERS)."
)
@click.option("--test-mode", is_flag=True, help="Add the tester's doors /test/…; loopback only.")
@click.option("--tls-certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@plain_errors
def serve(
    host: str,
    port: int,
    workers: int | None,
    test_mode: bool,
    tls_certificate: Path | None,
    tls_key: Path | None,
) -> None:
    """Serve pages and API. An embedded database is brought up to date first."""
    settings = _settings(port, test_mode=test_mode, workers=workers)
    if settings.mode is Mode.TEST and host not in serving.LOOPBACK:
        raise SettingsError(f"Test mode listens on a loopback address only, not on {host}.")
    serving.refuse_taken_port(host, port)
    _bring_up_to_date(settings)
    click.echo(f"authserver {__version__} ({settings.mode}) at {settings.origin}")
    serving.serve(settings, host=host, port=port, certificate=tls_certificate, key=tls_key)


def _settings(port: int, *, test_mode: bool = False, workers: int | None = None) -> Settings:
    if test_mode:
        if os.environ.get("AUTHSERVER_MODE", "test") == "production":
            raise SettingsError("Production mode has no test mode; drop one of the two.")
        os.environ["AUTHSERVER_MODE"] = "test"
    if workers is not None:
        os.environ["AUTHSERVER_WORKERS"] = str(workers)
    return read(port=port)


@main.command()
@_address
@plain_errors
def demo(host: str, port: int) -> None:
    """Everything at once: database, keys, demonstration accounts, server and worker."""
    settings = read(port=port)
    if settings.mode is not Mode.DEMO:
        raise SettingsError("demo runs in demo mode only; unset AUTHSERVER_MODE, or use serve.")
    serving.refuse_taken_port(host, port)
    migrations.migrate(settings.database_url)
    accounts = _seeded(settings)
    click.echo(f"\nauthserver {__version__} is at {settings.origin}  (stop it with Ctrl-C)")
    click.echo(WORKS.format(origin=settings.origin))
    _print_accounts(*accounts)
    with serving.worker_beside(settings):
        serving.serve(settings, host=host, port=port)


def _seeded(settings: Settings) -> tuple[dict[str, str], WithoutPasskey]:
    from authserver.wiring import build

    services = build(settings).services
    codes = seed_demonstration(services, services.clock.now())
    return codes, without_passkey(services)


def _print_accounts(codes: dict[str, str], other: WithoutPasskey) -> None:
    if codes:
        click.echo("  Demo account   Enrolment code (one use, one day; run again for a new one)")
        for login_id, code in codes.items():
            click.echo(f"  {login_id:<14} {code[:4]} {code[4:8]} {code[8:]}")
    else:
        click.echo("  Every demo account has its passkey already.")
    click.echo("\n  Without a passkey, by an exception (authenticator app: type the key in)")
    click.echo(f"  {other.login_id:<14} password {other.password}   app key {other.totp_secret}\n")


@main.command("worker")
@plain_errors
def work() -> None:
    """Send queued notices and tidy up, until SIGTERM; any number of workers may run."""
    from authserver.wiring import build

    settings = read()
    stop = worker.stop_on_signals()
    worker.run(build(settings).services, stop, forget_secret=settings.mode is Mode.PRODUCTION)


@main.command()
@plain_errors
def migrate() -> None:
    """Bring the database up to date; safe to run twice, and from several machines at once."""
    settings = read()
    migrations.migrate(settings.database_url, progress=_show_step)
    click.echo("The database is up to date.")


def _show_step(done: int, of: int, revision: str) -> None:
    click.echo(f"  {done}/{of}  {revision}")


@main.command()
@plain_errors
def seed() -> None:
    """Make the demonstration accounts and print an enrolment code for each without a passkey."""
    settings = read()
    if settings.mode is Mode.PRODUCTION:
        raise SettingsError("Production mode has no demonstration accounts.")
    _bring_up_to_date(settings)
    _print_accounts(*_seeded(settings))


@main.command()
@click.option("--test-mode", is_flag=True, help="Include the tester's doors.")
def openapi(test_mode: bool) -> None:
    """Print the OpenAPI 3.1 document."""
    import authserver.app  # noqa: F401 - the declarations register themselves
    from authserver.web.openapi import document

    click.echo(json.dumps(document(test_mode=test_mode), ensure_ascii=False, indent=2))


main.add_command(keys)
main.add_command(passwords)
