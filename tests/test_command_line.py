"""The operator's door: mistakes are one sentence, and dangerous combinations do not start."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from authserver.key_commands import Progress


def authserver(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTHSERVER_")}
    environment |= {f"AUTHSERVER_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "authserver", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_test_mode_listens_on_a_loopback_address_only(tmp_path: Path) -> None:
    done = authserver(tmp_path, "serve", "--test-mode", "--host", "0.0.0.0")
    assert "loopback" in refused(done)


def test_production_has_no_test_mode(tmp_path: Path) -> None:
    done = authserver(tmp_path, "serve", "--test-mode", MODE="production")
    assert "no test mode" in refused(done)


@pytest.mark.parametrize("command", ["seed", "demo"])
def test_production_has_no_demonstration(tmp_path: Path, command: str) -> None:
    done = authserver(
        tmp_path,
        command,
        MODE="production",
        ORIGIN="https://login.mihon.example",
        DATABASE_URL=f"sqlite:///{tmp_path}/a.db",
        KEYS_DIR=str(tmp_path / "keys"),
        SMTP_URL="smtps://mail.mihon.example",
    )
    assert "demo" in refused(done)


def test_production_makes_no_keys_by_itself(tmp_path: Path) -> None:
    done = authserver(
        tmp_path,
        "worker",
        MODE="production",
        ORIGIN="https://login.mihon.example",
        DATABASE_URL=f"sqlite:///{tmp_path}/a.db",
        KEYS_DIR=str(tmp_path / "keys"),
        SMTP_URL="smtps://mail.mihon.example",
    )
    assert "key" in refused(done)


@pytest.mark.parametrize("url", ["localhost:6379", "http://redis", "redis://redis:port/0"])
def test_a_redis_address_that_cannot_be_read_refuses_to_start(tmp_path: Path, url: str) -> None:
    authserver(tmp_path, "keys", "create", KEYS_DIR=str(tmp_path / "keys"))
    done = authserver(
        tmp_path,
        "worker",
        MODE="production",
        ORIGIN="https://login.mihon.example",
        DATABASE_URL=f"sqlite:///{tmp_path}/a.db",
        KEYS_DIR=str(tmp_path / "keys"),
        SMTP_URL="smtps://mail.mihon.example",
        REDIS_URL=url,
    )
    assert "AUTHSERVER_REDIS_URL cannot be read" in refused(done)


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    for _ in range(2):
        done = authserver(tmp_path, "keys", "create", KEYS_DIR=str(tmp_path / "keys"))
        assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "keys").iterdir()
    first = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first.split()) == 1


def test_rotating_says_how_many_were_resealed_and_what_to_keep(tmp_path: Path) -> None:
    settings = {"KEYS_DIR": str(tmp_path / "keys")}
    authserver(tmp_path, "migrate")
    authserver(tmp_path, "keys", "create", **settings)
    first = (tmp_path / "keys" / "master.keys").read_text()
    done = authserver(tmp_path, "keys", "rotate", **settings)
    assert done.returncode == 0, done.stderr
    for words in ("0 secrets were re-sealed", "must stay", "Back up the file"):
        assert words in done.stdout
    assert "Re-sealing" not in done.stdout
    both = (tmp_path / "keys" / "master.keys").read_text()
    assert both.endswith(first)
    assert len(both.split()) == 2
    assert not any(key in done.stdout + done.stderr for key in both.split())
    again = authserver(tmp_path, "keys", "rotate", "--reseal-only", **settings)
    assert again.returncode == 0
    assert (tmp_path / "keys" / "master.keys").read_text() == both


def test_rotating_without_keys_or_without_a_database_changes_nothing(tmp_path: Path) -> None:
    settings = {"KEYS_DIR": str(tmp_path / "keys")}
    assert "no key file" in refused(authserver(tmp_path, "keys", "rotate", **settings))
    assert not (tmp_path / "keys").exists()
    authserver(tmp_path, "keys", "create", **settings)
    before = (tmp_path / "keys" / "master.keys").read_text()
    nowhere = "postgresql://postgres@127.0.0.1:1/nowhere"
    for database in (nowhere, f"sqlite:///{tmp_path}/not-migrated.db"):
        done = authserver(tmp_path, "keys", "rotate", DATABASE_URL=database, **settings)
        assert "nothing was changed" in refused(done)
    assert (tmp_path / "keys" / "master.keys").read_text() == before


def test_a_bar_shows_only_to_whoever_has_waited_for_two_seconds() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    seconds, screen = [0.0], Terminal()
    progress = Progress(lambda: seconds[0], screen)
    for second in (0.5, 1.9):
        seconds[0] = second
        progress(100, 1000)
        assert screen.getvalue() == ""
    seconds[0] = 2.0
    progress(500, 1000)
    progress(1000, 1200)
    progress.close()
    assert "Re-sealing" in screen.getvalue()
    assert "50%" in screen.getvalue()


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "another port" in refused(authserver(tmp_path, "serve", "--port", port))


def test_an_unknown_policy_names_the_presets(tmp_path: Path) -> None:
    done = authserver(tmp_path, "seed", POLICY="nothing")
    assert "target-2025-10" in refused(done)


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ('sign_in = { level = "AL0" }', "", "lacks sign_in"),
        ('sign_in = { level = "AL0" }', 'sign_in = { level = "AL9" }', "AL9"),
        ("passkeys = 20", "passkeys = 0", "passkeys"),
        ("passkeys = 20", "passkeys = 20\nkeys = 1", "unknown rows"),
        ("[actions]", "[actions", "not TOML"),
    ],
)
def test_a_broken_policy_names_its_row(tmp_path: Path, line: str, instead: str, says: str) -> None:
    preset = Path(__file__).parents[1] / "authserver" / "policies" / "target-2025-10.toml"
    text = preset.read_text()
    assert line in text
    (tmp_path / "own.toml").write_text(text.replace(line, instead))
    assert says in refused(authserver(tmp_path, "seed", POLICY=str(tmp_path / "own.toml")))


def test_migrating_and_seeding_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    assert authserver(tmp_path, "migrate").returncode == 0
    first = authserver(tmp_path, "seed")
    second = authserver(tmp_path, "seed")
    assert first.returncode == second.returncode == 0
    for login_id in ("demo", "operator-1", "auditor"):
        assert login_id in first.stdout
        # No passkey yet: a fresh code, and the one before is void.
        assert login_id in second.stdout
    assert first.stdout != second.stdout


def test_the_document_is_printed_as_json(tmp_path: Path) -> None:
    done = authserver(tmp_path, "openapi")
    document = json.loads(done.stdout)
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/sign-in/passkey" in document["paths"]
    with_doors = json.loads(authserver(tmp_path, "openapi", "--test-mode").stdout)
    assert "/test/clock" in with_doors["paths"]
    assert "/test/clock" not in document["paths"]


def test_a_misspelled_setting_is_not_overlooked(tmp_path: Path) -> None:
    assert "AUTHSERVER_ORIGN" in refused(authserver(tmp_path, "seed", ORIGN="x"))


def test_passwords_are_tuned_to_a_time_and_never_below_the_minimum(tmp_path: Path) -> None:
    done = authserver(tmp_path, "passwords", "tune", "--target-ms", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("m=19456,t=2,p=1 takes ")
    assert "weaker parameters are not offered" in done.stdout
    assert done.stdout.splitlines()[-1] == "AUTHSERVER_PASSWORD_HASH=m=19456,t=2,p=1"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["0", "-5", "100000", "fast"])
def test_a_target_that_makes_no_sense_is_refused(tmp_path: Path, target: str) -> None:
    assert "--target-ms" in refused(
        authserver(tmp_path, "passwords", "tune", "--target-ms", target)
    )
