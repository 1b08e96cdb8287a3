"""A rotation while the server runs: every secret opens before, during and after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from authserver.adapters.database.sealed_secrets import SealedSecretRows
from authserver.adapters.key_file import KeyFile
from authserver.adapters.keys import Keys
from authserver.adapters.sealer import Sealer
from authserver.adapters.system import SystemClock, SystemEntropy
from authserver.domain.ids import AccountId
from authserver.domain.sealed_secret import SealedPlace, SealedSecret
from authserver.flows import rotate_keys
from authserver.flows.ports import Services
from authserver.flows.rotate_keys import GRACE, Rotated
from tests.support.application import Application

PASSWORD = "correct horse battery staple"
APPS = 7


class Interrupted(BaseException):
    """Ctrl-C, or a machine that loses its power."""


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_keys, "PAGE", 3)
    monkeypatch.setattr(rotate_keys, "BATCH", 2)


@pytest.fixture
def file(any_application: Application) -> KeyFile:
    return KeyFile(any_application.house.settings.keys_dir, SystemEntropy())


@pytest.fixture
def sealed(any_application: Application) -> Iterator[dict[str, str]]:
    """Accounts with authenticator apps and one mail code that waits in the queue."""
    for number in range(APPS):
        fields = {"password": PASSWORD, "totp": True, "mfa_exception": True}
        any_application.account(f"account-{number}", **fields)
    person = any_application.person("account-new")
    names = {"login_id": "account-new", "email": person.email, "display_name": "x", "locale": "ja"}
    person.api.post("accounts", names)
    secrets = opened(any_application.house.services)
    assert len(secrets) == APPS + 1
    assert person.read_mail_code() in secrets.values()
    yield secrets
    assert opened(any_application.house.services) == secrets


def rows(services: Services) -> list[SealedSecret]:
    with services.database.snapshot() as tx:
        found = [row for place in SealedPlace for row in tx.sealed_secrets.after(place, "", 1000)]
    return [row for row in found if row.sealed]


def opened(services: Services, sealer: Any = None) -> dict[str, str]:
    return {row.row_id: (sealer or services.sealer).open(row.sealed) for row in rows(services)}


def under(services: Services, file: KeyFile, which: int) -> int:
    """How many secrets open with this one of the keys alone."""
    alone = Sealer([Keys(file.read()).derive("sealer")[which]])
    count = 0
    for row in rows(services):
        try:
            alone.open(row.sealed)
        except ValueError:
            continue
        count += 1
    return count


def rotate(services: Services, file: KeyFile, *, add: bool = True, **given: Any) -> Rotated:
    given = {"tell": lambda *_: None, **given}
    now = SystemClock().now()
    with file.rotation():
        return rotate_keys.rotate(services, file, given.pop("now", now), add=add, **given)


def long_ago(file: KeyFile) -> None:
    """As if the file had last been changed before the grace began."""
    then = (SystemClock().now() - GRACE - timedelta(seconds=1)).timestamp()
    os.utime(file.path, (then, then))


def test_afterwards_everything_is_new_and_opens_with_the_newest_key_alone(
    any_application: Application, file: KeyFile, sealed: dict[str, str]
) -> None:
    services = any_application.house.services
    before = {row.row_id: row.sealed for row in rows(services)}
    done = rotate(services, file)
    assert done == Rotated(resealed=APPS + 1, unreadable=0, dropped=0, kept=0)
    newest = Sealer(Keys(file.read()).derive("sealer")[:1])
    assert opened(services, newest) == sealed
    after = {row.row_id: row.sealed for row in rows(services)}
    assert all(after[row_id] != before[row_id] for row_id in before)
    assert rotate(services, file, add=False).resealed == 0


def test_the_owner_signs_in_with_the_app_before_and_after_in_the_same_process(
    any_application: Application, file: KeyFile, sealed: dict[str, str]
) -> None:
    person = any_application.account("account-x", password=PASSWORD, totp=True, mfa_exception=True)
    person.sign_in_with_password()
    person.api.call("DELETE", "session")
    rotate(any_application.house.services, file)
    any_application.advance(60)
    assert person.sign_in_with_password()["session"]["assurance"] == "AL2"
    with any_application.house.services.database.transaction() as tx:
        account = tx.accounts.by_login_id("account-x")
        assert account
        for totp in tx.totps.of_account(account.id):
            tx.totps.remove(account.id, totp.id, SystemClock().now())


def test_an_interrupted_rotation_leaves_everything_open_and_is_finished_later(
    any_application: Application, file: KeyFile, sealed: dict[str, str]
) -> None:
    services = any_application.house.services

    def interrupt(seen: int, total: int) -> None:
        assert total >= APPS
        raise Interrupted

    with pytest.raises(Interrupted):
        rotate(services, file, tell=interrupt)
    assert (under(services, file, 0), under(services, file, 1)) == (3, APPS + 1 - 3)
    assert opened(services) == sealed
    done = rotate(services, file, add=False)
    assert done.resealed == APPS + 1 - 3
    assert under(services, file, 0) == APPS + 1
    assert len(file.read()) == 2


def test_middle_lines_go_when_all_is_resealed_and_nobody_can_be_using_them(
    any_application: Application, file: KeyFile, sealed: dict[str, str]
) -> None:
    services = any_application.house.services
    oldest = file.read()[-1]
    rotate(services, file)
    assert rotate(services, file).kept == 1
    # Somebody may have sealed under it a moment ago and commit yet.
    assert rotate(services, file, add=False) == Rotated(resealed=0, unreadable=0, dropped=0, kept=1)
    long_ago(file)
    newest, _, _ = file.read()
    done = rotate(services, file, add=False)
    assert done == Rotated(resealed=0, unreadable=0, dropped=1, kept=0)
    assert file.read() == [newest, oldest]


def test_the_next_rotation_drops_what_the_last_one_kept_but_not_the_key_it_replaced(
    any_application: Application, file: KeyFile, sealed: dict[str, str]
) -> None:
    services = any_application.house.services
    rotate(services, file)
    rotate(services, file)
    third, _, first = file.read()
    long_ago(file)
    done = rotate(services, file)
    assert (done.resealed, done.dropped, done.kept) == (APPS + 1, 1, 1)
    assert file.read()[1:] == [third, first]


def test_no_line_is_dropped_while_a_secret_opens_with_none_of_them(
    any_application: Application, file: KeyFile, sealed: dict[str, str]
) -> None:
    services = any_application.house.services
    rotate(services, file)
    rotate(services, file)
    long_ago(file)
    lost = rows(services)[0]
    foreign = Sealer([b"x" * 32]).seal("sealed under a line that is missing")
    with services.database.transaction() as tx:
        assert tx.sealed_secrets.replace(lost, foreign)
    done = rotate(services, file, add=False)
    assert (done.unreadable, done.dropped, done.kept) == (1, 0, 1)
    with services.database.transaction() as tx:
        assert tx.sealed_secrets.replace(replace(lost, sealed=foreign), lost.sealed)


def removed_meanwhile(application: Application, file: KeyFile) -> bytes:
    """What is in the row of an app that its owner removes while its secret is being re-sealed."""
    services = application.house.services
    application.account("leaving", password=PASSWORD, totp=True, mfa_exception=True)
    with services.database.snapshot() as tx:
        account = tx.accounts.by_login_id("leaving")
        assert account
        (totp,) = tx.totps.of_account(AccountId(account.id))

    class Slow:
        """Seals like the real one, and the owner is quicker."""

        def resealed(self, secret: bytes) -> bytes | None:
            fresh = services.sealer.resealed(secret)
            if secret == totp.sealed_secret:
                with services.database.transaction() as tx:
                    tx.totps.remove(account.id, totp.id, SystemClock().now())
            return fresh

    rotate(replace(services, sealer=Slow()), file)  # type: ignore[arg-type]
    with services.database.snapshot() as tx:
        found = tx.sealed_secrets.after(SealedPlace.TOTP, "", 1000)
    return next(row.sealed for row in found if row.row_id == totp.id)


def test_a_secret_that_was_forgotten_meanwhile_does_not_come_back(
    any_application: Application, file: KeyFile
) -> None:
    assert removed_meanwhile(any_application, file) == b""


def test_without_the_comparison_it_would_come_back(
    any_application: Application, file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = SealedSecretRows.replace

    def unconditional(self: SealedSecretRows, secret: SealedSecret, sealed: bytes) -> bool:
        present = next(
            row for row in self.after(secret.place, "", 1000) if row.row_id == secret.row_id
        )
        return genuine(self, present, sealed)

    monkeypatch.setattr(SealedSecretRows, "replace", unconditional)
    assert removed_meanwhile(any_application, file) != b""


def test_a_database_that_fails_is_noticed_before_the_keys_change(
    any_application: Application, file: KeyFile
) -> None:
    class Down:
        def snapshot(self) -> Any:
            raise ConnectionError

    keys = file.read()
    with pytest.raises(ConnectionError):
        rotate(replace(any_application.house.services, database=Down()), file)  # type: ignore[arg-type]
    assert file.read() == keys


def test_a_process_that_saw_no_rotation_yet_opens_what_a_newer_one_sealed(
    any_application: Application, file: KeyFile, sealed: dict[str, str], tmp_path: Path
) -> None:
    old_process = any_application.house.services.sealer
    with file.rotation():
        file.add()
    new_process = Sealer(Keys(file.read()).derive("sealer"))
    assert old_process.open(new_process.seal("fresh")) == "fresh"
