"""Rotations beside a running server of several processes, and beside each other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authserver.adapters.database.engine import Database
from authserver.adapters.key_file import KeyFile
from authserver.adapters.keys import Keys
from authserver.adapters.sealer import Sealer
from authserver.adapters.system import SystemEntropy
from authserver.domain.sealed_secret import SealedPlace
from authserver.testing.person import Person
from authserver.testing.server import RunningServer, running_server

PASSWORD = "correct horse battery staple"
PROCESSES = 4


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[RunningServer]:
    with running_server(tmp_path, database_url=database_url, workers=2) as server:
        server.reset()
        yield server


def begin(folder: Path, database_url: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTHSERVER_")}
    environment |= {
        "AUTHSERVER_DATABASE_URL": database_url,
        "AUTHSERVER_KEYS_DIR": str(folder / "keys"),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "authserver", "keys", "rotate"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def at_once(folder: Path, database_url: str, number: int) -> list[int]:
    """The exit statuses of so many rotations that began at the same moment."""
    running = [begin(folder, database_url) for _ in range(number)]
    said = [process.communicate(timeout=60) for process in running]
    assert "Traceback" not in "".join(error for _, error in said)
    return [process.returncode for process in running]


def sealed(database_url: str) -> list[bytes]:
    database = Database.open(database_url)
    try:
        with database.snapshot() as tx:
            found = [r for place in SealedPlace for r in tx.sealed_secrets.after(place, "", 100)]
    finally:
        database.dispose()
    return [row.sealed for row in found if row.sealed]


def signs_in(server: RunningServer, person: Person) -> str:
    """With password and app, which needs the stored secret; a minute later than the last time."""
    server.advance(60)
    browser = Person(server.api(), person.login_id)
    browser.password, browser.totp = person.password, person.totp
    return str(browser.sign_in_with_password()["session"]["assurance"])


def test_a_running_server_goes_on_through_rotations_that_come_all_at_once(
    server: RunningServer, tmp_path: Path, database_url: str
) -> None:
    fields = {"password": PASSWORD, "totp": True, "mfa_exception": True}
    person = server.account("account-1", **fields)
    opening = server.person("account-2")
    names = {"login_id": "account-2", "email": opening.email, "display_name": "x", "locale": "ja"}
    opening.api.post("accounts", names)
    assert signs_in(server, person) == "AL2"
    file = KeyFile(tmp_path / "keys", SystemEntropy())
    keys, before = file.read(), sealed(database_url)

    statuses = at_once(tmp_path, database_url, PROCESSES)

    assert set(statuses) <= {0, 2}
    assert statuses.count(0) >= 1
    assert len(file.read()) == 1 + statuses.count(0), "a key was lost"
    assert file.read()[-1:] == keys
    after = sealed(database_url)
    assert not set(after) & set(before)
    newest = Sealer(Keys(file.read()).derive("sealer")[:1])
    assert len([newest.open(secret) for secret in after]) == len(before) >= 2

    opening.api.post("accounts/email-verification", {"code": opening.read_mail_code()})
    for _ in range(4):  # whichever of the server's processes answers
        assert signs_in(server, person) == "AL2"
    assert "keys in force stay" not in server.log.read_text()


def test_a_ceremony_begun_before_a_rotation_ends_after_it(
    server: RunningServer, tmp_path: Path, database_url: str
) -> None:
    person = server.account("account-1")
    begun = person.api.post("sign-in/passkey/options", {})
    assert at_once(tmp_path, database_url, 1) == [0]
    assert person.finish_sign_in(begun)["session"]["assurance"] == "AL3"
